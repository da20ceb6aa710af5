// Whole checkpoints with recorded results, given with --numerics.
#pragma once

#include <string>
#include <vector>

#include "tests/harness.h"

namespace draftscope::tests {

// Folders among and in these that have an expected.safetensors.
std::vector<std::string> checkpoint_folders(const std::vector<std::string> &folders);

struct NumericsFigures {
  double error = 0;    // largest difference to what is expected
  double micros = 0;   // the target and every MTP layer once over the whole text, without handing anything back
  uint64_t bytes = 0;  // of all weights
};
// Runs one checkpoint, with its failures in `t`.
NumericsFigures measure_numerics(Context &t, const std::string &folder);

// One case per checkpoint folder.
std::vector<Case> numerics_cases(const Settings &settings);

}  // namespace draftscope::tests
