// Buffers of the CPU backend: ordinary memory.
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "cpu/device.h"

namespace draftscope::cpu {

void *allocate_block(uint64_t bytes) {
  if (bytes < kMappedBytes) return std::calloc(1, size_t(bytes));
  void *block = ::mmap(nullptr, size_t(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return block == MAP_FAILED ? nullptr : block;
}

void free_block(void *block, uint64_t bytes) {
  if (bytes < kMappedBytes) {
    std::free(block);
  } else if (block != nullptr) {
    ::munmap(block, size_t(bytes));
  }
}

namespace {

// Room to start at a 64-byte boundary.
uint64_t block_bytes(uint64_t bytes) { return bytes + 64; }

}  // namespace

ds_status buffer_alloc(ds_backend *backend, uint64_t bytes, ds_buffer **out) {
  if (backend == nullptr || out == nullptr) return fail(DS_INVALID_ARGUMENT, "buffer_alloc needs a backend and a place for the result");
  *out = nullptr;
  if (bytes > SIZE_MAX - 64) return fail(DS_OUT_OF_MEMORY, "cannot allocate %llu bytes", static_cast<unsigned long long>(bytes));
  ds_buffer *buffer = new (std::nothrow) ds_buffer{};
  void *block = buffer != nullptr ? allocate_block(block_bytes(bytes)) : nullptr;
  if (block == nullptr) {
    delete buffer;
    return fail(DS_OUT_OF_MEMORY, "cannot allocate %llu bytes", static_cast<unsigned long long>(bytes));
  }
  buffer->block = block;
  buffer->data = reinterpret_cast<uint8_t *>(padded_bytes(reinterpret_cast<uintptr_t>(block)));
  buffer->bytes = bytes;
  *out = buffer;
  return DS_OK;
}

void buffer_free(ds_buffer *buffer) {
  if (buffer == nullptr) return;
  free_block(buffer->block, block_bytes(buffer->bytes));
  delete buffer;
}

ds_status upload(ds_backend *, ds_view dst, const void *src, uint64_t bytes) {
  uint8_t *data = nullptr;
  if (src == nullptr && bytes != 0) return fail(DS_INVALID_ARGUMENT, "upload has no source");
  DS_CHECK(resolve(dst, int64_t(bytes), 1, "upload destination", &data));
  if (bytes != 0) std::memcpy(data, src, size_t(bytes));
  return DS_OK;
}

ds_status download(ds_backend *, void *dst, ds_view src, uint64_t bytes) {
  uint8_t *data = nullptr;
  if (dst == nullptr && bytes != 0) return fail(DS_INVALID_ARGUMENT, "download has no destination");
  DS_CHECK(resolve(src, int64_t(bytes), 1, "download source", &data));
  if (bytes != 0) std::memcpy(dst, data, size_t(bytes));
  return DS_OK;
}

}  // namespace draftscope::cpu
