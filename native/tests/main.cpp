// native_tests [--backend LIBRARY] [--numerics FOLDER]... [--math FOLDER] [--filter TEXT] [--json FILE]
// One line per case, then "N passed, N failed, N skipped". Exit code 1 when a case failed, 2 for a wrong call.
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/golden_math.h"
#include "tests/harness.h"
#include "tests/numerics.h"

namespace draftscope::tests {

namespace {

std::string json_text(const std::string &text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + "\"";
}

bool write_report(const std::string &file, int passed, int failed, int skipped, const std::vector<std::string> &failures) {
  std::ofstream out(file);
  out << "{\"passed\":" << passed << ",\"failed\":" << failed << ",\"skipped\":" << skipped << ",\"failures\":[";
  for (size_t i = 0; i < failures.size(); i++) out << (i ? "," : "") << json_text(failures[i]);
  out << "]}\n";
  return out.good();
}

int run(int count, char **arguments) {
  Settings settings;
  std::string filter, report;
  const std::filesystem::path here = std::filesystem::path(arguments[0]).parent_path();
#if defined(__APPLE__)
  settings.backend_library = (here / "libdraftscope_cpu.dylib").string();
#else
  settings.backend_library = (here / "libdraftscope_cpu.so").string();
#endif
  for (int i = 1; i < count; i += 2) {
    const std::string option = arguments[i];
    if (i + 1 >= count) {
      std::fprintf(stderr, "%s needs a value\n", option.c_str());
      return 2;
    }
    const std::string value = arguments[i + 1];
    if (option == "--backend") {
      settings.backend_library = value;
    } else if (option == "--numerics") {
      settings.numerics.push_back(value);
    } else if (option == "--math") {
      settings.math = value;
    } else if (option == "--filter") {
      filter = value;
    } else if (option == "--json") {
      report = value;
    } else {
      std::fprintf(stderr, "unknown option %s\n", option.c_str());
      return 2;
    }
  }
  std::vector<Case> cases = registered_cases();
  for (Case &numeric : numerics_cases(settings)) cases.push_back(std::move(numeric));
  try {
    for (Case &math : golden_math_cases(settings)) cases.push_back(std::move(math));
  } catch (const std::exception &error) {
    std::fprintf(stderr, "--math %s: %s\n", settings.math.c_str(), error.what());
    return 2;
  }

  int passed = 0, failed = 0, skipped = 0;
  std::vector<std::string> failures;
  for (const Case &test : cases) {
    if (test.name.find(filter) == std::string::npos) continue;
    Context context(settings);
    try {
      test.run(context);
    } catch (const std::exception &error) {
      context.expect(false, std::string("threw: ") + error.what());
    }
    if (!context.failures().empty()) {
      failed++;
      std::printf("FAIL %s\n", test.name.c_str());
      const size_t shown = std::min<size_t>(context.failures().size(), 10);
      for (size_t i = 0; i < shown; i++) std::printf("     %s\n", context.failures()[i].c_str());
      if (shown < context.failures().size()) std::printf("     and %zu more\n", context.failures().size() - shown);
      failures.push_back(test.name + ": " + context.failures()[0]);
    } else if (!context.skipped().empty()) {
      skipped++;
      std::printf("skip %s (%s)\n", test.name.c_str(), context.skipped().c_str());
    } else {
      passed++;
      std::printf("ok   %s%s%s\n", test.name.c_str(), context.note().empty() ? "" : ": ", context.note().c_str());
    }
    std::fflush(stdout);
  }
  if (!report.empty() && !write_report(report, passed, failed, skipped, failures)) {
    std::fprintf(stderr, "cannot write %s\n", report.c_str());
    failed++;
  }
  std::printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
  return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace
}  // namespace draftscope::tests

int main(int count, char **arguments) { return draftscope::tests::run(count, arguments); }
