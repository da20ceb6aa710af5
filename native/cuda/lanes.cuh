// Sums over the lanes of a warp and the warps of a block, always in the same order.
#pragma once

#include "cuda/launch.h"

namespace draftscope::cuda {

__device__ __forceinline__ int lane_index() { return int(threadIdx.x) % kLanes; }
__device__ __forceinline__ int warp_index() { return int(threadIdx.x) / kLanes; }

// The block's dynamic shared memory.
template <class T>
__device__ __forceinline__ T *shared_memory() {
#if defined(__CUDACC__)
  extern __shared__ __align__(16) unsigned char bytes_of_block[];
  return reinterpret_cast<T *>(bytes_of_block);
#else
  return reinterpret_cast<T *>(::cuda_on_host::shared_bytes());
#endif
}

// Every lane gets the sum over the warp.
__device__ __forceinline__ float warp_sum(float value) {
#pragma unroll
  for (int distance = kLanes / 2; distance > 0; distance /= 2) {
    value = __fadd_rn(value, __shfl_xor_sync(0xffffffffu, value, distance));
  }
  return value;
}

// Sums `count` values (a power of two, at most 32) over the warp at once. The lane gets the sum of value
// lane / (32 / count). While more than one value is left, lanes share the work: each keeps half and hands over the rest.
// The tree of additions of a value is that of warp_sum, whatever `count` is.
template <int count>
__device__ __forceinline__ float warp_sums(float (&values)[count]) {
  const int lane = lane_index();
  int left = count;
#pragma unroll
  for (int distance = kLanes / 2; distance > 0; distance /= 2) {
    if (left == 1) {
      values[0] = __fadd_rn(values[0], __shfl_xor_sync(0xffffffffu, values[0], distance));
      continue;
    }
    left /= 2;
    const bool upper = (lane & distance) != 0;
#pragma unroll
    for (int i = 0; i < count / 2; ++i) {
      if (i >= left) break;
      const float keep = upper ? values[left + i] : values[i];
      const float give = upper ? values[i] : values[left + i];
      values[i] = __fadd_rn(keep, __shfl_xor_sync(0xffffffffu, give, distance));
    }
  }
  return values[0];
}

// Every thread gets the sum over the block; part: shared [kWarps].
__device__ __forceinline__ float block_sum(float value, float *part) {
  value = warp_sum(value);
  if (lane_index() == 0) part[warp_index()] = value;
  __syncthreads();
  float total = part[0];
  for (int w = 1; w < kWarps; ++w) total = __fadd_rn(total, part[w]);
  __syncthreads();
  return total;
}

}  // namespace draftscope::cuda
