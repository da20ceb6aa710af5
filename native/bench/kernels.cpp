// Every kernel at the sizes of one decoded token.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "bench/bench.h"

namespace draftscope::bench {
namespace {

// A case made ready on one side. call(i) may use the i-th copy of its weights.
struct Ready {
  std::function<ds_status(int64_t)> call;
  std::function<std::vector<float>()> result;  // after call(0) on fresh inputs
  uint64_t bytes = 0;                          // read and written by one call
};

using Prepare = std::function<Ready(Side &)>;

// As many copies of a weight as no cache holds; the same numbers in each.
std::vector<ds_matrix> copies(Side &side, uint64_t rotate, ds_dtype dtype, int64_t rows, int64_t cols) {
  const uint64_t bytes = uint64_t(rows * cols) * ds_dtype_bytes(dtype);
  std::vector<ds_matrix> all;
  do all.push_back(side.weights(dtype, rows, cols));
  while (all.size() < 16 && all.size() * bytes < rotate);
  return all;
}

uint64_t matrix_bytes(const ds_matrix &m) { return uint64_t(m.rows * m.cols) * ds_dtype_bytes(m.dtype); }

Prepare matmul(const Sizes &s, ds_dtype dtype, int64_t n, int64_t k) {
  return [=](Side &side) {
    const std::vector<ds_matrix> w = copies(side, s.rotate, dtype, n, k);
    const ds_view in = side.floats(k), out = side.alloc(uint64_t(n) * 4);
    return Ready{[=, &side](int64_t i) { return side.api().matmul(side.device(), out, n, in, k, &w[size_t(i) % w.size()], 1); },
                 [=, &side] { return side.read(out, n); }, matrix_bytes(w[0]) + uint64_t(n + k) * 4};
  };
}

Prepare attention(const Sizes &s) {
  return [=](Side &side) {
    const int64_t query = int64_t(s.heads) * (s.nope + s.rope), out_cols = int64_t(s.heads) * s.value;
    const std::vector<ds_matrix> kv_b = copies(side, s.rotate, DS_F8_E4M3, int64_t(s.heads) * (s.nope + s.value), s.kv_lora);
    const ds_view q = side.floats(query), latent = side.floats(s.context * s.kv_lora), rope = side.floats(s.context * s.rope);
    const ds_view out = side.alloc(uint64_t(out_cols) * 4);
    const ds_attention_options options{s.heads, s.nope, s.rope, s.value, s.kv_lora, s.context - 1, 1 / std::sqrt(float(s.nope + s.rope))};
    return Ready{[=, &side](int64_t i) { return side.api().mla_attention(side.device(), out, q, latent, rope, &kv_b[size_t(i) % kv_b.size()], &options, 1); },
                 [=, &side] { return side.read(out, out_cols); },
                 matrix_bytes(kv_b[0]) + uint64_t(s.context * (s.kv_lora + s.rope) + query + out_cols) * 4};
  };
}

Prepare route(const Sizes &s) {
  return [=](Side &side) {
    const ds_view logits = side.floats(s.experts), bias = side.floats(s.experts), ids = side.alloc(uint64_t(s.top_k) * 4), weights = side.alloc(uint64_t(s.top_k) * 4);
    const ds_route_options options{s.experts, s.top_k, s.groups, s.group_choices, DS_SCORING_SIGMOID, DS_GROUP_TOP2_SUM, 1, 2.5f};
    return Ready{[=, &side](int64_t) { return side.api().moe_route(side.device(), ids, weights, {}, logits, bias, DS_F32, &options, 1); },
                 [=, &side] { return side.read(weights, s.top_k); }, uint64_t(2 * s.experts + 2 * s.top_k) * 4};
  };
}

// The experts that one token touches; others are not allocated.
Prepare experts(const Sizes &s) {
  return [=](Side &side) {
    const ds_matrix w13 = side.weights(DS_F8_E4M3, int64_t(s.top_k) * 2 * s.inner, s.hidden, 2 * s.top_k);
    const ds_matrix w2 = side.weights(DS_F8_E4M3, int64_t(s.top_k) * s.hidden, s.inner, s.top_k);
    std::vector<int32_t> chosen(static_cast<size_t>(s.top_k));
    std::iota(chosen.begin(), chosen.end(), 0);
    const ds_view in = side.floats(s.hidden), ids = side.alloc(chosen.size() * 4), weights = side.floats(s.top_k), out = side.alloc(uint64_t(s.hidden) * 4);
    need(side.backend(), side.api().upload(side.device(), ids, chosen.data(), chosen.size() * 4));
    return Ready{[=, &side](int64_t) { return side.api().moe_ffn(side.device(), out, in, ids, weights, &w13, &w2, s.top_k, s.top_k, 1); },
                 [=, &side] { return side.read(out, s.hidden); }, matrix_bytes(w13) + matrix_bytes(w2) + uint64_t(2 * s.hidden) * 4};
  };
}

Prepare embed(const Sizes &s, int64_t rows, ds_dtype dtype) {
  return [=](Side &side) {
    const ds_matrix table = side.weights(dtype, rows, s.hidden);
    const ds_view out = side.alloc(uint64_t(rows * s.hidden) * 4);
    std::vector<int32_t> ids(static_cast<size_t>(rows));
    std::iota(ids.begin(), ids.end(), 0);
    return Ready{[=, &side](int64_t) { return side.api().embed_rows(side.device(), out, &table, ids.data(), nullptr, rows); },
                 [=, &side] { return side.read(out, rows * s.hidden); }, matrix_bytes(table) + uint64_t(rows * s.hidden) * 4};
  };
}

Prepare norm(const Sizes &s) {
  return [=](Side &side) {
    const int64_t n = s.hidden;
    const ds_view in = side.floats(n), weight = side.floats(n), out = side.alloc(uint64_t(n) * 4);
    return Ready{[=, &side](int64_t) { return side.api().rms_norm(side.device(), out, n, in, n, weight, DS_F32, 1, n, 1e-6f); },
                 [=, &side] { return side.read(out, n); }, uint64_t(3 * n) * 4};
  };
}

Prepare add(int64_t n) {
  return [=](Side &side) {
    const ds_view a = side.floats(n), b = side.floats(n);
    return Ready{[=, &side](int64_t) { return side.api().add(side.device(), a, b, n); }, [=, &side] { return side.read(a, n); }, uint64_t(3 * n) * 4};
  };
}

Prepare silu(const Sizes &s) {
  return [=](Side &side) {
    const int64_t n = s.inner;
    const ds_view in = side.floats(2 * n), out = side.alloc(uint64_t(n) * 4);
    return Ready{[=, &side](int64_t) { return side.api().silu_mul(side.device(), out, in, 1, n); }, [=, &side] { return side.read(out, n); }, uint64_t(3 * n) * 4};
  };
}

Prepare rope(const Sizes &s) {
  return [=](Side &side) {
    const int64_t head = s.nope + s.rope, n = s.heads * head;
    std::vector<float> table;
    for (int32_t i = 0; i < s.rope; i++) table.push_back(i < s.rope / 2 ? std::cos(0.1f * float(i)) : std::sin(0.1f * float(i - s.rope / 2)));
    const ds_view x = side.floats(n), angles = side.alloc(table.size() * 4);
    need(side.backend(), side.api().upload(side.device(), angles, table.data(), table.size() * 4));
    const ds_view part{x.buffer, uint64_t(s.nope) * 4};
    return Ready{[=, &side](int64_t) { return side.api().rope(side.device(), part, n, head, s.heads, s.rope, angles, 0, 1); },
                 [=, &side] { return side.read(x, n); }, uint64_t(2 * s.heads * s.rope + s.rope) * 4};
  };
}

Prepare top_logits(const Sizes &s) {
  return [=](Side &side) {
    const ds_view logits = side.floats(s.vocab);
    const auto out = std::make_shared<std::vector<float>>(2);
    return Ready{[=, &side](int64_t) {
                   int32_t id = 0;
                   return side.api().top_logits(side.device(), &id, out->data(), out->data() + 1, logits, 1, s.vocab, 1);
                 },
                 [=] { return *out; }, uint64_t(s.vocab) * 4};
  };
}

Prepare statistics(const Sizes &s) {
  return [=](Side &side) {
    const ds_matrix data = side.weights(DS_BF16, s.inner, s.hidden);
    const auto out = std::make_shared<ds_statistics>();
    return Ready{[=, &side](int64_t) { return side.api().statistics(side.device(), out.get(), data.data, DS_BF16, data.rows * data.cols); },
                 [=] { return std::vector<float>{out->min, out->max, float(out->mean), float(out->mean_square)}; }, matrix_bytes(data)};
  };
}

std::vector<float> first_result(const std::shared_ptr<Backend> &backend, const Prepare &prepare) {
  Side side(backend);
  const Ready ready = prepare(side);
  need(*backend, ready.call(0));
  return ready.result();
}

double largest_error(const std::vector<float> &actual, const std::vector<float> &expected) {
  double most = 0, worst = 0;
  for (size_t i = 0; i < expected.size(); i++) {
    const double delta = std::fabs(double(actual[i]) - double(expected[i]));
    worst = std::isnan(delta) ? INFINITY : std::max(worst, delta);
    most = std::max(most, std::fabs(double(expected[i])));
  }
  return most > 0 ? worst / most : worst;
}

Row time_case(const std::string &name, const Prepare &prepare, const std::shared_ptr<Backend> &backend, const Sizes &s) {
  Row row;
  row.name = name;
  Side side(backend);
  const Ready ready = prepare(side);
  row.bytes = ready.bytes;
  row.micros = micros_of(*backend, s.batch_millis, ready.call);
  return row;
}

}  // namespace

Row time_copy(const std::shared_ptr<Backend> &backend, const Sizes &s) {
  return time_case("copy", embed(s, s.copy_rows, DS_F32), backend, s);
}

std::vector<Row> time_kernels(const std::shared_ptr<Backend> &backend, const std::shared_ptr<Backend> &reference, double tolerance, const Sizes &s) {
  const int64_t query = int64_t(s.heads) * (s.nope + s.rope);
  const std::pair<const char *, Prepare> cases[] = {
      {"embed_rows bf16", embed(s, 1, DS_BF16)},
      {"rms_norm", norm(s)},
      {"add", add(s.hidden)},
      {"silu_mul", silu(s)},
      {"rope", rope(s)},
      {"matmul eh_proj bf16", matmul(s, DS_BF16, s.hidden, 2 * int64_t(s.hidden))},
      {"matmul fused_qkv_a_proj fp8", matmul(s, DS_F8_E4M3, s.q_lora + s.kv_lora + s.rope, s.hidden)},
      {"matmul q_b_proj fp8", matmul(s, DS_F8_E4M3, query, s.q_lora)},
      {"mla_attention fp8", attention(s)},
      {"matmul o_proj fp8", matmul(s, DS_F8_E4M3, s.hidden, int64_t(s.heads) * s.value)},
      {"matmul gate bf16", matmul(s, DS_BF16, s.experts, s.hidden)},
      {"moe_route", route(s)},
      {"moe_ffn fp8", experts(s)},
      {"matmul shared_experts fp8", matmul(s, DS_F8_E4M3, 2 * int64_t(s.inner), s.hidden)},
      {"matmul head bf16", matmul(s, DS_BF16, s.vocab, s.hidden)},
      {"top_logits", top_logits(s)},
      {"statistics bf16", statistics(s)},
  };
  std::vector<Row> rows;
  for (const auto &[name, prepare] : cases) {
    const double error = largest_error(first_result(backend, prepare), first_result(reference, prepare));
    rows.push_back(time_case(name, prepare, backend, s));
    rows.back().error = error;
    if (error > tolerance) rows.back().failure = "differs from the reference by more than the tolerance";
  }
  return rows;
}

}  // namespace draftscope::bench
