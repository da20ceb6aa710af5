// See bench.h.
#include "bench/bench.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <random>
#include <stdexcept>

#include "shared/numbers.h"

namespace draftscope::bench {
namespace {

constexpr int64_t kBlock = 128;
constexpr uint64_t kPattern = 1 << 20;  // elements after which random weights repeat

int64_t blocks(int64_t size) { return (size + kBlock - 1) / kBlock; }

}  // namespace

Sizes Sizes::quick() {
  Sizes s;
  s.hidden = 256;
  s.heads = 4;
  s.q_lora = 128;
  s.kv_lora = 128;
  s.nope = s.value = 32;
  s.rope = 16;
  s.experts = 16;
  s.inner = 128;
  s.vocab = 512;
  s.context = 40;
  s.copy_rows = 64;
  s.rotate = 0;
  s.batch_millis = 0;
  return s;
}

void need(const Backend &backend, ds_status status) {
  if (status != DS_OK) throw std::runtime_error(backend.check(status, "native_bench").message);
}

ds_view Side::alloc(uint64_t bytes) {
  buffers_.push_back(std::make_unique<DeviceBuffer>());
  if (Status status = buffers_.back()->reserve(backend_, bytes, "allocating"); !status.ok()) throw std::runtime_error(status.message);
  return buffers_.back()->view();
}

ds_view Side::floats(int64_t count) {
  std::mt19937 engine(17);
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<size_t>(count));
  for (float &value : values) value = normal(engine);
  const ds_view view = alloc(values.size() * sizeof(float));
  need(*backend_, api().upload(device(), view, values.data(), values.size() * sizeof(float)));
  return view;
}

ds_matrix Side::weights(ds_dtype dtype, int64_t rows, int64_t cols, int64_t parts) {
  const uint64_t bytes = uint64_t(rows * cols) * ds_dtype_bytes(dtype);
  ds_matrix matrix{alloc(bytes), rows, cols, dtype, {}, int32_t(kBlock), int32_t(kBlock)};
  const std::vector<uint8_t> pattern = random_weights(dtype, rows * cols);
  for (uint64_t at = 0; at < bytes; at += pattern.size()) {
    need(*backend_, api().upload(device(), {matrix.data.buffer, at}, pattern.data(), std::min<uint64_t>(pattern.size(), bytes - at)));
  }
  if (dtype == DS_F8_E4M3) {
    const std::vector<float> scale(size_t(parts * blocks(rows / parts) * blocks(cols)), 1e-4f);
    matrix.scale = alloc(scale.size() * sizeof(float));
    need(*backend_, api().upload(device(), matrix.scale, scale.data(), scale.size() * sizeof(float)));
  }
  return matrix;
}

std::vector<float> Side::read(ds_view view, int64_t count) const {
  std::vector<float> values(static_cast<size_t>(count));
  need(*backend_, api().download(device(), values.data(), view, values.size() * sizeof(float)));
  return values;
}

std::vector<uint8_t> random_weights(ds_dtype dtype, int64_t count) {
  std::mt19937 engine(29);
  std::normal_distribution<float> normal(0, 0.01f);
  const size_t element = ds_dtype_bytes(dtype), elements = size_t(std::min<int64_t>(count, kPattern));
  std::vector<uint8_t> bytes(elements * element);
  for (size_t i = 0; i < elements; i++) {
    if (dtype == DS_F8_E4M3) {
      do bytes[i] = uint8_t(engine());
      while ((bytes[i] & 0x7f) == 0x7f);
    } else if (dtype == DS_BF16) {
      const uint16_t bits = bf16_from_float(normal(engine));
      std::memcpy(bytes.data() + i * element, &bits, element);
    } else {
      const float value = normal(engine);
      std::memcpy(bytes.data() + i * element, &value, element);
    }
  }
  return bytes;
}

double micros_of(const Backend &backend, double batch_millis, const std::function<ds_status(int64_t)> &call) {
  using Clock = std::chrono::steady_clock;
  const auto batch = [&](int64_t calls) {
    const auto begin = Clock::now();
    for (int64_t i = 0; i < calls; i++) need(backend, call(i));
    need(backend, backend.api().synchronize(backend.device()));
    return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
  };
  (void)batch(1);
  int64_t calls = 1;
  double micros = batch(calls);
  while (micros < batch_millis * 1000) {
    calls *= 2;
    micros = batch(calls);
  }
  double times[] = {micros, batch(calls), batch(calls)};
  std::sort(std::begin(times), std::end(times));
  return times[1] / double(calls);
}

}  // namespace draftscope::bench
