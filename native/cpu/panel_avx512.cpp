// Inner loops for AVX-512 (F, BW, VL, DQ): vectors of sixteen.
#include "cpu/vector_avx512.h"

namespace draftscope::cpu {
namespace {

// As in panel_avx2.cpp: the bits as a half float are the value times 2^-8.
struct LoadF8 {
  static constexpr int bytes = 1;
  static constexpr float unit = 256;
  static __m512 load(const uint8_t *p) {
    const __m256i raw = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p)));
    const __m256i bits = _mm256_and_si256(_mm256_slli_epi16(raw, 7), _mm256_set1_epi16(short(0xbf80)));
    const __m256i largest = _mm256_set1_epi16(0x3f80);
    const __mmask16 nan = _mm256_cmpeq_epi16_mask(_mm256_and_si256(bits, largest), largest);
    return _mm512_cvtph_ps(_mm256_mask_set1_epi16(bits, nan, 0x7e00));
  }
  static void load_pair(const uint8_t *p, __m512 &first, __m512 &second) {
    first = load(p);
    second = load(p + 16);
  }
};

}  // namespace

const Kernels kernels_avx512 = kernels_of<LoadF8>("avx512");

}  // namespace draftscope::cpu
