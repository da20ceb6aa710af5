// moe_ffn: out [T, H] = sum over k of weights [T, K] * down_e(silu(gate_e x) * up_e x), e = ids [T, K], x = in [T, H].
// Tokens are grouped by expert, so that an expert's weights are read once per pass; the sum keeps the order of k.
#include "cpu/device.h"

namespace draftscope::cpu {
namespace {

constexpr int64_t kUnitCols = 64;  // columns of an expert's inner (or outer) size that one thread takes at a time

struct Experts : shared::ExpertArguments {
  const Kernels *kernels;
  int64_t top_k;
  const int32_t *first;   // [E + 1] first pair of each expert
  const int32_t *token;   // [T*K] token of each pair, pairs sorted by expert
  const int32_t *place;   // [T*K] pair of (t, k)
  float *act;             // [T*K, I]
  float *down;            // [T*K, H]
};

// act[pairs of e, begin .. end) = silu(gate_e x) * up_e x. gate and up are [kSweepRows, kUnitCols] scratch.
void expand_kernel(const Experts &x, int32_t expert, int64_t begin, int64_t end, float *gate, float *up) {
  const int64_t part = x.inner;
  const int64_t part_scales = ceil_div(part, x.w13.block_rows);
  const int64_t gate_row = int64_t(expert) * 2 * part, up_row = gate_row + part;
  Panel gate_panel = panel_of(x.w13, gate_row + begin, end - begin, gate_row, int64_t(expert) * 2 * part_scales);
  Panel up_panel = panel_of(x.w13, up_row + begin, end - begin, up_row, (int64_t(expert) * 2 + 1) * part_scales);
  for (Panel *panel : {&gate_panel, &up_panel}) {
    panel->x = x.in;
    panel->x_stride = x.hidden;
    panel->out_stride = kUnitCols;
  }
  gate_panel.out = gate;
  up_panel.out = up;
  for (int64_t pair = x.first[expert]; pair < x.first[expert + 1]; pair += kSweepRows) {
    const int64_t count = std::min<int64_t>(kSweepRows, x.first[expert + 1] - pair);
    for (Panel *panel : {&gate_panel, &up_panel}) {
      panel->rows = count;
      panel->x_rows = x.token + pair;
      x.kernels->panel[x.w13.dtype](*panel);
    }
    for (int64_t r = 0; r < count; r++) {
      x.kernels->silu_mul(x.act + (pair + r) * x.inner + begin, gate + r * kUnitCols, up + r * kUnitCols, end - begin);
    }
  }
}

// down[pairs of e, begin .. end) = down_e act.
void contract_kernel(const Experts &x, int32_t expert, int64_t begin, int64_t end) {
  const int64_t row = int64_t(expert) * x.hidden;
  Panel panel = panel_of(x.w2, row + begin, end - begin, row, int64_t(expert) * ceil_div(x.hidden, x.w2.block_rows));
  panel.x_stride = x.inner;
  panel.out_stride = x.hidden;
  for (int64_t pair = x.first[expert]; pair < x.first[expert + 1]; pair += kSweepRows) {
    panel.rows = std::min<int64_t>(kSweepRows, x.first[expert + 1] - pair);
    panel.x = x.act + pair * x.inner;
    panel.out = x.down + pair * x.hidden + begin;
    x.kernels->panel[x.w2.dtype](panel);
  }
}

void sum_kernel(const Experts &x, int64_t t) {
  float *out = x.out + t * x.hidden;
  for (int64_t k = 0; k < x.top_k; k++) {
    const float weight = x.weights[t * x.top_k + k];
    const float *part = x.down + int64_t(x.place[t * x.top_k + k]) * x.hidden;
    if (k == 0) {
      for (int64_t c = 0; c < x.hidden; c++) out[c] = weight * part[c];
    } else {
      for (int64_t c = 0; c < x.hidden; c++) out[c] += weight * part[c];
    }
  }
}

// Counting sort of the (token, k) pairs by expert; returns how many experts have a pair.
int64_t group_by_expert(const int32_t *ids, int64_t pairs, int32_t experts, int32_t top_k, int32_t *first, int32_t *next, int32_t *active,
                        int32_t *token, int32_t *place) {
  std::fill(first, first + experts + 1, 0);
  for (int64_t i = 0; i < pairs; i++) first[ids[i] + 1]++;
  int64_t actives = 0;
  for (int32_t e = 0; e < experts; e++) {
    if (first[e + 1] > 0) active[actives++] = e;
    first[e + 1] += first[e];
    next[e] = first[e];
  }
  for (int64_t i = 0; i < pairs; i++) {
    const int32_t pair = next[ids[i]]++;
    token[pair] = int32_t(i / top_k);
    place[i] = pair;
  }
  return actives;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status moe_ffn(ds_backend *backend, ds_view out, ds_view in, ds_view ids, ds_view weights, const ds_matrix *w13, const ds_matrix *w2,
                  int32_t experts, int32_t top_k, int64_t rows) {
  return guarded(backend, [&]() -> ds_status {
    Experts x{};
    x.kernels = backend->kernels;
    x.top_k = top_k;
    DS_CHECK(shared::check_experts(out, in, ids, weights, w13, w2, experts, top_k, rows, &x));
    const int64_t pairs = x.pairs;
    for (int64_t i = 0; i < pairs; i++) {
      if (x.ids[i] < 0 || x.ids[i] >= experts) return fail(DS_INVALID_ARGUMENT, "moe_ffn is given expert %d of %d", x.ids[i], experts);
    }
    if (rows == 0) return DS_OK;

    const int threads = backend->pool->threads();
    const uint64_t table_bytes = padded_bytes(uint64_t(3 * experts + 1 + 2 * pairs) * sizeof(int32_t));
    const uint64_t act_bytes = padded_bytes(uint64_t(pairs * x.inner) * sizeof(float));
    const uint64_t down_bytes = padded_bytes(uint64_t(pairs * x.hidden) * sizeof(float));
    const uint64_t tile = uint64_t(kSweepRows * kUnitCols);
    uint8_t *memory = backend->scratch.reserve(table_bytes + act_bytes + down_bytes + uint64_t(threads) * 2 * tile * sizeof(float));
    int32_t *first = reinterpret_cast<int32_t *>(memory), *next = first + experts + 1, *active = next + experts;
    int32_t *token = active + experts, *place = token + pairs;
    x.act = reinterpret_cast<float *>(memory + table_bytes);
    x.down = reinterpret_cast<float *>(memory + table_bytes + act_bytes);
    float *tiles = reinterpret_cast<float *>(memory + table_bytes + act_bytes + down_bytes);
    const int64_t actives = group_by_expert(x.ids, pairs, experts, top_k, first, next, active, token, place);
    x.first = first;
    x.token = token;
    x.place = place;

    const int64_t work = pairs * x.inner * x.hidden;
    const int64_t inner_units = ceil_div(x.inner, kUnitCols), hidden_units = ceil_div(x.hidden, kUnitCols);
    backend->split(actives * inner_units, 1, 2 * work, [&](int64_t begin, int64_t end, int slot) {
      float *gate = tiles + uint64_t(slot) * 2 * tile;
      for (int64_t unit = begin; unit < end; unit++) {
        const int64_t c = unit % inner_units * kUnitCols;
        expand_kernel(x, active[unit / inner_units], c, std::min(x.inner, c + kUnitCols), gate, gate + tile);
      }
    });
    backend->split(actives * hidden_units, 1, work, [&](int64_t begin, int64_t end, int) {
      for (int64_t unit = begin; unit < end; unit++) {
        const int64_t c = unit % hidden_units * kUnitCols;
        contract_kernel(x, active[unit / hidden_units], c, std::min(x.hidden, c + kUnitCols));
      }
    });
    backend->split(rows, 1, pairs * x.hidden, [&](int64_t begin, int64_t end, int) {
      for (int64_t t = begin; t < end; t++) sum_kernel(x, t);
    });
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
