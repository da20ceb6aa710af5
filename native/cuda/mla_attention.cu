// mla_attention: out [T, heads*V] from q [T, heads, P+R], cache_latent [S, L], cache_rope [S, R], kv_b [heads*(P+V), L].
// Absorbed form in four steps: q through the key half of kv_b; softmax and mixing over pieces of 128 cache rows; the
// pieces joined in their order; the mixed latent through the value half. Pieces begin at multiples of 128 whatever the
// pass is, so a row's result depends on its own keys alone.
#include "cuda/dot_rows.cuh"

namespace draftscope::cuda {
namespace {

constexpr int kPiece = 128;             // cache rows of one piece
constexpr int kLanesPerKey = 8;         // lanes that share the dot product with one cache row
constexpr int64_t kMostPieceBytes = 64 << 20;

struct Attention : shared::AttentionArguments {
  bool aligned;     // kv_b's rows begin at multiples of 16 bytes
  float *q_latent;  // [T, heads, L]
  float *pieces;    // [rows of the batch, heads, pieces, L + 2]: mixed latent, largest score, sum
  float *mixed;     // [T, heads, L]
  int64_t most_pieces;
};

// q_latent[t, h, l] = sum over p of q[t, h, p] * kv_b[h, p, l], p ascending. A thread per element.
template <ds_dtype dtype>
__global__ void __launch_bounds__(kThreads) absorb_kernel(Attention a, int64_t rows) {
  const int64_t latent = a.o.latent_dim, i = int64_t(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= rows * a.o.heads * latent) return;
  const int64_t l = i % latent, head = i / latent % a.o.heads, t = i / latent / a.o.heads;
  const int64_t first = head * (a.o.nope_dim + a.o.value_dim);
  const float *q = a.q + (t * a.o.heads + head) * (a.o.nope_dim + a.o.rope_dim);
  // Counted along instead of divided anew for every row.
  const float *scale = a.kv_b.scale != nullptr ? a.kv_b.scale + first / a.kv_b.block_rows * a.kv_b.scale_stride + l / a.kv_b.block_cols : nullptr;
  int64_t left_in_block = a.kv_b.block_rows - first % a.kv_b.block_rows;
  float sum = 0;
  for (int64_t p = 0; p < a.o.nope_dim; ++p) {
    const auto *row = reinterpret_cast<const typename Element<dtype>::Storage *>(a.kv_b.data + (first + p) * a.kv_b.row_bytes);
    float weight = Element<dtype>::widen(row[l]);
    if constexpr (dtype == DS_F8_E4M3) {
      if (scale != nullptr) {
        weight = __fmul_rn(weight, *scale);
        if (--left_in_block == 0) {
          scale += a.kv_b.scale_stride;
          left_in_block = a.kv_b.block_rows;
        }
      }
    }
    sum = __fmaf_rn(q[p], weight, sum);
  }
  a.q_latent[i] = sum;
}

// One warp: up to kHeads heads of one row over one piece; a cache row is fetched once for all of them. Every head has the sums
// that it would have alone. Shared, per warp: queries [kHeads, L + R], scores [kHeads, kPiece].
template <int kHeads>
__global__ void __launch_bounds__(kThreads) piece_kernel(Attention a, int64_t first_row, int64_t units, int64_t warps) {
  const int64_t unit = int64_t(blockIdx.x) * warps + warp_index();
  if (unit >= units) return;
  const int64_t latent = a.o.latent_dim, rope = a.o.rope_dim, heads = a.o.heads, width = latent + rope, groups = (heads + kHeads - 1) / kHeads;
  const int64_t first_head = unit % groups * kHeads, piece = unit / groups % a.most_pieces, row = unit / groups / a.most_pieces, t = first_row + row;
  const int64_t keys = a.o.first_row + t + 1, begin = piece * kPiece;
  if (begin >= keys) return;
  const int count = int(keys - begin < kPiece ? keys - begin : kPiece), lane = lane_index();
  float *queries = shared_memory<float>() + warp_index() * kHeads * (width + kPiece), *scores = queries + kHeads * width;
#pragma unroll
  for (int h = 0; h < kHeads; ++h) {
    // A head past the last one repeats it; its results are not written.
    const int64_t head = first_head + h < heads ? first_head + h : heads - 1;
    const float *q_latent = a.q_latent + (t * heads + head) * latent, *q_rope = a.q + (t * heads + head) * (a.o.nope_dim + rope) + a.o.nope_dim;
    for (int64_t i = lane; i < width; i += kLanes) queries[h * width + i] = i < latent ? q_latent[i] : q_rope[i - latent];
  }
  __syncwarp();

  for (int s = lane / kLanesPerKey; s < kPiece; s += kLanes / kLanesPerKey) {  // all lanes go round equally often
    float sum[kHeads] = {};
    if (s < count) {
      const float *key = a.latent + (begin + s) * latent, *key_rope = a.rope + (begin + s) * rope;
      for (int64_t i = lane % kLanesPerKey; i < latent; i += kLanesPerKey) {
        const float element = key[i];
#pragma unroll
        for (int h = 0; h < kHeads; ++h) sum[h] = __fmaf_rn(queries[h * width + i], element, sum[h]);
      }
      for (int64_t i = lane % kLanesPerKey; i < rope; i += kLanesPerKey) {
        const float element = key_rope[i];
#pragma unroll
        for (int h = 0; h < kHeads; ++h) sum[h] = __fmaf_rn(queries[h * width + latent + i], element, sum[h]);
      }
    }
#pragma unroll
    for (int h = 0; h < kHeads; ++h) {
      for (int distance = kLanesPerKey / 2; distance > 0; distance /= 2) sum[h] = __fadd_rn(sum[h], __shfl_xor_sync(0xffffffffu, sum[h], distance));
      if (lane % kLanesPerKey == 0) scores[h * kPiece + s] = s < count ? __fmul_rn(sum[h], a.o.scale) : -INFINITY;
    }
  }
  __syncwarp();
  float most[kHeads], total[kHeads];
#pragma unroll
  for (int h = 0; h < kHeads; ++h) {
    float *own = scores + h * kPiece;
    most[h] = -INFINITY;
    for (int s = lane; s < count; s += kLanes) most[h] = fmaxf(most[h], own[s]);
    for (int distance = kLanes / 2; distance > 0; distance /= 2) most[h] = fmaxf(most[h], __shfl_xor_sync(0xffffffffu, most[h], distance));
    float sum = 0;
    for (int s = lane; s < count; s += kLanes) {
      own[s] = expf(own[s] - most[h]);
      sum += own[s];
    }
    total[h] = warp_sum(sum);
  }
  __syncwarp();
  float *out = a.pieces + ((row * heads + first_head) * a.most_pieces + piece) * (latent + 2);
  const int64_t next_head = a.most_pieces * (latent + 2);
  for (int64_t l = lane; l < latent; l += kLanes) {
    float mixed[kHeads] = {};
    for (int s = 0; s < count; ++s) {
      const float element = a.latent[(begin + s) * latent + l];
#pragma unroll
      for (int h = 0; h < kHeads; ++h) mixed[h] = __fmaf_rn(scores[h * kPiece + s], element, mixed[h]);
    }
#pragma unroll
    for (int h = 0; h < kHeads; ++h) {
      if (first_head + h < heads) out[h * next_head + l] = mixed[h];
    }
  }
  if (lane != 0) return;
#pragma unroll
  for (int h = 0; h < kHeads; ++h) {
    if (first_head + h >= heads) break;
    out[h * next_head + latent] = most[h];
    out[h * next_head + latent + 1] = total[h];
  }
}

// mixed[t, h, l] from the row's pieces, in their order. A thread per element.
__global__ void __launch_bounds__(kThreads) join_kernel(Attention a, int64_t first_row, int64_t rows) {
  const int64_t latent = a.o.latent_dim, heads = a.o.heads, i = int64_t(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= rows * heads * latent) return;
  const int64_t l = i % latent, head = i / latent % heads, row = i / latent / heads, t = first_row + row;
  const int64_t pieces = (a.o.first_row + t + kPiece) / kPiece;
  const float *at = a.pieces + (row * heads + head) * a.most_pieces * (latent + 2);
  float most = -INFINITY;
  for (int64_t p = 0; p < pieces; ++p) most = fmaxf(most, at[p * (latent + 2) + latent]);
  float mixed = 0, sum = 0;
  for (int64_t p = 0; p < pieces; ++p) {
    const float *piece = at + p * (latent + 2), factor = expf(piece[latent] - most);
    mixed = __fmaf_rn(piece[l], factor, mixed);
    sum = __fmaf_rn(piece[latent + 1], factor, sum);
  }
  a.mixed[(t * heads + head) * latent + l] = mixed / sum;
}

// out[t, h, v] = kv_b[h, P + v] . mixed[t, h]; four rows v per warp.
template <ds_dtype dtype, int M>
__global__ void __launch_bounds__(kThreads) value_kernel(Attention a, int64_t rows, int64_t tiles, int64_t blocks_per_head, bool aligned) {
  const int64_t tile = int64_t(blockIdx.x) % tiles, first = tile * M, head = int64_t(blockIdx.x) / tiles / blocks_per_head;
  const int64_t v0 = (int64_t(blockIdx.x) / tiles % blocks_per_head * kWarps + warp_index()) * kRows;
  const int64_t value = a.o.value_dim, latent = a.o.latent_dim, heads = a.o.heads;
  const int count = int(rows - first < M ? rows - first : M);
  const uint8_t *weights[kRows];
  const float *scales[kRows], *x[M];
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const int64_t n = head * (a.o.nope_dim + value) + a.o.nope_dim + (v0 + r < value ? v0 + r : value - 1);
    weights[r] = a.kv_b.data + n * a.kv_b.row_bytes;
    scales[r] = a.kv_b.scale != nullptr ? a.kv_b.scale + n / a.kv_b.block_rows * a.kv_b.scale_stride : nullptr;
  }
#pragma unroll
  for (int m = 0; m < M; ++m) x[m] = a.mixed + ((first + (m < count ? m : 0)) * heads + head) * latent;
  float sum[kRows * M] = {};
  dot_rows<dtype, M>(sum, weights, scales, x, count, latent, a.kv_b.block_cols, 0, 1, a.aligned, aligned);
  const float *totals = group_totals(sum, 1);
  const int i = lane_index(), r = i / M, m = i % M;
  if (i < kRows * M && m < count && v0 + r < value) a.out[((first + m) * heads + head) * value + v0 + r] = totals[i];
}

// Shared memory of a warp that takes `heads` heads.
int64_t warp_bytes(const ds_attention_options &o, int heads) { return heads * (int64_t(o.latent_dim) + o.rope_dim + kPiece) * int64_t(sizeof(float)); }

template <int kHeads>
ds_status attend(ds_backend *backend, const Attention &a, int64_t rows, int64_t batch) {
  const int64_t each = warp_bytes(a.o, kHeads), groups = ceil_div(a.o.heads, kHeads);
  int64_t warps = kWarps;
  while (warps > 1 && warps * each > int64_t(kMostSharedBytes)) warps /= 2;
  for (int64_t first = 0; first < rows; first += batch) {
    const int64_t count = rows - first < batch ? rows - first : batch, units = count * groups * a.most_pieces;
    DS_CHECK(launch("mla_attention (scores)", backend, piece_kernel<kHeads>, ceil_div(units, warps), int(warps) * kLanes, size_t(warps * each), a, first, units, warps));
    DS_CHECK(launch("mla_attention (joining)", backend, join_kernel, element_blocks(count * a.o.heads * a.o.latent_dim), kThreads, 0, a, first, count));
  }
  return DS_OK;
}

ds_status attend(ds_backend *backend, const Attention &a, int64_t rows, int64_t batch) {
  const int64_t most = int64_t(kMostSharedBytes);
  if (a.o.heads >= 4 && warp_bytes(a.o, 4) <= most) return attend<4>(backend, a, rows, batch);
  if (warp_bytes(a.o, 1) <= most) return attend<1>(backend, a, rows, batch);
  return fail(DS_UNSUPPORTED, "mla_attention over latents of %d; the CUDA backend takes fewer", a.o.latent_dim);
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status mla_attention(ds_backend *backend, ds_view out, ds_view q, ds_view cache_latent, ds_view cache_rope, const ds_matrix *kv_b,
                        const ds_attention_options *options, int64_t rows) {
  return guarded(backend, [&]() -> ds_status {
    Attention a{};
    DS_CHECK(shared::check_attention(out, q, cache_latent, cache_rope, kv_b, options, rows, &a));
    const ds_attention_options &o = a.o;
    if (rows == 0) return DS_OK;
    a.aligned = aligned16(a.kv_b.data, a.kv_b.row_bytes);
    a.most_pieces = ceil_div(a.keys, kPiece);

    // Rows go in batches, so that the pieces of a long text with many heads stay small.
    const int64_t row_bytes = o.heads * a.most_pieces * (o.latent_dim + 2) * int64_t(sizeof(float));
    const int64_t fitting = kMostPieceBytes / row_bytes, batch = fitting < 1 ? 1 : fitting < rows ? fitting : rows;
    const uint64_t latent_bytes = Scratch::padded(uint64_t(rows * o.heads * o.latent_dim) * sizeof(float));
    uint8_t *memory = nullptr;
    DS_CHECK(reserve_scratch(backend, 2 * latent_bytes + uint64_t(batch * row_bytes), &memory));
    a.q_latent = reinterpret_cast<float *>(memory);
    a.mixed = reinterpret_cast<float *>(memory + latent_bytes);
    a.pieces = reinterpret_cast<float *>(memory + 2 * latent_bytes);
    return with_dtype(kv_b->dtype, [&](auto dtype) -> ds_status {
      DS_CHECK(launch("mla_attention (queries)", backend, absorb_kernel<dtype()>, element_blocks(rows * o.heads * o.latent_dim), kThreads, 0, a, rows));
      DS_CHECK(attend(backend, a, rows, batch));
      return with_tile(rows, [&](auto tile) {
        const int64_t tiles = ceil_div(rows, tile()), blocks = ceil_div(o.value_dim, kWarps * kRows);
        return launch("mla_attention (values)", backend, value_kernel<dtype(), tile()>, o.heads * blocks * tiles, kThreads, kTotalsBytes<tile()>, a, rows, tiles,
                      blocks, aligned16(a.mixed, o.latent_dim * int64_t(sizeof(float))));
      });
    });
  });
}

}  // namespace draftscope::cuda
