// See weights.h.
#include "cuda/weights.h"

namespace draftscope::cuda {

ds_status resolve_weights(const ds_matrix *matrix, const char *name, int64_t parts, Weights *out) {
  if (matrix == nullptr) return fail(DS_INVALID_ARGUMENT, "%s is missing", name);
  const ds_matrix &m = *matrix;
  if (!is_float_dtype(m.dtype)) return fail(DS_UNSUPPORTED, "%s has dtype %d, which is no float dtype", name, int(m.dtype));
  if (m.rows <= 0 || m.cols <= 0 || parts <= 0 || m.rows % parts != 0 || m.rows > (int64_t(1) << 60) / m.cols) {
    return fail(DS_INVALID_ARGUMENT, "%s is [%lld, %lld]", name, static_cast<long long>(m.rows), static_cast<long long>(m.cols));
  }
  uint8_t *data = nullptr, *scale = nullptr;
  DS_CHECK(resolve(m.data, m.rows * m.cols, ds_dtype_bytes(m.dtype), name, &data));
  const int64_t row_bytes = m.cols * int64_t(ds_dtype_bytes(m.dtype));
  *out = {data, nullptr, m.rows, m.cols, row_bytes, 0, 1, 1, aligned16(data, row_bytes)};
  if (m.scale.buffer == nullptr) return DS_OK;
  if (m.dtype != DS_F8_E4M3) return fail(DS_INVALID_ARGUMENT, "%s has block scales, but is not fp8", name);
  if (m.block_rows <= 0 || m.block_cols <= 0) return fail(DS_INVALID_ARGUMENT, "%s has block scales without a block size", name);
  if (m.block_cols % 16 != 0 && m.block_cols < m.cols) {
    return fail(DS_UNSUPPORTED, "%s has blocks %d wide; a multiple of 16 is needed", name, m.block_cols);
  }
  out->block_rows = m.block_rows;
  out->block_cols = m.block_cols;
  out->scale_stride = ceil_div(m.cols, m.block_cols);
  DS_CHECK(resolve(m.scale, parts * ceil_div(m.rows / parts, m.block_rows) * out->scale_stride, sizeof(float), name, &scale));
  out->scale = reinterpret_cast<const float *>(scale);
  return DS_OK;
}

}  // namespace draftscope::cuda
