// See decoder_layer.h.
#include "model/decoder_layer.h"

namespace draftscope {
namespace {

void run_attention(KernelCalls &calls, const Model::Bound &model, const AttentionWeights &w, const LayerCache &cache, const PassRows &pass,
                   PassScratch &s) {
  const ModelConfig &c = model.config;
  const int64_t rows = pass.rows, latent_cols = int64_t(c.q_lora) + c.kv_lora;
  calls.linear(s.latent, latent_cols, s.normed, c.hidden, w.latent, rows);
  // Keys go straight into the cache: the latent normed, the shared rope key rotated.
  const ds_view cache_latent = advance(cache.latent, pass.first_row * c.kv_lora);
  const ds_view cache_rope = advance(cache.rope, pass.first_row * c.rope_dim);
  calls.norm(cache_latent, c.kv_lora, advance(s.latent, c.q_lora), latent_cols, w.kv_norm, rows, c.kv_lora, c.rms_eps);
  calls.linear(cache_rope, c.rope_dim, s.normed, c.hidden, w.rope_key, rows);
  calls.rope(cache_rope, c.rope_dim, c.rope_dim, 1, c.rope_dim, pass.rope_table, pass.first_row, rows);

  const int64_t query_cols = model.heads_query();
  if (c.q_lora > 0) {
    calls.norm(s.query_input, c.q_lora, s.latent, latent_cols, w.q_norm, rows, c.q_lora, c.rms_eps);
    calls.linear(s.query, query_cols, s.query_input, c.q_lora, w.q, rows);
  } else {
    calls.linear(s.query, query_cols, s.normed, c.hidden, w.q, rows);
  }
  calls.rope(advance(s.query, c.nope_dim), query_cols, c.nope_dim + c.rope_dim, c.heads, c.rope_dim, pass.rope_table, pass.first_row, rows);

  const ds_attention_options options{c.heads, c.nope_dim, c.rope_dim, c.value_dim, c.kv_lora, pass.first_row, pass.attention_scale};
  calls.attention(s.attended, s.query, cache.latent, cache.rope, w.kv_b, options, rows);
  calls.linear(s.branch, c.hidden, s.attended, model.heads_value(), w.o, rows);
}

void run_feed_forward(KernelCalls &calls, const ModelConfig &c, const FeedForward &w, PassScratch &s, ds_view out, int64_t rows) {
  calls.linear(s.gate_up, w.gate_up.rows, s.normed, c.hidden, w.gate_up, rows);
  calls.silu_mul(s.activated, s.gate_up, rows, w.down.cols);
  calls.linear(out, c.hidden, s.activated, w.down.cols, w.down, rows);
}

void run_moe(KernelCalls &calls, const ModelConfig &c, const DecoderLayer &layer, PassScratch &s, ds_view routed, int64_t rows, RoutingTrace *trace) {
  calls.linear(s.router, c.experts, s.normed, c.hidden, layer.router, rows);
  const ds_route_options options{c.experts, c.top_k, c.n_group, c.topk_group, c.scoring, c.grouping, c.normalize_topk ? 1 : 0, c.routed_scale};
  calls.route(routed, s.weights, trace != nullptr ? s.scores : ds_view{}, s.router, layer, options, rows);
  if (trace != nullptr) {
    trace->weights.resize(size_t(rows * c.top_k));
    trace->scores.resize(size_t(rows * c.experts));
    calls.download(trace->weights.data(), s.weights, trace->weights.size() * sizeof(float));
    calls.download(trace->scores.data(), s.scores, trace->scores.size() * sizeof(float));
  }
  calls.experts(s.branch, s.normed, routed, s.weights, layer, c.experts, c.top_k, rows);
  if (c.shared_experts > 0) {
    run_feed_forward(calls, c, layer.shared, s, s.shared, rows);
    calls.add(s.branch, s.shared, rows * c.hidden);
  }
}

}  // namespace

void run_decoder_layer(KernelCalls &calls, const Model::Bound &model, const DecoderLayer &layer, const LayerCache &cache, const PassRows &pass,
                       PassScratch &s, ds_view x, ds_view routed, RoutingTrace *trace) {
  const ModelConfig &c = model.config;
  calls.norm(s.normed, c.hidden, x, c.hidden, layer.input_norm, pass.rows, c.hidden, c.rms_eps);
  run_attention(calls, model, layer.attention, cache, pass, s);
  calls.add(x, s.branch, pass.rows * c.hidden);

  calls.norm(s.normed, c.hidden, x, c.hidden, layer.post_norm, pass.rows, c.hidden, c.rms_eps);
  if (layer.moe) {
    run_moe(calls, c, layer, s, routed, pass.rows, trace);
  } else {
    run_feed_forward(calls, c, layer.dense, s, s.branch, pass.rows);
  }
  calls.add(x, s.branch, pass.rows * c.hidden);
}

}  // namespace draftscope
