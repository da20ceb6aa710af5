#pragma once

#include <chrono>

namespace draftscope::addon {

// Wall-clock time since it was made.
class Stopwatch {
 public:
  double micros() const { return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace draftscope::addon
