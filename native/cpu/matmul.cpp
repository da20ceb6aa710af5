// matmul: out [T, N] = in [T, K] * w [N, K]^T. Threads own ranges of N; a weight row is read once per kSweepRows rows of T.
#include "cpu/device.h"

namespace draftscope::cpu {
namespace {

void matmul_kernel(const Kernels &kernels, float *out, int64_t out_stride, const float *in, int64_t in_stride, const Matrix &w,
                   int64_t rows, int64_t begin, int64_t end) {
  Panel panel = panel_of(w, begin, end - begin, 0, 0);
  panel.out_stride = out_stride;
  panel.x_stride = in_stride;
  for (int64_t t = 0; t < rows; t += kSweepRows) {
    panel.rows = std::min(kSweepRows, rows - t);
    panel.x = in + t * in_stride;
    panel.out = out + t * out_stride + begin;
    kernels.panel[w.dtype](panel);
  }
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status matmul(ds_backend *backend, ds_view out, int64_t out_stride, ds_view in, int64_t in_stride, const ds_matrix *w, int64_t rows) {
  return guarded(backend, [&]() -> ds_status {
    shared::MatmulArguments x{};
    DS_CHECK(shared::check_matmul(out, out_stride, in, in_stride, w, rows, &x));
    if (rows == 0) return DS_OK;
    backend->split(x.w.rows, 4, rows * x.w.rows * x.w.cols, [&](int64_t begin, int64_t end, int) {
      matmul_kernel(*backend->kernels, x.out, out_stride, x.in, in_stride, x.w, rows, begin, end);
    });
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
