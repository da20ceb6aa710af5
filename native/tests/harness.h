// A small test harness: cases register themselves, checks collect failures, main prints and counts.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace draftscope::tests {

// Settings of the run that cases may look at.
struct Settings {
  std::string backend_library;
  std::vector<std::string> numerics;  // folders of checkpoints with expected.safetensors
  std::string math;                   // folder of rope.json and grouped_topk.json; empty = not wanted
};

class Context {
 public:
  explicit Context(const Settings &settings) : settings_(settings) {}
  const Settings &settings() const { return settings_; }
  // Notes a failure when the condition does not hold; returns the condition.
  bool expect(bool condition, const std::string &message);
  void skip(const std::string &reason) { skipped_ = reason; }
  void note(const std::string &text) { note_ = text; }

  const std::vector<std::string> &failures() const { return failures_; }
  const std::string &skipped() const { return skipped_; }
  const std::string &note() const { return note_; }

 private:
  const Settings &settings_;
  std::vector<std::string> failures_;
  std::string skipped_, note_;
};

struct Case {
  std::string name;
  std::function<void(Context &)> run;
};

std::vector<Case> &registered_cases();

struct Registration {
  Registration(const char *name, void (*run)(Context &)) { registered_cases().push_back({name, run}); }
};

}  // namespace draftscope::tests

#define DS_TEST_JOIN2(a, b) a##b
#define DS_TEST_JOIN(a, b) DS_TEST_JOIN2(a, b)
#define DS_TEST(title)                                                                                                      \
  static void DS_TEST_JOIN(test_, __LINE__)(draftscope::tests::Context &);                                                  \
  static const draftscope::tests::Registration DS_TEST_JOIN(registration_, __LINE__)(title, DS_TEST_JOIN(test_, __LINE__)); \
  static void DS_TEST_JOIN(test_, __LINE__)([[maybe_unused]] draftscope::tests::Context & t)
