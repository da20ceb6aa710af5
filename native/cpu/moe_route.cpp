// moe_route: ids [T, K], weights [T, K], scores [T, E] from logits [T, E] and a bias [E] that steers the choice only.
#include <cmath>

#include "cpu/device.h"
#include "shared/numbers.h"

namespace draftscope::cpu {
namespace {

// A row costs about this many multiply-adds per expert: one exponential, and the search for the best.
constexpr int64_t kExpertWork = 64;

struct Route : shared::RouteArguments {
  const float *widened_bias;  // [E] or null
};

void score_row(float *scores, const float *logits, const ds_route_options &o) {
  if (o.scoring == DS_SCORING_SIGMOID) {
    for (int32_t e = 0; e < o.experts; e++) scores[e] = 1.0f / (1.0f + std::exp(-logits[e]));
    return;
  }
  float most = -INFINITY, sum = 0;
  for (int32_t e = 0; e < o.experts; e++) most = std::max(most, logits[e]);
  for (int32_t e = 0; e < o.experts; e++) {
    scores[e] = std::exp(logits[e] - most);
    sum += scores[e];
  }
  for (int32_t e = 0; e < o.experts; e++) scores[e] /= sum;
}

// Index of the largest entry, the lowest on ties; entries of -inf (and NaN) are taken only when nothing else is left.
int32_t best_of(const float *values, int32_t count, const uint8_t *taken) {
  int32_t best = -1;
  for (int32_t i = 0; i < count; i++) {
    if (taken[i]) continue;
    if (best < 0 || values[i] > values[best] || (std::isnan(values[best]) && !std::isnan(values[i]))) best = i;
  }
  return best;
}

float group_value(const float *choice, int32_t size, ds_grouping grouping) {
  float first = -INFINITY, second = -INFINITY;
  for (int32_t i = 0; i < size; i++) {
    if (choice[i] > first) {
      second = first;
      first = choice[i];
    } else if (choice[i] > second) {
      second = choice[i];
    }
  }
  return grouping == DS_GROUP_TOP2_SUM && size > 1 ? first + second : first;
}

// choice [E], groups [n_group] and taken [E] are one thread's scratch.
void route_row(const Route &r, int64_t t, float *scores, float *choice, float *groups, uint8_t *taken) {
  const ds_route_options &o = r.o;
  score_row(scores, r.logits + t * o.experts, o);
  for (int32_t e = 0; e < o.experts; e++) choice[e] = r.widened_bias ? scores[e] + r.widened_bias[e] : scores[e];

  std::fill(taken, taken + o.experts, uint8_t(0));
  if (o.grouping != DS_GROUP_NONE) {
    const int32_t size = o.experts / o.n_group;
    for (int32_t g = 0; g < o.n_group; g++) groups[g] = group_value(choice + g * size, size, o.grouping);
    // While the best groups are picked, taken[0 .. n_group) marks groups; n_group never exceeds the experts.
    for (int32_t k = 0; k < o.topk_group; k++) taken[best_of(groups, o.n_group, taken)] = 1;
    for (int32_t g = o.n_group - 1; g >= 0; g--) {
      const uint8_t closed = !taken[g];
      std::fill(taken + g * size, taken + (g + 1) * size, closed);
    }
  }

  int32_t *ids = r.ids + t * o.top_k;
  float *weights = r.weights + t * o.top_k;
  float sum = 0;
  for (int32_t k = 0; k < o.top_k; k++) {
    ids[k] = best_of(choice, o.experts, taken);
    taken[ids[k]] = 1;
    weights[k] = scores[ids[k]];
    sum += weights[k];
  }
  for (int32_t k = 0; k < o.top_k; k++) {
    if (o.normalize) weights[k] /= sum + 1e-20f;
    weights[k] *= o.scale;
  }
  if (r.scores != nullptr) std::copy(scores, scores + o.experts, r.scores + t * o.experts);
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status moe_route(ds_backend *backend, ds_view ids, ds_view weights, ds_view scores, ds_view logits, ds_view bias, ds_dtype bias_dtype,
                    const ds_route_options *options, int64_t rows) {
  return guarded(backend, [&]() -> ds_status {
    Route r{};
    DS_CHECK(shared::check_route(ids, weights, scores, logits, bias, bias_dtype, options, rows, &r));
    const ds_route_options &o = r.o;
    const uint64_t experts = uint64_t(o.experts);
    const uint64_t floats = padded_bytes(experts * sizeof(float));
    const uint64_t each = 3 * floats + padded_bytes(experts);
    uint8_t *memory = backend->scratch.reserve(floats + each * uint64_t(backend->pool->threads()));
    if (r.bias != nullptr) {
      float *widened = reinterpret_cast<float *>(memory);
      widen(widened, r.bias, bias_dtype, o.experts);
      r.widened_bias = widened;
    }
    backend->split(rows, 1, rows * o.experts * kExpertWork, [&](int64_t begin, int64_t end, int slot) {
      uint8_t *mine = memory + floats + uint64_t(slot) * each;
      float *row_scores = reinterpret_cast<float *>(mine);
      float *choice = reinterpret_cast<float *>(mine + floats);
      float *groups = reinterpret_cast<float *>(mine + 2 * floats);
      for (int64_t t = begin; t < end; t++) route_row(r, t, row_scores, choice, groups, mine + 3 * floats);
    });
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
