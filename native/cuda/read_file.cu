// read_file: one rectangle [rows, cols] of a file into one rectangle of a buffer. While one half of the staging is being
// copied to the device, the file is read into the other.

#include <algorithm>
#include <cstring>

#include "cuda/draftscope_cuda.h"
#include "shared/value_statistics.h"

namespace draftscope::cuda {
namespace {

// Packs rows [row, row + rows) and columns [col, col + cols) of the source tightly into `out`.
ds_status read_rows(const ds_read &r, uint8_t *out, int64_t row, int64_t rows, int64_t col, int64_t cols) {
  const int64_t element = int64_t(ds_dtype_bytes(r.src_dtype)), row_bytes = cols * element;
  const uint64_t start = r.file_offset + uint64_t(row * r.src_row_bytes + col * element);
  if (r.src_row_bytes == row_bytes) return read_exactly(r.fd, out, start, uint64_t(rows * row_bytes));
  for (int64_t i = 0; i < rows; ++i) {
    if (r.src_row_bytes == 0 && i > 0) {
      std::memcpy(out + i * row_bytes, out, size_t(row_bytes));
    } else {
      DS_CHECK(read_exactly(r.fd, out + i * row_bytes, start + uint64_t(i * r.src_row_bytes), uint64_t(row_bytes)));
    }
  }
  return DS_OK;
}

// A packed piece from staging to its place in the destination.
ds_status send(const ds_read &r, Staging &staging, int half, uint8_t *out, int64_t rows, int64_t src_cols) {
  const int64_t row_bytes = src_cols * int64_t(ds_dtype_bytes(r.src_dtype));
  if (r.src_dtype == r.dst_dtype && !r.broadcast_cols) {
    // With a single row the pitch says nothing, but must not be below the width.
    const size_t pitch = rows > 1 ? size_t(r.dst_row_bytes) : size_t(row_bytes);
    DS_CHECK(check(cudaMemcpy2DAsync(out, pitch, staging.host[half], size_t(row_bytes), size_t(row_bytes), size_t(rows), cudaMemcpyHostToDevice,
                                     staging.stream),
                   "copying to the device"));
  } else {
    DS_CHECK(check(cudaMemcpyAsync(staging.device[half], staging.host[half], size_t(rows * row_bytes), cudaMemcpyHostToDevice, staging.stream),
                   "copying to the device"));
    DS_CHECK(launch_convert(staging.stream, out, r.dst_row_bytes, r.dst_dtype, staging.device[half], row_bytes, r.src_dtype, rows,
                            r.broadcast_cols ? r.cols : src_cols, src_cols));
  }
  return check(cudaEventRecord(staging.copied[half], staging.stream), "marking a copy");
}

ds_status read_through(const ds_read &r, Staging &staging, uint8_t *out, shared::ValueStatistics *values) {
  const int64_t src_element = int64_t(ds_dtype_bytes(r.src_dtype)), dst_element = int64_t(ds_dtype_bytes(r.dst_dtype));
  const int64_t src_cols = r.broadcast_cols ? 1 : r.cols;
  const int64_t piece_cols = std::min<int64_t>(src_cols, int64_t(Staging::kBytes) / src_element);
  const int64_t piece_rows = piece_cols == src_cols ? std::min<int64_t>(r.rows, int64_t(Staging::kBytes) / (piece_cols * src_element)) : 1;
  int half = 0;
  for (int64_t row = 0; row < r.rows; row += piece_rows) {
    const int64_t rows = std::min(piece_rows, r.rows - row);
    for (int64_t col = 0; col < src_cols; col += piece_cols) {
      const int64_t cols = std::min(piece_cols, src_cols - col);
      // An event that was never recorded counts as over.
      DS_CHECK(check(cudaEventSynchronize(staging.copied[half]), "waiting for a copy"));
      if (shared::stopped(r)) return shared::fail_stopped();
      DS_CHECK(read_rows(r, staging.host[half], row, rows, col, cols));
      if (values != nullptr) values->add(staging.host[half], rows * cols);
      DS_CHECK(send(r, staging, half, out + row * r.dst_row_bytes + col * dst_element, rows, cols));
      half = (half + 1) % Staging::kHalves;
    }
  }
  return DS_OK;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status read_file(ds_backend *backend, const ds_read *read) {
  return guarded(backend, [&]() -> ds_status {
    uint8_t *out = nullptr;
    DS_CHECK(shared::check_read(read, &out));
    if (out == nullptr) return DS_OK;
    const ds_read &r = *read;
    std::unique_ptr<shared::ValueStatistics> values;
    if (r.statistics != nullptr) values = std::make_unique<shared::ValueStatistics>(r.src_dtype);
    std::unique_ptr<Staging> staging;
    DS_CHECK(backend->staging.take(staging));
    const ds_status status = read_through(r, *staging, out, values.get());
    if (values) *r.statistics = values->finish();
    // Also after a failure: nobody may get staging that is still being copied from. The first failure is the one told.
    const cudaError_t waited = cudaStreamSynchronize(staging->stream);
    backend->staging.give_back(std::move(staging));
    return status == DS_OK ? check(waited, "copying to the device") : status;
  });
}

}  // namespace draftscope::cuda
