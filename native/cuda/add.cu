// add: a [count] += b [count].
#include "cuda/launch.h"

namespace draftscope::cuda {
namespace {

__global__ void __launch_bounds__(kThreads) add_kernel(float *a, const float *b, int64_t count) {
  const int64_t i = int64_t(blockIdx.x) * kThreads + threadIdx.x;
  if (i < count) a[i] += b[i];
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status add(ds_backend *backend, ds_view a, ds_view b, int64_t count) {
  return guarded(backend, [&]() -> ds_status {
    shared::AddArguments x{};
    DS_CHECK(shared::check_add(a, b, count, &x));
    return launch("add", backend, add_kernel, element_blocks(count), kThreads, 0, x.a, x.b, count);
  });
}

}  // namespace draftscope::cuda
