// matmul: out [T, N] = in [T, K] * w [N, K]^T. A warp takes 4 weight rows and up to 8 rows of T; where there are few
// weight rows, several warps share their columns.
#include "cuda/dot_rows.cuh"

namespace draftscope::cuda {
namespace {

template <ds_dtype dtype, int M>
__global__ void __launch_bounds__(kThreads) matmul_kernel(float *out /* [T, N] */, int64_t out_stride, const float *in /* [T, K] */, int64_t in_stride,
                                                          Weights w, int64_t rows, int64_t tiles, int split, bool in_aligned) {
  // Blocks of the same weight rows follow each other, so that these are fetched from memory once.
  const int64_t tile = int64_t(blockIdx.x) % tiles, first = tile * M;
  const int64_t group = int64_t(blockIdx.x) / tiles * (kWarps / split) + warp_index() / split;
  const int count = int(rows - first < M ? rows - first : M);
  const uint8_t *weights[kRows];
  const float *scales[kRows], *x[M];
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const int64_t n = group * kRows + r < w.rows ? group * kRows + r : w.rows - 1;
    weights[r] = w.data + n * w.row_bytes;
    scales[r] = w.scale != nullptr ? w.scale + n / w.block_rows * w.scale_stride : nullptr;
  }
#pragma unroll
  for (int m = 0; m < M; ++m) x[m] = in + (first + (m < count ? m : 0)) * in_stride;
  float sum[kRows * M] = {};
  dot_rows<dtype, M>(sum, weights, scales, x, count, w.cols, w.block_cols, warp_index() % split, split, w.aligned, in_aligned);
  const float *totals = group_totals(sum, split);
  const int i = lane_index(), r = i / M, m = i % M;
  const int64_t n = group * kRows + r;
  if (warp_index() % split == 0 && i < kRows * M && n < w.rows && m < count) out[(first + m) * out_stride + n] = totals[i];
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status matmul(ds_backend *backend, ds_view out, int64_t out_stride, ds_view in, int64_t in_stride, const ds_matrix *w, int64_t rows) {
  return guarded(backend, [&]() -> ds_status {
    shared::MatmulArguments x{};
    DS_CHECK(shared::check_matmul(out, out_stride, in, in_stride, w, rows, &x));
    const Weights weights = weights_of(x.w);
    if (rows == 0) return DS_OK;
    const int64_t groups = ceil_div(weights.rows, kRows);
    const bool in_aligned = aligned16(x.in, in_stride * int64_t(sizeof(float)));
    return with_dtype(w->dtype, [&](auto dtype) {
      const int split = split_of(groups, weights.cols, kVector<dtype()>);
      return with_tile(rows, [&](auto tile) {
        const int64_t tiles = ceil_div(rows, tile());
        return launch("matmul", backend, matmul_kernel<dtype(), tile()>, ceil_div(groups, kWarps / split) * tiles, kThreads, kTotalsBytes<tile()>, x.out,
                      out_stride, x.in, in_stride, weights, rows, tiles, split, in_aligned);
      });
    });
  });
}

}  // namespace draftscope::cuda
