// rope: x [T, heads, R] in place; pair (2i, 2i+1) turns by the angle of table [positions, R] = cos [R/2] then sin [R/2].
#include "cuda/launch.h"

namespace draftscope::cuda {
namespace {

__global__ void __launch_bounds__(kThreads) rope_kernel(float *x, int64_t row_stride, int64_t head_stride, int64_t heads, int64_t pairs,
                                                        const float *table, int64_t first_position, int64_t rows) {
  const int64_t i = int64_t(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= rows * heads * pairs) return;
  const int64_t row = i / (heads * pairs), head = i / pairs % heads, pair = i % pairs;
  const float *angles = table + (first_position + row) * 2 * pairs;
  const float cosine = angles[pair], sine = angles[pairs + pair];
  float *at = x + row * row_stride + head * head_stride + 2 * pair;
  const float a = at[0], b = at[1];
  at[0] = a * cosine - b * sine;
  at[1] = b * cosine + a * sine;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status rope(ds_backend *backend, ds_view x, int64_t row_stride, int64_t head_stride, int64_t heads, int64_t rope_dim, ds_view table,
               int64_t first_position, int64_t rows) {
  return guarded(backend, [&]() -> ds_status {
    shared::RopeArguments r{};
    DS_CHECK(shared::check_rope(x, row_stride, head_stride, heads, rope_dim, table, first_position, rows, &r));
    return launch("rope", backend, rope_kernel, element_blocks(rows * heads * rope_dim / 2), kThreads, 0, r.x, row_stride, head_stride, heads,
                  rope_dim / 2, r.table, first_position, rows);
  });
}

}  // namespace draftscope::cuda
