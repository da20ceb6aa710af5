// statistics: count, NaN, Inf, zeros, and over the finite values of data [count]: min, max, mean, mean square (0 if there
// are none), and how many values have which float32 exponent. A fixed number of partial sums in a fixed order: the same
// data gives the same bits. Only whole numbers are added atomically.
#include <cmath>

#include "cuda/lanes.cuh"
#include "cuda/numbers.cuh"
#include "cuda/weights.h"

namespace draftscope::cuda {
namespace {

constexpr int kBlocks = 512;
constexpr int kExponents = 256;
using Count = unsigned long long;

struct Part {
  unsigned long long nan, inf, zero;
  float min, max;
  double sum, square;
};

__host__ __device__ Part empty_part() { return {0, 0, 0, INFINITY, -INFINITY, 0, 0}; }

__host__ __device__ void merge(Part &into, const Part &part) {
  into.nan += part.nan;
  into.inf += part.inf;
  into.zero += part.zero;
  into.min = part.min < into.min ? part.min : into.min;
  into.max = part.max > into.max ? part.max : into.max;
  into.sum += part.sum;
  into.square += part.square;
}

template <ds_dtype dtype>
__global__ void __launch_bounds__(kThreads) statistics_kernel(Part *parts /* [kBlocks] */, Count *exponents /* [kExponents] */, const uint8_t *data,
                                                              int64_t count) {
  Part *shared = shared_memory<Part>();                              // [kThreads]
  Count *histogram = reinterpret_cast<Count *>(shared + kThreads);  // [kExponents]
  for (int i = int(threadIdx.x); i < kExponents; i += kThreads) histogram[i] = 0;
  __syncthreads();
  using Storage = typename Element<dtype>::Storage;
  const Storage *values = reinterpret_cast<const Storage *>(data);
  Part own = empty_part();
  for (int64_t i = int64_t(blockIdx.x) * kThreads + threadIdx.x; i < count; i += int64_t(kBlocks) * kThreads) {
    const float value = Element<dtype>::widen(values[i]);
    if (isnan(value)) {
      ++own.nan;
    } else if (isinf(value)) {
      ++own.inf;
    } else {
      if (value == 0.0f) {
        ++own.zero;
      } else {
        atomicAdd(&histogram[__float_as_uint(value) >> 23 & 0xffu], Count(1));
      }
      own.min = value < own.min ? value : own.min;
      own.max = value > own.max ? value : own.max;
      own.sum += double(value);
      own.square += double(value) * double(value);
    }
  }
  shared[threadIdx.x] = own;
  __syncthreads();
  for (int half = kThreads / 2; half > 0; half /= 2) {
    if (int(threadIdx.x) < half) merge(shared[threadIdx.x], shared[threadIdx.x + half]);
    __syncthreads();
  }
  if (threadIdx.x == 0) parts[blockIdx.x] = shared[0];
  for (int i = int(threadIdx.x); i < kExponents; i += kThreads) {
    if (histogram[i] != 0) atomicAdd(&exponents[i], histogram[i]);
  }
}

ds_status sum_parts(ds_backend *backend, const uint8_t *data, ds_dtype dtype, int64_t count, Part &total, uint64_t *exponents) {
  constexpr size_t kPartBytes = kBlocks * sizeof(Part), kExponentBytes = kExponents * sizeof(Count);
  static_assert(kPartBytes % sizeof(Count) == 0 && sizeof(Count) == sizeof(uint64_t));
  uint8_t *memory = nullptr;
  DS_CHECK(reserve_scratch(backend, kPartBytes + kExponentBytes, &memory));
  Part *device_parts = reinterpret_cast<Part *>(memory);
  Count *device_exponents = reinterpret_cast<Count *>(memory + kPartBytes);
  DS_CHECK(start_collected(backend));
  DS_CHECK(check(cudaMemsetAsync(device_exponents, 0, kExponentBytes, backend->stream), "zeroing counts"));
  DS_CHECK(with_dtype(dtype, [&](auto chosen) {
    return launch("statistics", backend, statistics_kernel<chosen()>, kBlocks, kThreads, kThreads * sizeof(Part) + kExponentBytes, device_parts,
                  device_exponents, data, count);
  }));
  std::vector<Part> parts(kBlocks);
  DS_CHECK(check(cudaMemcpyAsync(parts.data(), device_parts, kBlocks * sizeof(Part), cudaMemcpyDeviceToHost, backend->stream), "reading statistics"));
  DS_CHECK(check(cudaMemcpyAsync(exponents, device_exponents, kExponentBytes, cudaMemcpyDeviceToHost, backend->stream), "reading statistics"));
  DS_CHECK(finish(backend, "computing statistics"));
  total = empty_part();
  for (const Part &part : parts) merge(total, part);
  return DS_OK;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status statistics(ds_backend *backend, ds_statistics *out, ds_view data, ds_dtype dtype, int64_t count) {
  return guarded(backend, [&]() -> ds_status {
    const uint8_t *bytes = nullptr;
    DS_CHECK(shared::check_statistics(out, data, dtype, count, &bytes));
    out->count = uint64_t(count);
    if (count == 0) return DS_OK;
    Part total{};
    DS_CHECK(sum_parts(backend, bytes, dtype, count, total, out->exponents));
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

}  // namespace draftscope::cuda
