// A buffer of a backend that frees itself.
#pragma once

#include <memory>
#include <utility>

#include "model/model.h"

namespace draftscope {

class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  ~DeviceBuffer() { release(); }
  DeviceBuffer(const DeviceBuffer &) = delete;
  DeviceBuffer &operator=(const DeviceBuffer &) = delete;

  // Makes the buffer at least `bytes` long; what was in it is lost when it has to grow. Zeroed when new.
  Status reserve(const std::shared_ptr<Backend> &backend, uint64_t bytes, const char *what) {
    if (buffer_ != nullptr && bytes <= bytes_) return Status::success();
    release();
    backend_ = backend;
    const Status status = backend_->check(backend_->api().buffer_alloc(backend_->device(), bytes, &buffer_), what);
    bytes_ = status.ok() ? bytes : 0;
    return status;
  }

  ds_view view(uint64_t offset = 0) const { return {buffer_, offset}; }
  uint64_t bytes() const { return bytes_; }

 private:
  void release() {
    if (buffer_ != nullptr) backend_->api().buffer_free(buffer_);
    buffer_ = nullptr;
    bytes_ = 0;
  }

  std::shared_ptr<Backend> backend_;
  ds_buffer *buffer_ = nullptr;
  uint64_t bytes_ = 0;
};

// The place `elements` float32 (or int32) further on.
inline ds_view advance(ds_view view, int64_t elements) {
  view.offset += uint64_t(elements) * sizeof(float);
  return view;
}

}  // namespace draftscope
