// How much one read of a load takes: as much as is soon over, however slow the disk, so that progress moves and a cancel is
// obeyed within the blink of an eye.
#pragma once

#include <algorithm>
#include <cstdint>

namespace draftscope {

class LoadPace {
 public:
  static constexpr int64_t kLeastBytes = 64 << 10, kFirstBytes = 1 << 20, kMostBytes = 8 << 20;
  static constexpr double kWantedMicros = 25'000;

  // Bytes of the file that the next read should take.
  int64_t bytes() const { return bytes_; }

  // A read of so many bytes took so long. A disk that falls asleep is followed at once, one that wakes up in steps.
  void took(int64_t read, double micros) {
    const double wanted = micros > 0 ? double(read) * kWantedMicros / micros : double(kMostBytes);
    bytes_ = int64_t(std::clamp(wanted, double(kLeastBytes), double(std::min(kMostBytes, bytes_ * 4))));
  }

 private:
  int64_t bytes_ = kFirstBytes;
};

}  // namespace draftscope
