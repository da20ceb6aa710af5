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

__global__ void __launch_bounds__(kThreads) embed_rows_kernel(float *out, Weights table, ds_dtype dtype, Ids ids, int64_t blocks_per_row) {
  const int64_t row = int64_t(blockIdx.x) / blocks_per_row, col = int64_t(blockIdx.x) % blocks_per_row * kThreads + threadIdx.x;
  if (col >= table.cols) return;
  const int32_t id = ids.id[row];
  float value = 0;
  if (id >= 0) {
    value = widen_at(table.data + id * table.row_bytes, dtype, col);
    if (table.scale != nullptr) value *= table.scale[id / table.block_rows * table.scale_stride + col / table.block_cols];
  }
  out[row * table.cols + col] = value;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status embed_rows(ds_backend *backend, ds_view out, const ds_matrix *table, const int32_t *ids, const uint8_t *zero, int64_t rows) {
  return guarded(backend, [&]() -> ds_status {
    Weights w{};
    float *result = nullptr;
    DS_CHECK(resolve_weights(table, "embedding table", 1, &w));
    if (rows < 0 || (ids == nullptr && rows > 0)) return fail(DS_INVALID_ARGUMENT, "embed_rows has no ids");
    DS_CHECK(resolve(out, rows * w.cols, "embed_rows output", &result));
    for (int64_t t = 0; t < rows; ++t) {
      if (ids[t] < 0 || ids[t] >= w.rows) {
        return fail(DS_INVALID_ARGUMENT, "id %d is outside the table of %lld rows", ids[t], static_cast<long long>(w.rows));
      }
    }
    const int64_t blocks_per_row = ceil_div(w.cols, kThreads);
    for (int64_t first = 0; first < rows; first += kMostRows) {
      const int64_t count = rows - first < kMostRows ? rows - first : kMostRows;
      Ids batch{};
      for (int64_t t = 0; t < count; ++t) batch.id[t] = zero != nullptr && zero[first + t] != 0 ? -1 : ids[first + t];
      DS_CHECK(launch("embed_rows", backend, embed_rows_kernel, count * blocks_per_row, kThreads, 0, result + first * w.cols, w, table->dtype, batch,
                      blocks_per_row));
    }
    return DS_OK;
  });
}

}  // namespace draftscope::cuda
