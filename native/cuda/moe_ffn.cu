// moe_ffn: out [T, H] = sum over k of weights [T, K] * down_e(silu(gate_e x) * up_e x), e = ids [T, K], x = in [T, H].
// Tokens are grouped by expert, so that an expert's weights are read once for up to 8 of them; the sum keeps the order
// of k. The ids are on the device and are checked there: see ds_backend::complaint.
#include "cuda/dot_rows.cuh"

namespace draftscope::cuda {
namespace {

struct Experts : shared::ExpertArguments {
  bool w13_aligned, w2_aligned;  // rows begin at multiples of 16 bytes
  int32_t experts, top_k;
  int32_t *first;        // [E + 1] first place of each expert in `order`
  int32_t *active;       // [slots] experts that have a pair
  int32_t *actives;      // [1]
  int32_t *order;        // [T*K] pairs, by expert
  float *act;            // [T*K, I]
  float *down;           // [T*K, H]
  int32_t *complaint;
};

// One block: counts, first places, list of active experts, pairs in order. count: shared [E].
__global__ void __launch_bounds__(kThreads) group_kernel(Experts x) {
  int32_t *count = shared_memory<int32_t>();
  for (int32_t e = int32_t(threadIdx.x); e < x.experts; e += kThreads) {
    int32_t own = 0;
    for (int64_t p = 0; p < x.pairs; ++p) own += x.ids[p] == e;
    count[e] = own;
  }
  for (int64_t p = threadIdx.x; p < x.pairs; p += kThreads) {
    if (x.ids[p] < 0 || x.ids[p] >= x.experts) *x.complaint = 1;
  }
  __syncthreads();
  for (int32_t e = int32_t(threadIdx.x); e < x.experts; e += kThreads) {
    int32_t place = 0, slot = 0;
    for (int32_t other = 0; other < e; ++other) {
      place += count[other];
      slot += count[other] > 0;
    }
    x.first[e] = place;
    if (e == x.experts - 1) {
      x.first[x.experts] = place + count[e];
      *x.actives = slot + (count[e] > 0);
    }
    if (count[e] == 0) continue;
    x.active[slot] = e;
    for (int64_t p = 0; p < x.pairs; ++p) {
      if (x.ids[p] == e) x.order[place++] = int32_t(p);
    }
  }
}

// act[pairs of the expert, i] for two rows i of the inner size per group of warps: gate and up rows side by side.
template <ds_dtype dtype, int M>
__global__ void __launch_bounds__(kThreads) expand_kernel(Experts x, int64_t blocks_per_expert, int split, bool in_aligned) {
  const int64_t slot = int64_t(blockIdx.x) / blocks_per_expert;
  if (slot >= *x.actives) return;
  const int32_t expert = x.active[slot];
  const int64_t group = int64_t(blockIdx.x) % blocks_per_expert * (kWarps / split) + warp_index() / split, i0 = group * 2;
  const int64_t part_scales = (x.inner + x.w13.block_rows - 1) / x.w13.block_rows;
  const uint8_t *weights[kRows];
  const float *scales[kRows];
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const int64_t i = i0 + r % 2 < x.inner ? i0 + r % 2 : x.inner - 1, part = int64_t(expert) * 2 + r / 2;
    weights[r] = x.w13.data + (part * x.inner + i) * x.w13.row_bytes;
    scales[r] = x.w13.scale != nullptr ? x.w13.scale + (part * part_scales + i / x.w13.block_rows) * x.w13.scale_stride : nullptr;
  }
  const int32_t end = x.first[expert + 1];
  for (int32_t first = x.first[expert]; first < end; first += M) {
    const int count = end - first < M ? end - first : M;
    const float *rows[M];
#pragma unroll
    for (int m = 0; m < M; ++m) rows[m] = x.in + int64_t(x.order[first + (m < count ? m : 0)] / x.top_k) * x.hidden;
    float sum[kRows * M] = {};
    dot_rows<dtype, M>(sum, weights, scales, rows, count, x.hidden, x.w13.block_cols, warp_index() % split, split, x.w13_aligned, in_aligned);
    const float *totals = group_totals(sum, split);
    const int r = lane_index() / M, m = lane_index() % M;
    if (warp_index() % split == 0 && r < 2 && m < count && i0 + r < x.inner) {
      const float gate = totals[r * M + m], up = totals[(r + 2) * M + m];
      x.act[int64_t(x.order[first + m]) * x.inner + i0 + r] = gate / (1.0f + expf(-gate)) * up;
    }
    __syncthreads();  // totals are read before the next tile overwrites them
  }
}

// down[pairs of the expert, h] for four rows h of the hidden size per group of warps.
template <ds_dtype dtype, int M>
__global__ void __launch_bounds__(kThreads) contract_kernel(Experts x, int64_t blocks_per_expert, int split, bool act_aligned) {
  const int64_t slot = int64_t(blockIdx.x) / blocks_per_expert;
  if (slot >= *x.actives) return;
  const int32_t expert = x.active[slot];
  const int64_t group = int64_t(blockIdx.x) % blocks_per_expert * (kWarps / split) + warp_index() / split, h0 = group * kRows;
  const int64_t part_scales = (x.hidden + x.w2.block_rows - 1) / x.w2.block_rows;
  const uint8_t *weights[kRows];
  const float *scales[kRows];
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const int64_t h = h0 + r < x.hidden ? h0 + r : x.hidden - 1;
    weights[r] = x.w2.data + (int64_t(expert) * x.hidden + h) * x.w2.row_bytes;
    scales[r] = x.w2.scale != nullptr ? x.w2.scale + (int64_t(expert) * part_scales + h / x.w2.block_rows) * x.w2.scale_stride : nullptr;
  }
  const int32_t end = x.first[expert + 1];
  for (int32_t first = x.first[expert]; first < end; first += M) {
    const int count = end - first < M ? end - first : M;
    const float *rows[M];
#pragma unroll
    for (int m = 0; m < M; ++m) rows[m] = x.act + int64_t(x.order[first + (m < count ? m : 0)]) * x.inner;
    float sum[kRows * M] = {};
    dot_rows<dtype, M>(sum, weights, scales, rows, count, x.inner, x.w2.block_cols, warp_index() % split, split, x.w2_aligned, act_aligned);
    const float *totals = group_totals(sum, split);
    const int i = lane_index(), r = i / M, m = i % M;
    if (warp_index() % split == 0 && i < kRows * M && m < count && h0 + r < x.hidden) x.down[int64_t(x.order[first + m]) * x.hidden + h0 + r] = totals[i];
    __syncthreads();
  }
}

