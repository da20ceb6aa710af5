// See fixtures.h.
#include "tests/fixtures.h"

#include <cmath>
#include <cstring>
#include <stdexcept>

namespace draftscope::tests {
namespace {

constexpr const char *kLevelVariable = "DRAFTSCOPE_CPU_LEVEL";

bool same_bits(const std::vector<float> &a, const std::vector<float> &b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

double decode_small_float(uint32_t bits, int exponent_bits, int mantissa_bits, int bias) {
  const uint32_t mantissa = bits & ((1u << mantissa_bits) - 1);
  const int exponent = int(bits >> mantissa_bits & ((1u << exponent_bits) - 1));
  const double sign = bits >> (exponent_bits + mantissa_bits) & 1 ? -1 : 1;
  if (exponent == 0) return sign * std::ldexp(double(mantissa), 1 - bias - mantissa_bits);
  return sign * std::ldexp(double(mantissa) + double(1u << mantissa_bits), exponent - bias - mantissa_bits);
}

}  // namespace

Device::Device(const Settings &settings, int threads, const std::string &level) {
  if (!level.empty()) setenv(kLevelVariable, level.c_str(), 1);
  const Status status = Backend::open(settings.backend_library, ds_open_options{threads, 0}, backend_);
  unsetenv(kLevelVariable);
  if (!status.ok()) throw std::runtime_error(status.message);
}

std::string Device::kind() const {
  ds_backend_info info{};
  need(api().describe(handle(), &info));
  return info.kind;
}

ds_view Device::alloc(uint64_t bytes) {
  buffers_.push_back(std::make_unique<DeviceBuffer>());
  const Status status = buffers_.back()->reserve(backend_, bytes, "allocating");
  if (!status.ok()) throw std::runtime_error(status.message);
  return buffers_.back()->view();
}

ds_view Device::put(const void *data, uint64_t bytes) {
  const ds_view view = alloc(bytes);
  need(api().upload(handle(), view, data, bytes));
  return view;
}

void Device::need(ds_status status) const {
  if (status != DS_OK) throw std::runtime_error(backend_->check(status, "kernel").message);
}

bool is_emulated(const Device &device) {
  ds_backend_info info{};
  device.need(device.api().describe(device.handle(), &info));
  return std::string(info.name).find("CUDA on host") != std::string::npos;
}

std::vector<std::string> levels_of(const Settings &settings) {
  if (Device(settings, 1).kind() != "cpu") return {""};
  std::vector<std::string> levels;
  for (const char *level : {"generic", "avx2", "avx512", "avx512vbmi"}) {
    setenv(kLevelVariable, level, 1);
    std::shared_ptr<Backend> backend;
    if (Backend::open(settings.backend_library, ds_open_options{1, 0}, backend).ok()) levels.push_back(level);
  }
  unsetenv(kLevelVariable);
  return levels;
}

ds_matrix Stored::matrix(Device &device) const {
  return {device.put(bytes), rows, cols, dtype, scale.empty() ? ds_view{} : device.put(scale), 128, 128};
}

std::vector<float> Random::normals(int64_t count, float scale) {
  std::vector<float> values(static_cast<size_t>(count));
  for (float &value : values) value = normal() * scale;
  return values;
}

double decode(const uint8_t *bits, ds_dtype dtype) {
  uint32_t word = 0;
  std::memcpy(&word, bits, ds_dtype_bytes(dtype));
  switch (dtype) {
    case DS_F16: return decode_small_float(word, 5, 10, 15);
    case DS_BF16: return decode_small_float(word, 8, 7, 127);
    case DS_F8_E4M3: return decode_small_float(word, 4, 3, 7);
    default: return decode_small_float(word, 8, 23, 127);
  }
}

Stored Random::stored(ds_dtype dtype, int64_t rows, int64_t cols, double magnitude, int64_t parts) {
  Stored out;
  out.dtype = dtype;
  out.rows = rows;
  out.cols = cols;
  const size_t element = ds_dtype_bytes(dtype);
  out.bytes.resize(size_t(rows * cols) * element);
  out.values.resize(size_t(rows * cols));
  const int64_t part_rows = rows / parts, part_blocks = (part_rows + 127) / 128, wide = (cols + 127) / 128;
  if (dtype == DS_F8_E4M3) {
    for (int64_t i = 0; i < parts * part_blocks * wide; i++) out.scale.push_back(float(magnitude * (0.002 + 0.006 * below(1000) / 1000.0)));
  }
  for (int64_t i = 0; i < rows * cols; i++) {
    uint8_t *bits = out.bytes.data() + size_t(i) * element;
    if (dtype == DS_F8_E4M3) {
      do bits[0] = uint8_t(below(256));
      while ((bits[0] & 0x7f) == 0x7f);
      const int64_t row = i / cols, block = row / part_rows * part_blocks + row % part_rows / 128;
      out.values[size_t(i)] = decode(bits, dtype) * double(out.scale[size_t(block * wide + i % cols / 128)]);
      continue;
    }
    const float value = normal() * float(magnitude);
    uint32_t word = 0;
    std::memcpy(&word, &value, 4);
    if (dtype == DS_BF16) word >>= 16;
    // A half float near the value: the exponent moved over, the mantissa cut. Tiny values become zeros with a sign.
    if (dtype == DS_F16) word = std::fabs(value) < 6.2e-5f ? word >> 31 << 15 : (word >> 31 << 15) | (((word >> 23 & 0xff) - 112) << 10) | (word >> 13 & 0x3ff);
    std::memcpy(bits, &word, element);
    out.values[size_t(i)] = decode(bits, dtype);
  }
  return out;
}

void check_kernel(Context &t, const std::string &name, const KernelCase &kernel) {
  const size_t width = kernel.expected.size() / size_t(kernel.rows);
  for (const std::string &level : levels_of(t.settings())) {
    const std::string where = name + (level.empty() ? "" : " [" + level + "]");
    Device one(t.settings(), 1, level), three(t.settings(), 3, level);
    const std::vector<float> all = kernel.run(one, 0, kernel.rows);
    if (!t.expect(all.size() == kernel.expected.size(), where + ": another number of results than the reference has")) continue;
    size_t wrong = 0, first_wrong = 0;
    for (size_t i = 0; i < all.size(); i++) {
      const double allowed = kernel.tolerance * (1 + std::fabs(kernel.expected[i]));
      if (!(std::fabs(double(all[i]) - kernel.expected[i]) <= allowed) && wrong++ == 0) first_wrong = i;
    }
    t.expect(wrong == 0, where + ": " + std::to_string(wrong) + " of " + std::to_string(all.size()) + " results off, first at " + std::to_string(first_wrong) +
                             ": " + std::to_string(all[first_wrong]) + " for " + std::to_string(kernel.expected[first_wrong]));
    t.expect(same_bits(kernel.run(three, 0, kernel.rows), all), where + ": three threads give other bits than one");
    for (int64_t row = 0; row < kernel.rows; row++) {
      const std::vector<float> alone = kernel.run(three, row, 1);
      const std::vector<float> shared(all.begin() + int64_t(width) * row, all.begin() + int64_t(width) * (row + 1));
      t.expect(same_bits(alone, shared), where + ": row " + std::to_string(row) + " alone gives other bits than among " + std::to_string(kernel.rows));
    }
  }
}

const char *dtype_name(ds_dtype dtype) {
  switch (dtype) {
    case DS_F32: return "f32";
    case DS_F16: return "f16";
    case DS_BF16: return "bf16";
    case DS_F8_E4M3: return "fp8";
    default: return "integer";
  }
}

}  // namespace draftscope::tests
