// Runs the threads of a block as fibers, in an order drawn anew at every wait.
#pragma once

#include <functional>
#include <string>

#include "cuda_runtime.h"

namespace cuda_on_host {

struct Launch {
  dim3 grid, block;
  size_t shared_bytes = 0;
  std::function<void()> thread;  // what every thread runs
};

// All blocks, in an order drawn from `seed`. Empty when all went well; otherwise what a device would have hung on or
// answered with nonsense: threads that wait at different places, or for one that has ended.
std::string run_launch(const Launch &launch, uint64_t seed);

}  // namespace cuda_on_host
