// Vectors of sixteen and what loads them, for the kernel tables that use AVX-512 (F, BW, VL, DQ).
// Internal linkage, as in panel_impl.h.
#pragma once

#include <immintrin.h>

#include "cpu/combine_impl.h"
#include "cpu/elementwise_impl.h"
#include "cpu/panel_impl.h"

namespace draftscope::cpu {
namespace {

struct Vector16 {
  typedef __m512 Reg;
  static constexpr int width = 16;
  static constexpr int tile_rows = 4;
  static constexpr int single_row_tile = 8;
  static Reg zero() { return _mm512_setzero_ps(); }
  static Reg set1(float v) { return _mm512_set1_ps(v); }
  static Reg load(const float *p) { return _mm512_loadu_ps(p); }
  static void store(float *p, Reg r) { _mm512_storeu_ps(p, r); }
  static Reg add(Reg a, Reg b) { return _mm512_add_ps(a, b); }
  static Reg sub(Reg a, Reg b) { return _mm512_sub_ps(a, b); }
  static Reg mul(Reg a, Reg b) { return _mm512_mul_ps(a, b); }
  static Reg div(Reg a, Reg b) { return _mm512_div_ps(a, b); }
  static Reg min(Reg a, Reg b) { return _mm512_min_ps(a, b); }
  static Reg max(Reg a, Reg b) { return _mm512_max_ps(a, b); }
  static Reg fma(Reg a, Reg b, Reg c) { return _mm512_fmadd_ps(a, b, c); }
  static Reg times_power(Reg p, Reg n) { return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(p), _mm512_slli_epi32(_mm512_castps_si512(n), 23))); }
  static Reg zero_where_less(Reg value, Reg x, Reg limit) { return _mm512_mask_mov_ps(value, _mm512_cmp_ps_mask(x, limit, _CMP_LT_OQ), zero()); }
  static float sum(Reg r) {
    float lanes[4];
    const Reg four[4] = {r, r, r, r};
    sum_four(four, lanes);
    return lanes[0];
  }
  // Halves are added until one lane is left, for four vectors at a time.
  static void sum_four(const Reg *r, float *out) {
    const auto halves = [](Reg a, Reg b) { return add(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee)); };
    const Reg ab = halves(r[0], r[1]), cd = halves(r[2], r[3]);
    const Reg quarters = add(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xdd));
    const Reg pairs = add(quarters, _mm512_permute_ps(quarters, 0x4e));
    const Reg ones = add(pairs, _mm512_permute_ps(pairs, 0xb1));
    const __m512i firsts = _mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    _mm_storeu_ps(out, _mm512_castps512_ps128(_mm512_permutexvar_ps(firsts, ones)));
  }
};

struct LoadF32 {
  static constexpr int bytes = 4;
  static constexpr float unit = 1;
  static __m512 load(const uint8_t *p) { return _mm512_loadu_ps(p); }
  static void load_pair(const uint8_t *p, __m512 &first, __m512 &second) {
    first = load(p);
    second = load(p + 64);
  }
};

struct LoadF16 {
  static constexpr int bytes = 2;
  static constexpr float unit = 1;
  static __m512 load(const uint8_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p))); }
  static void load_pair(const uint8_t *p, __m512 &first, __m512 &second) {
    first = load(p);
    second = load(p + 32);
  }
};

struct LoadBF16 {
  static constexpr int bytes = 2;
  static constexpr float unit = 1;
  static __m512 load(const uint8_t *p) {
    const __m256i raw = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(raw), 16));
  }
  // Words i and 16 + i beside each other: the low ones are shifted up, the high ones masked.
  static void load_pair(const uint8_t *p, __m512 &first, __m512 &second) {
    const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    split(_mm512_permutexvar_epi16(order, _mm512_loadu_si512(p)), first, second);
  }
  static void split(__m512i words, __m512 &low, __m512 &high) {
    low = _mm512_castsi512_ps(_mm512_slli_epi32(words, 16));
    high = _mm512_castsi512_ps(_mm512_and_si512(words, _mm512_set1_epi32(int(0xffff0000u))));
  }
};

template <class LoadF8>
constexpr Kernels kernels_of(const char *name) {
  return {
      name,
      {panel<Vector16, LoadF32>, panel<Vector16, LoadF16>, panel<Vector16, LoadBF16>, panel_fp8<Vector16, LoadF8>},
      {combine<Vector16, LoadF32>, combine<Vector16, LoadF16>, combine<Vector16, LoadBF16>, combine_fp8<Vector16, LoadF8>},
      softmax<Vector16>,
      silu_mul<Vector16>,
      sum_exp<Vector16>,
  };
}

}  // namespace
}  // namespace draftscope::cpu
