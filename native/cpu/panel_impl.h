// Matrix times rows, behind the kernel tables: V is a vector of float32, W loads V from a stored dtype.
// Internal linkage: each instruction set compiles its own copy. No standard library here, for the same reason.
#pragma once

#include <cstdint>

#include "cpu/panel.h"

namespace draftscope::cpu {
namespace {

// Fewer than a vector: zero-padded.
template <class V>
typename V::Reg load_part(const float *x, int64_t count) {
  float padded[V::width] = {};
  __builtin_memcpy(padded, x, size_t(count) * 4);
  return V::load(padded);
}

// The sums of a tile live in registers only when the loops over it are unrolled.
#if defined(__clang__)
#define DS_UNROLL _Pragma("unroll")
#else
#define DS_UNROLL _Pragma("GCC unroll 8")
#endif

// One tile: N weight rows against M activation rows. A weight vector is loaded once for all M rows.
// W::load gives one vector, W::load_pair the next two; block scales are applied to the sum of a block.
template <class V, class W, bool scaled, int N, int M>
void panel_tile(const Panel &p, int64_t j0, int64_t t0) {
  typename V::Reg sum[M][N];
  const uint8_t *w[N];
  const float *scale[N];
  const float *x[M];
  DS_UNROLL
  for (int n = 0; n < N; n++) {
    w[n] = p.w + (j0 + n) * p.w_row_bytes;
    if constexpr (scaled) scale[n] = p.scale + (p.scale_first_row + j0 + n) / p.block_rows * p.scale_stride;
    DS_UNROLL
    for (int m = 0; m < M; m++) sum[m][n] = V::zero();
  }
  DS_UNROLL
  for (int m = 0; m < M; m++) x[m] = p.x + (p.x_rows ? int64_t(p.x_rows[t0 + m]) : t0 + m) * p.x_stride;

  const int64_t block = scaled ? p.block_cols : p.k;
  for (int64_t begin = 0, b = 0; begin < p.k; begin += block, b++) {
    const int64_t end = begin + block < p.k ? begin + block : p.k;
    typename V::Reg part[M][N];
    DS_UNROLL
    for (int m = 0; m < M; m++) {
      DS_UNROLL
      for (int n = 0; n < N; n++) part[m][n] = V::zero();
    }
    int64_t k = begin;
    for (; k + 2 * V::width <= end; k += 2 * V::width) {
      typename V::Reg low[M], high[M];
      DS_UNROLL
      for (int m = 0; m < M; m++) {
        low[m] = V::load(x[m] + k);
        high[m] = V::load(x[m] + k + V::width);
      }
      DS_UNROLL
      for (int n = 0; n < N; n++) {
        typename V::Reg first, second;
        W::load_pair(w[n] + k * W::bytes, first, second);
        DS_UNROLL
        for (int m = 0; m < M; m++) part[m][n] = V::fma(first, low[m], part[m][n]);
        DS_UNROLL
        for (int m = 0; m < M; m++) part[m][n] = V::fma(second, high[m], part[m][n]);
      }
    }
    if (k + V::width <= end) {
      typename V::Reg xv[M];
      DS_UNROLL
      for (int m = 0; m < M; m++) xv[m] = V::load(x[m] + k);
      DS_UNROLL
      for (int n = 0; n < N; n++) {
        const typename V::Reg wv = W::load(w[n] + k * W::bytes);
        DS_UNROLL
        for (int m = 0; m < M; m++) part[m][n] = V::fma(wv, xv[m], part[m][n]);
      }
      k += V::width;
    }
    if (k < end) {  // a part of a vector: the same step on zero-padded copies
      typename V::Reg xv[M];
      DS_UNROLL
      for (int m = 0; m < M; m++) xv[m] = load_part<V>(x[m] + k, end - k);
      DS_UNROLL
      for (int n = 0; n < N; n++) {
        uint8_t padded[V::width * W::bytes] = {};
        __builtin_memcpy(padded, w[n] + k * W::bytes, size_t(end - k) * W::bytes);
        const typename V::Reg wv = W::load(padded);
        DS_UNROLL
        for (int m = 0; m < M; m++) part[m][n] = V::fma(wv, xv[m], part[m][n]);
      }
    }
    DS_UNROLL
    for (int n = 0; n < N; n++) {
      if constexpr (scaled) {
        const typename V::Reg s = V::set1(scale[n][b] * W::unit);
        DS_UNROLL
        for (int m = 0; m < M; m++) sum[m][n] = V::fma(part[m][n], s, sum[m][n]);
      } else {
        DS_UNROLL
        for (int m = 0; m < M; m++) sum[m][n] = part[m][n];
      }
    }
  }
  DS_UNROLL
  for (int m = 0; m < M; m++) {
    float *out = p.out + (t0 + m) * p.out_stride + j0;
    int n = 0;
    for (; n + 4 <= N; n += 4) V::sum_four(sum[m] + n, out + n);
    for (; n < N; n++) out[n] = V::sum(sum[m][n]);
    if constexpr (!scaled && W::unit != 1) {
      for (n = 0; n < N; n++) out[n] *= W::unit;
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
  if constexpr (V::single_row_tile > 4) {  // four sums would wait for each other
    if (p.rows == 1) {
      for (; j + V::single_row_tile <= p.count; j += V::single_row_tile) panel_tile<V, W, scaled, V::single_row_tile, 1>(p, j, 0);
    }
  }
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

}  // namespace
}  // namespace draftscope::cpu
