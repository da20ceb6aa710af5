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
    shared::RopeArguments r{};
    DS_CHECK(shared::check_rope(x, row_stride, head_stride, heads, rope_dim, table, first_position, rows, &r));
    backend->split(rows, 1, rows * heads * rope_dim, [&](int64_t begin, int64_t end, int) {
      for (int64_t t = begin; t < end; t++) {
        const float *cosines = r.table + (first_position + t) * rope_dim;
        for (int64_t h = 0; h < heads; h++) rope_kernel(r.x + t * row_stride + h * head_stride, cosines, cosines + rope_dim / 2, rope_dim / 2);
      }
    });
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
