// embed_rows, rms_norm, add, matmul, silu_mul, rope against double precision.
#include <cmath>

#include "tests/fixtures.h"

namespace draftscope::tests {
namespace {

ds_view offset(ds_view view, int64_t floats) { return {view.buffer, view.offset + uint64_t(floats) * sizeof(float)}; }

void check_matmul(Context &t, ds_dtype dtype, int64_t rows, int64_t n, int64_t k) {
  Random random(uint32_t(7 + n + k));
  const Stored w = random.stored(dtype, n, k, 1.0);
  // Rows are part of wider ones, to see that strides are honoured.
  const int64_t in_stride = k + 3, out_stride = n + 5;
  const std::vector<float> x = random.normals(rows * in_stride);
  KernelCase kernel;
  kernel.rows = rows;
  kernel.tolerance = 2e-6 * std::sqrt(double(k)) + 1e-6;
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t j = 0; j < n; j++) {
      double sum = 0;
      for (int64_t i = 0; i < k; i++) sum += double(x[size_t(r * in_stride + i)]) * w.at(j, i);
      kernel.expected.push_back(sum);
    }
  }
  kernel.run = [&](Device &device, int64_t first, int64_t count) {
    const ds_matrix matrix = w.matrix(device);
    const ds_view in = device.put(x), out = device.alloc(uint64_t(count * out_stride) * sizeof(float));
    device.need(device.api().matmul(device.handle(), out, out_stride, offset(in, first * in_stride), in_stride, &matrix, count));
    const std::vector<float> wide = device.get<float>(out, size_t(count * out_stride));
    std::vector<float> result;
    bool untouched = true;
    for (int64_t r = 0; r < count; r++) {
      result.insert(result.end(), wide.begin() + r * out_stride, wide.begin() + r * out_stride + n);
      for (int64_t c = n; c < out_stride; c++) untouched = untouched && wide[size_t(r * out_stride + c)] == 0;
    }
    t.expect(untouched, "matmul wrote between the rows");
    return result;
  };
  check_kernel(t, std::string("matmul ") + dtype_name(dtype) + " " + std::to_string(rows) + "x" + std::to_string(n) + "x" + std::to_string(k), kernel);
}

}  // namespace

DS_TEST("matmul: odd sizes, all dtypes") {
  for (const ds_dtype dtype : kFloatDtypes) {
    check_matmul(t, dtype, 7, 29, 37);
    check_matmul(t, dtype, 5, 3, 1);
    check_matmul(t, dtype, 9, 130, 257);
    check_matmul(t, dtype, 7, 517, 333);  // enough work for several threads
  }
}

DS_TEST("matmul: every fp8 value, NaN too") {
  // Row j holds the byte j in column j % 19 and nothing else, so that it comes to every place within 16 bytes and past them.
  constexpr int64_t kCols = 19;
  std::vector<uint8_t> bytes(256 * kCols);
  for (int64_t j = 0; j < 256; j++) bytes[size_t(j * kCols + j % kCols)] = uint8_t(j);
  for (const std::string &level : levels_of(t.settings())) {
    Device device(t.settings(), 2, level);
    const ds_matrix w{device.put(bytes), 256, kCols, DS_F8_E4M3, {}, 0, 0};
    const ds_view in = device.put(std::vector<float>(kCols, 1.0f)), out = device.alloc(256 * 4);
    device.need(device.api().matmul(device.handle(), out, 256, in, kCols, &w, 1));
    const std::vector<float> values = device.get<float>(out, 256);
    for (int j = 0; j < 256; j++) {
      const uint8_t bits = uint8_t(j);
      const double wanted = (j & 0x7f) == 0x7f ? NAN : decode(&bits, DS_F8_E4M3);
      const bool same = std::isnan(wanted) ? std::isnan(values[size_t(j)]) : double(values[size_t(j)]) == wanted;
      t.expect(same, level + ": the byte " + std::to_string(j) + " became " + std::to_string(values[size_t(j)]) + ", not " + std::to_string(wanted));
    }
  }
}

