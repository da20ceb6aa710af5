// Scalar conversions between the stored float formats. Everything has internal linkage on purpose: the header is
// compiled with different instruction sets, and one copy must never stand in for another.
#pragma once

#include <cstdint>

#include "draftscope/backend.h"

namespace draftscope {
namespace {

inline float float_from_bits(uint32_t bits) { return __builtin_bit_cast(float, bits); }
inline uint32_t bits_from_float(float value) { return __builtin_bit_cast(uint32_t, value); }

inline float float_from_bf16(uint16_t bits) { return float_from_bits(uint32_t(bits) << 16); }

inline float float_from_f16(uint16_t bits) {
  const uint32_t sign = uint32_t(bits & 0x8000u) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1fu;
  const uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 0x1f) return float_from_bits(sign | 0x7f800000u | (mantissa << 13));
  if (exponent != 0) return float_from_bits(sign | ((exponent + 112u) << 23) | (mantissa << 13));
  // Subnormal (or zero): mantissa * 2^-24, exact in float32.
  const float magnitude = float(mantissa) * 0x1p-24f;
  return sign ? -magnitude : magnitude;
}

// e4m3fn: no infinity, NaN is 0x7f and 0xff only, largest value 448.
inline float float_from_f8_e4m3(uint8_t bits) {
  const uint32_t exponent = (bits >> 3) & 0xfu;
  const uint32_t mantissa = bits & 0x7u;
  float magnitude;
  if ((bits & 0x7f) == 0x7f) {
    magnitude = float_from_bits(0x7fc00000u);
  } else if (exponent != 0) {
    magnitude = float_from_bits(((exponent + 120u) << 23) | (mantissa << 20));
  } else {
    magnitude = float(mantissa) * 0x1p-9f;
  }
  return (bits & 0x80) ? -magnitude : magnitude;
}

// Round to nearest even; a NaN stays a (quiet) NaN.
inline uint16_t bf16_from_float(float value) {
  const uint32_t bits = bits_from_float(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return uint16_t((bits >> 16) | 0x40u);
  return uint16_t((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

inline uint16_t f16_from_float(float value) {
  const uint32_t bits = bits_from_float(value);
  const uint16_t sign = uint16_t((bits >> 16) & 0x8000u);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return uint16_t(sign | 0x7e00u);
  if (magnitude >= 0x477ff000u) return uint16_t(sign | 0x7c00u);  // 65520 and above round to infinity
  if (magnitude >= 0x38800000u) {
    const uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
    return uint16_t(sign | ((rounded - 0x38000000u) >> 13));
  }
  // Subnormal: adding 0.5 puts the bits that survive at the bottom of the mantissa and rounds them to nearest even.
  const float shifted = float_from_bits(magnitude) + 0.5f;
  return uint16_t(sign | (bits_from_float(shifted) - 0x3f000000u));
}

// out[count] = values of `dtype` at `data`, widened. `data` need not be aligned.
inline void widen(float *out, const uint8_t *data, ds_dtype dtype, int64_t count) {
  switch (dtype) {
    case DS_F32:
      __builtin_memcpy(out, data, size_t(count) * 4);
      return;
    case DS_BF16:
      for (int64_t i = 0; i < count; i++) {
        uint16_t bits;
        __builtin_memcpy(&bits, data + i * 2, 2);
        out[i] = float_from_bf16(bits);
      }
      return;
    case DS_F16:
      for (int64_t i = 0; i < count; i++) {
        uint16_t bits;
        __builtin_memcpy(&bits, data + i * 2, 2);
        out[i] = float_from_f16(bits);
      }
      return;
    case DS_F8_E4M3:
      for (int64_t i = 0; i < count; i++) out[i] = float_from_f8_e4m3(data[i]);
      return;
    default:
      return;
  }
}

// The element `index` of an array of `dtype`, widened.
inline float widen_one(const uint8_t *data, ds_dtype dtype, int64_t index) {
  float value = 0;
  widen(&value, data + index * int64_t(ds_dtype_bytes(dtype)), dtype, 1);
  return value;
}

}  // namespace
}  // namespace draftscope
