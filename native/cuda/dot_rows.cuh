// The inner loop of every product: a few weight rows times up to 8 activation rows, by one warp. A lane takes 16 bytes
// of each weight row at a time and sums its elements in ascending order; the order never depends on the number of
// activation rows, and every operation is spelled out, so that a row's bits don't either.
#pragma once

#include "cuda/lanes.cuh"
#include "cuda/numbers.cuh"
#include "cuda/weights.h"

namespace draftscope::cuda {

constexpr int kRows = 4;  // weight rows of a warp

template <ds_dtype dtype>
constexpr int kVector = 16 / int(sizeof(typename Element<dtype>::Storage));

// 16 bytes of a row from element k; zeros past its end.
template <class Storage>
__device__ __forceinline__ uint4 load_weights(const uint8_t *row, int64_t k, int64_t cols, bool aligned) {
  constexpr int kCount = 16 / int(sizeof(Storage));
  const Storage *from = reinterpret_cast<const Storage *>(row) + k;
  if (aligned && k + kCount <= cols) return *reinterpret_cast<const uint4 *>(from);
  union {
    uint4 all;
    Storage one[kCount];
  } out;
  out.all = make_uint4(0, 0, 0, 0);
#pragma unroll
  for (int i = 0; i < kCount; ++i) {  // by number, so that `out` stays in registers
    if (k + i < cols) out.one[i] = from[i];
  }
  return out.all;
}

// 4 activations from element k; zeros past the end.
__device__ __forceinline__ float4 load_activations(const float *row, int64_t k, int64_t cols, bool aligned) {
  if (aligned && k + 4 <= cols) return *reinterpret_cast<const float4 *>(row + k);
  return make_float4(k < cols ? row[k] : 0.0f, k + 1 < cols ? row[k + 1] : 0.0f, k + 2 < cols ? row[k + 2] : 0.0f, k + 3 < cols ? row[k + 3] : 0.0f);
}

// The four elements 4 * quarter .. 4 * quarter + 3 of 16 bytes, widened.
template <ds_dtype dtype>
__device__ __forceinline__ void widen_four(float (&out)[4], const uint4 &bits, int quarter) {
  if constexpr (dtype == DS_F8_E4M3) {
    widen_e4m3_word(out, quarter == 0 ? bits.x : quarter == 1 ? bits.y : quarter == 2 ? bits.z : bits.w);
  } else {
    using Storage = typename Element<dtype>::Storage;
    union {
      uint4 all;
      Storage one[kVector<dtype>];
    } in;
    in.all = bits;
#pragma unroll
    for (int i = 0; i < 4; ++i) out[i] = Element<dtype>::widen(in.one[quarter * 4 + i]);
  }
}

// sum[r * M + m] += this lane's part of w[r] . x[m], m < rows. scale[r]: the row's scales, one per block_cols columns.
template <ds_dtype dtype, int M>
__device__ __forceinline__ void dot_rows(float (&sum)[kRows * M], const uint8_t *const (&w)[kRows], const float *const (&scale)[kRows],
                                         const float *const (&x)[M], int rows, int64_t cols, int64_t block_cols, int part, int split,
                                         bool w_aligned, bool x_aligned) {
  using Storage = typename Element<dtype>::Storage;
  constexpr int kCount = kVector<dtype>;
  const int64_t step = int64_t(split) * kLanes * kCount;
  for (int64_t k = (int64_t(part) * kLanes + lane_index()) * kCount; k < cols; k += step) {
    uint4 bits[kRows];
    float factor[kRows];
#pragma unroll
    for (int r = 0; r < kRows; ++r) bits[r] = load_weights<Storage>(w[r], k, cols, w_aligned);
    if constexpr (dtype == DS_F8_E4M3) {
      const unsigned block = unsigned(k) / unsigned(block_cols);  // 32 bits: a long division costs as much as a quarter of the loop
#pragma unroll
      for (int r = 0; r < kRows; ++r) factor[r] = scale[r] != nullptr ? scale[r][block] : 1.0f;
    }
#pragma unroll
    for (int quarter = 0; quarter < kCount / 4; ++quarter) {
      float weight[kRows][4];
#pragma unroll
      for (int r = 0; r < kRows; ++r) {
        widen_four<dtype>(weight[r], bits[r], quarter);
        if constexpr (dtype == DS_F8_E4M3) {
#pragma unroll
          for (int i = 0; i < 4; ++i) weight[r][i] = __fmul_rn(weight[r][i], factor[r]);
        }
      }
#pragma unroll
      for (int m = 0; m < M; ++m) {
        if (m >= rows) break;
        const float4 v = load_activations(x[m], k + quarter * 4, cols, x_aligned);
#pragma unroll
        for (int r = 0; r < kRows; ++r) {
          float &total = sum[r * M + m];
          total = __fmaf_rn(weight[r][0], v.x, total);
          total = __fmaf_rn(weight[r][1], v.y, total);
          total = __fmaf_rn(weight[r][2], v.z, total);
          total = __fmaf_rn(weight[r][3], v.w, total);
        }
      }
    }
  }
}

// Sums over the lanes, then over the `split` warps that share a group of weight rows, in their order. Afterwards
// totals[i] (shared memory, of the warp's group) holds sum i. All threads of the block must come here.
template <int count>
__device__ __forceinline__ const float *group_totals(float (&sum)[count], int split) {
  constexpr int kEach = kLanes / count;
  float *parts = shared_memory<float>();  // [kWarps, count]
  const int lane = lane_index(), warp = warp_index(), first = warp / split * split;
  const float value = warp_sums(sum);
  if (lane % kEach == 0) parts[warp * count + lane / kEach] = value;
  __syncthreads();
  if (warp == first && lane < count) {
    float total = parts[warp * count + lane];
    for (int s = 1; s < split; ++s) total = __fadd_rn(total, parts[(warp + s) * count + lane]);
    parts[warp * count + lane] = total;
  }
  __syncthreads();
  return parts + first * count;
}

// Shared memory that group_totals needs.
template <int M>
constexpr size_t kTotalsBytes = size_t(kWarps) * kRows * M * sizeof(float);

}  // namespace draftscope::cuda
