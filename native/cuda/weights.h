// A checked weight matrix, as kernels take it.
#pragma once

#include "cuda/draftscope_cuda.h"

namespace draftscope::cuda {

struct Weights : shared::Matrix {
  bool aligned = false;  // rows begin at multiples of 16 bytes
};

inline bool aligned16(const void *pointer, int64_t row_bytes) { return reinterpret_cast<uintptr_t>(pointer) % 16 == 0 && row_bytes % 16 == 0; }

inline Weights weights_of(const shared::Matrix &matrix) {
  Weights weights;
  static_cast<shared::Matrix &>(weights) = matrix;
  weights.aligned = aligned16(matrix.data, matrix.row_bytes);
  return weights;
}

// Calls `body` with the dtype as a compile-time constant (std::integral_constant).
template <class Body>
auto with_dtype(ds_dtype dtype, const Body &body) {
  switch (dtype) {
    case DS_F32: return body(std::integral_constant<ds_dtype, DS_F32>{});
    case DS_F16: return body(std::integral_constant<ds_dtype, DS_F16>{});
    case DS_BF16: return body(std::integral_constant<ds_dtype, DS_BF16>{});
    default: return body(std::integral_constant<ds_dtype, DS_F8_E4M3>{});  // no check lets anything else through
  }
}

// Rows of activations that share one read of the weights: 1, 4 or 8.
template <class Body>
auto with_tile(int64_t rows, const Body &body) {
  if (rows <= 1) return body(std::integral_constant<int, 1>{});
  if (rows <= 4) return body(std::integral_constant<int, 4>{});
  return body(std::integral_constant<int, 8>{});
}

// How many warps share the columns of one group of weight rows: enough to fill a device when there are few groups. By
// the shape of the weights alone, so that a row's order of additions is the same in every call.
inline int split_of(int64_t groups, int64_t cols, int64_t vector) {
  int split = 1;
  while (split < 8 && groups * split < 2048 && cols >= int64_t(split) * 4 * 32 * vector) split *= 2;
  return split;
}

}  // namespace draftscope::cuda
