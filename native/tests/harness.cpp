#include "tests/harness.h"

namespace draftscope::tests {

std::vector<Case> &registered_cases() {
  static std::vector<Case> cases;
  return cases;
}

bool Context::expect(bool condition, const std::string &message) {
  if (!condition) failures_.push_back(message);
  return condition;
}

}  // namespace draftscope::tests
