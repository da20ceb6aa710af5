// read_file: one rectangle [rows, cols] of a file into one rectangle of a buffer, converting dtypes on the way.

#include <cstring>
#include <optional>

#include "cpu/device.h"
#include "shared/numbers.h"
#include "shared/value_statistics.h"

namespace draftscope::cpu {
namespace {

constexpr int64_t kScratchBytes = 1 << 20;
// A row that is cut out of a longer one is read on its own only if that leaves out a lot; else the gaps are read along.
constexpr int64_t kLongGapBytes = 16 << 10;

uint8_t *thread_scratch() {
  thread_local const std::unique_ptr<uint8_t[]> scratch(new uint8_t[kScratchBytes]);
  return scratch.get();
}

void narrow(uint8_t *out, ds_dtype dtype, const float *in, int64_t count) {
  if (dtype == DS_F32) {
    std::memcpy(out, in, size_t(count) * 4);
    return;
  }
  for (int64_t i = 0; i < count; i++) {
    const uint16_t bits = dtype == DS_BF16 ? bf16_from_float(in[i]) : f16_from_float(in[i]);
    std::memcpy(out + i * 2, &bits, 2);
  }
}

void convert(uint8_t *out, ds_dtype out_dtype, const uint8_t *in, ds_dtype in_dtype, int64_t count) {
  if (out_dtype == in_dtype) {
    std::memcpy(out, in, size_t(count) * ds_dtype_bytes(in_dtype));
    return;
  }
  constexpr int64_t kBatch = 1024;
  float values[kBatch];
  for (int64_t i = 0; i < count; i += kBatch) {
    const int64_t batch = std::min(kBatch, count - i);
    widen(values, in + i * int64_t(ds_dtype_bytes(in_dtype)), in_dtype, batch);
    narrow(out + i * int64_t(ds_dtype_bytes(out_dtype)), out_dtype, values, batch);
  }
}

void repeat(uint8_t *out, size_t element, int64_t count) {
  for (int64_t c = 1; c < count; c++) std::memcpy(out + c * int64_t(element), out, element);
}

// Counts what passes by, where that is wanted.
class Observer {
 public:
  explicit Observer(const ds_read &r) : out_(r.statistics) {
    if (out_ != nullptr) values_.emplace(r.src_dtype);
  }
  void add(const uint8_t *data, int64_t count) {
    if (values_) values_->add(data, count);
  }
  void finish() {
    if (values_) *out_ = values_->finish();
  }

 private:
  ds_statistics *out_;
  std::optional<shared::ValueStatistics> values_;
};

// Reads through the scratch: batches of rows, or pieces of a row that is longer than the scratch.
ds_status read_converted(const ds_read &r, uint8_t *out, Observer &observer) {
  const int64_t src_element = int64_t(ds_dtype_bytes(r.src_dtype)), dst_element = int64_t(ds_dtype_bytes(r.dst_dtype));
  const int64_t src_cols = r.broadcast_cols ? 1 : r.cols;
  const int64_t row_bytes = src_cols * src_element;
  uint8_t *scratch = thread_scratch();
  const bool gaps_along = r.src_row_bytes >= row_bytes && r.src_row_bytes - row_bytes <= kLongGapBytes && r.src_row_bytes <= kScratchBytes;
  const int64_t batch_rows = gaps_along ? std::max<int64_t>(1, kScratchBytes / r.src_row_bytes) : 1;
  const int64_t piece_cols = std::min(src_cols, kScratchBytes / src_element);
  for (int64_t row = 0; row < r.rows; row += batch_rows) {
    const int64_t batch = std::min(batch_rows, r.rows - row);
    for (int64_t col = 0; col < src_cols; col += piece_cols) {
      if (stopped(r)) return shared::fail_stopped();
      const int64_t cols = std::min(piece_cols, src_cols - col);
      const uint64_t offset = r.file_offset + uint64_t(row * r.src_row_bytes + col * src_element);
      DS_CHECK(read_exactly(r.fd, scratch, offset, uint64_t((batch - 1) * r.src_row_bytes + cols * src_element)));
      for (int64_t b = 0; b < batch; b++) {
        observer.add(scratch + b * r.src_row_bytes, cols);
        uint8_t *dst = out + (row + b) * r.dst_row_bytes + col * dst_element;
        convert(dst, r.dst_dtype, scratch + b * r.src_row_bytes, r.src_dtype, cols);
        if (r.broadcast_cols) repeat(dst, size_t(dst_element), r.cols);
      }
    }
  }
  return DS_OK;
}

// Pieces this large leave the processor's cache before they are counted, or hold up a stop.
constexpr int64_t kPieceBytes = 1 << 20;

// Bytes that lie together in the file and in the buffer.
ds_status read_run(const ds_read &r, uint8_t *out, uint64_t offset, int64_t bytes, Observer &observer) {
  const int64_t element = int64_t(ds_dtype_bytes(r.src_dtype));
  for (int64_t done = 0; done < bytes; done += kPieceBytes) {
    if (stopped(r)) return shared::fail_stopped();
    const int64_t piece = std::min(kPieceBytes, bytes - done);
    DS_CHECK(read_exactly(r.fd, out + done, offset + uint64_t(done), uint64_t(piece)));
    observer.add(out + done, piece / element);
  }
  return DS_OK;
}

ds_status read_in_place(const ds_read &r, uint8_t *out, Observer &observer) {
  const int64_t row_bytes = r.cols * int64_t(ds_dtype_bytes(r.src_dtype));
  if (r.rows == 1 || (r.src_row_bytes == row_bytes && r.dst_row_bytes == row_bytes)) {
    return read_run(r, out, r.file_offset, r.rows * row_bytes, observer);
  }
  for (int64_t row = 0; row < r.rows; row++) {
    DS_CHECK(read_run(r, out + row * r.dst_row_bytes, r.file_offset + uint64_t(row * r.src_row_bytes), row_bytes, observer));
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
    const int64_t row_bytes = r.cols * int64_t(ds_dtype_bytes(r.src_dtype));
    const bool contiguous = r.rows == 1 || (r.src_row_bytes == row_bytes && r.dst_row_bytes == row_bytes);
    const bool direct = r.src_dtype == r.dst_dtype && !r.broadcast_cols && (contiguous || row_bytes >= kLongGapBytes);
    Observer observer(r);
    DS_CHECK(direct ? read_in_place(r, out, observer) : read_converted(r, out, observer));
    observer.finish();
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
