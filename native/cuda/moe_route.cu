// moe_route: ids [T, K], weights [T, K], scores [T, E] from logits [T, E] and a bias [E] that steers the choice only.
// One warp per row; the row's scores, choices and marks are in shared memory.
#include "cuda/lanes.cuh"
#include "cuda/numbers.cuh"

namespace draftscope::cuda {
namespace {

constexpr unsigned kAll = 0xffffffffu;

using Route = shared::RouteArguments;

// Whether entry (a, i) is taken before (b, j): larger first, the lowest index on ties, NaN after everything else.
__device__ __forceinline__ bool before(float a, int32_t i, float b, int32_t j) {
  if (j < 0) return i >= 0;
  if (i < 0) return false;
  if (isnan(a) != isnan(b)) return isnan(b);
  if (a != b && !isnan(a)) return a > b;
  return i < j;
}

// Index of the best entry that is not taken; every lane gets it.
__device__ int32_t best_of(const float *values, int32_t count, const uint8_t *taken) {
  int32_t best = -1;
  float value = 0;
  for (int32_t i = lane_index(); i < count; i += kLanes) {
    if (taken[i] == 0 && before(values[i], i, value, best)) {
      best = i;
      value = values[i];
    }
  }
  for (int distance = kLanes / 2; distance > 0; distance /= 2) {
    const int32_t other = __shfl_xor_sync(kAll, best, distance);
    const float other_value = __shfl_xor_sync(kAll, value, distance);
    if (before(other_value, other, value, best)) {
      best = other;
      value = other_value;
    }
  }
  return best;
}

__device__ float group_value(const float *choice, int32_t size, ds_grouping grouping) {
  float first = -INFINITY, second = -INFINITY;
  for (int32_t i = 0; i < size; ++i) {
    if (choice[i] > first) {
      second = first;
      first = choice[i];
    } else if (choice[i] > second) {
      second = choice[i];
    }
  }
  return grouping == DS_GROUP_TOP2_SUM && size > 1 ? first + second : first;
}

__device__ void score_row(float *scores, const float *logits, const ds_route_options &o) {
  const int lane = lane_index();
  if (o.scoring == DS_SCORING_SIGMOID) {
    for (int32_t e = lane; e < o.experts; e += kLanes) scores[e] = 1.0f / (1.0f + expf(-logits[e]));
    return;
  }
  float most = -INFINITY, sum = 0;
  for (int32_t e = lane; e < o.experts; e += kLanes) most = fmaxf(most, logits[e]);
  for (int distance = kLanes / 2; distance > 0; distance /= 2) most = fmaxf(most, __shfl_xor_sync(kAll, most, distance));
  for (int32_t e = lane; e < o.experts; e += kLanes) {
    scores[e] = expf(logits[e] - most);
    sum += scores[e];
  }
  sum = warp_sum(sum);
  for (int32_t e = lane; e < o.experts; e += kLanes) scores[e] /= sum;
}

// Marks the experts of all but the topk_group best groups as taken.
__device__ void close_groups(const float *choice, float *groups, uint8_t *closed, uint8_t *taken, const ds_route_options &o) {
  const int32_t size = o.experts / o.n_group;
  for (int32_t g = lane_index(); g < o.n_group; g += kLanes) {
    groups[g] = group_value(choice + g * size, size, o.grouping);
    closed[g] = 0;
  }
  __syncwarp();
  for (int32_t k = 0; k < o.topk_group; ++k) {
    const int32_t best = best_of(groups, o.n_group, closed);
    __syncwarp();  // all have looked before one marks
    if (lane_index() == 0) closed[best] = 1;
    __syncwarp();
  }
  for (int32_t e = lane_index(); e < o.experts; e += kLanes) taken[e] = closed[e / size] == 0;
  __syncwarp();
}

__global__ void __launch_bounds__(kLanes) moe_route_kernel(Route r) {
  const ds_route_options &o = r.o;
  const int64_t t = int64_t(blockIdx.x);
  float *scores = shared_memory<float>(), *choice = scores + o.experts, *groups = choice + o.experts;
  uint8_t *taken = reinterpret_cast<uint8_t *>(groups + o.experts), *closed = taken + o.experts;
  score_row(scores, r.logits + t * o.experts, o);
  for (int32_t e = lane_index(); e < o.experts; e += kLanes) {
    choice[e] = r.bias != nullptr ? scores[e] + widen_at(r.bias, r.bias_dtype, e) : scores[e];
    taken[e] = 0;
    if (r.scores != nullptr) r.scores[t * o.experts + e] = scores[e];
  }
  __syncwarp();
  if (o.grouping != DS_GROUP_NONE) close_groups(choice, groups, closed, taken, o);

  int32_t *ids = r.ids + t * o.top_k;
  float *weights = r.weights + t * o.top_k;
  float sum = 0;
  for (int32_t k = 0; k < o.top_k; ++k) {
    const int32_t best = best_of(choice, o.experts, taken);
    sum += scores[best];
    __syncwarp();
    if (lane_index() == 0) {
      taken[best] = 1;
      ids[k] = best;
    }
    __syncwarp();
  }
  if (lane_index() != 0) return;
  for (int32_t k = 0; k < o.top_k; ++k) {
    float weight = scores[ids[k]];
    if (o.normalize) weight /= sum + 1e-20f;
    weights[k] = weight * o.scale;
  }
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status moe_route(ds_backend *backend, ds_view ids, ds_view weights, ds_view scores, ds_view logits, ds_view bias, ds_dtype bias_dtype,
                    const ds_route_options *options, int64_t rows) {
  return guarded(backend, [&]() -> ds_status {
    Route r{};
    DS_CHECK(shared::check_route(ids, weights, scores, logits, bias, bias_dtype, options, rows, &r));
    const ds_route_options &o = r.o;
    const size_t bytes = size_t(o.experts) * (3 * sizeof(float) + 2);
    if (bytes > kMostSharedBytes) return fail(DS_UNSUPPORTED, "moe_route over %d experts; the CUDA backend takes up to %d", o.experts, int(kMostSharedBytes / 14));
    return launch("moe_route", backend, moe_route_kernel, rows, kLanes, bytes, r);
  });
}

}  // namespace draftscope::cuda
