// mla_attention: out [T, heads*V] from q [T, heads, P+R], cache_latent [S, L], cache_rope [S, R], kv_b [heads*(P+V), L].
// Absorbed form: q_nope goes through the key half of kv_b once, attention runs on the latent rows that all heads share,
// and the mixed latent goes through the value half.
#include <cstring>

#include "cpu/device.h"

namespace draftscope::cpu {
namespace {

// Heads of one token that share one read of the cache.
constexpr int64_t kFewestHeads = 2, kMostHeads = 16;
// Tokens of a group of heads that one thread takes at a time, at most; each head's part of kv_b is read once for them.
constexpr int64_t kMostRows = 16;

struct Attention : shared::AttentionArguments {
  const Kernels *kernels;
  int64_t group;  // heads of a unit, at most
  int64_t block;  // tokens of a unit, at most
};

// One thread's scratch, in floats.
struct Workspace {
  float *q_latent;  // [block, group, L]
  float *mixed;     // [block, group, L]
  float *scores;    // [group, keys]
  float *scores_rope;

  static uint64_t bytes(const Attention &a) {
    const uint64_t floats = 2 * uint64_t(a.group) * (uint64_t(a.block * a.o.latent_dim) + uint64_t(a.keys));
    return padded_bytes(floats * sizeof(float));
  }
  Workspace(uint8_t *memory, const Attention &a) {
    q_latent = reinterpret_cast<float *>(memory);
    mixed = q_latent + a.block * a.group * a.o.latent_dim;
    scores = mixed + a.block * a.group * a.o.latent_dim;
    scores_rope = scores + a.group * a.keys;
  }
};

Panel panel_f32(const float *w, int64_t count, int64_t k, const float *x, int64_t x_stride, int64_t rows, float *out, int64_t out_stride) {
  Panel panel{};
  panel.w = reinterpret_cast<const uint8_t *>(w);
  panel.w_row_bytes = k * int64_t(sizeof(float));
  panel.count = count;
  panel.k = k;
  panel.x = x;
  panel.x_stride = x_stride;
  panel.rows = rows;
  panel.out = out;
  panel.out_stride = out_stride;
  return panel;
}

// q [heads, P+R] and q_latent [heads, L] of one token that sees `keys` rows of the cache; mixed [heads, L].
void attend(const Attention &a, const Workspace &w, const float *q, const float *q_latent, int64_t heads, int64_t keys, float *mixed) {
  const int64_t latent = a.o.latent_dim, nope = a.o.nope_dim, rope = a.o.rope_dim;
  a.kernels->panel[DS_F32](panel_f32(a.latent, keys, latent, q_latent, latent, heads, w.scores, a.keys));
  a.kernels->panel[DS_F32](panel_f32(a.rope, keys, rope, q + nope, nope + rope, heads, w.scores_rope, a.keys));
  for (int64_t h = 0; h < heads; h++) a.kernels->softmax(w.scores + h * a.keys, w.scores_rope + h * a.keys, keys, a.o.scale);

  std::memset(mixed, 0, size_t(heads * latent) * sizeof(float));
  Combine mix{};
  mix.out = mixed;
  mix.out_stride = latent;
  mix.coef = w.scores;
  mix.coef_stride = a.keys;
  mix.rows = heads;
  mix.x = reinterpret_cast<const uint8_t *>(a.latent);
  mix.x_row_bytes = latent * int64_t(sizeof(float));
  mix.terms = keys;
  mix.cols = latent;
  a.kernels->combine[DS_F32](mix);
}

// q_latent [count, group, L] of one head of the group: q_nope [count, P] times its key half of kv_b.
void absorb_query(const Attention &a, int64_t head, const float *q, int64_t count, float *q_latent) {
  const int64_t latent = a.o.latent_dim, nope = a.o.nope_dim;
  const int64_t stride = a.group * latent;
  for (int64_t t = 0; t < count; t++) std::memset(q_latent + t * stride, 0, size_t(latent) * sizeof(float));
  const Panel rows = panel_of(a.kv_b, head * (nope + int64_t(a.o.value_dim)), nope, 0, 0);
  const int64_t q_stride = int64_t(a.o.heads) * (nope + int64_t(a.o.rope_dim));
  a.kernels->combine[a.kv_b.dtype]({q_latent, stride, q, q_stride, count, rows.w, rows.w_row_bytes, nope, latent, rows.scale, rows.scale_stride,
                                    rows.block_rows, rows.block_cols, rows.scale_first_row});
}

// Tokens begin .. end-1 (at most block) of the heads of one group.
void attention_kernel(const Attention &a, const Workspace &w, int64_t first_head, int64_t heads, int64_t begin, int64_t end) {
  const int64_t latent = a.o.latent_dim, nope = a.o.nope_dim, value = a.o.value_dim, query = nope + int64_t(a.o.rope_dim);
  const int64_t count = end - begin, stride = a.group * latent;
  const float *q = a.q + (begin * a.o.heads + first_head) * query;
  for (int64_t h = 0; h < heads; h++) absorb_query(a, first_head + h, q + h * query, count, w.q_latent + h * latent);
  for (int64_t t = 0; t < count; t++) {
    attend(a, w, q + t * a.o.heads * query, w.q_latent + t * stride, heads, a.o.first_row + begin + t + 1, w.mixed + t * stride);
  }
  for (int64_t h = 0; h < heads; h++) {
    Panel up = panel_of(a.kv_b, (first_head + h) * (nope + value) + nope, value, 0, 0);
    up.x = w.mixed + h * latent;
    up.x_stride = stride;
    up.rows = count;
    up.out_stride = int64_t(a.o.heads) * value;
    up.out = a.out + begin * up.out_stride + (first_head + h) * value;
    a.kernels->panel[a.kv_b.dtype](up);
  }
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status mla_attention(ds_backend *backend, ds_view out, ds_view q, ds_view cache_latent, ds_view cache_rope, const ds_matrix *kv_b,
                        const ds_attention_options *options, int64_t rows) {
  return guarded(backend, [&]() -> ds_status {
    Attention a{};
    a.kernels = backend->kernels;
    DS_CHECK(shared::check_attention(out, q, cache_latent, cache_rope, kv_b, options, rows, &a));
    const ds_attention_options &o = a.o;
    if (rows == 0) return DS_OK;

    const int64_t threads = backend->pool->threads();
    a.group = std::clamp<int64_t>(int64_t(o.heads) / (2 * threads), std::min<int64_t>(o.heads, kFewestHeads), kMostHeads);
    const int64_t groups = ceil_div(o.heads, a.group);
    a.block = std::clamp<int64_t>(rows * groups / (2 * threads), 1, kMostRows);
    const int64_t blocks = ceil_div(rows, a.block);
    const uint64_t each = Workspace::bytes(a);
    uint8_t *memory = backend->scratch.reserve(each * uint64_t(threads));
    const int64_t token_work = a.keys * (2 * int64_t(o.latent_dim) + o.rope_dim) + int64_t(o.nope_dim + o.value_dim) * o.latent_dim;
    backend->split(blocks * groups, 1, rows * o.heads * token_work, [&](int64_t begin, int64_t end, int slot) {
      const Workspace workspace(memory + uint64_t(slot) * each, a);
      for (int64_t unit = begin; unit < end; unit++) {
        const int64_t first_head = unit / blocks * a.group, first = unit % blocks * a.block;
        attention_kernel(a, workspace, first_head, std::min<int64_t>(a.group, o.heads - first_head), first, std::min(rows, first + a.block));
      }
    });
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
