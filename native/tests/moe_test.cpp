// moe_route and moe_ffn against double precision and against the rules for ties.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/fixtures.h"

namespace draftscope::tests {
namespace {

struct RouteInput {
  ds_route_options options;
  int64_t rows;
  std::vector<float> logits, bias;
};

// ids, then weights, then scores of each row.
std::vector<float> run_route(Device &device, const RouteInput &in, int64_t first, int64_t count) {
  const int64_t experts = in.options.experts, top_k = in.options.top_k;
  const ds_view logits = device.put(in.logits.data() + first * experts, uint64_t(count * experts) * 4);
  const ds_view ids = device.alloc(uint64_t(count * top_k) * 4), weights = device.alloc(uint64_t(count * top_k) * 4), scores = device.alloc(uint64_t(count * experts) * 4);
  device.need(device.api().moe_route(device.handle(), ids, weights, scores, logits, in.bias.empty() ? ds_view{} : device.put(in.bias), DS_F32, &in.options, count));
  const auto id = device.get<int32_t>(ids, size_t(count * top_k));
  const auto weight = device.get<float>(weights, size_t(count * top_k)), score = device.get<float>(scores, size_t(count * experts));
  std::vector<float> out;
  for (int64_t r = 0; r < count; r++) {
    out.insert(out.end(), id.begin() + r * top_k, id.begin() + (r + 1) * top_k);
    out.insert(out.end(), weight.begin() + r * top_k, weight.begin() + (r + 1) * top_k);
    out.insert(out.end(), score.begin() + r * experts, score.begin() + (r + 1) * experts);
  }
  return out;
}

std::vector<int> best_first(const std::vector<double> &values) {
  std::vector<int> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return values[size_t(a)] > values[size_t(b)]; });
  return order;
}

std::vector<double> expected_route(const RouteInput &in) {
  const ds_route_options &o = in.options;
  std::vector<double> out;
  for (int64_t r = 0; r < in.rows; r++) {
    std::vector<double> score, choice;
    double sum = 0;
    for (int e = 0; e < o.experts; e++) {
      const double logit = double(in.logits[size_t(r * o.experts + e)]);
      score.push_back(o.scoring == DS_SCORING_SIGMOID ? 1 / (1 + std::exp(-logit)) : std::exp(logit));
      sum += score.back();
    }
    for (int e = 0; e < o.experts; e++) {
      if (o.scoring == DS_SCORING_SOFTMAX) score[size_t(e)] /= sum;
      choice.push_back(score[size_t(e)] + (in.bias.empty() ? 0 : double(in.bias[size_t(e)])));
    }
    if (o.grouping != DS_GROUP_NONE) {
      const int size = o.experts / o.n_group;
      std::vector<double> group;
      for (int g = 0; g < o.n_group; g++) {
        std::vector<double> members(choice.begin() + g * size, choice.begin() + (g + 1) * size);
        std::sort(members.rbegin(), members.rend());
        group.push_back(o.grouping == DS_GROUP_TOP2_SUM && size > 1 ? members[0] + members[1] : members[0]);
      }
      const std::vector<int> order = best_first(group);
      for (int g = o.topk_group; g < o.n_group; g++) {
        for (int e = 0; e < size; e++) choice[size_t(order[size_t(g)] * size + e)] = -INFINITY;
      }
    }
    const std::vector<int> order = best_first(choice);
    double total = 0;
    for (int k = 0; k < o.top_k; k++) {
      out.push_back(order[size_t(k)]);
      total += score[size_t(order[size_t(k)])];
    }
    for (int k = 0; k < o.top_k; k++) out.push_back(score[size_t(order[size_t(k)])] / (o.normalize ? total : 1) * double(o.scale));
    out.insert(out.end(), score.begin(), score.end());
  }
  return out;
}

void check_route(Context &t, const std::string &name, const RouteInput &in) {
  KernelCase kernel;
  kernel.rows = in.rows;
  kernel.tolerance = 1e-6;
  kernel.expected = expected_route(in);
  kernel.run = [&](Device &device, int64_t first, int64_t count) { return run_route(device, in, first, count); };
  check_kernel(t, name, kernel);
}

