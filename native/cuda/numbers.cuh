// Stored float formats on the device.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

#include <cstdint>

#include "draftscope/backend.h"

namespace draftscope::cuda {

// Element: the storage type of a dtype, with widen() to float32 (exact).
template <ds_dtype dtype>
struct Element;

template <>
struct Element<DS_F32> {
  using Storage = float;
  static __device__ float widen(Storage value) { return value; }
  static __device__ Storage narrow(float value) { return value; }
};

template <>
struct Element<DS_F16> {
  using Storage = __half;
  static __device__ float widen(Storage value) { return __half2float(value); }
  static __device__ Storage narrow(float value) { return __float2half_rn(value); }
};

template <>
struct Element<DS_BF16> {
  using Storage = __nv_bfloat16;
  static __device__ float widen(Storage value) { return __bfloat162float(value); }
  static __device__ Storage narrow(float value) { return __float2bfloat16_rn(value); }
};

// Weights in fp8 are read, never written.
template <>
struct Element<DS_F8_E4M3> {
  using Storage = uint8_t;
  static __device__ float widen(Storage value) { return __half2float(__half(__nv_cvt_fp8_to_halfraw(value, __NV_E4M3))); }
};

}  // namespace draftscope::cuda
