// mla_attention: out [T, heads*V] from q [T, heads, P+R], cache_latent [S, L], cache_rope [S, R], kv_b [heads*(P+V), L].
// Absorbed form: q_nope goes through the key half of kv_b once, attention runs on the latent rows that all heads share,
// and the mixed latent goes through the value half.
#include <cmath>
#include <cstring>

#include "cpu/device.h"
#include "shared/numbers.h"

namespace draftscope::cpu {
namespace {

constexpr int64_t kGroup = 4;       // tokens that share one read of the cache
constexpr int64_t kUnitRows = 64;   // tokens of one head that one thread takes at a time

struct Attention : shared::AttentionArguments {
  const Kernels *kernels;
};

// One thread's scratch, in floats.
struct Workspace {
  float *key_up;   // [P, L] the head's key half, widened
  float *q_latent; // [kGroup, L]
  float *scores;   // [kGroup, keys]
  float *scores_rope;
  float *mixed;    // [kGroup, L]

  static uint64_t bytes(const Attention &a) {
    const uint64_t floats = uint64_t(a.o.nope_dim + 2 * kGroup) * uint64_t(a.o.latent_dim) + 2 * kGroup * uint64_t(a.keys);
    return padded_bytes(floats * sizeof(float));
  }
  Workspace(uint8_t *memory, const Attention &a) {
    key_up = reinterpret_cast<float *>(memory);
    q_latent = key_up + int64_t(a.o.nope_dim) * a.o.latent_dim;
    mixed = q_latent + kGroup * a.o.latent_dim;
    scores = mixed + kGroup * a.o.latent_dim;
    scores_rope = scores + kGroup * a.keys;
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

// scores [keys] becomes softmax((scores + extra) * scale).
void softmax_in_place(float *scores, const float *extra, int64_t keys, float scale) {
  float most = -INFINITY;
  for (int64_t s = 0; s < keys; s++) {
    scores[s] = (scores[s] + extra[s]) * scale;
    most = std::max(most, scores[s]);
  }
  float sum = 0;
  for (int64_t s = 0; s < keys; s++) {
    scores[s] = std::exp(scores[s] - most);
    sum += scores[s];
  }
  const float inverse = 1.0f / sum;
  for (int64_t s = 0; s < keys; s++) scores[s] *= inverse;
}

// Tokens t0 .. t0+count-1 (at most kGroup) of one head; the workspace holds the head's key half.
void attend_group(const Attention &a, const Workspace &w, int64_t head, int64_t t0, int64_t count) {
  const int64_t latent = a.o.latent_dim, nope = a.o.nope_dim, rope = a.o.rope_dim, value = a.o.value_dim;
  const int64_t q_stride = int64_t(a.o.heads) * (nope + rope);
  const float *q = a.q + t0 * q_stride + head * (nope + rope);
  const int64_t shared_keys = a.o.first_row + t0 + 1;  // what the first token of the group sees, so all of them do
  const int64_t keys = shared_keys + count - 1;

  std::memset(w.q_latent, 0, size_t(count * latent) * sizeof(float));
  a.kernels->combine({w.q_latent, latent, q, q_stride, count, w.key_up, latent, nope, latent});
  a.kernels->panel[DS_F32](panel_f32(a.latent, keys, latent, w.q_latent, latent, count, w.scores, a.keys));
  a.kernels->panel[DS_F32](panel_f32(a.rope, keys, rope, q + nope, q_stride, count, w.scores_rope, a.keys));
  for (int64_t t = 0; t < count; t++) softmax_in_place(w.scores + t * a.keys, w.scores_rope + t * a.keys, shared_keys + t, a.o.scale);

  std::memset(w.mixed, 0, size_t(count * latent) * sizeof(float));
  a.kernels->combine({w.mixed, latent, w.scores, a.keys, count, a.latent, latent, shared_keys, latent});
  for (int64_t t = 1; t < count; t++) {  // the keys only later tokens see, in the same order
    a.kernels->combine({w.mixed + t * latent, latent, w.scores + t * a.keys + shared_keys, a.keys, 1, a.latent + shared_keys * latent, latent, t, latent});
  }
  Panel up = panel_of(a.kv_b, head * (nope + value) + nope, value, 0, 0);
  up.x = w.mixed;
  up.x_stride = latent;
  up.rows = count;
  up.out_stride = int64_t(a.o.heads) * value;
  up.out = a.out + t0 * up.out_stride + head * value;
  a.kernels->panel[a.kv_b.dtype](up);
}

void attention_kernel(const Attention &a, const Workspace &w, int64_t head, int64_t begin, int64_t end) {
  const int64_t first = head * (a.o.nope_dim + a.o.value_dim);
  for (int64_t p = 0; p < a.o.nope_dim; p++) widen_row(a.kv_b, first + p, w.key_up + p * a.o.latent_dim);
  for (int64_t t = begin; t < end; t += kGroup) attend_group(a, w, head, t, std::min(kGroup, end - t));
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

    const uint64_t each = Workspace::bytes(a);
    uint8_t *memory = backend->scratch.reserve(each * uint64_t(backend->pool->threads()));
    const int64_t blocks = ceil_div(rows, kUnitRows);
    const int64_t token_work = a.keys * (2 * int64_t(o.latent_dim) + o.rope_dim) + int64_t(o.nope_dim + o.value_dim) * o.latent_dim;
    backend->split(blocks * o.heads, 1, rows * o.heads * token_work, [&](int64_t begin, int64_t end, int slot) {
      const Workspace workspace(memory + uint64_t(slot) * each, a);
      for (int64_t unit = begin; unit < end; unit++) {
        const int64_t head = unit / blocks, first = unit % blocks * kUnitRows;
        attention_kernel(a, workspace, head, first, std::min(rows, first + kUnitRows));
      }
    });
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
