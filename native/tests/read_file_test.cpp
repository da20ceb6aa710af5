// read_file: rectangles, conversions, short files.
#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <cstring>

#include "tests/fixtures.h"
#include "tests/temporary_folder.h"

namespace draftscope::tests {
namespace {

class OpenFile {
 public:
  explicit OpenFile(const std::string &path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~OpenFile() { close(fd_); }
  int fd() const { return fd_; }

 private:
  int fd_;
};

std::vector<uint8_t> counting_bytes(size_t count) {
  std::vector<uint8_t> bytes(count);
  for (size_t i = 0; i < count; i++) bytes[i] = uint8_t(i * 7 + i / 251);
  return bytes;
}

// The bits of `value` rounded to nearest, ties to even, by trying the two neighbours.
uint16_t nearest(double value, ds_dtype dtype) {
  uint16_t best = 0;
  double best_error = INFINITY;
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const uint16_t inf = dtype == DS_F16 ? 0x7c00 : 0x7f80;
  for (uint32_t magnitude = 0; magnitude <= inf; magnitude++) {
    const uint16_t bits = uint16_t(sign | magnitude);
    // Infinity counts as the next value the format would have had.
    const double candidate = decode(reinterpret_cast<const uint8_t *>(&bits), dtype);
    const double error = std::fabs(candidate - value);
    if (error < best_error || (error == best_error && magnitude % 2 == 0)) {
      best = bits;
      best_error = error;
    }
  }
  return best;
}

}  // namespace

DS_TEST("read_file: rectangles of the same dtype") {
  TemporaryFolder folder;
  const std::vector<uint8_t> bytes = counting_bytes(3 << 20);
  OpenFile file(folder.write("data", bytes));
  Device device(t.settings(), 1);
  struct Rectangle {
    uint64_t offset;
    int64_t rows, cols, src_row_bytes, dst_row_bytes;
  };
  const Rectangle rectangles[] = {
      {3, 1, 1000, 0, 0},           {11, 40, 64, 64, 64},         {12, 9, 33, 100, 40},      {0, 3, 20, 0, 20},        // the same row thrice
      {1, 2, 700'000, 700'000, 700'008}, {5, 1, 3'000'000, 0, 0}, {7, 30, 16, 90'000, 16}, {9, 20, 20'000, 100'000, 20'000},
  };
  for (const Rectangle &r : rectangles) {
    const int64_t size = (r.rows - 1) * r.dst_row_bytes + r.cols;
    const ds_view dst = device.alloc(uint64_t(size) + 8);
    ds_read read{file.fd(), r.offset, r.rows, r.cols, r.src_row_bytes, DS_U8, {dst.buffer, 8}, r.dst_row_bytes, DS_U8, 0, nullptr, nullptr};
    device.need(device.api().read_file(device.handle(), &read));
    const std::vector<uint8_t> got = device.get<uint8_t>(dst, size_t(size) + 8);
    std::vector<uint8_t> expected(size_t(size) + 8, 0);
    for (int64_t row = 0; row < r.rows; row++) std::memcpy(expected.data() + 8 + row * r.dst_row_bytes, bytes.data() + r.offset + uint64_t(row * r.src_row_bytes), size_t(r.cols));
    t.expect(got == expected, "rectangle of " + std::to_string(r.rows) + " rows at " + std::to_string(r.offset) + " came out wrong");
  }
}

DS_TEST("read_file: conversions round to nearest even") {
  TemporaryFolder folder;
  Random random(31);
  Device device(t.settings(), 1);
  std::vector<float> values = {0.0f, -0.0f, 1.0f, 65504.0f, 65519.0f, 65520.0f, -1e30f, 6e-8f, 2.9e-8f, 2.99e-8f, 1.00048828125f, 1.00146484375f, 1.00390625f, 1.01171875f, 3.3e38f};
  for (int i = 0; i < 40; i++) values.push_back(random.normal() * std::pow(10.0f, float(i % 9) - 6));
  std::vector<uint8_t> bytes(values.size() * 4);
  std::memcpy(bytes.data(), values.data(), bytes.size());
  OpenFile file(folder.write("f32", bytes));
  for (const ds_dtype to : {DS_F16, DS_BF16}) {
    const ds_view dst = device.alloc(values.size() * 2);
    ds_read read{file.fd(), 0, 1, int64_t(values.size()), 0, DS_F32, dst, 0, to, 0, nullptr, nullptr};
    device.need(device.api().read_file(device.handle(), &read));
    const std::vector<uint16_t> got = device.get<uint16_t>(dst, values.size());
    for (size_t i = 0; i < values.size(); i++) {
      t.expect(got[i] == nearest(double(values[i]), to), std::to_string(values[i]) + " to " + dtype_name(to) + " gave bits " + std::to_string(got[i]));
    }
  }
  // Every stored 16-bit and 8-bit value widens to exactly what its bits mean; NaN stays NaN, Inf stays Inf.
  for (const ds_dtype from : {DS_F16, DS_BF16, DS_F8_E4M3}) {
    const size_t element = ds_dtype_bytes(from), count = element == 2 ? 65536 : 256;
    std::vector<uint8_t> all(count * element);
    for (size_t i = 0; i < count; i++) std::memcpy(all.data() + i * element, &i, element);
    OpenFile stored(folder.write("stored", all));
    const ds_view dst = device.alloc(count * 4);
    ds_read read{stored.fd(), 0, 1, int64_t(count), 0, from, dst, 0, DS_F32, 0, nullptr, nullptr};
    device.need(device.api().read_file(device.handle(), &read));
    const std::vector<float> got = device.get<float>(dst, count);
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
      const size_t magnitude = element == 2 ? i & 0x7fff : i & 0x7f, inf = from == DS_F16 ? 0x7c00 : from == DS_BF16 ? 0x7f80 : 0x7f;
      const bool nan = from == DS_F8_E4M3 ? magnitude == inf : magnitude > inf;
      const bool infinite = from != DS_F8_E4M3 && magnitude == inf;
      wrong += nan ? !std::isnan(got[i]) : infinite ? !std::isinf(got[i]) : double(got[i]) != decode(all.data() + i * element, from);
    }
    t.expect(wrong == 0, std::to_string(wrong) + " of " + std::to_string(count) + " values of " + dtype_name(from) + " widened wrongly");
  }
}

DS_TEST("read_file: conversion in strided rows and broadcast columns") {
  TemporaryFolder folder;
  Random random(37);
  Device device(t.settings(), 1);
  const std::vector<float> values = random.normals(500 * 1300);
  std::vector<uint8_t> bytes(values.size() * 4);
  std::memcpy(bytes.data(), values.data(), bytes.size());
  OpenFile file(folder.write("f32", bytes));
  const int64_t rows = 450, cols = 701, src_cols = 1300, dst_stride = 710;
  for (const int broadcast : {0, 1}) {
    const ds_view dst = device.alloc(uint64_t(rows * dst_stride) * 2);
    ds_read read{file.fd(), 8, rows, cols, src_cols * 4, DS_F32, dst, dst_stride * 2, DS_BF16, broadcast, nullptr, nullptr};
    device.need(device.api().read_file(device.handle(), &read));
    const std::vector<uint16_t> got = device.get<uint16_t>(dst, size_t(rows * dst_stride));
    size_t wrong = 0;
    for (int64_t r = 0; r < rows; r++) {
      for (int64_t c = 0; c < cols; c++) {
        const double value = double(values[size_t(2 + r * src_cols + (broadcast ? 0 : c))]);
        const double stored = decode(reinterpret_cast<const uint8_t *>(&got[size_t(r * dst_stride + c)]), DS_BF16);
        wrong += std::fabs(stored - value) > std::fabs(value) / 256;
      }
    }
    t.expect(wrong == 0, std::to_string(wrong) + " values wrong" + (broadcast ? " when broadcast" : ""));
  }
}

DS_TEST("read_file: a file that ends early, a bad descriptor, bad rectangles") {
  TemporaryFolder folder;
  OpenFile file(folder.write("short", counting_bytes(100)));
  Device device(t.settings(), 1);
  const ds_view dst = device.alloc(400);
  const auto read = [&](int fd, uint64_t offset, int64_t rows, int64_t cols, ds_dtype from, ds_dtype to, int64_t dst_row_bytes) {
    const ds_read r{fd, offset, rows, cols, cols, from, dst, dst_row_bytes, to, 0, nullptr, nullptr};
    return device.api().read_file(device.handle(), &r);
  };
  t.expect(read(file.fd(), 0, 1, 100, DS_U8, DS_U8, 100) == DS_OK, "the whole file could not be read");
  t.expect(read(file.fd(), 1, 1, 100, DS_U8, DS_U8, 100) == DS_SHORT_READ, "one byte past the end");
  t.expect(read(file.fd(), 1000, 1, 1, DS_U8, DS_U8, 1) == DS_SHORT_READ, "far past the end");
  t.expect(read(file.fd(), 60, 2, 25, DS_F8_E4M3, DS_F32, 100) == DS_SHORT_READ, "a converted row past the end");
  t.expect(read(-1, 0, 1, 10, DS_U8, DS_U8, 10) == DS_IO_ERROR, "no file");
  t.expect(read(file.fd(), 0, 1, 50, DS_I32, DS_F32, 200) == DS_UNSUPPORTED, "integers to floats");
  t.expect(read(file.fd(), 0, 2, 20, DS_U8, DS_U8, 10) == DS_INVALID_ARGUMENT, "rows that overlap");
  t.expect(read(file.fd(), 0, 5, 100, DS_U8, DS_U8, 100) == DS_INVALID_ARGUMENT, "past the buffer");
}

}  // namespace draftscope::tests
