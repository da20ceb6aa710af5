// Templates behind the kernel tables: V is a vector of float32, W loads V from a stored dtype.
// Internal linkage: each instruction set compiles its own copy. No standard library here, for the same reason.
#pragma once

#include <cstdint>

#include "cpu/panel.h"

namespace draftscope::cpu {
namespace {

// One tile: N weight rows against M activation rows. A weight vector is loaded once for all M rows.
template <class V, class W, bool scaled, int N, int M>
void panel_tile(const Panel &p, int64_t j0, int64_t t0) {
  typename V::Reg sum[N][M];
  const uint8_t *w[N];
  const float *scale[N];
  const float *x[M];
  for (int n = 0; n < N; n++) {
    w[n] = p.w + (j0 + n) * p.w_row_bytes;
    if constexpr (scaled) scale[n] = p.scale + (p.scale_first_row + j0 + n) / p.block_rows * p.scale_stride;
    for (int m = 0; m < M; m++) sum[n][m] = V::zero();
  }
  for (int m = 0; m < M; m++) x[m] = p.x + (p.x_rows ? int64_t(p.x_rows[t0 + m]) : t0 + m) * p.x_stride;

  const int64_t block = scaled ? p.block_cols : p.k;
  for (int64_t begin = 0, b = 0; begin < p.k; begin += block, b++) {
    const int64_t end = begin + block < p.k ? begin + block : p.k;
    typename V::Reg s[N];
    if constexpr (scaled) {
      for (int n = 0; n < N; n++) s[n] = V::set1(scale[n][b] * W::unit);
    }
    int64_t k = begin;
    for (; k + V::width <= end; k += V::width) {
      typename V::Reg xv[M];
      for (int m = 0; m < M; m++) xv[m] = V::load(x[m] + k);
      for (int n = 0; n < N; n++) {
        typename V::Reg wv = W::load(w[n] + k * W::bytes);
        if constexpr (scaled) wv = V::mul(wv, s[n]);
        for (int m = 0; m < M; m++) sum[n][m] = V::fma(wv, xv[m], sum[n][m]);
      }
    }
    if (k < end) {  // fewer than a vector left: the same step on zero-padded copies
      const int64_t left = end - k;
      typename V::Reg xv[M];
      for (int m = 0; m < M; m++) {
        float padded[V::width] = {};
        __builtin_memcpy(padded, x[m] + k, size_t(left) * 4);
        xv[m] = V::load(padded);
      }
      for (int n = 0; n < N; n++) {
        uint8_t padded[V::width * W::bytes] = {};
        __builtin_memcpy(padded, w[n] + k * W::bytes, size_t(left) * W::bytes);
        typename V::Reg wv = W::load(padded);
        if constexpr (scaled) wv = V::mul(wv, s[n]);
        for (int m = 0; m < M; m++) sum[n][m] = V::fma(wv, xv[m], sum[n][m]);
      }
    }
  }
  for (int m = 0; m < M; m++) {
    float *out = p.out + (t0 + m) * p.out_stride + j0;
    for (int n = 0; n < N; n++) {
      const float value = V::sum(sum[n][m]);
      out[n] = scaled ? value : value * W::unit;
    }
  }
}

template <class V, class W, bool scaled, int N>
void panel_rows(const Panel &p, int64_t j0) {
  int64_t t = 0;
  for (; t + V::tile_rows <= p.rows; t += V::tile_rows) panel_tile<V, W, scaled, N, V::tile_rows>(p, j0, t);
  if constexpr (V::tile_rows == 4) {
    if (p.rows - t == 3) panel_tile<V, W, scaled, N, 3>(p, j0, t);
    if (p.rows - t == 2) panel_tile<V, W, scaled, N, 2>(p, j0, t);
  }
  if (p.rows - t == 1) panel_tile<V, W, scaled, N, 1>(p, j0, t);
}

template <class V, class W, bool scaled>
void panel_all(const Panel &p) {
  int64_t j = 0;
  for (; j + 4 <= p.count; j += 4) panel_rows<V, W, scaled, 4>(p, j);
  for (; j < p.count; j++) panel_rows<V, W, scaled, 1>(p, j);
}

template <class V, class W>
void panel(const Panel &p) {
  panel_all<V, W, false>(p);
}

template <class V, class W>
void panel_fp8(const Panel &p) {
  if (p.scale) {
    panel_all<V, W, true>(p);
  } else {
    panel_all<V, W, false>(p);
  }
}

template <class V, int M, int L>
void combine_tile(const Combine &c, int64_t m0, int64_t l0) {
  typename V::Reg sum[M][L];
  for (int m = 0; m < M; m++) {
    for (int l = 0; l < L; l++) sum[m][l] = V::load(c.out + (m0 + m) * c.out_stride + l0 + l * V::width);
  }
  for (int64_t s = 0; s < c.terms; s++) {
    typename V::Reg x[L];
    for (int l = 0; l < L; l++) x[l] = V::load(c.x + s * c.x_stride + l0 + l * V::width);
    for (int m = 0; m < M; m++) {
      const typename V::Reg coef = V::set1(c.coef[(m0 + m) * c.coef_stride + s]);
      for (int l = 0; l < L; l++) sum[m][l] = V::fma(coef, x[l], sum[m][l]);
    }
  }
  for (int m = 0; m < M; m++) {
    for (int l = 0; l < L; l++) V::store(c.out + (m0 + m) * c.out_stride + l0 + l * V::width, sum[m][l]);
  }
}

template <class V, int M>
void combine_rows(const Combine &c, int64_t m0) {
  int64_t l = 0;
  for (; l + 2 * V::width <= c.cols; l += 2 * V::width) combine_tile<V, M, 2>(c, m0, l);
  for (; l + V::width <= c.cols; l += V::width) combine_tile<V, M, 1>(c, m0, l);
  for (; l < c.cols; l++) {
    for (int m = 0; m < M; m++) {
      float sum = c.out[(m0 + m) * c.out_stride + l];
      for (int64_t s = 0; s < c.terms; s++) sum = V::fma_one(c.coef[(m0 + m) * c.coef_stride + s], c.x[s * c.x_stride + l], sum);
      c.out[(m0 + m) * c.out_stride + l] = sum;
    }
  }
}

template <class V>
void combine(const Combine &c) {
  int64_t m = 0;
  for (; m + 4 <= c.rows; m += 4) combine_rows<V, 4>(c, m);
  for (; m < c.rows; m++) combine_rows<V, 1>(c, m);
}

}  // namespace
}  // namespace draftscope::cpu