void check_ffn(Context &t, ds_dtype dtype, int64_t rows, int32_t experts, int32_t top_k, int64_t hidden, int64_t inner) {
  Random random(uint32_t(hidden + inner));
  const Stored w13 = random.stored(dtype, int64_t(experts) * 2 * inner, hidden, 0.2, int64_t(experts) * 2);
  const Stored w2 = random.stored(dtype, int64_t(experts) * hidden, inner, 0.2, experts);
  const std::vector<float> x = random.normals(rows * hidden);
  std::vector<int32_t> ids;
  for (int64_t r = 0; r < rows; r++) {
    const int32_t first = int32_t(random.below(uint32_t(experts)));
    for (int32_t k = 0; k < top_k; k++) ids.push_back((first + k) % experts);
  }
  const std::vector<float> weights = random.normals(rows * top_k);
  KernelCase kernel;
  kernel.rows = rows;
  kernel.tolerance = 3e-5;
  for (int64_t r = 0; r < rows; r++) {
    std::vector<double> out(size_t(hidden), 0);
    for (int32_t k = 0; k < top_k; k++) {
      const int64_t e = ids[size_t(r * top_k + k)];
      std::vector<double> act;
      for (int64_t i = 0; i < inner; i++) {
        double gate = 0, up = 0;
        for (int64_t c = 0; c < hidden; c++) {
          gate += double(x[size_t(r * hidden + c)]) * w13.at(e * 2 * inner + i, c);
          up += double(x[size_t(r * hidden + c)]) * w13.at(e * 2 * inner + inner + i, c);
        }
        act.push_back(gate / (1 + std::exp(-gate)) * up);
      }
      for (int64_t c = 0; c < hidden; c++) {
        double sum = 0;
        for (int64_t i = 0; i < inner; i++) sum += act[size_t(i)] * w2.at(e * hidden + c, i);
        out[size_t(c)] += double(weights[size_t(r * top_k + k)]) * sum;
      }
    }
    kernel.expected.insert(kernel.expected.end(), out.begin(), out.end());
  }
  kernel.run = [&](Device &device, int64_t first, int64_t count) {
    const ds_matrix gate_up = w13.matrix(device), down = w2.matrix(device);
    const ds_view in = device.put(x.data() + first * hidden, uint64_t(count * hidden) * 4), out = device.alloc(uint64_t(count * hidden) * 4);
    const ds_view id = device.put(ids.data() + first * top_k, uint64_t(count * top_k) * 4), weight = device.put(weights.data() + first * top_k, uint64_t(count * top_k) * 4);
    device.need(device.api().moe_ffn(device.handle(), out, in, id, weight, &gate_up, &down, experts, top_k, count));
    return device.get<float>(out, size_t(count * hidden));
  };
  check_kernel(t, std::string("moe_ffn ") + dtype_name(dtype), kernel);
}

}  // namespace

DS_TEST("moe_route: scoring, grouping, bias, normalisation") {
  Random random(17);
  for (const ds_scoring scoring : {DS_SCORING_SOFTMAX, DS_SCORING_SIGMOID}) {
    for (const ds_grouping grouping : {DS_GROUP_NONE, DS_GROUP_TOP2_SUM, DS_GROUP_MAX}) {
      for (const int normalize : {0, 1}) {
        RouteInput in{{24, 5, 6, 3, scoring, grouping, normalize, 2.5f}, 150, random.normals(150 * 24), random.normals(24, 0.2f)};
        const std::string name = "moe_route " + std::to_string(scoring) + std::to_string(grouping) + std::to_string(normalize);
        check_route(t, name, in);
        in.bias.clear();
        check_route(t, name + " without bias", in);
      }
    }
  }
}

DS_TEST("moe_route: the lowest index wins ties, of groups and of experts") {
  const RouteInput in{{8, 3, 4, 2, DS_SCORING_SIGMOID, DS_GROUP_TOP2_SUM, 1, 1.0f}, 1, std::vector<float>(8, 0.0f), {}};
  for (const std::string &level : levels_of(t.settings())) {
    Device device(t.settings(), 1, level);
    const std::vector<float> out = run_route(device, in, 0, 1);
    t.expect(out[0] == 0 && out[1] == 1 && out[2] == 2, "equal experts were not taken in order");
  }
}

DS_TEST("moe_route: refuses impossible choices") {
  Device device(t.settings(), 1);
  const ds_view some = device.alloc(1024);
  const auto route = [&](const ds_route_options &o) { return device.api().moe_route(device.handle(), some, some, ds_view{}, some, ds_view{}, DS_F32, &o, 1); };
  t.expect(route({8, 9, 1, 1, DS_SCORING_SIGMOID, DS_GROUP_NONE, 0, 1}) == DS_INVALID_ARGUMENT, "9 of 8 experts");
  t.expect(route({8, 2, 3, 1, DS_SCORING_SIGMOID, DS_GROUP_MAX, 0, 1}) == DS_INVALID_ARGUMENT, "8 experts in 3 groups");
  t.expect(route({8, 3, 4, 1, DS_SCORING_SIGMOID, DS_GROUP_MAX, 0, 1}) == DS_INVALID_ARGUMENT, "3 experts from one group of 2");
}

DS_TEST("moe_ffn: odd sizes, all dtypes") {
  for (const ds_dtype dtype : kFloatDtypes) {
    check_ffn(t, dtype, 7, 5, 2, 67, 41);
    check_ffn(t, dtype, 11, 6, 3, 200, 136);
  }
  check_ffn(t, DS_BF16, 150, 2, 2, 40, 33);  // more tokens at one expert than one sweep takes
}

DS_TEST("moe_ffn: refuses an expert that is not there") {
  Device device(t.settings(), 1);
  Random random(2);
  const ds_matrix w13 = random.stored(DS_F32, 2 * 2 * 4, 8, 1).matrix(device), w2 = random.stored(DS_F32, 2 * 8, 4, 1).matrix(device);
  const ds_view x = device.alloc(32), out = device.alloc(32), weight = device.alloc(4), id = device.put(std::vector<int32_t>{2});
  // A device looks at the ids only when it gets there.
  ds_status status = device.api().moe_ffn(device.handle(), out, x, id, weight, &w13, &w2, 2, 1, 1);
  if (status == DS_OK) status = device.api().synchronize(device.handle());
  t.expect(status == DS_INVALID_ARGUMENT, "expert 2 of 2 was not refused");
  t.expect(device.api().synchronize(device.handle()) == DS_OK, "the refusal was told twice");
}

}  // namespace draftscope::tests
