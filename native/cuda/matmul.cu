// matmul: out [T, N] = in [T, K] * w [N, K]^T. One warp per weight row and up to kTile rows of T. Lane l sums the same
// elements of K in the same order whatever T is, and all arithmetic is spelled out, so a row's bits do not depend on T.
#include "cuda/draftscope_cuda.h"
#include "cuda/numbers.cuh"

namespace draftscope::cuda {
namespace {

constexpr int kWarps = 8;
constexpr int kTile = 4;
constexpr unsigned kMostTilesInGrid = 32768;

struct Weights {
  const void *data;    // [N, K]
  const float *scale;  // [ceil(N / block_rows), scale_stride], null = none
  int64_t rows, cols, scale_stride, block_rows, block_cols;
};

// One 16-byte load where it is possible; past `left` elements there are zeros.
template <class T, int count>
__device__ void load_vector(T (&out)[count], const T *from, int64_t left, bool aligned) {
  if (aligned && left >= count) {
#pragma unroll
    for (int part = 0; part < int(sizeof(T)) * count / 16; ++part) {
      reinterpret_cast<uint4 *>(out)[part] = reinterpret_cast<const uint4 *>(from)[part];
    }
  } else {
    for (int i = 0; i < count; ++i) out[i] = i < left ? from[i] : T(0.0f);
  }
}

template <ds_dtype dtype>
__global__ void matmul_kernel(float *out, int64_t out_stride, const float *in, int64_t in_stride, Weights w, int64_t rows, bool w_aligned, bool in_aligned) {
  using E = Element<dtype>;
  using Storage = typename E::Storage;
  constexpr int kVector = 16 / int(sizeof(Storage));
  const int lane = threadIdx.x % 32;
  const int64_t n = int64_t(blockIdx.x) * kWarps + threadIdx.x / 32;
  if (n >= w.rows) return;
  const Storage *weights = static_cast<const Storage *>(w.data) + n * w.cols;
  const float *scales = w.scale ? w.scale + n / w.block_rows * w.scale_stride : nullptr;

  for (int64_t first = int64_t(blockIdx.y) * kTile; first < rows; first += int64_t(gridDim.y) * kTile) {
    float sum[kTile] = {};
    for (int64_t k = int64_t(lane) * kVector; k < w.cols; k += 32 * kVector) {
      alignas(16) Storage stored[kVector];
      load_vector(stored, weights + k, w.cols - k, w_aligned);
      float weight[kVector];
      for (int i = 0; i < kVector; ++i) {
        weight[i] = E::widen(stored[i]);
        if (scales != nullptr && k + i < w.cols) weight[i] = __fmul_rn(weight[i], scales[(k + i) / w.block_cols]);
      }
#pragma unroll
      for (int t = 0; t < kTile; ++t) {
        if (first + t >= rows) break;
        alignas(16) float x[kVector];
        load_vector(x, in + (first + t) * in_stride + k, w.cols - k, in_aligned);
#pragma unroll
        for (int i = 0; i < kVector; ++i) sum[t] = __fmaf_rn(weight[i], x[i], sum[t]);
      }
    }
#pragma unroll
    for (int t = 0; t < kTile; ++t) {
      for (int distance = 16; distance > 0; distance /= 2) {
        sum[t] = __fadd_rn(sum[t], __shfl_xor_sync(0xffffffffu, sum[t], distance));
      }
      if (lane == 0 && first + t < rows) out[(first + t) * out_stride + n] = sum[t];
    }
  }
}

bool aligned16(const void *pointer, int64_t row_bytes) { return reinterpret_cast<uintptr_t>(pointer) % 16 == 0 && row_bytes % 16 == 0; }

ds_status resolve_weights(const ds_matrix *matrix, Weights &out) {
  if (matrix == nullptr) return fail(DS_INVALID_ARGUMENT, "matmul weight is missing");
  const ds_matrix &m = *matrix;
  if (!is_float_dtype(m.dtype)) return fail(DS_UNSUPPORTED, "matmul weight has dtype %d, which is no float dtype", int(m.dtype));
  if (m.rows <= 0 || m.cols <= 0 || m.rows > (int64_t(1) << 60) / m.cols) {
    return fail(DS_INVALID_ARGUMENT, "matmul weight is [%lld, %lld]", static_cast<long long>(m.rows), static_cast<long long>(m.cols));
  }
  uint8_t *data = nullptr, *scale = nullptr;
  DS_CHECK(resolve(m.data, m.rows * m.cols, ds_dtype_bytes(m.dtype), "matmul weight", &data));
  out = {data, nullptr, m.rows, m.cols, 0, 1, 1};
  if (m.scale.buffer == nullptr) return DS_OK;
  if (m.dtype != DS_F8_E4M3) return fail(DS_INVALID_ARGUMENT, "matmul weight has block scales, but is not fp8");
  if (m.block_rows <= 0 || m.block_cols <= 0) return fail(DS_INVALID_ARGUMENT, "matmul weight has scales of %d x %d blocks", m.block_rows, m.block_cols);
  out.block_rows = m.block_rows;
  out.block_cols = m.block_cols;
  out.scale_stride = ceil_div(m.cols, m.block_cols);
  DS_CHECK(resolve(m.scale, ceil_div(m.rows, m.block_rows) * out.scale_stride, sizeof(float), "matmul scale", &scale));
  out.scale = reinterpret_cast<const float *>(scale);
  return DS_OK;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status matmul(ds_backend *backend, ds_view out, int64_t out_stride, ds_view in, int64_t in_stride, const ds_matrix *w, int64_t rows) {
  return guarded(backend, [&]() -> ds_status {
    Weights weights{};
    uint8_t *result = nullptr, *source = nullptr;
    DS_CHECK(resolve_weights(w, weights));
    DS_CHECK(resolve(out, extent(rows, weights.rows, out_stride), sizeof(float), "matmul output", &result));
    DS_CHECK(resolve(in, extent(rows, weights.cols, in_stride), sizeof(float), "matmul input", &source));
    if (rows == 0) return DS_OK;
    const int64_t warps = ceil_div(weights.rows, kWarps), tiles = ceil_div(rows, kTile);
    if (warps > INT32_MAX) return fail(DS_INVALID_ARGUMENT, "matmul weight has too many rows");
    const dim3 grid(unsigned(warps), tiles < kMostTilesInGrid ? unsigned(tiles) : kMostTilesInGrid);
    const bool w_aligned = aligned16(weights.data, weights.cols * int64_t(ds_dtype_bytes(w->dtype)));
    const bool in_aligned = aligned16(source, in_stride * int64_t(sizeof(float)));
    const auto launch = [&](auto kernel) {
      kernel<<<grid, kWarps * 32, 0, backend->stream>>>(reinterpret_cast<float *>(result), out_stride, reinterpret_cast<const float *>(source), in_stride,
                                                        weights, rows, w_aligned, in_aligned);
    };
    switch (w->dtype) {
      case DS_F32: launch(matmul_kernel<DS_F32>); break;
      case DS_F16: launch(matmul_kernel<DS_F16>); break;
      case DS_BF16: launch(matmul_kernel<DS_BF16>); break;
      default: launch(matmul_kernel<DS_F8_E4M3>); break;  // resolve_weights let nothing else through
    }
    return check(cudaGetLastError(), "starting matmul");
  });
}

}  // namespace draftscope::cuda
