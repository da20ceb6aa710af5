// A model's parameters as the forward pass wants them: checked, typed, and cut into the matrices one matmul takes.
#pragma once

#include <memory>
#include <vector>

#include "model/model.h"

namespace draftscope {

// A linear layer as the matrices that make it up, stacked by rows. One in most cases; more where the block scales of
// merged parts do not line up with one grid of blocks.
struct Linear {
  struct Part {
    ds_matrix matrix{};
    int64_t first_col = 0;  // of the output
  };
  std::vector<Part> parts;
  int64_t rows = 0, cols = 0;  // output and input features
};

struct Norm {
  ds_view weight{};
  ds_dtype dtype = DS_F32;
};

struct AttentionWeights {
  Linear latent;    // [q_lora + kv_lora, H], or [kv_lora, H] without q_lora
  Linear rope_key;  // [rope, H]
  Linear q;         // [heads*(nope+rope), q_lora], or from H without q_lora
  Norm q_norm, kv_norm;
  ds_matrix kv_b{};
  Linear o;
};

struct FeedForward {
  Linear gate_up;  // gate rows, then up rows
  Linear down;
};

struct DecoderLayer {
  Norm input_norm, post_norm;
  AttentionWeights attention;
  bool moe = false;
  FeedForward dense;   // of a dense layer
  FeedForward shared;  // of a MoE layer with shared experts
  Linear router;       // [experts, H]
  ds_view bias{};      // buffer null = none
  ds_dtype bias_dtype = DS_F32;
  ds_matrix w13{}, w2{};
};

struct MtpLayer {
  Norm embedding_norm, hidden_norm, head_norm;
  Linear eh_proj;
  DecoderLayer block;
  ds_matrix embedding{};  // data.buffer null = the target's
  Linear head;            // no parts = the target's
};

struct Model::Bound {
  ModelConfig config;
  std::shared_ptr<WeightStore> store;
  ds_matrix embedding{};
  Norm final_norm;
  Linear head;
  std::vector<DecoderLayer> layers;
  std::vector<MtpLayer> mtp;

  int64_t heads_query() const { return int64_t(config.heads) * (int64_t(config.nope_dim) + config.rope_dim); }
  int64_t heads_value() const { return int64_t(config.heads) * config.value_dim; }
  int64_t shared_inner() const { return int64_t(config.moe_intermediate) * config.shared_experts; }
};

// Layer `index` counts through the MTP layers too (the first is config.layers).
bool is_moe_layer(const ModelConfig &config, int32_t index);

}  // namespace draftscope
