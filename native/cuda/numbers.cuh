// Stored float formats on the device.
#pragma once

#include <cuda_fp16.h>
#if defined(__CUDACC__)
#include <cuda_fp8.h>
#endif

#include <cstdint>

#include "draftscope/backend.h"

namespace draftscope::cuda {

// Element: the bits of a dtype, with widen() to float32 (exact) and narrow() to nearest even.
template <ds_dtype dtype>
struct Element;

template <>
struct Element<DS_F32> {
  using Storage = float;
  static __device__ __forceinline__ float widen(Storage value) { return value; }
  static __device__ __forceinline__ Storage narrow(float value) { return value; }
};

template <>
struct Element<DS_F16> {
  using Storage = uint16_t;
  static __device__ __forceinline__ float widen(Storage bits) { return __half2float(__ushort_as_half(bits)); }
  static __device__ __forceinline__ Storage narrow(float value) { return __half_as_ushort(__float2half_rn(value)); }
};

template <>
struct Element<DS_BF16> {
  using Storage = uint16_t;
  static __device__ __forceinline__ float widen(Storage bits) { return __uint_as_float(uint32_t(bits) << 16); }
  static __device__ __forceinline__ Storage narrow(float value) {
    const uint32_t bits = __float_as_uint(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return Storage((bits >> 16) | 0x40u);  // stays a NaN
    return Storage((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
  }
};

// Weights in fp8 (e4m3: no infinity, NaN is 0x7f and 0xff) are read, never written.
template <>
struct Element<DS_F8_E4M3> {
  using Storage = uint8_t;
  static __device__ __forceinline__ float widen(Storage bits) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 890
    return __half2float(__half(__nv_cvt_fp8_to_halfraw(bits, __NV_E4M3)));
#else
    if ((bits & 0x7f) == 0x7f) return __uint_as_float(0x7fc00000u | (uint32_t(bits & 0x80) << 24));
    // The bits moved into a float32 are off by 2^120 in the exponent, subnormals included.
    return __fmul_rn(__uint_as_float((uint32_t(bits & 0x80) << 24) | (uint32_t(bits & 0x7f) << 20)), 0x1p120f);
#endif
  }
};

// Four fp8 values at once, the lowest byte first.
__device__ __forceinline__ void widen_e4m3_word(float (&out)[4], uint32_t word) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 890
  const float2 low = __half22float2(__half2(__nv_cvt_fp8x2_to_halfraw2(__nv_fp8x2_storage_t(word & 0xffffu), __NV_E4M3)));
  const float2 high = __half22float2(__half2(__nv_cvt_fp8x2_to_halfraw2(__nv_fp8x2_storage_t(word >> 16), __NV_E4M3)));
  out[0] = low.x;
  out[1] = low.y;
  out[2] = high.x;
  out[3] = high.y;
#else
  if ((((word & 0x7f7f7f7fu) + 0x01010101u) & 0x80808080u) != 0) {  // a NaN among them
#pragma unroll
    for (int i = 0; i < 4; ++i) out[i] = Element<DS_F8_E4M3>::widen(uint8_t(word >> 8 * i));
    return;
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    // The byte to the top, then sign and magnitude to where a float32 has them, but for 2^120.
    const int32_t top = int32_t(word << (24 - 8 * i));
    out[i] = __fmul_rn(__uint_as_float(uint32_t(top >> 4) & 0x87f00000u), 0x1p120f);
  }
#endif
}

// Element `index` of an array whose dtype is known at run time only.
__device__ __forceinline__ float widen_at(const uint8_t *data, ds_dtype dtype, int64_t index) {
  switch (dtype) {
    case DS_F32: return reinterpret_cast<const float *>(data)[index];
    case DS_F16: return Element<DS_F16>::widen(reinterpret_cast<const uint16_t *>(data)[index]);
    case DS_BF16: return Element<DS_BF16>::widen(reinterpret_cast<const uint16_t *>(data)[index]);
    default: return Element<DS_F8_E4M3>::widen(data[index]);
  }
}

}  // namespace draftscope::cuda
