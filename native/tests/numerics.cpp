// Runs recorded checkpoints through the target pass and the MTP passes and compares logits, hidden rows and routing.
#include "tests/numerics.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <stdexcept>

#include "model/bound.h"
#include "tests/checkpoint.h"

namespace draftscope::tests {
namespace {

namespace fs = std::filesystem;

void need(const Status &status) {
  if (!status.ok()) throw std::runtime_error(status.message);
}

struct Recorded {
  TensorFiles files;
  std::vector<int64_t> rows;  // which rows the file keeps; empty = all
  int64_t width(const std::string &name) const { return files.at(name).shape[1]; }
};

// Largest difference of `actual` [all rows, width] to the recorded rows; infinity when a value is not finite.
double difference(const Recorded &recorded, const std::string &name, const std::vector<float> &actual) {
  const std::vector<float> expected = recorded.files.read<float>(name);
  const int64_t width = recorded.width(name), count = recorded.files.at(name).shape[0];
  double worst = 0;
  for (int64_t r = 0; r < count; r++) {
    const int64_t row = recorded.rows.empty() ? r : recorded.rows[size_t(r)];
    for (int64_t c = 0; c < width; c++) {
      const double delta = std::fabs(double(actual.at(size_t(row * width + c))) - double(expected[size_t(r * width + c)]));
      worst = std::isnan(delta) ? INFINITY : std::max(worst, delta);
    }
  }
  return worst;
}

// Recorded rows whose set of experts differs. routed: [rows, top_k] of one layer.
int64_t different_routes(const Recorded &recorded, const std::string &name, const int32_t *routed) {
  std::vector<int32_t> expected = recorded.files.read<int32_t>(name);
  const int64_t top_k = recorded.width(name), count = recorded.files.at(name).shape[0];
  int64_t wrong = 0;
  for (int64_t r = 0; r < count; r++) {
    const int64_t row = recorded.rows.empty() ? r : recorded.rows[size_t(r)];
    std::vector<int32_t> actual(routed + row * top_k, routed + (row + 1) * top_k);
    std::sort(actual.begin(), actual.end());
    std::sort(expected.begin() + r * top_k, expected.begin() + (r + 1) * top_k);
    wrong += !std::equal(actual.begin(), actual.end(), expected.begin() + r * top_k);
  }
  return wrong;
}

class NumericsRun {
 public:
  NumericsRun(Context &t, const fs::path &folder) : t_(t), folder_(folder.string()) {
    // fp32 angles of large positions alone move the long-context cases by this much.
    tolerance_ = folder.filename().string().find("yarn") != std::string::npos ? 3e-3 : 2e-4;
    config_ = read_model_config(folder_);
    recorded_.files.add(folder_ + "/expected.safetensors");
    if (recorded_.files.has("rows")) {
      for (const int32_t row : recorded_.files.read<int32_t>("rows")) recorded_.rows.push_back(row);
    }
    tokens_ = recorded_.files.read<int32_t>("input_ids");
    for (const int32_t position : recorded_.files.read<int32_t>("position_ids")) positions_.push_back(position);
    need(Backend::open(t.settings().backend_library, ds_open_options{2, 0}, backend_));
    need(Model::create(config_, load_checkpoint(backend_, config_, open_checkpoint(folder_)), model_));
  }

  void run() {
    const int64_t count = int64_t(tokens_.size());
    options_.logit_rows = LogitRows::all;
    options_.top = 1;
    options_.want_logits = true;
    options_.want_routed = true;
    std::shared_ptr<Sequence> sequence;
    need(Sequence::create(model_, count, sequence, positions_));
    run_target(*sequence);
    const int32_t modules = int32_t(std::min<int64_t>(config_.mtp_layers, count - 1));  // module k has count - k rows
    for (int32_t k = 1; k <= modules; k++) run_mtp(*sequence, k, false);
    for (int32_t k = 1; k <= modules; k++) {
      if (recorded_.files.has("alt.mask_pos0.mtp." + std::to_string(k) + ".logits")) run_mtp(*sequence, k, true);
    }
    run_in_pieces(count);
  }

  double worst() const { return worst_; }

  NumericsFigures figures() {
    std::shared_ptr<Sequence> sequence;
    need(Sequence::create(model_, int64_t(tokens_.size()), sequence, positions_));
    run_quietly(*sequence);  // not counted: memory is taken, graphs are built
    const auto begin = std::chrono::steady_clock::now();
    run_quietly(*sequence);
    return {worst_, std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count(), model_->bound().store->bytes()};
  }

 private:
  void run_quietly(Sequence &sequence) {
    PassOptions none;
    none.logit_rows = LogitRows::none;
    PassOutput out;
    need(sequence.target_pass(tokens_, 0, none, out));
    const int32_t modules = int32_t(std::min<int64_t>(config_.mtp_layers, int64_t(tokens_.size()) - 1));
    for (MtpPass pass; pass.layer < modules; pass.layer++) {
      pass.hidden_layer = pass.layer - 1;
      need(sequence.mtp_pass(pass, {tokens_.begin() + pass.layer + 1, tokens_.end()}, none, out));
    }
    need(backend_->check(backend_->api().synchronize(backend_->device()), "waiting"));
  }

