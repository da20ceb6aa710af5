// top_logits: top_ids [T, top], top_logits [T, top] in descending order and log_sum_exp [T] of logits [T, N]. A block
// chooses the best of 2048 columns; one block per row then merges these sorted lists.
#include "cuda/lanes.cuh"

namespace draftscope::cuda {
namespace {

constexpr int kPart = 2048;  // columns of a block

struct Choice {
  float value;
  int32_t id;  // -1 = none
};

// Descending, lowest index on ties.
__device__ __forceinline__ bool before(const Choice &a, const Choice &b) {
  if (a.id < 0 || b.id < 0) return a.id >= 0;
  return a.value != b.value ? a.value > b.value : a.id < b.id;
}

// Every thread gets the first of the block's choices; best: shared [kWarps].
__device__ Choice first_of_block(Choice own, Choice *best) {
  for (int distance = kLanes / 2; distance > 0; distance /= 2) {
    Choice other;
    other.value = __shfl_xor_sync(0xffffffffu, own.value, distance);
    other.id = __shfl_xor_sync(0xffffffffu, own.id, distance);
    if (before(other, own)) own = other;
  }
  if (lane_index() == 0) best[warp_index()] = own;
  __syncthreads();
  Choice first = best[0];
  for (int w = 1; w < kWarps; ++w) {
    if (before(best[w], first)) first = best[w];
  }
  __syncthreads();
  return first;
}

struct Top {
  const float *logits;
  int64_t cols, parts;
  int32_t top, kept;  // kept: choices of a part, min(top, kPart)
  Choice *choices;    // [T, parts, kept], each part sorted
  float *most;        // [T, parts] the value that the sum is relative to
  double *sums;       // [T, parts]
  int32_t *ids;       // [T, top]
  float *best;        // [T, top]
  float *log_sum_exp; // [T]
};

// NaN ranks below everything, as minus infinity.
__device__ __forceinline__ float ranked(float logit) { return isnan(logit) ? -INFINITY : logit; }

__global__ void __launch_bounds__(kThreads) part_kernel(Top t) {
  const int64_t part = int64_t(blockIdx.x) % t.parts, row = int64_t(blockIdx.x) / t.parts, begin = part * kPart;
  const int64_t end = begin + kPart < t.cols ? begin + kPart : t.cols;
  const float *logits = t.logits + row * t.cols;
  Choice *best = shared_memory<Choice>();
  double *sums = reinterpret_cast<double *>(best + kWarps);
  Choice last{0, -1};
  float most = -INFINITY;
  for (int32_t k = 0; k < t.kept; ++k) {
    // The best of those that come after the last one chosen.
    Choice own{0, -1};
    for (int64_t c = begin + threadIdx.x; c < end; c += kThreads) {
      const Choice candidate{ranked(logits[c]), int32_t(c)};
      if ((last.id < 0 || before(last, candidate)) && before(candidate, own)) own = candidate;
    }
    last = first_of_block(own, best);
    if (k == 0) most = last.value;
    if (threadIdx.x == 0) t.choices[(row * t.parts + part) * t.kept + k] = last;
    if (last.id < 0) {  // fewer columns than wanted: the rest of the list is empty
      for (int32_t rest = k + 1; rest < t.kept; ++rest) {
        if (threadIdx.x == 0) t.choices[(row * t.parts + part) * t.kept + rest] = last;
      }
      break;
    }
  }
  const float base = most == -INFINITY ? 0.0f : most;
  double sum = 0;
  for (int64_t c = begin + threadIdx.x; c < end; c += kThreads) sum += double(expf(logits[c] - base));
  sums[threadIdx.x] = sum;
  __syncthreads();
  for (int half = kThreads / 2; half > 0; half /= 2) {
    if (int(threadIdx.x) < half) sums[threadIdx.x] += sums[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) {
    t.most[row * t.parts + part] = most;
    t.sums[row * t.parts + part] = sums[0];
  }
}

// One block per row; heads: shared int32 [parts], how far each part's list is used up.
__global__ void __launch_bounds__(kThreads) merge_kernel(Top t) {
  const int64_t row = int64_t(blockIdx.x);
  Choice *best = shared_memory<Choice>();
  int32_t *heads = reinterpret_cast<int32_t *>(best + kWarps);
  const Choice *lists = t.choices + row * t.parts * t.kept;
  for (int64_t p = threadIdx.x; p < t.parts; p += kThreads) heads[p] = 0;  // read and moved by the same thread only
  float most = -INFINITY;
  for (int32_t k = 0; k < t.top; ++k) {
    Choice own{0, -1};
    for (int64_t p = threadIdx.x; p < t.parts; p += kThreads) {
      if (heads[p] < t.kept && before(lists[p * t.kept + heads[p]], own)) own = lists[p * t.kept + heads[p]];
    }
    const Choice first = first_of_block(own, best);
    if (k == 0) most = first.value;
    const int64_t winner = first.id / kPart;
    if (int64_t(threadIdx.x) == winner % kThreads) heads[winner]++;
    if (threadIdx.x == 0) {
      t.ids[row * t.top + k] = first.id;
      t.best[row * t.top + k] = first.value;
    }
  }
  if (threadIdx.x != 0) return;
  double sum = 0;
  for (int64_t p = 0; p < t.parts; ++p) {
    const float base = t.most[row * t.parts + p] == -INFINITY ? 0.0f : t.most[row * t.parts + p];
    const double part = t.sums[row * t.parts + p];
    if (part != 0) sum += part * exp(double(base) - double(most));
  }
  t.log_sum_exp[row] = most == -INFINITY ? NAN : most + float(log(sum));
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status top_logits(ds_backend *backend, int32_t *top_ids, float *top, float *log_sum_exp, ds_view logits, int64_t rows, int64_t cols, int32_t count) {
  return guarded(backend, [&]() -> ds_status {
    const float *data = nullptr;
    DS_CHECK(shared::check_top_logits(top_ids, top, log_sum_exp, logits, rows, cols, count, &data));
    if (rows == 0) return DS_OK;
    Top t{};
    t.logits = data;
    t.cols = cols;
    t.parts = ceil_div(cols, kPart);
    t.top = count;
    t.kept = count < kPart ? count : kPart;
    const size_t part_shared = kWarps * sizeof(Choice) + kThreads * sizeof(double), merge_shared = kWarps * sizeof(Choice) + size_t(t.parts) * sizeof(int32_t);
    if (merge_shared > kMostSharedBytes) return fail(DS_UNSUPPORTED, "top_logits over %lld columns; the CUDA backend takes fewer", static_cast<long long>(cols));

    // In scratch, results first and without gaps: they come back in one copy.
    const uint64_t result_words = uint64_t(rows) * (2 * uint64_t(count) + 1), result_bytes = Scratch::padded(result_words * 4);
    const uint64_t choice_bytes = Scratch::padded(uint64_t(rows * t.parts * t.kept) * sizeof(Choice)), sum_bytes = Scratch::padded(uint64_t(rows * t.parts) * sizeof(double));
    uint8_t *memory = nullptr;
    DS_CHECK(reserve_scratch(backend, result_bytes + choice_bytes + 2 * sum_bytes, &memory));
    t.ids = reinterpret_cast<int32_t *>(memory);
    t.best = reinterpret_cast<float *>(memory) + rows * count;
    t.log_sum_exp = t.best + rows * count;
    t.choices = reinterpret_cast<Choice *>(memory + result_bytes);
    t.sums = reinterpret_cast<double *>(memory + result_bytes + choice_bytes);
    t.most = reinterpret_cast<float *>(memory + result_bytes + choice_bytes + sum_bytes);
    DS_CHECK(launch("top_logits (parts)", backend, part_kernel, rows * t.parts, kThreads, part_shared, t));
    DS_CHECK(launch("top_logits (merging)", backend, merge_kernel, rows, kThreads, merge_shared, t));
    DS_CHECK(start_collected(backend));
    std::vector<uint32_t> words(result_words);
    DS_CHECK(check(cudaMemcpyAsync(words.data(), memory, words.size() * 4, cudaMemcpyDeviceToHost, backend->stream), "reading the best logits"));
    DS_CHECK(finish(backend, "choosing the best logits"));
    std::memcpy(top_ids, words.data(), size_t(rows * count) * 4);
    std::memcpy(top, words.data() + rows * count, size_t(rows * count) * 4);
    std::memcpy(log_sum_exp, words.data() + 2 * rows * count, size_t(rows) * 4);
    return DS_OK;
  });
}

}  // namespace draftscope::cuda