__global__ void __launch_bounds__(kThreads) sum_kernel(Experts x, int64_t rows) {
  const int64_t i = int64_t(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= rows * x.hidden) return;
  const int64_t t = i / x.hidden, c = i % x.hidden;
  float sum = 0;
  for (int32_t k = 0; k < x.top_k; ++k) {
    const int64_t pair = t * x.top_k + k;
    if (x.ids[pair] < 0 || x.ids[pair] >= x.experts) continue;  // nothing was computed for it
    const float part = x.weights[pair] * x.down[pair * x.hidden + c];
    sum = k == 0 ? part : sum + part;
  }
  x.out[i] = sum;
}

ds_status run(ds_backend *backend, const Experts &x, int64_t rows, int64_t slots) {
  DS_CHECK(launch("moe_ffn (grouping)", backend, group_kernel, 1, kThreads, size_t(x.experts) * sizeof(int32_t), x));
  DS_CHECK(with_dtype(x.w13.dtype, [&](auto dtype) {
    const int64_t groups = ceil_div(x.inner, 2);
    const int split = split_of(groups * x.top_k, x.hidden, kVector<dtype()>);
    const int64_t blocks = ceil_div(groups, kWarps / split);
    return with_tile(rows, [&](auto tile) {
      return launch("moe_ffn (gate and up)", backend, expand_kernel<dtype(), tile()>, blocks * slots, kThreads, kTotalsBytes<tile()>, x, blocks, split,
                    aligned16(x.in, x.hidden * int64_t(sizeof(float))));
    });
  }));
  DS_CHECK(with_dtype(x.w2.dtype, [&](auto dtype) {
    const int64_t groups = ceil_div(x.hidden, kRows);
    const int split = split_of(groups * x.top_k, x.inner, kVector<dtype()>);
    const int64_t blocks = ceil_div(groups, kWarps / split);
    return with_tile(rows, [&](auto tile) {
      return launch("moe_ffn (down)", backend, contract_kernel<dtype(), tile()>, blocks * slots, kThreads, kTotalsBytes<tile()>, x, blocks, split,
                    aligned16(x.act, x.inner * int64_t(sizeof(float))));
    });
  }));
  return launch("moe_ffn (sum)", backend, sum_kernel, element_blocks(rows * x.hidden), kThreads, 0, x, rows);
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status moe_ffn(ds_backend *backend, ds_view out, ds_view in, ds_view ids, ds_view weights, const ds_matrix *w13, const ds_matrix *w2,
                  int32_t experts, int32_t top_k, int64_t rows) {
  return guarded(backend, [&]() -> ds_status {
    Experts x{};
    DS_CHECK(shared::check_experts(out, in, ids, weights, w13, w2, experts, top_k, rows, &x));
    if (size_t(experts) * sizeof(int32_t) > kMostSharedBytes) return fail(DS_UNSUPPORTED, "moe_ffn over %d experts; the CUDA backend takes up to 12288", experts);
    x.experts = experts;
    x.top_k = top_k;
    x.w13_aligned = aligned16(x.w13.data, x.w13.row_bytes);
    x.w2_aligned = aligned16(x.w2.data, x.w2.row_bytes);
    if (rows == 0) return DS_OK;
    x.complaint = backend->complaint;

    const int64_t slots = x.pairs < experts ? x.pairs : experts;
    const uint64_t table_bytes = Scratch::padded(uint64_t(experts + 1 + slots + 1 + x.pairs) * sizeof(int32_t));
    const uint64_t act_bytes = Scratch::padded(uint64_t(x.pairs * x.inner) * sizeof(float));
    uint8_t *memory = nullptr;
    DS_CHECK(reserve_scratch(backend, table_bytes + act_bytes + uint64_t(x.pairs * x.hidden) * sizeof(float), &memory));
    x.first = reinterpret_cast<int32_t *>(memory);
    x.actives = x.first + experts + 1;
    x.active = x.actives + 1;
    x.order = x.active + slots;
    x.act = reinterpret_cast<float *>(memory + table_bytes);
    x.down = reinterpret_cast<float *>(memory + table_bytes + act_bytes);
    return run(backend, x, rows, slots);
  });
}

}  // namespace draftscope::cuda
