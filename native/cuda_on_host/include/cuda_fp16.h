// Half floats for the emulation: bits, and the two conversions that the kernels use.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

struct __half {
  uint16_t bits;
};
inline __half __ushort_as_half(unsigned short bits) { return {bits}; }
inline unsigned short __half_as_ushort(__half value) { return value.bits; }

inline float __half2float(__half value) {
  const int exponent = value.bits >> 10 & 0x1f, mantissa = value.bits & 0x3ff;
  const float magnitude = exponent == 31 ? (mantissa != 0 ? NAN : INFINITY)
                          : exponent != 0 ? std::ldexp(float(1024 + mantissa), exponent - 25)
                                          : std::ldexp(float(mantissa), -24);
  return value.bits & 0x8000 ? -magnitude : magnitude;
}

// To nearest, ties to even: the float is scaled so that the half's last place becomes 1, and rounded there.
inline __half __float2half_rn(float value) {
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const float magnitude = std::fabs(value);
  if (std::isnan(value)) return {uint16_t(sign | 0x7e00)};
  if (magnitude >= 65520.0f) return {uint16_t(sign | 0x7c00)};
  if (magnitude == 0) return {sign};
  const int exponent = std::max(std::ilogb(magnitude), -14);
  const int places = int(std::nearbyint(std::ldexp(magnitude, 10 - exponent)));  // 1024 .. 2048, less when subnormal
  return {uint16_t(sign | (places < 1024 ? places : ((exponent + 14) << 10) + places))};
}
