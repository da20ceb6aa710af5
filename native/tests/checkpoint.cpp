// See checkpoint.h.
#include "tests/checkpoint.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "model/bound.h"
#include "tests/json.h"

namespace draftscope::tests {
namespace {

// Collects parameters and what fills them.
struct LoadList {
  const TensorFiles &files;
  std::vector<ParameterSpec> specs = {};
  std::vector<ReadItem> items = {};

  void read(const Tensor &tensor, int64_t dst_offset) {
    int64_t elements = 1;
    for (const int64_t size : tensor.shape) elements *= size;
    const int64_t cols = tensor.shape.back(), rows = cols == 0 ? 0 : elements / cols;
    ReadItem item;
    item.file = tensor.file;
    item.parameter = int32_t(specs.size()) - 1;
    item.file_offset = tensor.offset;
    item.rows = rows;
    item.cols = cols;
    item.src_row_bytes = cols * int64_t(ds_dtype_bytes(tensor.dtype));
    item.src_dtype = tensor.dtype;
    item.dst_offset = dst_offset;
    item.dst_stride = cols;
    items.push_back(item);
  }

  // One parameter from tensors stacked by rows; leading: sizes in front (experts).
  void stack(const std::string &parameter, const std::vector<std::string> &tensors, int64_t leading = 0) {
    const Tensor &first = files.at(tensors.at(0));
    int64_t elements = 0, rows = 0;
    specs.push_back({parameter, first.dtype, {}});
    for (const std::string &name : tensors) {
      const Tensor &tensor = files.at(name);
      read(tensor, elements);
      rows += tensor.shape[0];
      elements += tensor.shape[0] * (tensor.shape.size() > 1 ? tensor.shape[1] : 1);
    }
    std::vector<int64_t> &shape = specs.back().shape;
    if (leading > 0) shape.push_back(leading);
    shape.push_back(leading > 0 ? rows / leading : rows);
    if (first.shape.size() > 1) shape.push_back(first.shape[1]);
  }

  // A weight with the block scales that may belong to it.
  void weight(const std::string &parameter, const std::string &tensor) {
    stack(parameter, {tensor});
    if (files.has(tensor + "_scale_inv")) stack(parameter + "_scale_inv", {tensor + "_scale_inv"});
  }

  // One merged parameter, scales stacked like the parts; or one parameter per part where `separate` is set and there are scales.
  void merge(const std::string &to, const std::string &from, const std::string &fused, const std::vector<std::string> &parts, bool separate) {
    std::vector<std::string> tensors, scales;
    for (const std::string &part : parts) {
      tensors.push_back(from + part + ".weight");
      if (files.has(tensors.back() + "_scale_inv")) scales.push_back(tensors.back() + "_scale_inv");
    }
    if (separate && !scales.empty()) {
      for (const std::string &part : parts) weight(to + part + ".weight", from + part + ".weight");
      return;
    }
    stack(to + fused + ".weight", tensors);
    if (!scales.empty()) stack(to + fused + ".weight_scale_inv", scales);
  }

