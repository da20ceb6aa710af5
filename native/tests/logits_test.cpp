// top_logits and statistics.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/fixtures.h"

namespace draftscope::tests {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

}  // namespace

DS_TEST("top_logits: order, ties and log-sum-exp") {
  Random random(23);
  const int64_t rows = 6, n = 2111;
  const int32_t top = 9;
  std::vector<float> logits = random.normals(rows * n, 4);
  for (float &logit : logits) logit = std::round(logit * 8) / 8;  // many ties
  KernelCase kernel;
  kernel.rows = rows;
  kernel.tolerance = 2e-6;
  for (int64_t r = 0; r < rows; r++) {
    const float *row = logits.data() + r * n;
    std::vector<int> order(static_cast<size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return row[a] > row[b]; });
    double sum = 0;
    for (int64_t c = 0; c < n; c++) sum += std::exp(double(row[c]));
    for (int k = 0; k < top; k++) kernel.expected.push_back(order[size_t(k)]);
    for (int k = 0; k < top; k++) kernel.expected.push_back(double(row[order[size_t(k)]]));
    kernel.expected.push_back(std::log(sum));
  }
  kernel.run = [&](Device &device, int64_t first, int64_t count) {
    std::vector<int32_t> ids(size_t(count * top));
    std::vector<float> best(size_t(count * top)), sums(static_cast<size_t>(count)), out;
    const ds_view in = device.put(logits.data() + first * n, uint64_t(count * n) * 4);
    device.need(device.api().top_logits(device.handle(), ids.data(), best.data(), sums.data(), in, count, n, top));
    for (int64_t r = 0; r < count; r++) {
      out.insert(out.end(), ids.begin() + r * top, ids.begin() + (r + 1) * top);
      out.insert(out.end(), best.begin() + r * top, best.begin() + (r + 1) * top);
      out.push_back(sums[size_t(r)]);
    }
    return out;
  };
  check_kernel(t, "top_logits", kernel);
}

DS_TEST("top_logits: NaN is never the best, and more than there are is refused") {
  Device device(t.settings(), 1);
  const ds_view in = device.put(std::vector<float>{kNaN, 1, kNaN, 2});
  int32_t ids[5];
  float best[5], sum;
  device.need(device.api().top_logits(device.handle(), ids, best, &sum, in, 1, 4, 2));
  t.expect(ids[0] == 3 && ids[1] == 1, "NaN was ranked");
  t.expect(std::isnan(sum), "the sum hides a NaN");
  t.expect(device.api().top_logits(device.handle(), ids, best, &sum, in, 1, 4, 5) == DS_INVALID_ARGUMENT, "the best 5 of 4");
}

DS_TEST("statistics: all dtypes, with NaN, Inf and zeros") {
  for (const ds_dtype dtype : {DS_F32, DS_F16, DS_BF16}) {
    Random random(29);
    const int64_t count = 200'003;
    Stored data = random.stored(dtype, 1, count, 2);
    const size_t element = ds_dtype_bytes(dtype);
    const auto poke = [&](int64_t index, uint32_t high) {  // high: sign, exponent and first mantissa bits
      const uint32_t bits = element == 4 ? high << 16 : high;
      std::copy_n(reinterpret_cast<const uint8_t *>(&bits), element, data.bytes.begin() + index * int64_t(element));
    };
    const uint32_t inf = dtype == DS_F16 ? 0x7c00 : 0x7f80;
    poke(5, inf);
    poke(70'000, inf | 0x8000);
    poke(199'999, inf | 0x40);
    poke(100, 0);
    poke(101, 0x8000);
    double sum = 0, square = 0, low = kInf, high = -kInf;
    uint64_t zeros = 0;
    for (int64_t i = 0; i < count; i++) {
      if (i == 5 || i == 70'000 || i == 199'999) continue;
      const double value = decode(data.bytes.data() + i * int64_t(element), dtype);
      sum += value;
      square += value * value;
      low = std::min(low, value);
      high = std::max(high, value);
      zeros += value == 0;
    }
    ds_statistics results[2];
    for (const int threads : {1, 3}) {
      Device device(t.settings(), threads);
      device.need(device.api().statistics(device.handle(), &results[threads / 2], device.put(data.bytes), dtype, count));
    }
    const ds_statistics &s = results[0];
    t.expect(s.count == uint64_t(count) && s.nan_count == 1 && s.inf_count == 2 && s.zero_count == zeros, std::string("counts of ") + dtype_name(dtype));
    t.expect(double(s.min) == low && double(s.max) == high, std::string("extremes of ") + dtype_name(dtype));
    t.expect(std::fabs(s.mean - sum / double(count - 3)) < 1e-9 && std::fabs(s.mean_square - square / double(count - 3)) < 1e-9, std::string("means of ") + dtype_name(dtype));
    t.expect(s.mean == results[1].mean && s.mean_square == results[1].mean_square, "threads change the means");
  }
}

}  // namespace draftscope::tests
