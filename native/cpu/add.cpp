// add: a [count] += b [count].
#include "cpu/device.h"

namespace draftscope::cpu {
namespace {

void add_kernel(float *a, const float *b, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; i++) a[i] += b[i];
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status add(ds_backend *backend, ds_view a, ds_view b, int64_t count) {
  return guarded(backend, [&]() -> ds_status {
    float *sum = nullptr, *term = nullptr;
    DS_CHECK(resolve(a, count, "add destination", &sum));
    DS_CHECK(resolve(b, count, "add source", &term));
    backend->split(count, 1024, count, [&](int64_t begin, int64_t end, int) { add_kernel(sum, term, begin, end); });
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
