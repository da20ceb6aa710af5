// Whole checkpoints with recorded results, given with --numerics.
#pragma once

#include <vector>

#include "tests/harness.h"

namespace draftscope::tests {

// One case per checkpoint folder that has an expected.safetensors (a folder of such folders counts as all of them).
std::vector<Case> numerics_cases(const Settings &settings);

}  // namespace draftscope::tests
