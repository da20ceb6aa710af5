// Model and Sequence on a small random model: what they refuse, and that passes may be cut, repeated and truncated at will.
#include <cmath>
#include <limits>

#include "tests/small_model.h"

namespace draftscope::tests {
namespace {

std::vector<float> tail(const std::vector<float> &values, size_t count) { return {values.end() - int64_t(count), values.end()}; }

}  // namespace

DS_TEST("Sequence: a long pass, short passes and overwritten rows give the same bits") {
  Running run(t, 400), other(t, 400);
  const std::vector<int32_t> tokens = some_tokens(300, 3);  // more than one piece of a pass
  PassOutput whole, out;
  t.expect(run.sequence->target_pass(tokens, 0, run.all, whole).ok(), "the whole text");
  t.expect(whole.rows == 300 && whole.logits.size() == 300 * 50 && whole.top_ids.size() == 900 && whole.routed.size() == 600, "sizes of the results");

  t.expect(other.sequence->target_pass(some_tokens(290, 8), 0, other.all, out).ok(), "another text");
  std::vector<float> logits;
  std::vector<int32_t> routed;
  for (int64_t first = 0; first < 300; first += 50) {
    const Status status = other.sequence->target_pass({tokens.begin() + first, tokens.begin() + first + 50}, first, other.all, out);
    t.expect(status.ok(), status.message);
    logits.insert(logits.end(), out.logits.begin(), out.logits.end());
    routed.insert(routed.end(), out.routed.begin(), out.routed.end());
  }
  t.expect(logits == whole.logits, "rows written over another text differ");
  t.expect(routed == whole.routed, "routing differs");

  MtpPass pass;
  PassOutput long_draft, step;
  const std::vector<int32_t> next(tokens.begin() + 1, tokens.end());
  t.expect(run.sequence->mtp_pass(pass, next, run.all, long_draft).ok(), "the MTP layer over all rows");
  t.expect(other.sequence->mtp_pass(pass, {next.begin(), next.end() - 1}, other.all, out).ok(), "all rows but one");
  pass.first_row = pass.hidden_first_row = 298;
  t.expect(other.sequence->mtp_pass(pass, {next.back()}, other.all, step).ok(), "the last row");
  t.expect(step.logits == tail(long_draft.logits, 50), "an MTP row alone differs");
}

DS_TEST("Sequence: probabilities, probes and the last row") {
  Running run(t, 16);
  const std::vector<int32_t> tokens = some_tokens(5, 1);
  run.all.probe_ids = {7, -1, 49, 0, 3};
  PassOutput out, last;
  t.expect(run.sequence->target_pass(tokens, 0, run.all, out).ok(), "a pass with probes");
  for (size_t r = 0; r < 5; r++) {
    double sum = 0;
    for (size_t v = 0; v < 50; v++) sum += std::exp(double(out.logits[r * 50 + v]));
    const auto probability = [&](int32_t id) { return std::exp(double(out.logits[r * 50 + size_t(id)])) / sum; };
    for (size_t k = 0; k < 3; k++) t.expect(std::fabs(double(out.top_probs[r * 3 + k]) - probability(out.top_ids[r * 3 + k])) < 1e-5, "a top probability is off");
    const int32_t probe = run.all.probe_ids[r];
    t.expect(probe < 0 ? std::isnan(out.probe_probs[r]) : std::fabs(double(out.probe_probs[r]) - probability(probe)) < 1e-5, "a probe is off");
  }
  PassOptions only_last;
  only_last.want_logits = true;
  t.expect(run.sequence->target_pass(tokens, 0, only_last, last).ok() && last.rows == 1, "the last row alone");
  t.expect(last.logits == tail(out.logits, 50), "the last row differs from the last of all rows");
  only_last.logit_rows = LogitRows::none;
  t.expect(run.sequence->target_pass(tokens, 0, only_last, last).ok() && last.rows == 0 && last.logits.empty(), "no rows");
}

DS_TEST("Sequence: refuses rows, tokens and options that are not there, and goes on") {
  Running run(t, 8);
  PassOutput out;
  const auto target = [&](std::vector<int32_t> tokens, int64_t first) { return run.sequence->target_pass(tokens, first, run.all, out).code; };
  t.expect(target({}, 0) == DS_INVALID_ARGUMENT, "no tokens");
  t.expect(target({50}, 0) == DS_INVALID_ARGUMENT, "a token in the padding of the vocabulary");
  t.expect(target({-1}, 0) == DS_INVALID_ARGUMENT, "a negative token");
  t.expect(target({1}, 1) == DS_INVALID_ARGUMENT, "a row after a gap");
  t.expect(target(some_tokens(9, 0), 0) == DS_INVALID_ARGUMENT, "more rows than there are");
  t.expect(target({1, 2, 3}, 0) == DS_OK, "a pass after refusals");
  run.all.probe_ids = {1};
  t.expect(target({1, 2}, 3) == DS_INVALID_ARGUMENT, "one probe for two rows");
  run.all.probe_ids.clear();
  run.all.top = 51;
  t.expect(target({1}, 3) == DS_INVALID_ARGUMENT, "the best 51 of 50");
  run.all.top = 1;
  MtpPass pass;
  const auto draft = [&](std::vector<int32_t> tokens) { return run.sequence->mtp_pass(pass, tokens, run.all, out).code; };
  t.expect(draft(some_tokens(4, 0)) == DS_INVALID_ARGUMENT, "a hidden row that was not run");
  t.expect(draft(some_tokens(3, 0)) == DS_OK, "as many as were run");
  pass.first_row = 3;
  pass.hidden_layer = 0;
  pass.hidden_first_row = 3;
  t.expect(draft({1}) == DS_INVALID_ARGUMENT, "a layer fed the row it is about to make");
  pass.hidden_first_row = 2;
  t.expect(draft({1}) == DS_OK, "a layer fed its previous row");
  pass.layer = 1;
  t.expect(draft({1}) == DS_INVALID_ARGUMENT, "an MTP layer that is not there");
}

DS_TEST("Sequence: the embedding is zeroed at position 0 only, and only when asked") {
  Running run(t, 8);
  PassOutput plain, masked, out;
  t.expect(run.sequence->target_pass({1, 2, 3}, 0, run.all, out).ok(), "target");
  MtpPass pass;
  t.expect(run.sequence->mtp_pass(pass, {9}, run.all, plain).ok(), "plain");
  pass.zero_embedding_at_position_zero = true;
  t.expect(run.sequence->mtp_pass(pass, {9}, run.all, masked).ok(), "masked");
  t.expect(plain.logits != masked.logits, "the embedding was not zeroed");
  t.expect(run.sequence->mtp_pass(pass, {30}, run.all, out).ok() && out.logits == masked.logits, "a zeroed embedding depends on the token");
}

DS_TEST("Model: names the parameter that is missing or misshapen") {
  Device device(t.settings(), 1);
  const ModelConfig config = small_config();
  const std::vector<ParameterSpec> good = small_parameters(config);
  std::shared_ptr<Model> model;
  for (size_t i = 0; i < good.size(); i++) {
    std::vector<ParameterSpec> specs = good;
    specs[i].shape.back()++;
    Status status = make_model(device, config, specs, model);
    t.expect(status.code == DS_INVALID_ARGUMENT && status.message.find(good[i].name) != std::string::npos, "misshapen " + good[i].name + ": " + status.message);
    specs.erase(specs.begin() + int64_t(i));
    status = make_model(device, config, specs, model);
    t.expect(status.code == DS_INVALID_ARGUMENT && status.message.find(good[i].name) != std::string::npos, "missing " + good[i].name + ": " + status.message);
  }
  ModelConfig wrong = config;
  wrong.rope_dim = 3;
  t.expect(make_model(device, wrong, good, model).code == DS_INVALID_ARGUMENT, "an odd rope dimension");
}

DS_TEST("Backend: a library that is none") {
  std::shared_ptr<Backend> backend;
  t.expect(Backend::open("no-such-library.so", {}, backend).code == DS_IO_ERROR, "a library that is not there");
  t.expect(Backend::open(t.settings().backend_library, {-1, -1}, backend).code != DS_OK, "a negative number of threads or device");
}

}  // namespace draftscope::tests
