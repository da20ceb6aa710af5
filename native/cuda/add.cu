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
    float *sum = nullptr, *term = nullptr;
    DS_CHECK(resolve(a, count, "add destination", &sum));
    DS_CHECK(resolve(b, count, "add source", &term));
    return launch("add", backend, add_kernel, element_blocks(count), kThreads, 0, sum, term, count);
  });
}

}  // namespace draftscope::cuda
