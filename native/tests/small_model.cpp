// See small_model.h.
#include "tests/small_model.h"

namespace draftscope::tests {

ModelConfig small_config() {
  ModelConfig c;
  c.hidden = 24;
  c.layers = 2;
  c.mtp_layers = 1;
  c.heads = 2;
  c.q_lora = 10;
  c.kv_lora = 12;
  c.nope_dim = 6;
  c.rope_dim = 4;
  c.value_dim = 5;
  c.intermediate = 20;
  c.moe_intermediate = 14;
  c.experts = 4;
  c.shared_experts = 1;
  c.top_k = 2;
  c.first_dense = 1;
  c.scoring = DS_SCORING_SIGMOID;
  c.normalize_topk = true;
  c.vocab = 50;
  return c;
}

namespace {

void add_layer(std::vector<ParameterSpec> &specs, const ModelConfig &c, const std::string &prefix, bool moe) {
  const auto add = [&](const std::string &name, std::vector<int64_t> shape) { specs.push_back({prefix + name, DS_F32, std::move(shape)}); };
  add("input_layernorm.weight", {c.hidden});
  add("post_attention_layernorm.weight", {c.hidden});
  add("self_attn.fused_qkv_a_proj.weight", {c.q_lora + c.kv_lora + c.rope_dim, c.hidden});
  add("self_attn.q_a_layernorm.weight", {c.q_lora});
  add("self_attn.q_b_proj.weight", {c.heads * (c.nope_dim + c.rope_dim), c.q_lora});
  add("self_attn.kv_a_layernorm.weight", {c.kv_lora});
  add("self_attn.kv_b_proj.weight", {c.heads * (c.nope_dim + c.value_dim), c.kv_lora});
  add("self_attn.o_proj.weight", {c.hidden, c.heads * c.value_dim});
  if (!moe) {
    add("mlp.gate_up_proj.weight", {2 * c.intermediate, c.hidden});
    add("mlp.down_proj.weight", {c.hidden, c.intermediate});
    return;
  }
  add("mlp.gate.weight", {c.experts, c.hidden});
  add("mlp.experts.w13_weight", {c.experts, 2 * c.moe_intermediate, c.hidden});
  add("mlp.experts.w2_weight", {c.experts, c.hidden, c.moe_intermediate});
  add("mlp.shared_experts.gate_up_proj.weight", {2 * c.moe_intermediate, c.hidden});
  add("mlp.shared_experts.down_proj.weight", {c.hidden, c.moe_intermediate});
}

}  // namespace

std::vector<ParameterSpec> small_parameters(const ModelConfig &c) {
  std::vector<ParameterSpec> specs;
  specs.push_back({"target/model.embed_tokens.weight", DS_F32, {64, c.hidden}});  // padded vocabulary
  specs.push_back({"target/model.norm.weight", DS_F32, {c.hidden}});
  specs.push_back({"target/lm_head.weight", DS_F32, {c.vocab, c.hidden}});
  add_layer(specs, c, "target/model.layers.0.", false);
  add_layer(specs, c, "target/model.layers.1.", true);
  for (const char *name : {"enorm", "hnorm", "shared_head.norm"}) specs.push_back({std::string("mtp/model.layers.2.") + name + ".weight", DS_F32, {c.hidden}});
  specs.push_back({"mtp/model.layers.2.eh_proj.weight", DS_F32, {c.hidden, 2 * c.hidden}});
  add_layer(specs, c, "mtp/model.layers.2.mtp_block.", true);
  return specs;
}

Status make_model(Device &device, const ModelConfig &config, const std::vector<ParameterSpec> &specs, std::shared_ptr<Model> &out) {
  std::shared_ptr<WeightStore> store;
  if (Status status = WeightStore::create(device.backend(), specs, store); !status.ok()) return status;
  Random random(43);
  for (size_t i = 0; i < specs.size(); i++) {
    int64_t count = 1;
    for (const int64_t size : specs[i].shape) count *= size;
    const std::vector<float> values = random.normals(count, specs[i].shape.size() == 1 ? 1.0f : 0.3f);
    device.need(device.api().upload(device.handle(), store->view(int(i)), values.data(), values.size() * 4));
  }
  return Model::create(config, store, out);
}

Running::Running(Context &t, int64_t max_rows) : device(t.settings(), 2) {
  Status status = make_model(device, small_config(), small_parameters(small_config()), model);
  t.expect(status.ok(), status.message);
  status = Sequence::create(model, max_rows, sequence);
  t.expect(status.ok(), status.message);
  all.logit_rows = LogitRows::all;
  all.top = 3;
  all.want_logits = true;
  all.want_routed = true;
}

std::vector<int32_t> some_tokens(int64_t count, int32_t seed) {
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < count; i++) tokens.push_back(int32_t((i * 17 + seed) % 50));
  return tokens;
}

}  // namespace draftscope::tests
