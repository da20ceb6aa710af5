// Inner loops for AVX-512 (F, BW, VL, DQ): vectors of sixteen.
#include <immintrin.h>

#include "cpu/panel.h"
#include "cpu/panel_impl.h"

namespace draftscope::cpu {
namespace {

struct Vector16 {
  typedef __m512 Reg;
  static constexpr int width = 16;
  static constexpr int tile_rows = 4;
  static Reg zero() { return _mm512_setzero_ps(); }
  static Reg set1(float v) { return _mm512_set1_ps(v); }
  static Reg load(const float *p) { return _mm512_loadu_ps(p); }
  static void store(float *p, Reg r) { _mm512_storeu_ps(p, r); }
  static Reg mul(Reg a, Reg b) { return _mm512_mul_ps(a, b); }
  static Reg fma(Reg a, Reg b, Reg c) { return _mm512_fmadd_ps(a, b, c); }
  static float fma_one(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
  static float sum(Reg r) {
    const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(r), _mm512_extractf32x8_ps(r, 1));
    __m128 v = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    v = _mm_add_ps(v, _mm_movehl_ps(v, v));
    return _mm_cvtss_f32(_mm_add_ss(v, _mm_shuffle_ps(v, v, 1)));
  }
};

struct LoadF32 {
  static constexpr int bytes = 4;
  static constexpr float unit = 1;
  static __m512 load(const uint8_t *p) { return _mm512_loadu_ps(p); }
};

struct LoadBF16 {
  static constexpr int bytes = 2;
  static constexpr float unit = 1;
  static __m512 load(const uint8_t *p) {
    const __m256i raw = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(raw), 16));
  }
};

struct LoadF16 {
  static constexpr int bytes = 2;
  static constexpr float unit = 1;
  static __m512 load(const uint8_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p))); }
};

// As in panel_avx2.cpp: the bits as a half float are the value times 2^-8.
struct LoadF8 {
  static constexpr int bytes = 1;
  static constexpr float unit = 256;
  static __m512 load(const uint8_t *p) {
    const __m256i raw = _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p)));
    const __m256i magnitude = _mm256_and_si256(raw, _mm256_set1_epi16(0x7f));
    const __m256i sign = _mm256_slli_epi16(_mm256_and_si256(raw, _mm256_set1_epi16(0x80)), 8);
    const __m256i nan = _mm256_and_si256(_mm256_cmpeq_epi16(magnitude, _mm256_set1_epi16(0x7f)), _mm256_set1_epi16(0x7e00));
    return _mm512_cvtph_ps(_mm256_or_si256(_mm256_or_si256(_mm256_slli_epi16(magnitude, 7), sign), nan));
  }
};

}  // namespace

const Kernels kernels_avx512 = {
    "avx512",
    {panel<Vector16, LoadF32>, panel<Vector16, LoadF16>, panel<Vector16, LoadBF16>, panel_fp8<Vector16, LoadF8>},
    combine<Vector16>,
};

}  // namespace draftscope::cpu
