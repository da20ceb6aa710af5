// What is in an array of stored floats. Made by the loader while the bytes pass through host memory, and by statistics.
#pragma once

#include <cstdint>
#include <vector>

#include "draftscope/backend.h"

namespace draftscope::shared {

// Adds up until it is finished, which begins it anew. Values of one or two bytes are counted by bit pattern, so the result does
// not depend on their order; float32 is summed in the order given. The constructor may throw std::bad_alloc.
class ValueStatistics {
 public:
  // dtype: F32, F16, BF16 or F8_E4M3.
  explicit ValueStatistics(ds_dtype dtype);
  // `data` need not be aligned.
  void add(const uint8_t *data, int64_t count);
  ds_statistics finish();

 private:
  void add_f32(const uint8_t *data, int64_t count);
  void count_value(float value, uint64_t times);
  void flush();
  void reset();

  ds_dtype dtype_;
  std::vector<uint32_t> patterns_;  // how often each bit pattern came; empty for float32
  uint64_t pending_ = 0;            // elements counted in patterns_
  ds_statistics sum_{};             // mean and mean_square hold the sums until finish
};

}  // namespace draftscope::shared
