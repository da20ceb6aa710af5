// statistics: count, NaN, Inf, zeros, and over the finite values of data [count]: min, max, mean, mean square (0 if there are none).
#include <cmath>

#include "cpu/device.h"
#include "cpu/numbers.h"

namespace draftscope::cpu {
namespace {

// Partial sums always cover the same elements, so that the result is the same for any number of threads.
constexpr int64_t kPartElements = 1 << 16;
constexpr int64_t kBatch = 512;
constexpr int64_t kElementWork = 8;

struct Part {
  uint64_t nan, inf, zero;
  float min, max;
  double sum, square;
};

Part part_kernel(const uint8_t *data, ds_dtype dtype, int64_t count) {
  Part part{0, 0, 0, INFINITY, -INFINITY, 0, 0};
  float values[kBatch];
  for (int64_t i = 0; i < count; i += kBatch) {
    const int64_t batch = std::min(kBatch, count - i);
    widen(values, data + i * int64_t(ds_dtype_bytes(dtype)), dtype, batch);
    for (int64_t j = 0; j < batch; j++) {
      const float value = values[j];
      if (std::isnan(value)) {
        part.nan++;
      } else if (std::isinf(value)) {
        part.inf++;
      } else {
        part.zero += value == 0;
        part.min = std::min(part.min, value);
        part.max = std::max(part.max, value);
        part.sum += double(value);
        part.square += double(value) * double(value);
      }
    }
  }
  return part;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status statistics(ds_backend *backend, ds_statistics *out, ds_view data, ds_dtype dtype, int64_t count) {
  return guarded(backend, [&]() -> ds_status {
    if (out == nullptr) return fail(DS_INVALID_ARGUMENT, "statistics has no place for its result");
    *out = {};
    if (!is_float_dtype(dtype)) return fail(DS_UNSUPPORTED, "statistics are kept for float dtypes");
    uint8_t *bytes = nullptr;
    DS_CHECK(resolve(data, count, ds_dtype_bytes(dtype), "statistics input", &bytes));
    const int64_t parts = ceil_div(count, kPartElements);
    Part *partials = reinterpret_cast<Part *>(backend->scratch.reserve(uint64_t(parts) * sizeof(Part)));
    backend->split(parts, 1, count * kElementWork, [&](int64_t begin, int64_t end, int) {
      for (int64_t p = begin; p < end; p++) {
        const int64_t first = p * kPartElements;
        partials[p] = part_kernel(bytes + first * int64_t(ds_dtype_bytes(dtype)), dtype, std::min(kPartElements, count - first));
      }
    });
    Part total{0, 0, 0, INFINITY, -INFINITY, 0, 0};
    for (int64_t p = 0; p < parts; p++) {
      total.nan += partials[p].nan;
      total.inf += partials[p].inf;
      total.zero += partials[p].zero;
      total.min = std::min(total.min, partials[p].min);
      total.max = std::max(total.max, partials[p].max);
      total.sum += partials[p].sum;
      total.square += partials[p].square;
    }
    out->count = uint64_t(count);
    out->nan_count = total.nan;
    out->inf_count = total.inf;
    out->zero_count = total.zero;
    const uint64_t finite = uint64_t(count) - total.nan - total.inf;
    if (finite > 0) {
      out->min = total.min;
      out->max = total.max;
      out->mean = total.sum / double(finite);
      out->mean_square = total.square / double(finite);
    }
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
