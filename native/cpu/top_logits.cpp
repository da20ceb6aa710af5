// top_logits: top_ids [T, top], top_logits [T, top] in descending order and log_sum_exp [T] of logits [T, N].
#include <cmath>

#include "cpu/device.h"

namespace draftscope::cpu {
namespace {

constexpr int64_t kElementWork = 8;  // an exponential and a comparison, in multiply-adds

constexpr int64_t kStretch = 32;

bool any_above(const float *logits, float threshold) {
  int32_t above = 0;
  for (int64_t c = 0; c < kStretch; c++) above |= logits[c] > threshold ? 1 : 0;
  return above != 0;
}

// Descending, lowest index on ties (a later index never passes an equal one); NaN ranks below everything.
void keep_best(int32_t *ids, float *best, int32_t top, const float *logits, int64_t cols) {
  int32_t kept = 0;
  float threshold = -INFINITY;
  for (int64_t c = 0; c < cols; c++) {
    if (kept == top) {  // most stretches have nothing
      while (c + kStretch <= cols && !any_above(logits + c, threshold)) c += kStretch;
      if (c == cols) break;
    }
    const float value = std::isnan(logits[c]) ? -INFINITY : logits[c];
    if (kept == top && !(value > threshold)) continue;
    int32_t at = kept < top ? kept++ : top - 1;
    for (; at > 0 && value > best[at - 1]; at--) {
      best[at] = best[at - 1];
      ids[at] = ids[at - 1];
    }
    best[at] = value;
    ids[at] = int32_t(c);
    threshold = best[kept - 1];
  }
}

// In pieces, so that small terms are not lost in a large sum.
float log_sum_exp_row(const Kernels &kernels, const float *logits, int64_t cols, float most) {
  constexpr int64_t kPiece = 1024;
  double sum = 0;
  for (int64_t c = 0; c < cols; c += kPiece) sum += double(kernels.sum_exp(logits + c, std::min(kPiece, cols - c), most));
  return most + float(std::log(sum));
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status top_logits(ds_backend *backend, int32_t *top_ids, float *top, float *log_sum_exp, ds_view logits, int64_t rows, int64_t cols, int32_t count) {
  return guarded(backend, [&]() -> ds_status {
    const float *data = nullptr;
    DS_CHECK(shared::check_top_logits(top_ids, top, log_sum_exp, logits, rows, cols, count, &data));
    backend->split(rows, 1, rows * cols * kElementWork, [&](int64_t begin, int64_t end, int) {
      for (int64_t t = begin; t < end; t++) {
        keep_best(top_ids + t * count, top + t * count, count, data + t * cols, cols);
        log_sum_exp[t] = log_sum_exp_row(*backend->kernels, data + t * cols, cols, top[t * count]);
      }
    });
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
