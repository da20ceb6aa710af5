// Starting a kernel, in words that both nvcc and the host emulation take.
#pragma once

#include "cuda/draftscope_cuda.h"

namespace draftscope::cuda {

constexpr int kLanes = 32;
constexpr int kWarps = 8;  // of a block, in every kernel that works by warps
constexpr int kThreads = kWarps * kLanes;
// What a block may have without asking for more.
constexpr size_t kMostSharedBytes = 48 << 10;

// `blocks` blocks of `threads` threads with `shared_bytes` of dynamic shared memory. Nothing is started for no blocks.
template <class... Params, class... Arguments>
ds_status launch(const char *what, cudaStream_t stream, void (*kernel)(Params...), int64_t blocks, int threads, size_t shared_bytes,
                 const Arguments &...arguments) {
  if (blocks <= 0) return DS_OK;
  if (blocks > INT32_MAX) return fail(DS_INVALID_ARGUMENT, "%s is too large for one launch", what);
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(unsigned(blocks));
  config.blockDim = dim3(unsigned(threads));
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  return check(cudaLaunchKernelEx(&config, kernel, static_cast<Params>(arguments)...), what);
}

// The kernel as the untyped calls of the runtime take it.
template <class... Params>
const void *symbol_of(void (*kernel)(Params...)) {
#if defined(__CUDACC__)
  return reinterpret_cast<const void *>(kernel);
#else
  return ::cuda_on_host::symbol_of(kernel);
#endif
}

// On the backend's own stream, where all kernels of the table run; in a pass it may only be collected.
template <class... Params, class... Arguments>
ds_status launch(const char *what, ds_backend *backend, void (*kernel)(Params...), int64_t blocks, int threads, size_t shared_bytes,
                 const Arguments &...arguments) {
  if (!backend->pass.collecting() || blocks <= 0 || blocks > INT32_MAX) return launch(what, backend->stream, kernel, blocks, threads, shared_bytes, arguments...);
  backend->pass.collected().add({what, symbol_of(kernel), unsigned(blocks), unsigned(threads), shared_bytes}, static_cast<Params>(arguments)...);
  return DS_OK;
}

// Blocks for `count` elements, one thread each.
inline int64_t element_blocks(int64_t count) { return ceil_div(count, kThreads); }

}  // namespace draftscope::cuda
