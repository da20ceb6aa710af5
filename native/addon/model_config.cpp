#include "addon/model_config.h"

namespace draftscope::addon {

void read_model_config(ArgumentReader &reader, Napi::Value value, draftscope::ModelConfig &out) {
  reader.at("config");
  const Napi::Object config = reader.object(value, "");
  const auto size = [&](const char *key, int64_t lowest) { return int32_t(reader.integer(config, key, lowest, INT32_MAX)); };
  out.hidden = size("hidden", 1);
  out.layers = size("layers", 1);
  out.mtp_layers = size("mtpLayers", 0);
  out.heads = size("heads", 1);
  out.q_lora = size("qLora", 0);
  out.kv_lora = size("kvLora", 1);
  out.nope_dim = size("nopeDim", 0);
  out.rope_dim = size("ropeDim", 0);
  out.value_dim = size("valueDim", 1);
  out.intermediate = size("intermediate", 0);
  out.moe_intermediate = size("moeIntermediate", 0);
  out.experts = size("experts", 0);
  out.shared_experts = size("sharedExperts", 0);
  out.top_k = size("topK", 0);
  out.first_dense = size("firstDense", 0);
  out.moe_layer_freq = size("moeLayerFreq", 1);
  out.n_group = size("nGroup", 1);
  out.topk_group = size("topkGroup", 1);
  out.scoring = reader.choice<ds_scoring>(config, "scoring", {{"softmax", DS_SCORING_SOFTMAX}, {"sigmoid", DS_SCORING_SIGMOID}});
  out.grouping = reader.choice<ds_grouping>(config, "grouping", {{"none", DS_GROUP_NONE}, {"top2sum", DS_GROUP_TOP2_SUM}, {"max", DS_GROUP_MAX}});
  out.normalize_topk = reader.boolean(config, "normalizeTopk");
  out.routed_scale = float(reader.number(config, "routedScale"));
  out.rms_eps = float(reader.number(config, "rmsEps"));
  out.rope_theta = float(reader.number(config, "ropeTheta"));
  out.vocab = size("vocab", 1);
  out.block_rows = size("blockRows", 1);
  out.block_cols = size("blockCols", 1);

  const Napi::Value scaling = reader.member(config, "yarn");
  if (!scaling.IsEmpty() && scaling.IsNull()) return;
  reader.at("config.yarn");
  const Napi::Object yarn = reader.object(scaling, "");
  out.yarn.factor = float(reader.number(yarn, "factor"));
  out.yarn.beta_fast = float(reader.number(yarn, "betaFast"));
  out.yarn.beta_slow = float(reader.number(yarn, "betaSlow"));
  out.yarn.mscale = float(reader.number(yarn, "mscale"));
  out.yarn.mscale_all_dim = float(reader.number(yarn, "mscaleAllDim"));
  out.yarn.original_positions = reader.integer(yarn, "originalPositions", 1, kMaxSafeInteger);
}

}  // namespace draftscope::addon
