// embed_rows: out [T, H] = table [N, H] rows ids [T]; rows flagged in zero [T] become 0.
#include <cstring>

#include "cpu/device.h"

namespace draftscope::cpu {
namespace {

void embed_rows_kernel(float *out, const Matrix &table, const int32_t *ids, const uint8_t *zero, int64_t begin, int64_t end) {
  for (int64_t t = begin; t < end; t++) {
    float *row = out + t * table.cols;
    if (zero != nullptr && zero[t] != 0) {
      std::memset(row, 0, size_t(table.cols) * sizeof(float));
    } else {
      widen_row(table, ids[t], row);
    }
  }
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status embed_rows(ds_backend *backend, ds_view out, const ds_matrix *table, const int32_t *ids, const uint8_t *zero, int64_t rows) {
  return guarded(backend, [&]() -> ds_status {
    shared::EmbedArguments x{};
    DS_CHECK(shared::check_embed(out, table, ids, rows, &x));
    backend->split(rows, 1, rows * x.table.cols, [&](int64_t begin, int64_t end, int) { embed_rows_kernel(x.out, x.table, ids, zero, begin, end); });
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
