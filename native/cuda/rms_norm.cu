// rms_norm: out [T, N] = in [T, N] / sqrt(mean(in^2) + eps) * weight [N]. One block per row.
#include "cuda/lanes.cuh"
#include "cuda/numbers.cuh"

namespace draftscope::cuda {
namespace {

__global__ void __launch_bounds__(kThreads) rms_norm_kernel(float *out, int64_t out_stride, const float *in, int64_t in_stride, const uint8_t *weight,
                                                            ds_dtype weight_dtype, int64_t cols, float eps) {
  const float *x = in + int64_t(blockIdx.x) * in_stride;
  float *y = out + int64_t(blockIdx.x) * out_stride;
  float square = 0;
  for (int64_t c = threadIdx.x; c < cols; c += kThreads) square = __fmaf_rn(x[c], x[c], square);
  const float total = block_sum(square, shared_memory<float>());
  const float inverse = 1.0f / sqrtf(total / float(cols) + eps);
  for (int64_t c = threadIdx.x; c < cols; c += kThreads) y[c] = x[c] * inverse * widen_at(weight, weight_dtype, c);
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status rms_norm(ds_backend *backend, ds_view out, int64_t out_stride, ds_view in, int64_t in_stride, ds_view weight, ds_dtype weight_dtype,
                   int64_t rows, int64_t cols, float eps) {
  return guarded(backend, [&]() -> ds_status {
    shared::NormArguments x{};
    DS_CHECK(shared::check_norm(out, out_stride, in, in_stride, weight, weight_dtype, rows, cols, &x));
    return launch("rms_norm", backend, rms_norm_kernel, rows, kThreads, kWarps * sizeof(float), x.out, out_stride, x.in, in_stride, x.weight,
                  weight_dtype, cols, eps);
  });
}

}  // namespace draftscope::cuda
