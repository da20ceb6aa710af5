// What the files of the CUDA backend share: the opened device, its buffers, and checks.
#pragma once

#include <cuda_runtime.h>

#include <condition_variable>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <type_traits>
#include <vector>

#include "cuda/pass_graph.h"
#include "draftscope/backend.h"
#include "shared/kernel_arguments.h"

namespace draftscope::cuda {

using shared::ceil_div;
using shared::fail;
using shared::is_float_dtype;
using shared::last_error;
using shared::read_exactly;
using shared::resolve;

// The status of a CUDA call; `what` says what was being done.
ds_status check(cudaError_t error, const char *what);

// Makes the device current on the calling thread.
ds_status select(const ds_backend *backend);

// cudaMalloc; a failure names the bytes asked for and those that are free.
ds_status allocate(uint64_t bytes, const char *what, uint8_t **out);

// Device memory for one kernel call at a time, used in the order of the backend's stream. It only grows.
class Scratch {
 public:
  ~Scratch();
  // Aligned to 256 bytes. Contents do not survive a reserve.
  ds_status reserve(uint64_t bytes, uint8_t **out);
  uint64_t bytes() const { return bytes_; }
  // Rounded up so that what is laid out next begins aligned.
  static constexpr uint64_t padded(uint64_t bytes) { return (bytes + 255) & ~uint64_t(255); }

 private:
  uint8_t *data_ = nullptr;
  uint64_t bytes_ = 0;
};

// Two pinned host blocks, two device blocks and a stream: what one thread needs to read and copy at the same time.
struct Staging {
  static constexpr int kHalves = 2;
  static constexpr uint64_t kBytes = 8u << 20;  // each block

  cudaStream_t stream = nullptr;
  uint8_t *host[kHalves] = {};
  uint8_t *device[kHalves] = {};
  cudaEvent_t copied[kHalves] = {};

  Staging() = default;
  ~Staging();
  Staging(const Staging &) = delete;
  Staging &operator=(const Staging &) = delete;
  ds_status create();
};

// Lends staging to threads; at most kMost exist, later callers wait.
class StagingPool {
 public:
  static constexpr int kMost = 16;
  ds_status take(std::unique_ptr<Staging> &out);
  void give_back(std::unique_ptr<Staging> staging);

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Staging>> free_;
  int made_ = 0;
};

}  // namespace draftscope::cuda

struct ds_backend {
  int device = 0;
  cudaStream_t stream = nullptr;  // kernels of the table run here, in order
  // Pinned host memory, which kernels can write: not 0 once a moe_ffn met an expert that is not there. The ids are on
  // the device, so this is only found, and told, by the next call that waits for the device.
  int32_t *complaint = nullptr;
  draftscope::cuda::StagingPool staging;
  draftscope::cuda::Scratch scratch;
  draftscope::cuda::PassGraph pass;
};

namespace draftscope::cuda {

// Runs an entry point's body with the device current.
template <class Body>
ds_status guarded(const ds_backend *backend, const Body &body) {
  return shared::guarded(backend, [&]() -> ds_status {
    DS_CHECK(select(backend));
    return body();
  });
}

// Starts what a pass has collected; everything but a launch that uses the backend's stream needs it first.
inline ds_status start_collected(ds_backend *backend) { return backend->pass.start(backend->stream, true); }

// Scratch for one kernel call. Collected launches that use the old memory are started before it is replaced.
inline ds_status reserve_scratch(ds_backend *backend, uint64_t bytes, uint8_t **out) {
  if (bytes > backend->scratch.bytes()) DS_CHECK(backend->pass.start(backend->stream, false));
  return backend->scratch.reserve(bytes, out);
}

// Waits for the backend's stream and tells what its kernels found.
ds_status finish(ds_backend *backend, const char *what);

// out rectangle [rows, cols] of out_dtype at row stride out_row_bytes = in, widened or narrowed. in has in_cols elements
// per row: cols, or 1 that is repeated. Float dtypes, or both dtypes the same.
ds_status launch_convert(cudaStream_t stream, uint8_t *out, int64_t out_row_bytes, ds_dtype out_dtype, const uint8_t *in, int64_t in_row_bytes,
                         ds_dtype in_dtype, int64_t rows, int64_t cols, int64_t in_cols);

// The entries of the table, one kernel per file.
ds_status device_count(int32_t *);
ds_status open(const ds_open_options *, ds_backend **);
void close(ds_backend *);
ds_status describe(ds_backend *, ds_backend_info *);
ds_status buffer_alloc(ds_backend *, uint64_t, ds_buffer **);
void buffer_free(ds_buffer *);
ds_status upload(ds_backend *, ds_view, const void *, uint64_t);
ds_status download(ds_backend *, void *, ds_view, uint64_t);
ds_status read_file(ds_backend *, const ds_read *);
ds_status synchronize(ds_backend *);
ds_status begin_pass(ds_backend *, uint64_t);
ds_status end_pass(ds_backend *);
ds_status embed_rows(ds_backend *, ds_view, const ds_matrix *, const int32_t *, const uint8_t *, int64_t);
ds_status rms_norm(ds_backend *, ds_view, int64_t, ds_view, int64_t, ds_view, ds_dtype, int64_t, int64_t, float);
ds_status add(ds_backend *, ds_view, ds_view, int64_t);
ds_status silu_mul(ds_backend *, ds_view, ds_view, int64_t, int64_t);
ds_status rope(ds_backend *, ds_view, int64_t, int64_t, int64_t, int64_t, ds_view, int64_t, int64_t);
ds_status mla_attention(ds_backend *, ds_view, ds_view, ds_view, ds_view, const ds_matrix *, const ds_attention_options *, int64_t);
ds_status moe_route(ds_backend *, ds_view, ds_view, ds_view, ds_view, ds_view, ds_dtype, const ds_route_options *, int64_t);
ds_status moe_ffn(ds_backend *, ds_view, ds_view, ds_view, ds_view, const ds_matrix *, const ds_matrix *, int32_t, int32_t, int64_t);
ds_status top_logits(ds_backend *, int32_t *, float *, float *, ds_view, int64_t, int64_t, int32_t);
ds_status matmul(ds_backend *, ds_view, int64_t, ds_view, int64_t, const ds_matrix *, int64_t);
ds_status statistics(ds_backend *, ds_statistics *, ds_view, ds_dtype, int64_t);

}  // namespace draftscope::cuda
