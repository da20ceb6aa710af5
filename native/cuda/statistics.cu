// statistics: count, NaN, Inf, zeros, and over the finite values of data [count]: min, max, mean, mean square (0 if there
// are none). A fixed number of partial sums in a fixed order: the same data gives the same bits.
#include <cmath>

#include "cuda/lanes.cuh"
#include "cuda/numbers.cuh"
#include "cuda/weights.h"

namespace draftscope::cuda {
namespace {

constexpr int kBlocks = 512;

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
__global__ void statistics_kernel(Part *parts /* [kBlocks] */, const uint8_t *data, int64_t count) {
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
      own.zero += value == 0.0f;
      own.min = value < own.min ? value : own.min;
      own.max = value > own.max ? value : own.max;
      own.sum += double(value);
      own.square += double(value) * double(value);
    }
  }
  Part *shared = shared_memory<Part>();  // [kThreads]
  shared[threadIdx.x] = own;
  __syncthreads();
  for (int half = kThreads / 2; half > 0; half /= 2) {
    if (int(threadIdx.x) < half) merge(shared[threadIdx.x], shared[threadIdx.x + half]);
    __syncthreads();
  }
  if (threadIdx.x == 0) parts[blockIdx.x] = shared[0];
}

ds_status sum_parts(ds_backend *backend, Part *device_parts, const uint8_t *data, ds_dtype dtype, int64_t count, Part &total) {
  DS_CHECK(with_dtype(dtype, [&](auto chosen) {
    return launch("statistics", backend, statistics_kernel<chosen()>, kBlocks, kThreads, kThreads * sizeof(Part), device_parts, data, count);
  }));
  std::vector<Part> parts(kBlocks);
  DS_CHECK(check(cudaMemcpyAsync(parts.data(), device_parts, kBlocks * sizeof(Part), cudaMemcpyDeviceToHost, backend->stream), "reading statistics"));
  DS_CHECK(check(cudaStreamSynchronize(backend->stream), "computing statistics"));
  total = empty_part();
  for (const Part &part : parts) merge(total, part);
  return DS_OK;
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
    out->count = uint64_t(count);
    if (count == 0) return DS_OK;
    uint8_t *parts = nullptr;
    DS_CHECK(backend->scratch.reserve(kBlocks * sizeof(Part), &parts));
    Part total{};
    DS_CHECK(sum_parts(backend, reinterpret_cast<Part *>(parts), bytes, dtype, count, total));
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
