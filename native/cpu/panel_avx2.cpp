// Inner loops for AVX2 with FMA and F16C: vectors of eight.
#include <immintrin.h>

#include "cpu/combine_impl.h"
#include "cpu/elementwise_impl.h"
#include "cpu/panel_impl.h"

namespace draftscope::cpu {
namespace {

struct Vector8 {
  typedef __m256 Reg;
  static constexpr int width = 8;
  static constexpr int tile_rows = 2;  // 4 x 2 sums, 2 activations and 1 weight fit 16 registers
  static constexpr int single_row_tile = 4;
  static Reg zero() { return _mm256_setzero_ps(); }
  static Reg set1(float v) { return _mm256_set1_ps(v); }
  static Reg load(const float *p) { return _mm256_loadu_ps(p); }
  static void store(float *p, Reg r) { _mm256_storeu_ps(p, r); }
  static Reg add(Reg a, Reg b) { return _mm256_add_ps(a, b); }
  static Reg sub(Reg a, Reg b) { return _mm256_sub_ps(a, b); }
  static Reg mul(Reg a, Reg b) { return _mm256_mul_ps(a, b); }
  static Reg div(Reg a, Reg b) { return _mm256_div_ps(a, b); }
  static Reg min(Reg a, Reg b) { return _mm256_min_ps(a, b); }
  static Reg max(Reg a, Reg b) { return _mm256_max_ps(a, b); }
  static Reg fma(Reg a, Reg b, Reg c) { return _mm256_fmadd_ps(a, b, c); }
  static Reg times_power(Reg p, Reg n) { return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(p), _mm256_slli_epi32(_mm256_castps_si256(n), 23))); }
  static Reg zero_where_less(Reg value, Reg x, Reg limit) { return _mm256_andnot_ps(_mm256_cmp_ps(x, limit, _CMP_LT_OQ), value); }
  static float sum(Reg r) {
    __m128 v = _mm_add_ps(_mm256_castps256_ps128(r), _mm256_extractf128_ps(r, 1));
    v = _mm_add_ps(v, _mm_movehl_ps(v, v));
    return _mm_cvtss_f32(_mm_add_ss(v, _mm_shuffle_ps(v, v, 1)));
  }
  static void sum_four(const Reg *r, float *out) {
    for (int i = 0; i < 4; i++) out[i] = sum(r[i]);
  }
};

template <class Load>
struct Pairwise : Load {
  static void load_pair(const uint8_t *p, __m256 &first, __m256 &second) {
    first = Load::load(p);
    second = Load::load(p + Vector8::width * Load::bytes);
  }
};

struct LoadF32 {
  static constexpr int bytes = 4;
  static constexpr float unit = 1;
  static __m256 load(const uint8_t *p) { return _mm256_loadu_ps(reinterpret_cast<const float *>(p)); }
};

struct LoadBF16 {
  static constexpr int bytes = 2;
  static constexpr float unit = 1;
  static __m256 load(const uint8_t *p) {
    const __m128i raw = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(raw), 16));
  }
};

struct LoadF16 {
  static constexpr int bytes = 2;
  static constexpr float unit = 1;
  static __m256 load(const uint8_t *p) { return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p))); }
};

// e4m3 bits shifted into a half float are the value times 2^-8, subnormals included; `unit` puts the 2^8 back.
struct LoadF8 {
  static constexpr int bytes = 1;
  static constexpr float unit = 256;
  static __m256 load(const uint8_t *p) {
    const __m128i raw = _mm_cvtepu8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i *>(p)));
    const __m128i magnitude = _mm_and_si128(raw, _mm_set1_epi16(0x7f));
    const __m128i sign = _mm_slli_epi16(_mm_and_si128(raw, _mm_set1_epi16(0x80)), 8);
    const __m128i nan = _mm_and_si128(_mm_cmpeq_epi16(magnitude, _mm_set1_epi16(0x7f)), _mm_set1_epi16(0x7e00));
    return _mm256_cvtph_ps(_mm_or_si128(_mm_or_si128(_mm_slli_epi16(magnitude, 7), sign), nan));
  }
};

}  // namespace

const Kernels kernels_avx2 = {
    "avx2",
    {panel<Vector8, Pairwise<LoadF32>>, panel<Vector8, Pairwise<LoadF16>>, panel<Vector8, Pairwise<LoadBF16>>, panel_fp8<Vector8, Pairwise<LoadF8>>},
    {combine<Vector8, LoadF32>, combine<Vector8, LoadF16>, combine<Vector8, LoadBF16>, combine_fp8<Vector8, LoadF8>},
    softmax<Vector8>,
    silu_mul<Vector8>,
    sum_exp<Vector8>,
};

}  // namespace draftscope::cpu
