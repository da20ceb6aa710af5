// Errors, scratch memory and the checks of views and matrices.
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

ds_status resolve(ds_view view, int64_t count, size_t size, const char *name, uint8_t **out) {
  *out = nullptr;
  if (view.buffer == nullptr) return fail(DS_INVALID_ARGUMENT, "%s has no buffer", name);
  DS_CHECK(shared::check_view(view.buffer->bytes, view.offset, count, size, name));
  *out = view.buffer->data + view.offset;
  return DS_OK;
}

ds_status resolve(const ds_matrix *matrix, const char *name, int64_t parts, Matrix *out) {
  if (matrix == nullptr) return fail(DS_INVALID_ARGUMENT, "%s is missing", name);
  if (!is_float_dtype(matrix->dtype)) return fail(DS_UNSUPPORTED, "%s has dtype %d, which is no float dtype", name, int(matrix->dtype));
  if (matrix->rows <= 0 || matrix->cols <= 0 || parts <= 0 || matrix->rows % parts != 0 ||
      matrix->rows > (int64_t(1) << 60) / matrix->cols) {
    return fail(DS_INVALID_ARGUMENT, "%s is [%lld, %lld]", name, static_cast<long long>(matrix->rows), static_cast<long long>(matrix->cols));
  }
  out->dtype = matrix->dtype;
  out->rows = matrix->rows;
  out->cols = matrix->cols;
  out->row_bytes = matrix->cols * int64_t(ds_dtype_bytes(matrix->dtype));
  uint8_t *data = nullptr;
  DS_CHECK(resolve(matrix->data, matrix->rows * matrix->cols, ds_dtype_bytes(matrix->dtype), name, &data));
  out->data = data;
  out->scale = nullptr;
  if (matrix->scale.buffer == nullptr) return DS_OK;
  if (matrix->dtype != DS_F8_E4M3) return fail(DS_INVALID_ARGUMENT, "%s has block scales, but is not fp8", name);
  const int64_t block_rows = matrix->block_rows, block_cols = matrix->block_cols;
  if (block_rows <= 0 || block_cols <= 0) return fail(DS_INVALID_ARGUMENT, "%s has block scales without a block size", name);
  if (block_cols % 16 != 0 && block_cols < matrix->cols) {
    return fail(DS_UNSUPPORTED, "%s has blocks %lld wide; a multiple of 16 is needed", name, static_cast<long long>(block_cols));
  }
  out->block_rows = block_rows;
  out->block_cols = block_cols;
  out->scale_stride = ceil_div(matrix->cols, block_cols);
  float *scale = nullptr;
  DS_CHECK(resolve(matrix->scale, parts * ceil_div(matrix->rows / parts, block_rows) * out->scale_stride, name, &scale));
  out->scale = scale;
  return DS_OK;
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
