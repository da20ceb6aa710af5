// native_bench [--backend all|cpu|cuda|LIBRARY] [--quick] [--numerics FOLDER] [--tolerance ERROR]
// One table a backend: every kernel, every checkpoint with expected results, one draft step and one load. Exit code 1 when
// something failed or an error is out of tolerance (the table is printed to its end all the same), 2 for a wrong call.
// "all" is the CPU and, where there is a device, CUDA. --tolerance: of kernels; checkpoints have their own.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>

#include "bench/bench.h"
#include "tests/numerics.h"

namespace draftscope::bench {
namespace {

std::string library_of(const std::filesystem::path &here, const std::string &backend) {
  if (backend != "cpu" && backend != "cuda") return backend;
#if defined(__APPLE__)
  return (here / ("libdraftscope_" + backend + ".dylib")).string();
#else
  return (here / ("libdraftscope_" + backend + ".so")).string();
#endif
}

void print_row(const Row &row, double copy_rate) {
  const double rate = double(row.bytes) / row.micros * 1e-3;
  char error[16] = "-";
  if (row.error >= 0) std::snprintf(error, sizeof error, "%.1e", row.error);
  std::printf("%-28s %10s %12.2f %12.3f %9.2f %8.0f%%\n", row.name.c_str(), error, row.micros, double(row.bytes) / 1e6, rate, 100 * rate / copy_rate);
  std::fflush(stdout);
}

struct Wishes {
  std::string backend = "all", numerics;
  double tolerance = 1e-4;  // of a kernel's error: sums in another order stay far below it
  Sizes sizes;
};

// Prints rows and collects what is not accepted in them.
class Table {
 public:
  explicit Table(double copy_rate) : copy_rate_(copy_rate) {}
  void add(const Row &row) {
    print_row(row, copy_rate_);
    if (!row.failure.empty()) failures_.push_back(row.name + ": " + row.failure);
  }
  const std::vector<std::string> &failures() const { return failures_; }

 private:
  double copy_rate_;
  std::vector<std::string> failures_;
};

void add_numerics(const std::string &library, const std::string &folder, Table &table) {
  tests::Settings settings;
  settings.backend_library = library;
  const std::vector<std::string> folders = tests::checkpoint_folders({folder});
  if (folders.empty()) throw std::runtime_error("no folder in " + folder + " has an expected.safetensors");
  for (const std::string &checkpoint : folders) {
    tests::Context context(settings);
    const tests::NumericsFigures figures = tests::measure_numerics(context, checkpoint);
    const std::string name = std::filesystem::path(checkpoint).filename().string();
    table.add({name, figures.error, figures.micros, figures.bytes, context.failures().empty() ? "" : context.failures()[0]});
  }
}

// Returns what is out of tolerance.
std::vector<std::string> report(const std::string &library, const std::shared_ptr<Backend> &backend, const std::shared_ptr<Backend> &reference, const Wishes &wishes) {
  const Sizes &sizes = wishes.sizes;
  const Row copy = time_copy(backend, sizes);
  const double rate = double(copy.bytes) / copy.micros * 1e-3;
  std::printf("copy bandwidth: %.2f GB/s, read plus written, float32 rows\n\n", rate);
  std::printf("%-28s %10s %12s %12s %9s %9s\n", "case", "error", "micros", "MB touched", "GB/s", "of copy");
  Table table(rate);
  for (const Row &row : time_kernels(backend, reference, wishes.tolerance, sizes)) table.add(row);
  if (!wishes.numerics.empty()) add_numerics(library, wishes.numerics, table);
  const LayerTimes layer = time_mtp_layer(backend, sizes);
  table.add({"draft step, MTP layer + head", -1, layer.step_micros, layer.step_bytes, ""});
  table.add({"load from the page cache", -1, layer.load_micros, layer.load_bytes, ""});
  std::printf("\nerror: largest difference to the CPU backend's plain loops over its largest value; of a checkpoint, to what is expected\n");
  std::printf("floor of the draft step (bytes touched / copy bandwidth): %.1f micros; measured %.2f times that\n", double(layer.step_bytes) / rate * 1e-3,
              layer.step_micros / (double(layer.step_bytes) / rate * 1e-3));
  if (layer.experts < sizes.experts) {
    std::printf("memory is short: the layer had only the %d experts that a step touches, so its router was [%d, %d] and not [%d, %d]\n", layer.experts,
                layer.experts, sizes.hidden, sizes.experts, sizes.hidden);
  }
  return table.failures();
}

// The CPU backend without vector instructions: what every other result is compared with.
Status open_reference(const std::string &library, std::shared_ptr<Backend> &out) {
  constexpr const char *kLevel = "DRAFTSCOPE_CPU_LEVEL";
  const char *set = std::getenv(kLevel);
  const std::string before = set != nullptr ? set : "";
  setenv(kLevel, "generic", 1);
  const Status status = Backend::open(library, ds_open_options{0, 0}, out);
  if (before.empty()) unsetenv(kLevel);
  else setenv(kLevel, before.c_str(), 1);
  return status;
}

// Exit code. optional: a backend that is not there is told and no failure.
int run_backend(const std::filesystem::path &here, const std::string &name, bool optional, const Wishes &wishes) {
  const std::string library = library_of(here, name);
  std::shared_ptr<Backend> backend, reference;
  Status status = Backend::open(library, ds_open_options{0, 0}, backend);
  if (!status.ok() && optional) {
    std::printf("%s: not measured: %s\n", name.c_str(), status.message.c_str());
    return 0;
  }
  ds_backend_info info{};
  if (status.ok()) status = backend->describe(info);
  if (status.ok()) status = open_reference(library_of(here, "cpu"), reference);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.message.c_str());
    return 2;
  }
  std::printf("%s: %s, %s, %d threads or processors\n", info.kind, info.name, info.instructions, info.threads);
  try {
    const std::vector<std::string> failures = report(library, backend, reference, wishes);
    for (const std::string &failure : failures) std::fprintf(stderr, "out of tolerance: %s\n", failure.c_str());
    if (!failures.empty()) return 1;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}

// A number from 0 on, to the end of the text.
bool read_tolerance(const char *text, double &out) {
  char *end = nullptr;
  out = std::strtod(text, &end);
  return end != text && *end == '\0' && out >= 0;
}

int run(int count, char **arguments) {
  Wishes wishes;
  for (int i = 1; i < count; i++) {
    const std::string option = arguments[i];
    if (option == "--quick") {
      wishes.sizes = Sizes::quick();
    } else if (option == "--backend" && i + 1 < count) {
      wishes.backend = arguments[++i];
    } else if (option == "--numerics" && i + 1 < count) {
      wishes.numerics = arguments[++i];
    } else if (option == "--tolerance" && i + 1 < count && read_tolerance(arguments[i + 1], wishes.tolerance)) {
      i++;
    } else {
      std::fprintf(stderr, "native_bench [--backend all|cpu|cuda|LIBRARY] [--quick] [--numerics FOLDER] [--tolerance ERROR]: %s is not understood\n", option.c_str());
      return 2;
    }
  }
  const std::filesystem::path here = std::filesystem::path(arguments[0]).parent_path();
  if (wishes.backend != "all") return run_backend(here, wishes.backend, false, wishes);
  const int on_cpu = run_backend(here, "cpu", false, wishes);
  if (on_cpu > 1) return on_cpu;
  std::printf("\n");
  return std::max(on_cpu, run_backend(here, "cuda", true, wishes));
}

}  // namespace
}  // namespace draftscope::bench

int main(int count, char **arguments) { return draftscope::bench::run(count, arguments); }
