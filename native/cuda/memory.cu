// Buffers of the CUDA backend: device memory.
#include "cuda/draftscope_cuda.h"

namespace draftscope::cuda {

ds_status allocate(uint64_t bytes, const char *what, uint8_t **out) {
  *out = nullptr;
  void *data = nullptr;
  const cudaError_t error = cudaMalloc(&data, size_t(bytes));
  if (error == cudaErrorMemoryAllocation) {
    (void)cudaGetLastError();
    size_t free_bytes = 0, total_bytes = 0;
    DS_CHECK(check(cudaMemGetInfo(&free_bytes, &total_bytes), "asking for the device's memory"));
    return fail(DS_OUT_OF_MEMORY, "%s: %llu bytes were asked for, %llu of the device's %llu are free", what, static_cast<unsigned long long>(bytes),
                static_cast<unsigned long long>(free_bytes), static_cast<unsigned long long>(total_bytes));
  }
  DS_CHECK(check(error, what));
  *out = static_cast<uint8_t *>(data);
  return DS_OK;
}

// cudaFree waits for work that still uses the memory.
Scratch::~Scratch() {
  if (data_ != nullptr) (void)cudaFree(data_);
}

ds_status Scratch::reserve(uint64_t bytes, uint8_t **out) {
  if (bytes > bytes_) {
    if (data_ != nullptr) (void)cudaFree(data_);
    data_ = nullptr;
    bytes_ = 0;
    const uint64_t rounded = padded(bytes + bytes / 2);
    DS_CHECK(allocate(rounded, "allocating the scratch of a kernel", &data_));
    bytes_ = rounded;
  }
  *out = data_;
  return DS_OK;
}

ds_status buffer_alloc(ds_backend *backend, uint64_t bytes, ds_buffer **out) {
  return guarded(backend, [&]() -> ds_status {
    if (out == nullptr) return fail(DS_INVALID_ARGUMENT, "buffer_alloc needs a place for the result");
    *out = nullptr;
    std::unique_ptr<ds_buffer> buffer(new ds_buffer{nullptr, bytes, nullptr, backend});
    if (bytes == 0) {
      *out = buffer.release();
      return DS_OK;
    }
    uint8_t *data = nullptr;
    DS_CHECK(allocate(bytes, "allocating device memory", &data));
    buffer->data = data;
    // Readers use streams of their own, so the zeros must be there before anyone gets the buffer.
    ds_status status = check(cudaMemsetAsync(data, 0, size_t(bytes), backend->stream), "zeroing device memory");
    if (status == DS_OK) status = check(cudaStreamSynchronize(backend->stream), "zeroing device memory");
    if (status != DS_OK) {
      (void)cudaFree(data);
      return status;
    }
    *out = buffer.release();
    return DS_OK;
  });
}

void buffer_free(ds_buffer *buffer) {
  if (buffer == nullptr) return;
  // cudaFree waits for work that still uses the memory.
  if (buffer->data != nullptr) {
    (void)select(buffer->owner);
    (void)cudaFree(buffer->data);
  }
  delete buffer;
}

ds_status upload(ds_backend *backend, ds_view dst, const void *src, uint64_t bytes) {
  return guarded(backend, [&]() -> ds_status {
    uint8_t *data = nullptr;
    if (src == nullptr && bytes != 0) return fail(DS_INVALID_ARGUMENT, "upload has no source");
    DS_CHECK(resolve(dst, int64_t(bytes), 1, "upload destination", &data));
    if (bytes == 0) return DS_OK;
    DS_CHECK(start_collected(backend));
    DS_CHECK(check(cudaMemcpyAsync(data, src, size_t(bytes), cudaMemcpyHostToDevice, backend->stream), "uploading"));
    return check(cudaStreamSynchronize(backend->stream), "uploading");
  });
}

ds_status download(ds_backend *backend, void *dst, ds_view src, uint64_t bytes) {
  return guarded(backend, [&]() -> ds_status {
    uint8_t *data = nullptr;
    if (dst == nullptr && bytes != 0) return fail(DS_INVALID_ARGUMENT, "download has no destination");
    DS_CHECK(resolve(src, int64_t(bytes), 1, "download source", &data));
    if (bytes == 0) return DS_OK;
    DS_CHECK(start_collected(backend));
    DS_CHECK(check(cudaMemcpyAsync(dst, data, size_t(bytes), cudaMemcpyDeviceToHost, backend->stream), "downloading"));
    return finish(backend, "downloading");
  });
}

}  // namespace draftscope::cuda
