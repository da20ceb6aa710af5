// native_bench [--backend cpu|cuda|LIBRARY] [--quick]
// One table of every kernel, one draft step and one load. Exit code 1 when something failed, 2 for a wrong call.
#include <cstdio>
#include <exception>
#include <filesystem>

#include "bench/bench.h"

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
  std::printf("%-28s %10s %12.1f %12.3f %9.2f %8.0f%%\n", row.name.c_str(), error, row.micros, double(row.bytes) / 1e6, rate, 100 * rate / copy_rate);
  std::fflush(stdout);
}

void report(const std::shared_ptr<Backend> &backend, const std::shared_ptr<Backend> &reference, const Sizes &sizes) {
  const Row copy = time_copy(backend, sizes);
  const double rate = double(copy.bytes) / copy.micros * 1e-3;
  std::printf("copy bandwidth: %.2f GB/s, read plus written, float32 rows\n\n", rate);
  std::printf("%-28s %10s %12s %12s %9s %9s\n", "case", "error", "micros", "MB touched", "GB/s", "of copy");
  for (const Row &row : time_kernels(backend, reference, sizes)) print_row(row, rate);
  const LayerTimes layer = time_mtp_layer(backend, sizes);
  print_row({"draft step, MTP layer + head", -1, layer.step_micros, layer.step_bytes}, rate);
  print_row({"load from the page cache", -1, layer.load_micros, layer.load_bytes}, rate);
  std::printf("\nfloor of the draft step (bytes touched / copy bandwidth): %.1f micros; measured %.2f times that\n", double(layer.step_bytes) / rate * 1e-3,
              layer.step_micros / (double(layer.step_bytes) / rate * 1e-3));
  if (layer.experts < sizes.experts) {
    std::printf("memory is short: the layer had only the %d experts that a step touches, so its router was [%d, %d] and not [%d, %d]\n", layer.experts,
                layer.experts, sizes.hidden, sizes.experts, sizes.hidden);
  }
}

int run(int count, char **arguments) {
  std::string name = "cpu";
  Sizes sizes;
  for (int i = 1; i < count; i++) {
    const std::string option = arguments[i];
    if (option == "--quick") {
      sizes = Sizes::quick();
    } else if (option == "--backend" && i + 1 < count) {
      name = arguments[++i];
    } else {
      std::fprintf(stderr, "native_bench [--backend cpu|cuda|LIBRARY] [--quick]: %s is not understood\n", option.c_str());
      return 2;
    }
  }
  const std::filesystem::path here = std::filesystem::path(arguments[0]).parent_path();
  std::shared_ptr<Backend> backend, reference;
  Status status = Backend::open(library_of(here, name), ds_open_options{0, 0}, backend);
  ds_backend_info info{};
  if (status.ok()) status = backend->describe(info);
  if (status.ok() && std::string(info.kind) != "cpu") status = Backend::open(library_of(here, "cpu"), ds_open_options{0, 0}, reference);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.message.c_str());
    return 2;
  }
  std::printf("%s: %s, %s, %d threads or processors\n", info.kind, info.name, info.instructions, info.threads);
  try {
    report(backend, reference, sizes);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace draftscope::bench

int main(int count, char **arguments) { return draftscope::bench::run(count, arguments); }
