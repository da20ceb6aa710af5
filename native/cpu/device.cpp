// Scratch memory, and matrices as the inner loops take them.
#include "cpu/device.h"

#include "shared/numbers.h"

namespace draftscope::cpu {
uint8_t *Scratch::reserve(uint64_t bytes) {
  if (bytes > bytes_) {
    release();
    // Never below kMappedBytes, so that it begins at a page.
    const uint64_t rounded = std::max(padded_bytes(bytes + bytes / 2), kMappedBytes);
    data_ = static_cast<uint8_t *>(allocate_block(rounded));
    if (data_ == nullptr) throw std::bad_alloc();
    bytes_ = rounded;
  }
  return data_;
}

void Scratch::release() {
  if (data_ != nullptr) free_block(data_, bytes_);
  data_ = nullptr;
  bytes_ = 0;
}

Panel panel_of(const Matrix &w, int64_t first, int64_t count, int64_t part_first_row, int64_t part_scale_row) {
  Panel panel{};
  panel.w = w.data + first * w.row_bytes;
  panel.w_row_bytes = w.row_bytes;
  panel.count = count;
  panel.k = w.cols;
  panel.scale = w.scale ? w.scale + part_scale_row * w.scale_stride : nullptr;
  panel.scale_stride = w.scale_stride;
  panel.block_rows = w.block_rows;
  panel.block_cols = w.block_cols;
  panel.scale_first_row = first - part_first_row;
  return panel;
}

void widen_row(const Matrix &w, int64_t row, float *out) {
  widen(out, w.data + row * w.row_bytes, w.dtype, w.cols);
  if (w.scale == nullptr) return;
  const float *scale = w.scale + row / w.block_rows * w.scale_stride;
  for (int64_t c = 0; c < w.cols; c++) out[c] *= scale[c / w.block_cols];
}

}  // namespace draftscope::cpu
