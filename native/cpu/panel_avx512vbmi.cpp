// Inner loops for AVX-512 with VBMI: as panel_avx512.cpp, and fp8 widened by looking bytes up in registers.
#include "cpu/vector_avx512.h"

namespace draftscope::cpu {
namespace {

// e4m3 magnitudes as the high and low bytes of bf16, where all of them are exact.
struct MagnitudeTable {
  alignas(64) uint8_t high[128], low[128];
};

constexpr MagnitudeTable magnitude_table() {
  MagnitudeTable table{};
  for (uint32_t magnitude = 0; magnitude < 128; magnitude++) {
    uint32_t exponent = magnitude >> 3, mantissa = magnitude & 7;
    uint32_t bits = 0;
    if (magnitude == 127) {
      bits = 0x7fc0;  // NaN
    } else if (exponent != 0) {
      bits = (exponent + 120) << 7 | mantissa << 4;
    } else if (mantissa != 0) {
      // Subnormal: mantissa * 2^-9, normal as bf16.
      uint32_t shift = 0;
      while ((mantissa << shift) < 8) shift++;
      bits = (121 - shift) << 7 | ((mantissa << shift) & 7) << 4;
    }
    table.high[magnitude] = uint8_t(bits >> 8);
    table.low[magnitude] = uint8_t(bits);
  }
  return table;
}

constexpr MagnitudeTable kMagnitudes = magnitude_table();

struct LoadF8 {
  static constexpr int bytes = 1;
  static constexpr float unit = 1;

  static __m512i look_up(const uint8_t (&table)[128], __m512i index) {
    return _mm512_permutex2var_epi8(_mm512_load_si512(table), index, _mm512_load_si512(table + 64));
  }
  // Words 2i and 2i + 1 of the result are the values of bytes `order` picks.
  static __m512i to_bf16(__m512i bytes_twice) {
    // Each value's byte stands twice; even places become low bytes, odd ones high bytes with the sign.
    const __m512i high = _mm512_or_si512(look_up(kMagnitudes.high, bytes_twice), _mm512_and_si512(bytes_twice, _mm512_set1_epi8(char(0x80))));
    return _mm512_mask_blend_epi8(0xaaaaaaaaaaaaaaaaull, look_up(kMagnitudes.low, bytes_twice), high);
  }
  static __m512 load(const uint8_t *p) {
    const __m128i raw = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p));
    // Each byte in the upper half of a double word, so that the bf16 is a float32 already.
    const __m512i spread = _mm512_cvtepu8_epi32(raw);
    const __m512i twice = _mm512_or_si512(_mm512_slli_epi32(spread, 16), _mm512_slli_epi32(spread, 24));
    return _mm512_castsi512_ps(_mm512_and_si512(to_bf16(twice), _mm512_set1_epi32(int(0xffff0000u))));
  }
  static void load_pair(const uint8_t *p, __m512 &first, __m512 &second) {
    const __m512i raw = _mm512_castsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)));
    alignas(64) static constexpr uint8_t order[64] = {
        0, 0, 16, 16, 1, 1, 17, 17, 2,  2,  18, 18, 3,  3,  19, 19, 4,  4,  20, 20, 5,  5,  21, 21, 6,  6,  22, 22, 7,  7,  23, 23,
        8, 8, 24, 24, 9, 9, 25, 25, 10, 10, 26, 26, 11, 11, 27, 27, 12, 12, 28, 28, 13, 13, 29, 29, 14, 14, 30, 30, 15, 15, 31, 31};
    const __m512i twice = _mm512_permutexvar_epi8(_mm512_load_si512(order), raw);
    LoadBF16::split(to_bf16(twice), first, second);
  }
};

}  // namespace

const Kernels kernels_avx512vbmi = kernels_of<LoadF8>("avx512vbmi");

}  // namespace draftscope::cpu
