// Recorded rotary tables and routing of the reference engine: one case per entry of rope.json and grouped_topk.json.
#pragma once

#include "tests/harness.h"

namespace draftscope::tests {

// None when settings.math is empty.
std::vector<Case> golden_math_cases(const Settings &settings);

}  // namespace draftscope::tests
