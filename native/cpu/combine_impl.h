// Weighted sums of rows, behind the kernel tables: V is a vector of float32, W loads V from a stored dtype.
// Internal linkage and no standard library, as in panel_impl.h.
#pragma once

#include "cpu/panel.h"

namespace draftscope::cpu {
namespace {

// Rows of x that all of out goes over before the next ones are fetched. Sums are kept in out between them, so the order of
// a sum is that of s alone.
constexpr int64_t kCombineTerms = 64;

// `left` of the last vector's columns are there; all of them unless it is the last tile.
template <class V, class W, bool scaled, int M, int L>
void combine_tile(const Combine &c, int64_t m0, int64_t l0, int64_t begin, int64_t end, int64_t left) {
  constexpr int64_t row_bytes = int64_t(V::width) * W::bytes;
  typename V::Reg sum[M][L];
  float kept[M][V::width] = {};
  uint8_t padded[row_bytes] = {};
  const bool whole = left == V::width;
  for (int m = 0; m < M; m++) {
    const float *out = c.out + (m0 + m) * c.out_stride + l0;
    if (!whole) __builtin_memcpy(kept[m], out, size_t(left) * 4);
    for (int l = 0; l < L; l++) sum[m][l] = V::load(whole ? out + l * V::width : kept[m]);
  }
  for (int64_t s = begin; s < end; s++) {
    const uint8_t *row = c.x + s * c.x_row_bytes + l0 * W::bytes;
    if (!whole) {
      __builtin_memcpy(padded, row, size_t(left) * W::bytes);
      row = padded;
    }
    typename V::Reg x[L];
    for (int l = 0; l < L; l++) {
      x[l] = W::load(row + l * row_bytes);
      if constexpr (scaled) {
        const int64_t block = (c.scale_first_row + s) / c.block_rows * c.scale_stride + (l0 + l * V::width) / c.block_cols;
        x[l] = V::mul(x[l], V::set1(c.scale[block] * W::unit));
      } else if constexpr (W::unit != 1) {
        x[l] = V::mul(x[l], V::set1(W::unit));
      }
    }
    for (int m = 0; m < M; m++) {
      const typename V::Reg coef = V::set1(c.coef[(m0 + m) * c.coef_stride + s]);
      for (int l = 0; l < L; l++) sum[m][l] = V::fma(coef, x[l], sum[m][l]);
    }
  }
  for (int m = 0; m < M; m++) {
    float *out = c.out + (m0 + m) * c.out_stride + l0;
    for (int l = 0; l < L; l++) V::store(whole ? out + l * V::width : kept[m], sum[m][l]);
    if (!whole) __builtin_memcpy(out, kept[m], size_t(left) * 4);
  }
}

template <class V, class W, bool scaled, int M>
void combine_rows(const Combine &c, int64_t m0, int64_t begin, int64_t end) {
  constexpr int L = V::tile_rows;
  int64_t l = 0;
  for (; l + L * V::width <= c.cols; l += L * V::width) combine_tile<V, W, scaled, M, L>(c, m0, l, begin, end, V::width);
  for (; l < c.cols; l += V::width) combine_tile<V, W, scaled, M, 1>(c, m0, l, begin, end, c.cols - l < V::width ? c.cols - l : V::width);
}

template <class V, class W, bool scaled>
void combine_all(const Combine &c) {
  for (int64_t begin = 0; begin < c.terms; begin += kCombineTerms) {
    const int64_t end = begin + kCombineTerms < c.terms ? begin + kCombineTerms : c.terms;
    int64_t m = 0;
    for (; m + 4 <= c.rows; m += 4) combine_rows<V, W, scaled, 4>(c, m, begin, end);
    for (; m < c.rows; m++) combine_rows<V, W, scaled, 1>(c, m, begin, end);
  }
}

template <class V, class W>
void combine(const Combine &c) {
  combine_all<V, W, false>(c);
}

template <class V, class W>
void combine_fp8(const Combine &c) {
  if (c.scale) {
    combine_all<V, W, true>(c);
  } else {
    combine_all<V, W, false>(c);
  }
}

}  // namespace
}  // namespace draftscope::cpu
