#include "shared/operands.h"

namespace draftscope::shared {

ds_status resolve(ds_view view, int64_t count, size_t size, const char *name, uint8_t **out) {
  *out = nullptr;
  if (view.buffer == nullptr) return fail(DS_INVALID_ARGUMENT, "%s has no buffer", name);
  DS_CHECK(check_view(view.buffer->bytes, view.offset, count, size, name));
  *out = view.buffer->data + view.offset;
  return DS_OK;
}

ds_status resolve(const ds_matrix *matrix, const char *name, int64_t parts, Matrix *out) {
  if (matrix == nullptr) return fail(DS_INVALID_ARGUMENT, "%s is missing", name);
  const ds_matrix &m = *matrix;
  if (!is_float_dtype(m.dtype)) return fail(DS_UNSUPPORTED, "%s has dtype %d, which is no float dtype", name, int(m.dtype));
  if (m.rows <= 0 || m.cols <= 0 || parts <= 0 || m.rows % parts != 0 || m.cols > INT32_MAX || m.rows > (int64_t(1) << 60) / m.cols) {
    return fail(DS_INVALID_ARGUMENT, "%s is [%lld, %lld]", name, static_cast<long long>(m.rows), static_cast<long long>(m.cols));
  }
  uint8_t *data = nullptr;
  DS_CHECK(resolve(m.data, m.rows * m.cols, ds_dtype_bytes(m.dtype), name, &data));
  *out = {};
  out->data = data;
  out->dtype = m.dtype;
  out->rows = m.rows;
  out->cols = m.cols;
  out->row_bytes = m.cols * int64_t(ds_dtype_bytes(m.dtype));
  if (m.scale.buffer == nullptr) return DS_OK;
  if (m.dtype != DS_F8_E4M3) return fail(DS_INVALID_ARGUMENT, "%s has block scales, but is not fp8", name);
  if (m.block_rows <= 0 || m.block_cols <= 0) return fail(DS_INVALID_ARGUMENT, "%s has block scales without a block size", name);
  if (m.block_cols % 16 != 0 && m.block_cols < m.cols) {
    return fail(DS_UNSUPPORTED, "%s has blocks %d wide; a multiple of 16 is needed", name, m.block_cols);
  }
  out->block_rows = m.block_rows;
  out->block_cols = m.block_cols;
  out->scale_stride = ceil_div(m.cols, m.block_cols);
  float *scale = nullptr;
  DS_CHECK(resolve(m.scale, parts * ceil_div(m.rows / parts, m.block_rows) * out->scale_stride, name, &scale));
  out->scale = scale;
  return DS_OK;
}

}  // namespace draftscope::shared
