#include "shared/value_statistics.h"

#include <algorithm>
#include <cmath>

#include "shared/numbers.h"

namespace draftscope::shared {
namespace {

// Below this no counter can wrap.
constexpr uint64_t kMostPending = uint64_t(1) << 31;

size_t pattern_count(ds_dtype dtype) {
  switch (dtype) {
    case DS_F8_E4M3: return 1u << 8;
    case DS_F16: case DS_BF16: return 1u << 16;
    default: return 0;
  }
}

}  // namespace

ValueStatistics::ValueStatistics(ds_dtype dtype) : dtype_(dtype), patterns_(pattern_count(dtype)) { reset(); }

void ValueStatistics::reset() {
  sum_ = {};
  sum_.min = INFINITY;
  sum_.max = -INFINITY;
}

void ValueStatistics::add(const uint8_t *data, int64_t count) {
  if (dtype_ == DS_F32) {
    add_f32(data, count);
    return;
  }
  if (pending_ + uint64_t(count) > kMostPending) flush();
  pending_ += uint64_t(count);
  if (dtype_ == DS_F8_E4M3) {
    for (int64_t i = 0; i < count; i++) patterns_[data[i]]++;
    return;
  }
  for (int64_t i = 0; i < count; i++) {
    uint16_t bits;
    __builtin_memcpy(&bits, data + 2 * i, 2);
    patterns_[bits]++;
  }
}

void ValueStatistics::add_f32(const uint8_t *data, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    float value;
    __builtin_memcpy(&value, data + 4 * i, 4);
    count_value(value, 1);
  }
}

void ValueStatistics::count_value(float value, uint64_t times) {
  sum_.count += times;
  const uint32_t exponent = (bits_from_float(value) >> 23) & 0xffu;
  if (exponent == 0xff) {
    (std::isnan(value) ? sum_.nan_count : sum_.inf_count) += times;
    return;
  }
  if (value == 0) {
    sum_.zero_count += times;
  } else {
    sum_.exponents[exponent] += times;
  }
  sum_.min = std::min(sum_.min, value);
  sum_.max = std::max(sum_.max, value);
  const double weight = double(times) * double(value);
  sum_.mean += weight;
  sum_.mean_square += weight * double(value);
}

void ValueStatistics::flush() {
  for (size_t pattern = 0; pattern < patterns_.size(); pattern++) {
    if (patterns_[pattern] == 0) continue;
    const uint8_t bytes[4] = {uint8_t(pattern), uint8_t(pattern >> 8)};
    count_value(widen_one(bytes, dtype_, 0), patterns_[pattern]);
    patterns_[pattern] = 0;
  }
  pending_ = 0;
}

ds_statistics ValueStatistics::finish() {
  flush();
  ds_statistics out = sum_;
  reset();
  const uint64_t finite = out.count - out.nan_count - out.inf_count;
  if (finite == 0) {
    out.min = out.max = 0;
    out.mean = out.mean_square = 0;
  } else {
    out.mean /= double(finite);
    out.mean_square /= double(finite);
  }
  return out;
}

}  // namespace draftscope::shared
