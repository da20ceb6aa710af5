// One decoder layer, the same for the target and for an MTP module.
#pragma once

#include "model/kernel_calls.h"
#include "model/pass_scratch.h"

namespace draftscope {

// Keys of one layer: cache row r holds what token r left.
struct LayerCache {
  ds_view latent;  // [max_rows, kv_lora], normed
  ds_view rope;    // [max_rows, rope], rotated
};

struct PassRows {
  int64_t first_row;   // cache row of the pass's first token
  int64_t rows;
  ds_view rope_table;  // [max_rows, rope]
  float attention_scale;
};

// Where a MoE layer's routing is copied to when it is wanted: row by row at the end of each.
struct RoutingTrace {
  std::vector<float> weights;  // [rows, top_k]
  std::vector<float> scores;   // [rows, experts]
};

// x [rows, H] becomes x + attention + FFN; cache rows first_row .. first_row+rows-1 are written.
// routed int32 [rows, top_k] gets the chosen experts of a MoE layer.
void run_decoder_layer(KernelCalls &calls, const Model::Bound &model, const DecoderLayer &layer, const LayerCache &cache, const PassRows &pass,
                       PassScratch &scratch, ds_view x, ds_view routed, RoutingTrace *trace = nullptr);

}  // namespace draftscope
