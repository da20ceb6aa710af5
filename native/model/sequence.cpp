// The target pass and the MTP pass over one text's caches.
#include <algorithm>
#include <numeric>

#include "model/decoder_layer.h"
#include "model/logit_rows.h"
#include "model/rope_table.h"

namespace draftscope {
namespace {

// A longer pass is cut: rows do not depend on how many share a call, and the activations stay small.
constexpr int64_t kPassRows = 256;

Status refuse(const std::string &why) { return Status::failure(DS_INVALID_ARGUMENT, why); }

// What decides which kernels a pass calls, as one number.
uint64_t shape_of(const Model::Bound &model, std::initializer_list<int64_t> parts) {
  uint64_t hash = reinterpret_cast<uintptr_t>(&model);
  for (const int64_t part : parts) hash = (hash ^ uint64_t(part)) * 0x9e3779b97f4a7c15u + (hash >> 29);
  return hash;
}

// Rows [count, width] of a piece become rows begin .. of group `group` in out [groups, rows, width].
void trace_rows(KernelCalls &calls, ds_view from, int64_t group, int64_t rows, int64_t begin, int64_t count, int64_t width, std::vector<float> &out) {
  out.resize(std::max(out.size(), size_t((group + 1) * rows * width)));
  calls.download(out.data() + (group * rows + begin) * width, from, uint64_t(count * width) * sizeof(float));
}

void add_routing(const RoutingTrace &routing, const ModelConfig &c, int64_t moe_layer, int64_t rows, int64_t begin, int64_t count, PassTrace &out) {
  const auto add = [&](const std::vector<float> &from, int64_t width, std::vector<float> &to) {
    to.resize(std::max(to.size(), size_t((moe_layer + 1) * rows * width)));
    if (int64_t(from.size()) == count * width) std::copy(from.begin(), from.end(), to.begin() + (moe_layer * rows + begin) * width);
  };
  add(routing.weights, c.top_k, out.route_weights);
  add(routing.scores, c.experts, out.route_scores);
}

}  // namespace

struct Sequence::State {
  std::shared_ptr<Model> model;
  std::shared_ptr<Backend> backend;
  int64_t max_rows = 0;
  std::vector<int64_t> positions;
  float scale = 1;
  DeviceBuffer caches;      // per layer, MTP layers last: latent [max_rows, kv_lora], rope [max_rows, rope]
  DeviceBuffer hidden;      // [2 + mtp layers, max_rows, H]: the target, every MTP layer, the target before model.norm
  DeviceBuffer rope_table;  // [max_rows, rope]
  LogitScratch logit_scratch;
  PassScratch scratch;
  std::vector<int64_t> rows_run;  // [1 + mtp layers]: rows 0 .. n-1 hold the present text

  const Model::Bound &bound() const { return model->bound(); }

  LayerCache cache(int64_t layer) const {
    const ModelConfig &c = bound().config;
    const ds_view begin = advance(caches.view(), layer * max_rows * (c.kv_lora + c.rope_dim));
    return {begin, advance(begin, max_rows * c.kv_lora)};
  }

  // Slot of MtpPass::hidden_layer: 0 the target, 1 + j MTP layer j, the last one the target before model.norm.
  int64_t hidden_slot(int32_t hidden_layer) const { return hidden_layer == -2 ? 1 + int64_t(bound().config.mtp_layers) : hidden_layer + 1; }
  ds_view hidden_rows(int64_t slot, int64_t row) const { return advance(hidden.view(), (slot * max_rows + row) * bound().config.hidden); }

  PassRows pass_rows(int64_t first_row, int64_t rows) const { return {first_row, rows, rope_table.view(), scale}; }

  Status check_rows(const std::vector<int32_t> &tokens, int64_t first_row, int64_t slot) const {
    const int64_t rows = int64_t(tokens.size());
    if (rows == 0) return refuse("a pass needs at least one token");
    if (first_row < 0 || first_row > max_rows - rows) {
      return refuse("rows " + std::to_string(first_row) + " to " + std::to_string(first_row + rows - 1) + " do not fit a sequence of " + std::to_string(max_rows) + " rows");
    }
    if (first_row > rows_run[size_t(slot)]) {
      return refuse("row " + std::to_string(first_row) + " cannot be run: only rows below " + std::to_string(rows_run[size_t(slot)]) + " were run before it");
    }
    const int32_t vocab = bound().config.vocab;
    for (const int32_t token : tokens) {
      if (token < 0 || token >= vocab) return refuse("token " + std::to_string(token) + " is outside the vocabulary of " + std::to_string(vocab));
    }
    return Status::success();
  }

