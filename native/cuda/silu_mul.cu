// silu_mul: out [T, N] = silu(gate_up [:, :N]) * gate_up [:, N:2N], silu(x) = x / (1 + exp(-x)).
#include "cuda/launch.h"

namespace draftscope::cuda {
namespace {

__global__ void __launch_bounds__(kThreads) silu_mul_kernel(float *out, const float *gate_up, int64_t rows, int64_t cols) {
  const int64_t i = int64_t(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= rows * cols) return;
  const float *gate = gate_up + i / cols * 2 * cols + i % cols;
  out[i] = gate[0] / (1.0f + expf(-gate[0])) * gate[cols];
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status silu_mul(ds_backend *backend, ds_view out, ds_view gate_up, int64_t rows, int64_t cols) {
  return guarded(backend, [&]() -> ds_status {
    shared::SiluArguments x{};
    DS_CHECK(shared::check_silu(out, gate_up, rows, cols, &x));
    return launch("silu_mul", backend, silu_mul_kernel, element_blocks(rows * cols), kThreads, 0, x.out, x.gate_up, rows, cols);
  });
}

}  // namespace draftscope::cuda
