// How much memory this process may have: what the system says, and what its control groups leave of it.
#pragma once

#include <cstdint>
#include <string>

namespace draftscope::shared {

struct MemoryLimits {
  uint64_t total = 0;      // bytes; 0 = unknown
  uint64_t available = 0;  // bytes that can be had without swapping; 0 = none, or unknown where total is
};

// root: stands in for "/" in tests. Reads /proc/meminfo and the memory controllers of both versions of control groups, from
// the process's own group up to the outermost one that can be seen.
MemoryLimits memory_limits(const std::string &root = "");

}  // namespace draftscope::shared
