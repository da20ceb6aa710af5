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
    if (cols <= 0) return fail(DS_INVALID_ARGUMENT, "rms_norm over %lld columns", static_cast<long long>(cols));
    if (!is_float_dtype(weight_dtype)) return fail(DS_UNSUPPORTED, "rms_norm weight has no float dtype");
    float *result = nullptr, *source = nullptr;
    uint8_t *stored = nullptr;
    DS_CHECK(resolve(out, extent(rows, cols, out_stride), "rms_norm output", &result));
    DS_CHECK(resolve(in, extent(rows, cols, in_stride), "rms_norm input", &source));
    DS_CHECK(resolve(weight, cols, ds_dtype_bytes(weight_dtype), "rms_norm weight", &stored));
    float *scale = reinterpret_cast<float *>(backend->scratch.reserve(uint64_t(cols) * sizeof(float)));
    widen(scale, stored, weight_dtype, cols);
    backend->split(rows, 1, rows * cols, [&](int64_t begin, int64_t end, int) {
      for (int64_t t = begin; t < end; t++) rms_norm_kernel(result + t * out_stride, source + t * in_stride, scale, cols, eps);
    });
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
