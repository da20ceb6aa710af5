// What the kernel tests share: an opened device, random data, and the checks every kernel has to pass.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "model/device_buffer.h"
#include "tests/harness.h"

namespace draftscope::tests {

// A backend with buffers that live as long as it does. Throws std::runtime_error when it can't be opened.
class Device {
 public:
  // level: DRAFTSCOPE_CPU_LEVEL for this device, empty = the best.
  Device(const Settings &settings, int threads, const std::string &level = "");
  const ds_backend_api &api() const { return backend_->api(); }
  ds_backend *handle() const { return backend_->device(); }
  const std::shared_ptr<Backend> &backend() const { return backend_; }
  // The kind the backend gives itself: "cpu", "cuda".
  std::string kind() const;

  ds_view alloc(uint64_t bytes);
  ds_view put(const void *data, uint64_t bytes);
  template <class T>
  ds_view put(const std::vector<T> &values) {
    return put(values.data(), values.size() * sizeof(T));
  }
  template <class T>
  std::vector<T> get(ds_view view, size_t count) {
    std::vector<T> values(count);
    need(api().download(handle(), values.data(), view, count * sizeof(T)));
    return values;
  }
  void need(ds_status status) const;  // throws when it is not DS_OK

 private:
  std::shared_ptr<Backend> backend_;
  std::vector<std::unique_ptr<DeviceBuffer>> buffers_;
};

// Whether the device is the host emulation of CUDA, which can be told to fail.
bool is_emulated(const Device &device);

// Sets a variable of the environment for as long as it lives.
class Variable {
 public:
  Variable(const char *name, const std::string &value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable &) = delete;
  Variable &operator=(const Variable &) = delete;

 private:
  const char *name_;
};

// Levels of the CPU backend this machine has; one empty name for any other backend.
std::vector<std::string> levels_of(const Settings &settings);

// Values as they are stored, and what they mean.
struct Stored {
  ds_dtype dtype = DS_F32;
  int64_t rows = 0, cols = 0;
  std::vector<uint8_t> bytes;
  std::vector<double> values;  // scales multiplied in
  std::vector<float> scale;    // fp8: [ceil(rows / 128), ceil(cols / 128)], per part
  double at(int64_t row, int64_t col) const { return values[size_t(row * cols + col)]; }
  ds_matrix matrix(Device &device) const;
};

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  float normal() { return distribution_(engine_); }
  uint32_t below(uint32_t limit) { return engine_() % limit; }
  std::vector<float> normals(int64_t count, float scale = 1);
  // Random finite values of about `magnitude`; fp8 gets block scales, each of `parts` row ranges blocked apart.
  Stored stored(ds_dtype dtype, int64_t rows, int64_t cols, double magnitude, int64_t parts = 1);

 private:
  std::mt19937 engine_;
  std::normal_distribution<float> distribution_;
};

// The value a bit pattern means, spelled out from the formats' definitions.
double decode(const uint8_t *bits, ds_dtype dtype);

// One kernel on fixed random inputs.
struct KernelCase {
  int64_t rows = 0;
  double tolerance = 0;  // absolute, plus the same relative to the reference
  std::vector<double> expected;  // [rows, anything]
  // Results of rows first .. first+count-1, as one row-major array.
  std::function<std::vector<float>(Device &, int64_t first, int64_t count)> run;
};

// On every level: all rows against the reference; each row alone and one thread against three, bit for bit.
void check_kernel(Context &t, const std::string &name, const KernelCase &kernel);

constexpr ds_dtype kFloatDtypes[] = {DS_F32, DS_F16, DS_BF16, DS_F8_E4M3};
const char *dtype_name(ds_dtype dtype);

}  // namespace draftscope::tests
