// Stands in for the toolkit's header when the CUDA sources are compiled as plain C++: the words of the language, and
// the part of the runtime that the backend uses. See ../README.md for what this proves and what it does not.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <utility>

using std::isinf;
using std::isnan;

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
struct alignas(16) uint4 { unsigned x, y, z, w; };
struct alignas(16) float4 { float x, y, z, w; };
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

enum cudaError_t {
  cudaSuccess = 0, cudaErrorInvalidValue = 1, cudaErrorMemoryAllocation = 2, cudaErrorInvalidConfiguration = 9,
  cudaErrorNoDevice = 100, cudaErrorInvalidDevice = 101, cudaErrorECCUncorrectable = 214, cudaErrorInvalidResourceHandle = 400,
  cudaErrorIllegalAddress = 700, cudaErrorLaunchTimeout = 702, cudaErrorHardwareStackError = 714, cudaErrorIllegalInstruction = 715,
  cudaErrorMisalignedAddress = 716, cudaErrorInvalidAddressSpace = 717, cudaErrorInvalidPc = 718, cudaErrorLaunchFailure = 719,
  cudaErrorNotSupported = 801, cudaErrorUnknown = 999
};
enum cudaMemcpyKind { cudaMemcpyHostToHost, cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };

namespace cuda_on_host {
struct Stream;
struct Event;
struct Lane {
  dim3 thread, block;
};
extern Lane *lane;                    // the thread that runs now
unsigned char *shared_bytes();        // the dynamic shared memory of its block
void wait_for_block(int line);        // __syncthreads
uint64_t exchange(uint64_t own, int source, unsigned mask, int line);  // what lane `source` of the warp hands in at the same line
uint32_t vote(bool own, unsigned mask, int line);
struct Graph;
struct GraphNode;
struct RunnableGraph;
// What every thread runs, made from the addresses of the kernel's arguments.
using Bind = std::function<std::function<void()>(void **)>;
const void *remember(const void *kernel, Bind bind);
cudaError_t enqueue_kernel(Stream *stream, dim3 grid, dim3 block, size_t shared, std::function<void()> thread);
}  // namespace cuda_on_host

using cudaStream_t = cuda_on_host::Stream *;
using cudaEvent_t = cuda_on_host::Event *;
using cudaGraph_t = cuda_on_host::Graph *;
using cudaGraphNode_t = cuda_on_host::GraphNode *;
using cudaGraphExec_t = cuda_on_host::RunnableGraph *;

#define threadIdx (::cuda_on_host::lane->thread)
#define blockIdx (::cuda_on_host::lane->block)
// Not macros: a launch configuration has members of these names.
extern dim3 blockDim, gridDim;

// ---- what a kernel may call ----
inline void __syncthreads(int line = __builtin_LINE()) { cuda_on_host::wait_for_block(line); }
inline void __syncwarp(unsigned mask = 0xffffffffu, int line = __builtin_LINE()) { (void)cuda_on_host::vote(false, mask, line); }
template <class T>
T __shfl_sync(unsigned mask, T value, int source, int = 32, int line = __builtin_LINE()) {
  static_assert(sizeof(T) <= 8);
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = cuda_on_host::exchange(bits, source & 31, mask, line);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = 32, int line = __builtin_LINE()) {
  return __shfl_sync(mask, value, int(::cuda_on_host::lane->thread.x & 31) ^ lane_mask, width, line);
}
// Threads of a block take turns, so that nothing can come between.
template <class T>
T atomicAdd(T *at, T value) {
  const T before = *at;
  *at += value;
  return before;
}
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline float __uint_as_float(unsigned bits) { return __builtin_bit_cast(float, bits); }
inline unsigned __float_as_uint(float value) { return __builtin_bit_cast(unsigned, value); }

// ---- runtime ----
struct cudaDeviceProp { char name[256]; int major, minor, multiProcessorCount; };
struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  size_t dynamicSmemBytes;
  cudaStream_t stream;
};
struct cudaKernelNodeParams {
  void *func;
  dim3 gridDim, blockDim;
  unsigned sharedMemBytes;
  void **kernelParams, **extra;
};
constexpr unsigned cudaStreamNonBlocking = 1, cudaHostAllocDefault = 0, cudaEventDisableTiming = 2;

cudaError_t cudaGetLastError();
cudaError_t cudaPeekAtLastError();
const char *cudaGetErrorString(cudaError_t error);
const char *cudaGetErrorName(cudaError_t error);
cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *out, int device);
cudaError_t cudaDriverGetVersion(int *version);
cudaError_t cudaRuntimeGetVersion(int *version);
cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes);
cudaError_t cudaMalloc(void **out, size_t bytes);
template <class T>
cudaError_t cudaMalloc(T **out, size_t bytes) { return cudaMalloc(reinterpret_cast<void **>(out), bytes); }
cudaError_t cudaFree(void *block);
cudaError_t cudaHostAlloc(void **out, size_t bytes, unsigned flags);
cudaError_t cudaFreeHost(void *block);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *out, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaDeviceSynchronize();
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *out, unsigned flags);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaMemsetAsync(void *out, int value, size_t bytes, cudaStream_t stream);
cudaError_t cudaMemcpyAsync(void *out, const void *in, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream);
cudaError_t cudaMemcpy2DAsync(void *out, size_t out_pitch, const void *in, size_t in_pitch, size_t width, size_t height, cudaMemcpyKind kind,
                              cudaStream_t stream);

template <class... Params, class... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t *config, void (*kernel)(Params...), Arguments &&...arguments) {
  // Arguments are copied at the launch, as the real one does.
  return cuda_on_host::enqueue_kernel(config->stream, config->gridDim, config->blockDim, config->dynamicSmemBytes,
                                      [kernel, ... values = Params(std::forward<Arguments>(arguments))] { kernel(values...); });
}

// ---- graphs: nodes with arguments of their own, run in any order that their dependencies allow ----
cudaError_t cudaLaunchKernel(const void *kernel, dim3 grid, dim3 block, void **arguments, size_t shared, cudaStream_t stream);
cudaError_t cudaGraphCreate(cudaGraph_t *out, unsigned flags);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphAddKernelNode(cudaGraphNode_t *out, cudaGraph_t graph, const cudaGraphNode_t *after, size_t after_count, const cudaKernelNodeParams *parameters);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *out, cudaGraph_t graph, unsigned long long flags);
cudaError_t cudaGraphExecKernelNodeSetParams(cudaGraphExec_t runnable, cudaGraphNode_t node, const cudaKernelNodeParams *parameters);
cudaError_t cudaGraphLaunch(cudaGraphExec_t runnable, cudaStream_t stream);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t runnable);

namespace cuda_on_host {

template <class... Params, size_t... I>
std::function<void()> bind_arguments(void (*kernel)(Params...), void **arguments, std::index_sequence<I...>) {
  return [kernel, ... values = *static_cast<const Params *>(arguments[I])] { kernel(values...); };
}

template <class... Params>
const void *symbol_of(void (*kernel)(Params...)) {
  return remember(reinterpret_cast<const void *>(kernel), [kernel](void **arguments) { return bind_arguments(kernel, arguments, std::index_sequence_for<Params...>()); });
}

}  // namespace cuda_on_host