  void compare(const std::string &name, const std::vector<float> &actual) {
    const double delta = difference(recorded_, name, actual);
    worst_ = std::max(worst_, delta);
    char text[160];
    std::snprintf(text, sizeof text, "%s differs by %.2e (tolerance %.0e)", name.c_str(), delta, tolerance_);
    t_.expect(delta <= tolerance_, text);
  }

  void compare_routes(const std::string &name, const int32_t *routed) {
    const int64_t wrong = different_routes(recorded_, name, routed);
    t_.expect(wrong == 0, name + ": " + std::to_string(wrong) + " rows chose other experts");
  }

  void run_target(Sequence &sequence) {
    need(sequence.target_pass(tokens_, 0, options_, target_));
    compare("main.logits", target_.logits);
    std::vector<float> hidden;
    need(sequence.read_hidden(-1, 0, int64_t(tokens_.size()), hidden));
    compare("main.hidden", hidden);
    int64_t moe_layer = 0;
    for (int32_t i = 0; i < config_.layers; i++) {
      const std::string name = "main.layers." + std::to_string(i) + ".router.topk_ids";
      if (recorded_.files.has(name)) compare_routes(name, target_.routed.data() + moe_layer++ * int64_t(tokens_.size()) * config_.top_k);
    }
    t_.expect(int64_t(target_.routed.size()) == moe_layer * int64_t(tokens_.size()) * config_.top_k, "routing of another number of MoE layers than recorded");
  }

  // Module k over all its rows. masked: the embedding is zeroed at position 0, as the serving engine does.
  void run_mtp(Sequence &sequence, int32_t k, bool masked) {
    MtpPass pass;
    pass.layer = k - 1;
    pass.hidden_layer = k - 2;
    pass.zero_embedding_at_position_zero = masked;
    const std::vector<int32_t> tokens(tokens_.begin() + k, tokens_.end());
    PassOutput out;
    need(sequence.mtp_pass(pass, tokens, options_, out));
    const std::string prefix = "mtp." + std::to_string(k);
    if (masked) {
      compare("alt.mask_pos0." + prefix + ".logits", out.logits);
      return;
    }
    compare(prefix + ".logits", out.logits);
    std::vector<float> hidden;
    need(sequence.read_hidden(k - 1, 0, int64_t(tokens.size()), hidden));
    compare(prefix + ".block_out", hidden);
    if (recorded_.files.has(prefix + ".router.topk_ids")) compare_routes(prefix + ".router.topk_ids", out.routed.data());
  }

  // The same rows in passes of 1, 2, 3, ... tokens must give the same bits; long texts only to a part.
  void run_in_pieces(int64_t count) {
    std::shared_ptr<Sequence> sequence;
    need(Sequence::create(model_, count, sequence, positions_));
    const int64_t end = std::min<int64_t>(count, 64);
    bool same = true;
    for (int64_t first = 0, size = 1; first < end; first += size, size++) {
      const int64_t last = std::min(end, first + size);
      PassOutput out;
      need(sequence->target_pass({tokens_.begin() + first, tokens_.begin() + last}, first, options_, out));
      same = same && std::equal(out.logits.begin(), out.logits.end(), target_.logits.begin() + first * config_.vocab);
    }
    t_.expect(same, "rows depend on how many share a pass");
  }

  Context &t_;
  const std::string folder_;
  double tolerance_ = 0, worst_ = 0;
  ModelConfig config_;
  Recorded recorded_;
  std::vector<int32_t> tokens_;
  std::vector<int64_t> positions_;
  PassOptions options_;
  PassOutput target_;
  std::shared_ptr<Backend> backend_;
  std::shared_ptr<Model> model_;
};

}  // namespace

std::vector<std::string> checkpoint_folders(const std::vector<std::string> &folders) {
  std::vector<std::string> found;
  const auto add = [&](const fs::path &folder) {
    if (fs::exists(folder / "expected.safetensors")) found.push_back(folder.string());
  };
  for (const std::string &folder : folders) {
    add(folder);
    if (!fs::is_directory(folder)) continue;
    for (const auto &entry : fs::directory_iterator(folder)) add(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

NumericsFigures measure_numerics(Context &t, const std::string &folder) {
  NumericsRun run(t, folder);
  run.run();
  return run.figures();
}

std::vector<Case> numerics_cases(const Settings &settings) {
  std::vector<Case> cases;
  for (const std::string &folder : checkpoint_folders(settings.numerics)) {
    cases.push_back({"numerics: " + fs::path(folder).filename().string(), [folder](Context &t) {
                       NumericsRun run(t, folder);
                       run.run();
                       char note[64];
                       std::snprintf(note, sizeof note, "worst difference %.1e", run.worst());
                       t.note(note);
                     }});
  }
  // A folder that was named but holds nothing is a mistake, not a pass.
  if (!settings.numerics.empty() && cases.empty()) {
    cases.push_back({"numerics", [](Context &t) { t.expect(false, "no folder with an expected.safetensors was found"); }});
  }
  return cases;
}

}  // namespace draftscope::tests
