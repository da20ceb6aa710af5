// rope: x [T, heads, R] in place; pair (2i, 2i+1) turns by the angle of table [positions, R] = cos [R/2] then sin [R/2].
#include "cpu/device.h"

namespace draftscope::cpu {
namespace {

void rope_kernel(float *x, const float *cosines, const float *sines, int64_t pairs) {
  for (int64_t i = 0; i < pairs; i++) {
    const float a = x[2 * i], b = x[2 * i + 1];
    x[2 * i] = a * cosines[i] - b * sines[i];
    x[2 * i + 1] = b * cosines[i] + a * sines[i];
  }
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status rope(ds_backend *backend, ds_view x, int64_t row_stride, int64_t head_stride, int64_t heads, int64_t rope_dim,
               ds_view table, int64_t first_position, int64_t rows) {
  return guarded(backend, [&]() -> ds_status {
    if (rope_dim <= 0 || rope_dim % 2 != 0 || heads <= 0 || first_position < 0) {
      return fail(DS_INVALID_ARGUMENT, "rope over %lld heads of %lld dimensions at position %lld", static_cast<long long>(heads),
                  static_cast<long long>(rope_dim), static_cast<long long>(first_position));
    }
    float *data = nullptr, *angles = nullptr;
    const int64_t row_extent = extent(heads, rope_dim, head_stride);
    if (row_extent < 0) return fail(DS_INVALID_ARGUMENT, "rope heads overlap");
    DS_CHECK(resolve(x, extent(rows, row_extent, row_stride), "rope input", &data));
    DS_CHECK(resolve(table, (first_position + rows) * rope_dim, "rope table", &angles));
    backend->split(rows, 1, rows * heads * rope_dim, [&](int64_t begin, int64_t end, int) {
      for (int64_t t = begin; t < end; t++) {
        const float *cosines = angles + (first_position + t) * rope_dim;
        for (int64_t h = 0; h < heads; h++) rope_kernel(data + t * row_stride + h * head_stride, cosines, cosines + rope_dim / 2, rope_dim / 2);
      }
    });
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