  // Adds a piece's routing [moe layers, count, top_k] to out.routed [moe layers, rows, top_k] at row `begin`.
  void collect_routing(KernelCalls &calls, int64_t moe_layers, int64_t rows, int64_t begin, int64_t count, PassOutput &out) const {
    const int64_t top_k = bound().config.top_k;
    out.routed.resize(size_t(moe_layers * rows * top_k));
    for (int64_t layer = 0; layer < moe_layers; layer++) {
      calls.download(out.routed.data() + (layer * rows + begin) * top_k, advance(scratch.routed, layer * count * top_k), uint64_t(count * top_k) * sizeof(int32_t));
    }
  }

  Status run_target_piece(const int32_t *tokens, int64_t first_row, int64_t begin, int64_t count, int64_t rows, const PassOptions &options, PassOutput &out);
  Status run_mtp_piece(const MtpPass &pass, const int32_t *tokens, int64_t begin, int64_t count, int64_t rows, const PassOptions &options, PassOutput &out);
};

Status Sequence::create(std::shared_ptr<Model> model, int64_t max_rows, std::shared_ptr<Sequence> &out, const std::vector<int64_t> &positions) {
  out.reset();
  const ModelConfig &c = model->config();
  if (max_rows <= 0 || max_rows > INT32_MAX) return refuse("a sequence of " + std::to_string(max_rows) + " rows cannot be made");
  if (!positions.empty() && int64_t(positions.size()) != max_rows) {
    return refuse(std::to_string(positions.size()) + " positions were given for " + std::to_string(max_rows) + " rows");
  }
  auto sequence = std::make_shared<Sequence>();
  sequence->state_ = std::make_unique<State>();
  State &state = *sequence->state_;
  state.backend = model->bound().store->backend_pointer();
  state.max_rows = max_rows;
  state.positions = positions;
  if (positions.empty()) {
    state.positions.resize(size_t(max_rows));
    std::iota(state.positions.begin(), state.positions.end(), int64_t(0));
  }
  state.scale = attention_scale(c);
  state.rows_run.assign(size_t(1 + c.mtp_layers), 0);
  const std::vector<float> table = rope_table(c, state.positions);
  state.model = std::move(model);

  const uint64_t row_floats = uint64_t(max_rows) * sizeof(float);
  const uint64_t all_layers = uint64_t(c.layers + c.mtp_layers);
  Status status = state.caches.reserve(state.backend, all_layers * uint64_t(c.kv_lora + c.rope_dim) * row_floats, "allocating the KV cache");
  if (status.ok()) status = state.hidden.reserve(state.backend, uint64_t(2 + c.mtp_layers) * uint64_t(c.hidden) * row_floats, "allocating hidden rows");
  if (status.ok()) status = state.rope_table.reserve(state.backend, table.size() * sizeof(float), "allocating the rope table");
  if (status.ok()) {
    KernelCalls calls(*state.backend);
    calls.upload(state.rope_table.view(), table.data(), table.size() * sizeof(float));
    status = calls.status();
  }
  if (status.ok()) out = std::move(sequence);
  return status;
}

Sequence::~Sequence() = default;

Status Sequence::State::run_target_piece(const int32_t *tokens, int64_t first_row, int64_t begin, int64_t count, int64_t rows, const PassOptions &options,
                                         PassOutput &out) {
  const Model::Bound &model_ = bound();
  const ModelConfig &c = model_.config;
  if (Status status = scratch.reserve(model_, count); !status.ok()) return status;
  KernelCalls calls(*backend);
  const PassRows pass = pass_rows(first_row + begin, count);
  // The layers work in the rows that are kept from before model.norm.
  const ds_view x = hidden_rows(hidden_slot(-2), pass.first_row);
  const int64_t wanted = logits_in_piece(options.logit_rows, rows, begin, count);
  if (!options.want_trace) calls.begin_pass(shape_of(model_, {-1, count, wanted, options.top}));
  calls.embed(x, model_.embedding, tokens + begin, nullptr, count);
  RoutingTrace routing;
  int64_t moe_layers = 0;
  for (size_t i = 0; i < model_.layers.size(); i++) {
    const DecoderLayer &layer = model_.layers[i];
    run_decoder_layer(calls, model_, layer, cache(int64_t(i)), pass, scratch, x, advance(scratch.routed, moe_layers * count * c.top_k),
                      options.want_trace ? &routing : nullptr);
    if (options.want_trace) {
      trace_rows(calls, x, int64_t(i), rows, begin, count, c.hidden, out.trace.layers);
      if (layer.moe) add_routing(routing, c, moe_layers, rows, begin, count, out.trace);
    }
    moe_layers += layer.moe;
  }
  calls.norm(hidden_rows(0, pass.first_row), c.hidden, x, c.hidden, model_.final_norm, count, c.hidden, c.rms_eps);
  if (options.want_trace) trace_rows(calls, hidden_rows(0, pass.first_row), 0, rows, begin, count, c.hidden, out.trace.hidden);
  if (!calls.status().ok()) return calls.status();
  if (Status status = append_logits(calls, model_, model_.head, hidden_rows(0, pass.first_row + count - wanted), wanted, options, logit_scratch, out); !status.ok()) return status;
  calls.end_pass();
  if (options.want_routed) collect_routing(calls, moe_layers, rows, begin, count, out);
  return calls.status();
}

Status Sequence::target_pass(const std::vector<int32_t> &tokens, int64_t first_row, const PassOptions &options, PassOutput &out) {
  out.clear();
  State &state = *state_;
  const int64_t rows = int64_t(tokens.size());
  if (Status status = state.check_rows(tokens, first_row, 0); !status.ok()) return status;
  if (Status status = check_pass_options(options, rows_with_logits(options.logit_rows, rows), state.bound().config.vocab); !status.ok()) return status;
  reserve_output(options, rows, state.bound().config.vocab, out);
  state.rows_run[0] = first_row;
  for (int64_t begin = 0; begin < rows; begin += kPassRows) {
    const int64_t count = std::min(kPassRows, rows - begin);
    if (Status status = state.run_target_piece(tokens.data(), first_row, begin, count, rows, options, out); !status.ok()) return status;
  }
  state.rows_run[0] = first_row + rows;
  return Status::success();
}

Status Sequence::State::run_mtp_piece(const MtpPass &mtp, const int32_t *tokens, int64_t begin, int64_t count, int64_t rows, const PassOptions &options,
                                      PassOutput &out) {
  const Model::Bound &model_ = bound();
  const ModelConfig &c = model_.config;
  const MtpLayer &layer = model_.mtp[size_t(mtp.layer)];
  if (Status status = scratch.reserve(model_, count); !status.ok()) return status;
  KernelCalls calls(*backend);
  const PassRows pass = pass_rows(mtp.first_row + begin, count);

  std::vector<uint8_t> zero;
  if (mtp.zero_embedding_at_position_zero) {
    zero.resize(size_t(count));
    for (int64_t t = 0; t < count; t++) zero[size_t(t)] = positions[size_t(pass.first_row + t)] == 0;
  }
  const bool own_embedding = !mtp.target_embedding && layer.embedding.data.buffer != nullptr;
  const bool own_head = !mtp.target_head && !layer.head.parts.empty();
  const int64_t wanted = logits_in_piece(options.logit_rows, rows, begin, count);
  if (!options.want_trace) calls.begin_pass(shape_of(model_, {mtp.layer, count, wanted, options.top, own_embedding, own_head, mtp.normed_chain && mtp.hidden_layer >= 0}));
  calls.embed(scratch.normed, own_embedding ? layer.embedding : model_.embedding, tokens + begin, zero.empty() ? nullptr : zero.data(), count);
  const int64_t pair_cols = 2 * int64_t(c.hidden);
  calls.norm(scratch.pair, pair_cols, scratch.normed, c.hidden, layer.embedding_norm, count, c.hidden, c.rms_eps);
  ds_view source = hidden_rows(hidden_slot(mtp.hidden_layer), mtp.hidden_first_row + begin);
  if (mtp.normed_chain && mtp.hidden_layer >= 0) {
    calls.norm(scratch.branch, c.hidden, source, c.hidden, model_.mtp[size_t(mtp.hidden_layer)].head_norm, count, c.hidden, c.rms_eps);
    source = scratch.branch;
  }
  calls.norm(advance(scratch.pair, c.hidden), pair_cols, source, c.hidden, layer.hidden_norm, count, c.hidden, c.rms_eps);

  // The block works in the layer's hidden rows: its output is what a further MTP layer is fed.
  const ds_view x = hidden_rows(mtp.layer + 1, pass.first_row);
  calls.linear(x, c.hidden, scratch.pair, pair_cols, layer.eh_proj, count);
  if (options.want_trace) trace_rows(calls, x, 0, rows, begin, count, c.hidden, out.trace.block_in);
  RoutingTrace routing;
  run_decoder_layer(calls, model_, layer.block, cache(c.layers + mtp.layer), pass, scratch, x, scratch.routed, options.want_trace ? &routing : nullptr);
  if (options.want_trace) {
    if (layer.block.moe) add_routing(routing, c, 0, rows, begin, count, out.trace);
    trace_rows(calls, x, 0, rows, begin, count, c.hidden, out.trace.hidden);
    calls.norm(scratch.normed, c.hidden, x, c.hidden, layer.head_norm, count, c.hidden, c.rms_eps);
    trace_rows(calls, scratch.normed, 0, rows, begin, count, c.hidden, out.trace.normed);
  }
  if (wanted > 0) {
    calls.norm(scratch.normed, c.hidden, advance(x, (count - wanted) * c.hidden), c.hidden, layer.head_norm, wanted, c.hidden, c.rms_eps);
  }
  if (!calls.status().ok()) return calls.status();
  const Linear &head = own_head ? layer.head : model_.head;
  if (Status status = append_logits(calls, model_, head, scratch.normed, wanted, options, logit_scratch, out); !status.ok()) return status;
  calls.end_pass();
  if (options.want_routed && layer.block.moe) collect_routing(calls, 1, rows, begin, count, out);
  return calls.status();
}

Status Sequence::mtp_pass(const MtpPass &pass, const std::vector<int32_t> &tokens, const PassOptions &options, PassOutput &out) {
  out.clear();
  State &state = *state_;
  const ModelConfig &c = state.bound().config;
  const int64_t rows = int64_t(tokens.size());
  if (pass.layer < 0 || pass.layer >= c.mtp_layers) return refuse("there is no MTP layer " + std::to_string(pass.layer) + " of " + std::to_string(c.mtp_layers));
  if (pass.hidden_layer < -2 || pass.hidden_layer >= c.mtp_layers) return refuse("there are no hidden rows of MTP layer " + std::to_string(pass.hidden_layer));
  if (Status status = state.check_rows(tokens, pass.first_row, pass.layer + 1); !status.ok()) return status;
  // A layer that is fed its own output can only have the rows before this pass.
  const int64_t fed = pass.hidden_layer == pass.layer ? pass.first_row : state.rows_run[size_t(std::max(pass.hidden_layer + 1, 0))];
  if (pass.hidden_first_row < 0 || pass.hidden_first_row > fed - rows) {
    return refuse("hidden rows " + std::to_string(pass.hidden_first_row) + " to " + std::to_string(pass.hidden_first_row + rows - 1) + " of " +
                  (pass.hidden_layer < 0 ? std::string("the target") : "MTP layer " + std::to_string(pass.hidden_layer)) + " are not there; " +
                  std::to_string(fed) + " are");
  }
  if (Status status = check_pass_options(options, rows_with_logits(options.logit_rows, rows), c.vocab); !status.ok()) return status;
  reserve_output(options, rows, c.vocab, out);
  state.rows_run[size_t(pass.layer + 1)] = pass.first_row;
  for (int64_t begin = 0; begin < rows; begin += kPassRows) {
    const int64_t count = std::min(kPassRows, rows - begin);
    if (Status status = state.run_mtp_piece(pass, tokens.data(), begin, count, rows, options, out); !status.ok()) return status;
  }
  state.rows_run[size_t(pass.layer + 1)] = pass.first_row + rows;
  return Status::success();
}

Status Sequence::read_hidden(int32_t hidden_layer, int64_t first_row, int64_t rows, std::vector<float> &out) const {
  const State &state = *state_;
  const ModelConfig &c = state.bound().config;
  if (hidden_layer < -1 || hidden_layer >= c.mtp_layers) return refuse("there are no hidden rows of MTP layer " + std::to_string(hidden_layer));
  if (first_row < 0 || rows < 0 || first_row > state.rows_run[size_t(hidden_layer + 1)] - rows) {
    return refuse("hidden rows " + std::to_string(first_row) + " to " + std::to_string(first_row + rows - 1) + " were not run");
  }
  out.resize(size_t(rows * c.hidden));
  KernelCalls calls(*state.backend);
  calls.download(out.data(), state.hidden_rows(hidden_layer + 1, first_row), out.size() * sizeof(float));
  return calls.status();
}

uint64_t Sequence::bytes() const {
  const State &s = *state_;
  return s.caches.bytes() + s.hidden.bytes() + s.rope_table.bytes() + s.logit_scratch.logits.bytes() + s.scratch.bytes();
}

}  // namespace draftscope
