// statistics: what is in data [count]: NaN, infinities, zeros, range, means and exponents.
#include "cpu/device.h"
#include "shared/value_statistics.h"

namespace draftscope::cpu {
namespace {

// Parts always cover the same elements, so that the result is the same for any number of threads.
constexpr int64_t kPartElements = 1 << 20;
constexpr int64_t kElementWork = 8;

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status statistics(ds_backend *backend, ds_statistics *out, ds_view data, ds_dtype dtype, int64_t count) {
  return guarded(backend, [&]() -> ds_status {
    const uint8_t *bytes = nullptr;
    DS_CHECK(shared::check_statistics(out, data, dtype, count, &bytes));
    const int64_t parts = ceil_div(count, kPartElements);
    std::vector<shared::ValueStatistics> counters(size_t(backend->pool->threads()), shared::ValueStatistics(dtype));
    ds_statistics *partials = reinterpret_cast<ds_statistics *>(backend->scratch.reserve(uint64_t(parts) * sizeof(ds_statistics)));
    backend->split(parts, 1, count * kElementWork, [&](int64_t begin, int64_t end, int slot) {
      for (int64_t p = begin; p < end; p++) {
        const int64_t first = p * kPartElements;
        shared::ValueStatistics &counter = counters[size_t(slot)];
        counter.add(bytes + first * int64_t(ds_dtype_bytes(dtype)), std::min(kPartElements, count - first));
        partials[p] = counter.finish();
      }
    });
    for (int64_t p = 0; p < parts; p++) ds_merge_statistics(out, &partials[p]);
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
