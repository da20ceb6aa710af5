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
    shared::AddArguments x{};
    DS_CHECK(shared::check_add(a, b, count, &x));
    backend->split(count, 1024, count, [&](int64_t begin, int64_t end, int) { add_kernel(x.a, x.b, begin, end); });
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