  void experts(const std::string &to, const std::string &from, int32_t count, const std::string &suffix) {
    std::vector<std::string> w13, w2;
    for (int32_t e = 0; e < count; e++) {
      const std::string expert = from + std::to_string(e) + ".";
      w13.push_back(expert + "gate_proj.weight" + suffix);
      w13.push_back(expert + "up_proj.weight" + suffix);
      w2.push_back(expert + "down_proj.weight" + suffix);
    }
    stack(to + "w13_weight" + suffix, w13, count);
    stack(to + "w2_weight" + suffix, w2, count);
  }
};

void add_layer(LoadList &list, const ModelConfig &c, const std::string &to, const std::string &from, bool moe) {
  list.weight(to + "input_layernorm.weight", from + "input_layernorm.weight");
  list.weight(to + "post_attention_layernorm.weight", from + "post_attention_layernorm.weight");
  const std::string to_attn = to + "self_attn.", from_attn = from + "self_attn.";
  std::vector<std::string> names = {"kv_a_layernorm", "kv_b_proj", "o_proj"};
  if (c.q_lora > 0) {
    list.merge(to_attn, from_attn, "fused_qkv_a_proj", {"q_a_proj", "kv_a_proj_with_mqa"}, true);
    names.insert(names.end(), {"q_a_layernorm", "q_b_proj"});
  } else {
    names.insert(names.end(), {"q_proj", "kv_a_proj_with_mqa"});
  }
  for (const std::string &name : names) list.weight(to_attn + name + ".weight", from_attn + name + ".weight");
  const std::string to_mlp = to + "mlp.", from_mlp = from + "mlp.";
  if (!moe) {
    list.merge(to_mlp, from_mlp, "gate_up_proj", {"gate_proj", "up_proj"}, false);
    list.weight(to_mlp + "down_proj.weight", from_mlp + "down_proj.weight");
    return;
  }
  list.weight(to_mlp + "gate.weight", from_mlp + "gate.weight");
  const std::string bias = "gate.e_score_correction_bias";
  if (list.files.has(from_mlp + bias)) list.stack(to_mlp + bias, {from_mlp + bias});
  list.experts(to_mlp + "experts.", from_mlp + "experts.", c.experts, "");
  if (list.files.has(from_mlp + "experts.0.gate_proj.weight_scale_inv")) list.experts(to_mlp + "experts.", from_mlp + "experts.", c.experts, "_scale_inv");
  if (c.shared_experts > 0) {
    list.merge(to_mlp + "shared_experts.", from_mlp + "shared_experts.", "gate_up_proj", {"gate_proj", "up_proj"}, false);
    list.weight(to_mlp + "shared_experts.down_proj.weight", from_mlp + "shared_experts.down_proj.weight");
  }
}

}  // namespace

ModelConfig read_model_config(const std::string &folder) {
  const Json json = parse_json(read_text(folder + "/config.json"));
  ModelConfig c;
  c.hidden = int32_t(json.integer_or("hidden_size", 0));
  c.layers = int32_t(json.integer_or("num_hidden_layers", 0));
  c.mtp_layers = int32_t(json.integer_or("num_nextn_predict_layers", 0));
  c.heads = int32_t(json.integer_or("num_attention_heads", 0));
  c.q_lora = int32_t(json.integer_or("q_lora_rank", 0));
  c.kv_lora = int32_t(json.integer_or("kv_lora_rank", 0));
  c.nope_dim = int32_t(json.integer_or("qk_nope_head_dim", 0));
  c.rope_dim = int32_t(json.integer_or("qk_rope_head_dim", 0));
  c.value_dim = int32_t(json.integer_or("v_head_dim", 0));
  c.intermediate = int32_t(json.integer_or("intermediate_size", 0));
  c.moe_intermediate = int32_t(json.integer_or("moe_intermediate_size", 0));
  c.experts = int32_t(json.integer_or("n_routed_experts", 0));
  c.shared_experts = int32_t(json.integer_or("n_shared_experts", 0));
  c.top_k = int32_t(json.integer_or("num_experts_per_tok", 0));
  c.first_dense = int32_t(json.integer_or("first_k_dense_replace", 0));
  c.moe_layer_freq = int32_t(json.integer_or("moe_layer_freq", 1));
  c.n_group = int32_t(json.integer_or("n_group", 1));
  c.topk_group = int32_t(json.integer_or("topk_group", 1));
  c.scoring = json.text_or("scoring_func", "softmax") == "sigmoid" ? DS_SCORING_SIGMOID : DS_SCORING_SOFTMAX;
  const std::string method = json.text_or("topk_method", "greedy");
  c.grouping = method == "noaux_tc" ? DS_GROUP_TOP2_SUM : method == "group_limited_greedy" ? DS_GROUP_MAX : DS_GROUP_NONE;
  c.normalize_topk = json["norm_topk_prob"].boolean;
  c.routed_scale = float(json.number_or("routed_scaling_factor", 1));
  c.rms_eps = float(json.number_or("rms_norm_eps", 1e-6));
  c.rope_theta = float(json.number_or("rope_theta", 10000));
  c.vocab = int32_t(json.integer_or("vocab_size", 0));
  if (json.has("quantization_config") && json["quantization_config"].has("weight_block_size")) {
    const Json &block = json["quantization_config"]["weight_block_size"];
    c.block_rows = int32_t(block.items.at(0).number);
    c.block_cols = int32_t(block.items.at(1).number);
  }
  if (json.has("rope_scaling")) {
    const Json &yarn = json["rope_scaling"];
    c.yarn.factor = float(yarn.number_or("factor", 1));
    c.yarn.beta_fast = float(yarn.number_or("beta_fast", 32));
    c.yarn.beta_slow = float(yarn.number_or("beta_slow", 1));
    c.yarn.mscale = float(yarn.number_or("mscale", 1));
    c.yarn.mscale_all_dim = float(yarn.number_or("mscale_all_dim", 0));
    c.yarn.original_positions = yarn.integer_or("original_max_position_embeddings", 4096);
  }
  return c;
}

TensorFiles open_checkpoint(const std::string &folder) {
  std::vector<std::string> paths;
  for (const auto &entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("model", 0) == 0 && entry.path().extension() == ".safetensors") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  TensorFiles files;
  for (const std::string &path : paths) files.add(path);
  return files;
}

std::shared_ptr<WeightStore> load_checkpoint(const std::shared_ptr<Backend> &backend, const ModelConfig &c, const TensorFiles &files) {
  LoadList list{files};
  const std::string embedding = "model.embed_tokens.weight", head = "lm_head.weight";
  for (const std::string &name : {embedding, std::string("model.norm.weight")}) list.weight("target/" + name, name);
  list.weight("target/" + head, files.has(head) ? head : embedding);  // tied where there is none
  for (int32_t i = 0; i < c.layers; i++) {
    const std::string layer = "model.layers." + std::to_string(i) + ".";
    add_layer(list, c, "target/" + layer, layer, is_moe_layer(c, i));
  }
  for (int32_t i = c.layers; i < c.layers + c.mtp_layers; i++) {
    const std::string layer = "model.layers." + std::to_string(i) + ".";
    for (const char *name : {"enorm.weight", "hnorm.weight", "eh_proj.weight", "shared_head.norm.weight"}) list.weight("mtp/" + layer + name, layer + name);
    for (const char *name : {"embed_tokens.weight", "shared_head.head.weight"}) {
      if (files.has(layer + name)) list.weight("mtp/" + layer + name, layer + name);
    }
    add_layer(list, c, "mtp/" + layer + "mtp_block.", layer, is_moe_layer(c, i));
  }
  std::vector<SourceFile> sources;
  for (const std::string &path : files.paths) sources.push_back({path, std::filesystem::file_size(path), 0});
  std::shared_ptr<WeightStore> store;
  if (Status status = WeightStore::create(backend, list.specs, store); !status.ok()) throw std::runtime_error(status.message);
  LoadControl control(list.items.size(), list.specs.size());
  if (Status status = store->load(sources, list.items, {2, false}, control); !status.ok()) throw std::runtime_error(status.message);
  return store;
}

}  // namespace draftscope::tests
