// Draft steps and verifications whose kernels are started together: the same bits as one by one, from graphs that are kept.
#include <fstream>

#include "tests/small_model.h"
#include "tests/temporary_folder.h"

namespace draftscope::tests {
namespace {

constexpr int64_t kRows = 200;  // attention goes over a second piece of its cache rows on the way

// A text of 120 tokens, then 40 times: one draft, and a verification of two rows. Every logit there was.
std::vector<float> decode(Context &t, int steps = 40) {
  Running run(t, kRows);
  std::vector<float> logits;
  const auto keep = [&](const Status &status, const PassOutput &out) {
    t.expect(status.ok(), status.message);
    logits.insert(logits.end(), out.logits.begin(), out.logits.end());
    logits.insert(logits.end(), out.routed.begin(), out.routed.end());
    logits.insert(logits.end(), out.top_probs.begin(), out.top_probs.end());
  };
  PassOutput out;
  MtpPass draft;
  const std::vector<int32_t> text = some_tokens(kRows, 5);
  keep(run.sequence->target_pass({text.begin(), text.begin() + 120}, 0, run.all, out), out);
  keep(run.sequence->mtp_pass(draft, {text.begin() + 1, text.begin() + 120}, run.all, out), out);
  for (int64_t row = 119; row < 119 + steps; row++) {
    draft.first_row = draft.hidden_first_row = row;
    keep(run.sequence->mtp_pass(draft, {text[size_t(row + 1)]}, run.all, out), out);
    keep(run.sequence->target_pass({text.begin() + row + 1, text.begin() + row + 3}, row + 1, run.all, out), out);
  }
  return logits;
}

struct Counts {
  unsigned built = 0, updated = 0, launched = 0;
};

}  // namespace

DS_TEST("Passes: kernels started together give the bits of kernels started one by one") {
  const std::vector<float> together = decode(t);
  const Variable off("DRAFTSCOPE_CUDA_GRAPHS", "off");
  t.expect(together == decode(t), "the results differ");
}

DS_TEST("Passes: a graph is kept from step to step and changed where arguments have changed") {
  if (!is_emulated(Device(t.settings(), 1))) return t.skip("only the host emulation of CUDA counts graphs");
  const TemporaryFolder folder;
  const auto counts_of = [&](int steps) {
    const std::string file = folder.write("counts", {});
    const Variable report("CUDA_ON_HOST_GRAPH_REPORT", file);
    (void)decode(t, steps);
    Counts counts;
    std::ifstream(file) >> counts.built >> counts.updated >> counts.launched;
    return counts;
  };
  // Two shapes, each a graph from its second pass on; one more is built when the scratch has to grow between.
  const Counts counts = counts_of(33);
  t.expect(counts.launched >= 60 && counts.launched <= 64, std::to_string(counts.launched) + " graphs were started in 33 steps");
  t.expect(counts.built >= 2 && counts.built <= 4, std::to_string(counts.built) + " graphs were built");
  const double changed = double(counts.updated) / counts.launched;
  t.expect(changed > 1 && changed < 40, std::to_string(changed) + " nodes changed in a step");
  char note[96];
  std::snprintf(note, sizeof note, "%u built, %u started, %.1f nodes changed each", counts.built, counts.launched, changed);
  t.note(note);
}

DS_TEST("Passes: without graphs, what was collected is started one by one") {
  if (!is_emulated(Device(t.settings(), 1))) return t.skip("only the host emulation of CUDA can be without graphs");
  const std::vector<float> together = decode(t, 4);
  const Variable none("CUDA_ON_HOST_GRAPHS", "off");
  t.expect(together == decode(t, 4), "the results differ");
}

DS_TEST("Passes: a device that is lost in a pass says so") {
  if (!is_emulated(Device(t.settings(), 1))) return t.skip("only the host emulation of CUDA can be told to lose its device");
  Running probe(t, kRows);
  PassOutput out;
  const std::vector<int32_t> token = {7};
  for (const char *launch : {"60", "75", "90"}) {
    const Variable lose("CUDA_ON_HOST_LOSE_AT_LAUNCH", launch);
    Status status = Status::success();
    for (int64_t row = 0; row < 8 && status.ok(); row++) status = probe.sequence->target_pass(token, row, probe.all, out);
    t.expect(status.code == DS_DEVICE_LOST, std::string("lost at launch ") + launch + ": " + status.message);
  }
}

}  // namespace draftscope::tests
