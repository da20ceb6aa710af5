// embed_rows: out [T, H] = table [N, H] rows ids [T]; rows flagged in zero [T] become 0.
#include "cuda/launch.h"
#include "cuda/numbers.cuh"
#include "cuda/weights.h"

namespace draftscope::cuda {
namespace {

// The ids travel as an argument of the kernel: no copy, and nothing that has to outlive the call.
constexpr int kMostRows = 256;
struct Ids {
  int32_t id[kMostRows];  // -1 = zeros
};

__global__ void __launch_bounds__(kThreads) embed_rows_kernel(float *out, Weights table, Ids ids, int64_t blocks_per_row) {
  const int64_t row = int64_t(blockIdx.x) / blocks_per_row, col = int64_t(blockIdx.x) % blocks_per_row * kThreads + threadIdx.x;
  if (col >= table.cols) return;
  const int32_t id = ids.id[row];
  float value = 0;
  if (id >= 0) {
    value = widen_at(table.data + id * table.row_bytes, table.dtype, col);
    if (table.scale != nullptr) value *= table.scale[id / table.block_rows * table.scale_stride + col / table.block_cols];
  }
  out[row * table.cols + col] = value;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status embed_rows(ds_backend *backend, ds_view out, const ds_matrix *table, const int32_t *ids, const uint8_t *zero, int64_t rows) {
  return guarded(backend, [&]() -> ds_status {
    shared::EmbedArguments x{};
    DS_CHECK(shared::check_embed(out, table, ids, rows, &x));
    const Weights w = weights_of(x.table);
    const int64_t blocks_per_row = ceil_div(w.cols, kThreads);
    for (int64_t first = 0; first < rows; first += kMostRows) {
      const int64_t count = rows - first < kMostRows ? rows - first : kMostRows;
      Ids batch{};
      for (int64_t t = 0; t < count; ++t) batch.id[t] = zero != nullptr && zero[first + t] != 0 ? -1 : ids[first + t];
      DS_CHECK(launch("embed_rows", backend, embed_rows_kernel, count * blocks_per_row, kThreads, 0, x.out + first * w.cols, w, batch,
                      blocks_per_row));
    }
    return DS_OK;
  });
}

}  // namespace draftscope::cuda
