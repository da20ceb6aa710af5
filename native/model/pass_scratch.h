// Activations of one pass, in one buffer that only grows.
#pragma once

#include "model/bound.h"
#include "model/device_buffer.h"

namespace draftscope {

struct PassScratch {
  ds_view normed;       // [rows, H]
  ds_view branch;       // [rows, H] what an attention or an FFN adds
  ds_view shared;       // [rows, H] of the shared experts
  ds_view pair;         // [rows, 2H] embedding half, hidden half
  ds_view latent;       // [rows, q_lora + kv_lora]
  ds_view query_input;  // [rows, q_lora]
  ds_view query;        // [rows, heads*(nope+rope)]
  ds_view attended;     // [rows, heads*value]
  ds_view gate_up;      // [rows, 2*inner]
  ds_view activated;    // [rows, inner]
  ds_view router;       // [rows, experts]
  ds_view scores;       // [rows, experts] when they are traced
  ds_view weights;      // [rows, top_k]
  ds_view routed;       // int32 [MoE layers of the pass, rows, top_k]

  Status reserve(const Model::Bound &model, int64_t rows);
  uint64_t bytes() const { return buffer_.bytes(); }

 private:
  DeviceBuffer buffer_;
  int64_t rows_ = 0;
};

}  // namespace draftscope
