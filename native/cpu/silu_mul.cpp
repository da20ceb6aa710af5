// silu_mul: out [T, N] = silu(gate_up [:, :N]) * gate_up [:, N:2N], silu(x) = x / (1 + exp(-x)).
#include "cpu/device.h"

namespace draftscope::cpu {
namespace {

// About what one element costs in multiply-adds, because of the exponential.
constexpr int64_t kElementWork = 8;

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status silu_mul(ds_backend *backend, ds_view out, ds_view gate_up, int64_t rows, int64_t cols) {
  return guarded(backend, [&]() -> ds_status {
    shared::SiluArguments x{};
    DS_CHECK(shared::check_silu(out, gate_up, rows, cols, &x));
    backend->split(rows * cols, 64, rows * cols * kElementWork, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end;) {
        const int64_t row = i / cols, first = i % cols, last = std::min(cols, first + end - i);
        const float *gate = x.gate_up + row * cols * 2;
        backend->kernels->silu_mul(x.out + row * cols + first, gate + first, gate + cols + first, last - first);
        i += last - first;
      }
    });
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
