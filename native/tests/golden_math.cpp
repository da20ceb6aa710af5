// See golden_math.h. Rotation in halves ("neox") is recorded too; no kernel does it, so those entries are left out.
#include "tests/golden_math.h"

#include <algorithm>
#include <cmath>

#include "model/rope_table.h"
#include "tests/fixtures.h"
#include "tests/json.h"
#include "tests/safetensors.h"

namespace draftscope::tests {
namespace {

// All numbers below a value, in order.
void collect(const Json &value, std::vector<float> &out) {
  if (value.kind == Json::Kind::number) out.push_back(float(value.number));
  for (const Json &item : value.items) collect(item, out);
}

std::vector<float> numbers(const Json &value) {
  std::vector<float> out;
  collect(value, out);
  return out;
}

double worst_difference(const std::vector<float> &actual, const std::vector<float> &expected) {
  if (actual.size() != expected.size()) return INFINITY;
  double worst = 0;
  for (size_t i = 0; i < actual.size(); i++) {
    const double delta = std::fabs(double(actual[i]) - double(expected[i]));
    worst = std::isnan(delta) ? INFINITY : std::max(worst, delta);
  }
  return worst;
}

void expect_close(Context &t, const std::string &what, double worst, double tolerance) {
  char text[120];
  std::snprintf(text, sizeof text, " differs by %.1e, more than %.0e", worst, tolerance);
  t.expect(worst <= tolerance, what + text);
}

ModelConfig rope_config(const Json &entry) {
  const Json &parameters = entry["params"];
  ModelConfig c;
  c.rope_dim = int32_t(entry.integer_or("dim", 0));
  c.nope_dim = 2 * c.rope_dim;
  c.rope_theta = float(parameters.number_or("rope_theta", 0));
  if (parameters.text_or("rope_type", "") == "default") return c;
  c.yarn.factor = float(parameters.number_or("factor", 0));
  c.yarn.original_positions = parameters.integer_or("original_max_position_embeddings", 0);
  c.yarn.beta_fast = float(parameters.number_or("beta_fast", 32));
  c.yarn.beta_slow = float(parameters.number_or("beta_slow", 1));
  c.yarn.mscale = float(parameters.number_or("mscale", 1));
  c.yarn.mscale_all_dim = float(parameters.number_or("mscale_all_dim", 0));
  return c;
}

// Rows of the table, the factor on the softmax scale, and q and k through the kernel.
void check_rope(Context &t, const Json &entry) {
  const ModelConfig c = rope_config(entry);
  std::vector<int64_t> positions;
  std::vector<float> rows;
  for (const float position : numbers(entry["positions"])) {
    positions.push_back(int64_t(position));
    collect(entry["cos_sin_rows"][std::to_string(positions.back())], rows);
  }
  const std::vector<float> table = rope_table(c, positions);
  expect_close(t, "the table", worst_difference(table, rows), 2e-7);
  const double mscale = entry.number_or("softmax_mscale", 0), plain = 1 / std::sqrt(double(c.nope_dim + c.rope_dim));
  expect_close(t, "the softmax scale", std::fabs(double(attention_scale(c)) / plain - mscale * mscale), 1e-6);

  Device device(t.settings(), 2);
  const ds_view angles = device.put(table);
  for (const std::string name : {"q", "k"}) {
    const std::vector<float> in = numbers(entry[name]);
    const int64_t count = int64_t(positions.size()), heads = int64_t(in.size()) / count / c.rope_dim;
    const ds_view x = device.put(in);
    device.need(device.api().rope(device.handle(), x, heads * c.rope_dim, c.rope_dim, heads, c.rope_dim, angles, 0, count));
    expect_close(t, name, worst_difference(device.get<float>(x, in.size()), numbers(entry[name + "_out"])), 1e-6);
  }
}

// Weight of each expert, 0 where it was not chosen; the recorded order of a row means nothing.
std::vector<float> by_expert(const std::vector<float> &ids, const std::vector<float> &weights, int64_t rows, int64_t experts) {
  std::vector<float> out(size_t(rows * experts));
  const int64_t top_k = int64_t(ids.size()) / rows;
  for (int64_t i = 0; i < rows * top_k; i++) out.at(size_t(i / top_k * experts + int64_t(ids[size_t(i)]))) = weights.at(size_t(i));
  return out;
}

void check_route(Context &t, const Json &entry) {
  ds_route_options o{};
  o.experts = int32_t(entry.integer_or("experts", 0));
  o.top_k = int32_t(entry.integer_or("top_k", 0));
  o.n_group = int32_t(entry.integer_or("n_group", 0));
  o.topk_group = int32_t(entry.integer_or("topk_group", 0));
  o.scoring = entry.text_or("scoring", "") == "sigmoid" ? DS_SCORING_SIGMOID : DS_SCORING_SOFTMAX;
  o.grouping = entry.has("bias") ? DS_GROUP_TOP2_SUM : DS_GROUP_MAX;
  o.normalize = entry["renormalize"].boolean;
  o.scale = float(entry.number_or("factor", 0));
  const std::vector<float> logits = numbers(entry["logits"]), bias = numbers(entry["bias"]);
  const int64_t rows = int64_t(logits.size()) / o.experts;

  Device device(t.settings(), 2);
  const size_t chosen = size_t(rows * o.top_k);
  const ds_view ids = device.alloc(chosen * 4), weights = device.alloc(chosen * 4);
  device.need(device.api().moe_route(device.handle(), ids, weights, {}, device.put(logits), bias.empty() ? ds_view{} : device.put(bias), DS_F32, &o, rows));
  const std::vector<int32_t> own = device.get<int32_t>(ids, chosen);
  const std::vector<float> actual = by_expert({own.begin(), own.end()}, device.get<float>(weights, chosen), rows, o.experts);
  const std::vector<float> expected = by_expert(numbers(entry["ids"]), numbers(entry["weights"]), rows, o.experts);
  for (size_t i = 0; i < actual.size(); i++) {
    if (!t.expect((actual[i] == 0) == (expected[i] == 0), "row " + std::to_string(i / size_t(o.experts)) + " chose other experts")) return;
  }
  // With bfloat16 logits the reference also normalises in bfloat16.
  const double tolerance = entry.text_or("logits_dtype", "") == "BF16" ? 8e-3 * double(o.scale) : 1e-6;
  expect_close(t, "the weights", worst_difference(actual, expected), tolerance);
}

}  // namespace

std::vector<Case> golden_math_cases(const Settings &settings) {
  std::vector<Case> cases;
  if (settings.math.empty()) return cases;
  const Json rope = parse_json(read_text(settings.math + "/rope.json"));
  for (const Json &entry : rope.items) {
    if (entry["neox"].boolean) continue;
    cases.push_back({"math: rope " + entry.text_or("name", ""), [entry](Context &t) { check_rope(t, entry); }});
  }
  const Json routing = parse_json(read_text(settings.math + "/grouped_topk.json"));
  int number = 0;
  for (const Json &entry : routing["cases"].items) {
    const std::string what = std::to_string(entry.integer_or("top_k", 0)) + " of " + std::to_string(entry.integer_or("experts", 0)) + " experts";
    cases.push_back({"math: routing " + std::to_string(++number) + ", " + what, [entry](Context &t) { check_route(t, entry); }});
  }
  return cases;
}

}  // namespace draftscope::tests
