// rms_norm: out [T, N] = in [T, N] / sqrt(mean(in^2) + eps) * weight [N].
#include <cmath>

#include "cpu/device.h"
#include "shared/numbers.h"

namespace draftscope::cpu {
namespace {

constexpr int kLanes = 16;

// Sixteen running sums, added in a fixed order: the compiler may vectorise, the bits stay.
float sum_of_squares(const float *x, int64_t count) {
  float lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int lane = 0; lane < kLanes; lane++) lanes[lane] += x[i + lane] * x[i + lane];
  }
  for (int lane = 0; i < count; i++, lane++) lanes[lane] += x[i] * x[i];
  for (int half = kLanes / 2; half > 0; half /= 2) {
    for (int lane = 0; lane < half; lane++) lanes[lane] += lanes[lane + half];
  }
  return lanes[0];
}

void rms_norm_kernel(float *out, const float *in, const float *weight, int64_t cols, float eps) {
  const float inverse = 1.0f / std::sqrt(sum_of_squares(in, cols) / float(cols) + eps);
  for (int64_t c = 0; c < cols; c++) out[c] = in[c] * inverse * weight[c];
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status rms_norm(ds_backend *backend, ds_view out, int64_t out_stride, ds_view in, int64_t in_stride, ds_view weight,
                   ds_dtype weight_dtype, int64_t rows, int64_t cols, float eps) {
  return guarded(backend, [&]() -> ds_status {
    shared::NormArguments x{};
    DS_CHECK(shared::check_norm(out, out_stride, in, in_stride, weight, weight_dtype, rows, cols, &x));
    float *scale = reinterpret_cast<float *>(backend->scratch.reserve(uint64_t(cols) * sizeof(float)));
    widen(scale, x.weight, weight_dtype, cols);
    backend->split(rows, 1, rows * cols, [&](int64_t begin, int64_t end, int) {
      for (int64_t t = begin; t < end; t++) rms_norm_kernel(x.out + t * out_stride, x.in + t * in_stride, scale, cols, eps);
    });
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