DS_TEST("matmul: refuses what does not fit") {
  Device device(t.settings(), 1);
  Random random(1);
  const Stored w = random.stored(DS_F32, 4, 8, 1);
  ds_matrix matrix = w.matrix(device);
  const ds_view in = device.alloc(8 * 4), out = device.alloc(4 * 4);
  const auto call = [&](const ds_matrix &m, int64_t rows) { return device.api().matmul(device.handle(), out, 4, in, 8, &m, rows); };
  t.expect(call(matrix, 1) == DS_OK, "a fitting matmul was refused");
  t.expect(call(matrix, 2) == DS_INVALID_ARGUMENT, "two rows in a buffer of one were not refused");
  t.expect(std::string(device.api().last_error()).size() > 0, "a refusal without words");
  matrix.rows = 5;
  t.expect(call(matrix, 1) == DS_INVALID_ARGUMENT, "a matrix past its buffer was not refused");
  matrix.rows = 4;
  matrix.data.buffer = nullptr;
  t.expect(call(matrix, 1) == DS_INVALID_ARGUMENT, "a matrix without a buffer was not refused");
  t.expect(device.api().matmul(nullptr, out, 4, in, 8, &matrix, 1) == DS_INVALID_ARGUMENT, "no backend was not refused");
}

DS_TEST("embed_rows") {
  for (const ds_dtype dtype : kFloatDtypes) {
    Random random(11);
    const int64_t h = 141;
    const Stored table = random.stored(dtype, 150, h, 1.0);
    const std::vector<int32_t> ids = {0, 149, 3, 3, 130};
    const std::vector<uint8_t> zero = {0, 0, 1, 0, 0};
    KernelCase kernel;
    kernel.rows = int64_t(ids.size());
    kernel.tolerance = 1e-6;
    for (size_t r = 0; r < ids.size(); r++) {
      for (int64_t c = 0; c < h; c++) kernel.expected.push_back(zero[r] ? 0 : table.at(ids[r], c));
    }
    kernel.run = [&](Device &device, int64_t first, int64_t count) {
      const ds_matrix matrix = table.matrix(device);
      const ds_view out = device.alloc(uint64_t(count * h) * 4);
      device.need(device.api().embed_rows(device.handle(), out, &matrix, ids.data() + first, zero.data() + first, count));
      return device.get<float>(out, size_t(count * h));
    };
    check_kernel(t, std::string("embed_rows ") + dtype_name(dtype), kernel);
    Device device(t.settings(), 1);
    const ds_matrix matrix = table.matrix(device);
    const int32_t outside = 150;
    t.expect(device.api().embed_rows(device.handle(), device.alloc(uint64_t(h) * 4), &matrix, &outside, nullptr, 1) == DS_INVALID_ARGUMENT,
             "an id outside the table was not refused");
  }
}

DS_TEST("rms_norm") {
  for (const int64_t n : {1, 7, 64, 333}) {
    for (const ds_dtype dtype : {DS_F32, DS_F16, DS_BF16}) {
      Random random{uint32_t(n)};
      const int64_t rows = 7, stride = n + 2;
      const double eps = 1e-6;
      const Stored weight = random.stored(dtype, 1, n, 1.0);
      const std::vector<float> x = random.normals(rows * stride, 3);
      KernelCase kernel;
      kernel.rows = rows;
      kernel.tolerance = 1e-5;
      for (int64_t r = 0; r < rows; r++) {
        double sum = 0;
        for (int64_t c = 0; c < n; c++) sum += std::pow(double(x[size_t(r * stride + c)]), 2);
        for (int64_t c = 0; c < n; c++) kernel.expected.push_back(double(x[size_t(r * stride + c)]) / std::sqrt(sum / double(n) + eps) * weight.at(0, c));
      }
      kernel.run = [&](Device &device, int64_t first, int64_t count) {
        const ds_view in = device.put(x), out = device.alloc(uint64_t(count * n) * 4), w = device.put(weight.bytes);
        device.need(device.api().rms_norm(device.handle(), out, n, offset(in, first * stride), stride, w, dtype, count, n, float(eps)));
        return device.get<float>(out, size_t(count * n));
      };
      check_kernel(t, "rms_norm " + std::to_string(n), kernel);
    }
  }
}

