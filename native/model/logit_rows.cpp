// See logit_rows.h.
#include "model/logit_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace draftscope {
namespace {

// Logits are the widest activations there are: more rows than these are done in turn.
constexpr int64_t kLogitBatch = 64;

// Softmax probability of each row's probe id.
void append_probes(KernelCalls &calls, const PassOptions &options, ds_view logits, int64_t rows, int64_t vocab, const std::vector<float> &log_sum_exp,
                   PassOutput &out) {
  for (int64_t r = 0; r < rows; r++) {
    const int32_t id = options.probe_ids[size_t(out.rows + r)];
    float logit = std::numeric_limits<float>::quiet_NaN();
    if (id >= 0) calls.download(&logit, advance(logits, r * vocab + id), sizeof logit);
    out.probe_probs.push_back(std::exp(logit - log_sum_exp[size_t(r)]));
  }
}

}  // namespace

int64_t rows_with_logits(LogitRows which, int64_t rows) {
  switch (which) {
    case LogitRows::none: return 0;
    case LogitRows::last: return 1;
    case LogitRows::all: return rows;
  }
  return 0;
}

void reserve_output(const PassOptions &options, int64_t rows, int64_t vocab, PassOutput &out) {
  const size_t logit_rows = size_t(rows_with_logits(options.logit_rows, rows));
  out.top_ids.reserve(logit_rows * size_t(options.top));
  out.top_probs.reserve(logit_rows * size_t(options.top));
  if (!options.probe_ids.empty()) out.probe_probs.reserve(logit_rows);
  if (options.want_logits) out.logits.reserve(logit_rows * size_t(vocab));
}

int64_t logits_in_piece(LogitRows which, int64_t rows, int64_t begin, int64_t count) {
  if (which == LogitRows::last) return begin + count == rows ? 1 : 0;
  return which == LogitRows::all ? count : 0;
}

Status check_pass_options(const PassOptions &options, int64_t rows_with_logits, int32_t vocab) {
  if (options.top < 0 || options.top > vocab) {
    return Status::failure(DS_INVALID_ARGUMENT, "the best " + std::to_string(options.top) + " of " + std::to_string(vocab) + " tokens were asked for");
  }
  if (options.probe_ids.empty()) return Status::success();
  if (int64_t(options.probe_ids.size()) != rows_with_logits) {
    return Status::failure(DS_INVALID_ARGUMENT, std::to_string(options.probe_ids.size()) + " probe ids for " + std::to_string(rows_with_logits) + " rows of logits");
  }
  for (const int32_t id : options.probe_ids) {
    if (id < -1 || id >= vocab) return Status::failure(DS_INVALID_ARGUMENT, "probe id " + std::to_string(id) + " is outside the vocabulary of " + std::to_string(vocab));
  }
  return Status::success();
}

Status append_logits(KernelCalls &calls, const Model::Bound &model, const Linear &head, ds_view hidden, int64_t rows, const PassOptions &options,
                     LogitScratch &scratch, PassOutput &out) {
  const int64_t vocab = model.config.vocab, width = model.config.hidden;
  const int32_t top = std::max(options.top, 1);
  auto &[buffer, ids, best, log_sum_exp] = scratch;
  for (int64_t first = 0; first < rows; first += kLogitBatch) {
    const int64_t batch = std::min(kLogitBatch, rows - first);
    if (Status status = buffer.reserve(model.store->backend_pointer(), uint64_t(batch * vocab) * sizeof(float), "allocating logits"); !status.ok()) return status;
    const ds_view logits = buffer.view();
    calls.linear(logits, vocab, advance(hidden, first * width), width, head, batch);
    if (options.top > 0 || !options.probe_ids.empty()) {
      ids.resize(size_t(batch * top));
      best.resize(size_t(batch * top));
      log_sum_exp.resize(size_t(batch));
      calls.top_logits(ids.data(), best.data(), log_sum_exp.data(), logits, batch, vocab, top);
    }
    if (options.top > 0) {
      out.top_ids.insert(out.top_ids.end(), ids.begin(), ids.end());
      for (int64_t i = 0; i < batch * top; i++) out.top_probs.push_back(std::exp(best[size_t(i)] - log_sum_exp[size_t(i / top)]));
    }
    if (!options.probe_ids.empty()) append_probes(calls, options, logits, batch, vocab, log_sum_exp, out);
    if (options.want_logits) {
      const size_t before = out.logits.size();
      out.logits.resize(before + size_t(batch * vocab));
      calls.download(out.logits.data() + before, logits, uint64_t(batch * vocab) * sizeof(float));
    }
    out.rows += batch;
  }
  return calls.status();
}

}  // namespace draftscope
