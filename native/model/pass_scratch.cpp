// See pass_scratch.h.
#include "model/pass_scratch.h"

#include <algorithm>

namespace draftscope {

Status PassScratch::reserve(const Model::Bound &model, int64_t rows) {
  if (rows <= rows_) return Status::success();
  const ModelConfig &c = model.config;
  // Sizes of a kind of layer that the model does not have stand for nothing, and may be anything.
  const int64_t moe_layers = std::count_if(model.layers.begin(), model.layers.end(), [](const DecoderLayer &layer) { return layer.moe; });
  const int64_t mtp_moe_layers = std::count_if(model.mtp.begin(), model.mtp.end(), [](const MtpLayer &layer) { return layer.block.moe; });
  const bool any_moe = moe_layers + mtp_moe_layers > 0;
  const bool any_dense = moe_layers + mtp_moe_layers < int64_t(model.layers.size() + model.mtp.size());
  const int64_t inner = std::max<int64_t>(any_dense ? c.intermediate : 0, any_moe ? model.shared_inner() : 0);
  const int64_t experts = any_moe ? c.experts : 0, top_k = any_moe ? c.top_k : 0;
  const struct {
    ds_view *view;
    int64_t cols;
  } pieces[] = {
      {&normed, c.hidden},
      {&branch, c.hidden},
      {&shared, c.hidden},
      {&pair, 2 * int64_t(c.hidden)},
      {&latent, int64_t(c.q_lora) + c.kv_lora},
      {&query_input, c.q_lora},
      {&query, model.heads_query()},
      {&attended, model.heads_value()},
      {&gate_up, 2 * inner},
      {&activated, inner},
      {&router, experts},
      {&scores, experts},
      {&weights, top_k},
      {&routed, std::max<int64_t>(moe_layers, 1) * top_k},
  };
  // Every piece begins at a multiple of 256 bytes, which suits any device.
  const auto piece_bytes = [&](int64_t cols) { return (uint64_t(cols) * uint64_t(rows) * sizeof(float) + 255) / 256 * 256; };
  uint64_t total = 0;
  for (const auto &piece : pieces) total += piece_bytes(piece.cols);
  rows_ = 0;
  if (Status status = buffer_.reserve(model.store->backend_pointer(), total, "allocating the activations of a pass"); !status.ok()) return status;
  uint64_t offset = 0;
  for (const auto &piece : pieces) {
    *piece.view = buffer_.view(offset);
    offset += piece_bytes(piece.cols);
  }
  rows_ = rows;
  return Status::success();
}

}  // namespace draftscope