DS_TEST("add") {
  Random random(3);
  const int64_t rows = 3, n = 90001;
  const std::vector<float> a = random.normals(rows * n), b = random.normals(rows * n);
  KernelCase kernel;
  kernel.rows = rows;
  kernel.tolerance = 1e-6;
  for (size_t i = 0; i < a.size(); i++) kernel.expected.push_back(double(a[i]) + double(b[i]));
  kernel.run = [&](Device &device, int64_t first, int64_t count) {
    const ds_view x = device.put(a.data() + first * n, uint64_t(count * n) * 4), y = device.put(b.data() + first * n, uint64_t(count * n) * 4);
    device.need(device.api().add(device.handle(), x, y, count * n));
    return device.get<float>(x, size_t(count * n));
  };
  check_kernel(t, "add", kernel);
}

DS_TEST("silu_mul") {
  Random random(5);
  const int64_t rows = 7, n = 1537;
  std::vector<float> x = random.normals(rows * 2 * n, 3);
  x[0] = 100;
  x[1] = -100;
  KernelCase kernel;
  kernel.rows = rows;
  kernel.tolerance = 1e-6;
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t c = 0; c < n; c++) {
      const double gate = double(x[size_t(r * 2 * n + c)]), up = double(x[size_t(r * 2 * n + n + c)]);
      kernel.expected.push_back(gate / (1 + std::exp(-gate)) * up);
    }
  }
  kernel.run = [&](Device &device, int64_t first, int64_t count) {
    const ds_view in = device.put(x), out = device.alloc(uint64_t(count * n) * 4);
    device.need(device.api().silu_mul(device.handle(), out, offset(in, first * 2 * n), count, n));
    return device.get<float>(out, size_t(count * n));
  };
  check_kernel(t, "silu_mul", kernel);
}

DS_TEST("rope: interleaved pairs, strides, first position") {
  Random random(13);
  const int64_t rows = 5, heads = 3, dim = 6, head_stride = 10, row_stride = 34, first_position = 2;
  const std::vector<float> x = random.normals(rows * row_stride);
  std::vector<float> table;
  for (int64_t p = 0; p < first_position + rows; p++) {
    for (int64_t i = 0; i < dim / 2; i++) table.push_back(std::cos(0.3f * float(p) / float(i + 1)));
    for (int64_t i = 0; i < dim / 2; i++) table.push_back(std::sin(0.3f * float(p) / float(i + 1)));
  }
  KernelCase kernel;
  kernel.rows = rows;
  kernel.tolerance = 1e-6;
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t c = 0; c < row_stride; c++) {
      const int64_t head = c / head_stride, d = c % head_stride;
      const double value = double(x[size_t(r * row_stride + c)]);
      if (head >= heads || d >= dim) {
        kernel.expected.push_back(value);
        continue;
      }
      const int64_t pair = d / 2;
      const double angle = double(0.3f * float(first_position + r) / float(pair + 1));
      const double other = double(x[size_t(r * row_stride + (d % 2 ? c - 1 : c + 1))]);
      kernel.expected.push_back(d % 2 ? value * std::cos(angle) + other * std::sin(angle) : value * std::cos(angle) - other * std::sin(angle));
    }
  }
  kernel.run = [&](Device &device, int64_t first, int64_t count) {
    const ds_view data = device.put(x.data() + first * row_stride, uint64_t(count * row_stride) * 4), angles = device.put(table);
    device.need(device.api().rope(device.handle(), data, row_stride, head_stride, heads, dim, angles, first_position + first, count));
    return device.get<float>(data, size_t(count * row_stride));
  };
  check_kernel(t, "rope", kernel);
}

}  // namespace draftscope::tests
