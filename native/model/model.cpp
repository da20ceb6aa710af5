// Binds a model to the parameters of a WeightStore, by name.
//
// Target: target/model.embed_tokens.weight, target/model.norm.weight, target/lm_head.weight, target/model.layers.I.<layer>.
// MTP layer L (absolute index): mtp/model.layers.L.{enorm,hnorm,eh_proj}.weight, .mtp_block.<layer>, .shared_head.norm.weight,
// and optionally .embed_tokens.weight and .shared_head.head.weight.
#include "model/parameter_binder.h"

namespace draftscope {
namespace {

Status check_config(const ModelConfig &c) {
  const auto refuse = [](const std::string &why) { return Status::failure(DS_INVALID_ARGUMENT, "model configuration: " + why); };
  if (c.hidden <= 0 || c.layers <= 0 || c.heads <= 0 || c.vocab <= 0 || c.mtp_layers < 0) return refuse("hidden, layers, heads and vocab must be positive");
  if (c.q_lora < 0 || c.kv_lora <= 0 || c.nope_dim <= 0 || c.rope_dim <= 0 || c.rope_dim % 2 != 0 || c.value_dim <= 0) {
    return refuse("the attention needs positive kv_lora, nope, rope (even) and value dimensions");
  }
  if (c.moe_layer_freq <= 0) return refuse("moe_layer_freq must be positive");
  bool any_moe = false, any_dense = false;
  if (c.mtp_layers > INT32_MAX - c.layers) return refuse("there are too many layers");
  for (int32_t i = 0; i < c.layers + c.mtp_layers && !(any_moe && any_dense); i++) (is_moe_layer(c, i) ? any_moe : any_dense) = true;
  if (c.block_rows <= 0 || c.block_cols <= 0) return refuse("scale blocks of " + std::to_string(c.block_rows) + " x " + std::to_string(c.block_cols));
  if (any_dense && c.intermediate <= 0) return refuse("a dense layer needs intermediate_size");
  if (any_moe && (c.moe_intermediate <= 0 || c.shared_experts < 0)) return refuse("a MoE layer needs moe_intermediate_size");
  if (any_moe && (c.top_k <= 0 || c.top_k > c.experts)) return refuse(std::to_string(c.top_k) + " experts per token of " + std::to_string(c.experts));
  return Status::success();
}

AttentionWeights bind_attention(ParameterBinder &bind, const ModelConfig &c, const std::string &prefix) {
  AttentionWeights a;
  const int64_t query = int64_t(c.heads) * (int64_t(c.nope_dim) + c.rope_dim);
  const int64_t kv_rows = int64_t(c.kv_lora) + c.rope_dim;
  Linear down;
  if (c.q_lora > 0) {
    down = bind.merged(prefix + "fused_qkv_a_proj.weight", {prefix + "q_a_proj.weight", prefix + "kv_a_proj_with_mqa.weight"}, {c.q_lora, kv_rows}, c.hidden);
    a.q_norm = bind.norm(prefix + "q_a_layernorm.weight", c.q_lora);
    a.q = bind.linear(prefix + "q_b_proj.weight", query, c.q_lora);
  } else {
    down = bind.linear(prefix + "kv_a_proj_with_mqa.weight", kv_rows, c.hidden);
    a.q = bind.linear(prefix + "q_proj.weight", query, c.hidden);
  }
  const int64_t latent_rows = int64_t(c.q_lora) + c.kv_lora;
  a.latent = slice_rows(down, 0, latent_rows);
  a.rope_key = slice_rows(down, latent_rows, c.rope_dim);
  a.kv_norm = bind.norm(prefix + "kv_a_layernorm.weight", c.kv_lora);
  a.kv_b = bind.matrix(prefix + "kv_b_proj.weight", int64_t(c.heads) * (int64_t(c.nope_dim) + c.value_dim), c.kv_lora);
  a.o = bind.linear(prefix + "o_proj.weight", c.hidden, int64_t(c.heads) * c.value_dim);
  return a;
}

FeedForward bind_feed_forward(ParameterBinder &bind, const std::string &prefix, int64_t hidden, int64_t inner) {
  return {bind.merged(prefix + "gate_up_proj.weight", {prefix + "gate_proj.weight", prefix + "up_proj.weight"}, {inner, inner}, hidden),
          bind.linear(prefix + "down_proj.weight", hidden, inner)};
}

DecoderLayer bind_layer(ParameterBinder &bind, const ModelConfig &c, const std::string &prefix, bool moe) {
  DecoderLayer layer;
  layer.input_norm = bind.norm(prefix + "input_layernorm.weight", c.hidden);
  layer.attention = bind_attention(bind, c, prefix + "self_attn.");
  layer.post_norm = bind.norm(prefix + "post_attention_layernorm.weight", c.hidden);
  layer.moe = moe;
  const std::string mlp = prefix + "mlp.";
  if (!moe) {
    layer.dense = bind_feed_forward(bind, mlp, c.hidden, c.intermediate);
    return layer;
  }
  layer.router = bind.linear(mlp + "gate.weight", c.experts, c.hidden);
  if (bind.has(mlp + "gate.e_score_correction_bias")) {
    const Norm bias = bind.norm(mlp + "gate.e_score_correction_bias", c.experts);
    layer.bias = bias.weight;
    layer.bias_dtype = bias.dtype;
  }
  layer.w13 = bind.experts(mlp + "experts.w13_weight", c.experts, 2 * int64_t(c.moe_intermediate), c.hidden, 2);
  layer.w2 = bind.experts(mlp + "experts.w2_weight", c.experts, c.hidden, c.moe_intermediate, 1);
  if (c.shared_experts > 0) {
    layer.shared = bind_feed_forward(bind, mlp + "shared_experts.", c.hidden, int64_t(c.moe_intermediate) * c.shared_experts);
  }
  return layer;
}

MtpLayer bind_mtp_layer(ParameterBinder &bind, const ModelConfig &c, int32_t index) {
  const std::string prefix = "mtp/model.layers." + std::to_string(index) + ".";
  MtpLayer layer;
  layer.embedding_norm = bind.norm(prefix + "enorm.weight", c.hidden);
  layer.hidden_norm = bind.norm(prefix + "hnorm.weight", c.hidden);
  layer.eh_proj = bind.linear(prefix + "eh_proj.weight", c.hidden, 2 * int64_t(c.hidden));
  layer.block = bind_layer(bind, c, prefix + "mtp_block.", is_moe_layer(c, index));
  layer.head_norm = bind.norm(prefix + "shared_head.norm.weight", c.hidden);
  if (bind.has(prefix + "embed_tokens.weight")) layer.embedding = bind.matrix(prefix + "embed_tokens.weight", c.vocab, c.hidden, true);
  if (bind.has(prefix + "shared_head.head.weight")) layer.head = bind.linear(prefix + "shared_head.head.weight", c.vocab, c.hidden, true);
  return layer;
}

}  // namespace

bool is_moe_layer(const ModelConfig &config, int32_t index) {
  return config.experts > 0 && index >= config.first_dense && index % config.moe_layer_freq == 0;
}

Status Model::create(const ModelConfig &config, std::shared_ptr<WeightStore> store, std::shared_ptr<Model> &out) {
  out.reset();
  if (Status status = check_config(config); !status.ok()) return status;
  ParameterBinder bind(*store, config.block_rows, config.block_cols);
  auto bound = std::make_unique<Bound>();
  bound->config = config;
  bound->embedding = bind.matrix("target/model.embed_tokens.weight", config.vocab, config.hidden, true);
  bound->final_norm = bind.norm("target/model.norm.weight", config.hidden);
  bound->head = bind.linear("target/lm_head.weight", config.vocab, config.hidden, true);
  for (int32_t i = 0; i < config.layers && bind.status().ok(); i++) {
    bound->layers.push_back(bind_layer(bind, config, "target/model.layers." + std::to_string(i) + ".", is_moe_layer(config, i)));
  }
  for (int32_t i = 0; i < config.mtp_layers && bind.status().ok(); i++) bound->mtp.push_back(bind_mtp_layer(bind, config, config.layers + i));
  if (!bind.status().ok()) return bind.status();
  bound->store = std::move(store);
  out = std::make_shared<Model>();
  out->bound_ = std::move(bound);
  return Status::success();
}

Model::~Model() = default;

const ModelConfig &Model::config() const { return bound_->config; }

}  // namespace draftscope
