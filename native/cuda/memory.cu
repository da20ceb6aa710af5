// Buffers of the CUDA backend: device memory.
#include "cuda/draftscope_cuda.h"

namespace draftscope::cuda {

ds_status buffer_alloc(ds_backend *backend, uint64_t bytes, ds_buffer **out) {
  return guarded(backend, [&]() -> ds_status {
    if (out == nullptr) return fail(DS_INVALID_ARGUMENT, "buffer_alloc needs a place for the result");
    *out = nullptr;
    std::unique_ptr<ds_buffer> buffer(new ds_buffer{backend, nullptr, bytes});
    if (bytes == 0) {
      *out = buffer.release();
      return DS_OK;
    }
    void *data = nullptr;
    DS_CHECK(check(cudaMalloc(&data, size_t(bytes)), "allocating device memory"));
    buffer->data = static_cast<uint8_t *>(data);
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
  if (buffer->data != nullptr && select(buffer->owner) == DS_OK) (void)cudaFree(buffer->data);
  delete buffer;
}

ds_status upload(ds_backend *backend, ds_view dst, const void *src, uint64_t bytes) {
  return guarded(backend, [&]() -> ds_status {
    uint8_t *data = nullptr;
    if (src == nullptr && bytes != 0) return fail(DS_INVALID_ARGUMENT, "upload has no source");
    DS_CHECK(resolve(dst, int64_t(bytes), 1, "upload destination", &data));
    if (bytes == 0) return DS_OK;
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
    DS_CHECK(check(cudaMemcpyAsync(dst, data, size_t(bytes), cudaMemcpyDeviceToHost, backend->stream), "downloading"));
    return check(cudaStreamSynchronize(backend->stream), "downloading");
  });
}

}  // namespace draftscope::cuda
