// The model on the C ABI: weights in backend buffers, the forward pass of one decoder layer, the target pass and the
// MTP step, each composed once. Runs without Node. Nothing here throws; every call returns a Status.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "draftscope/backend.h"
#include "model/load_control.h"

namespace draftscope {

struct Status {
  ds_status code = DS_OK;
  std::string message;
  bool ok() const { return code == DS_OK; }
  static Status success() { return {}; }
  static Status failure(ds_status code, std::string message) { return {code, std::move(message)}; }
};

// An opened backend library: the table, the device, and the library handle that must outlive both.
class Backend {
 public:
  // `library` is the path of a backend's shared library.
  static Status open(const std::string &library, const ds_open_options &options, std::shared_ptr<Backend> &out);
  // Devices that the library could open; none is opened.
  static Status count_devices(const std::string &library, int32_t &out);
  ~Backend();
  const ds_backend_api &api() const { return *api_; }
  ds_backend *device() const { return device_; }
  Status describe(ds_backend_info &out) const;
  // Turns a status of the C ABI into a Status with the backend's own words.
  Status check(ds_status code, const char *what) const;

 private:
  Status open_library(const std::string &path);

  void *library_ = nullptr;
  const ds_backend_api *api_ = nullptr;
  ds_backend *device_ = nullptr;
};

struct ParameterSpec {
  std::string name;  // e.g. "target/model.layers.0.self_attn.o_proj.weight", "mtp/model.layers.4.enorm.weight"
  ds_dtype dtype = DS_BF16;
  std::vector<int64_t> shape;
};

struct SourceFile {
  std::string path;
  uint64_t expected_bytes = 0;     // a file of another size is refused (DS_IO_ERROR, "changed since it was opened")
  int64_t expected_mtime_ns = 0;   // 0 = do not compare
};

// One rectangle of a file into one rectangle of a parameter. Offsets and strides of the destination are in elements.
struct ReadItem {
  int32_t file = 0;
  int32_t parameter = 0;
  uint64_t file_offset = 0;   // bytes
  int64_t rows = 0, cols = 0;
  int64_t src_row_bytes = 0;
  ds_dtype src_dtype = DS_BF16;
  int64_t dst_offset = 0;     // elements
  int64_t dst_stride = 0;     // elements
  bool broadcast_cols = false;
};

// Parameters in backend memory, and the threads that fill them from files.
class WeightStore {
 public:
  static Status create(std::shared_ptr<Backend> backend, std::vector<ParameterSpec> specs, std::shared_ptr<WeightStore> &out);
  ~WeightStore();
  // Reads every item; returns at the first failure, or soon after control.cancel() (DS_CANCELLED). One load at a time.
  // control: made for this many items and parameters.
  Status load(const std::vector<SourceFile> &files, const std::vector<ReadItem> &items, const LoadOptions &options, LoadControl &control);
  // nullptr when there is no such parameter.
  const ParameterSpec *find(const std::string &name) const;
  int index_of(const std::string &name) const;  // -1 = none
  ds_view view(int index) const;
  size_t parameters() const;
  uint64_t bytes() const;
  // Counted while the parameter was read, where the last load was asked to; else from the parameter as it is.
  Status statistics(int index, ds_statistics &out) const;
  Backend &backend() const { return *backend_; }
  const std::shared_ptr<Backend> &backend_pointer() const { return backend_; }

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::shared_ptr<Backend> backend_;
};

struct RopeScaling {  // YaRN; factor 0 = none
  float factor = 0, beta_fast = 32, beta_slow = 1, mscale = 1, mscale_all_dim = 0;
  int64_t original_positions = 0;
};

struct ModelConfig {
  int32_t hidden = 0, layers = 0, mtp_layers = 0, heads = 0;
  int32_t q_lora = 0;  // 0 = q_proj
  int32_t kv_lora = 0, nope_dim = 0, rope_dim = 0, value_dim = 0;
  int32_t intermediate = 0, moe_intermediate = 0, experts = 0, shared_experts = 0, top_k = 0;
  int32_t first_dense = 0, moe_layer_freq = 1;
  int32_t n_group = 1, topk_group = 1;
  ds_scoring scoring = DS_SCORING_SOFTMAX;
  ds_grouping grouping = DS_GROUP_NONE;
  bool normalize_topk = false;
  float routed_scale = 1, rms_eps = 1e-6f, rope_theta = 10000;
  RopeScaling yarn;
  int32_t vocab = 0;
  int32_t block_rows = 128, block_cols = 128;  // of fp8 weights: each such block has a scale
};

enum class LogitRows { none, last, all };

// Activations of a pass, float32. Only what the kind of pass has is filled.
struct PassTrace {
  std::vector<float> layers;         // target: [layers, rows, H], the residual stream after each layer
  std::vector<float> hidden;         // target: [rows, H] after model.norm; MTP: the block's output
  std::vector<float> block_in;       // MTP: [rows, H], output of eh_proj
  std::vector<float> normed;         // MTP: [rows, H] after shared_head.norm
  std::vector<float> route_weights;  // [MoE layers, rows, top_k]
  std::vector<float> route_scores;   // [MoE layers, rows, experts], before the bias
};

// What one pass hands back. Weights and hidden states stay in the backend; only these cross.
struct PassOutput {
  int64_t rows = 0;                 // rows with logits: 0, 1 or all rows of the pass
  std::vector<int32_t> top_ids;     // [rows, top]
  std::vector<float> top_probs;     // [rows, top], softmax over the vocabulary
  std::vector<float> probe_probs;   // [rows]: probability of the probe id of that row (NaN where it was -1)
  std::vector<float> logits;        // [rows, vocab] when asked for
  std::vector<int32_t> routed;      // [moe layers of the pass, all rows of the pass, top_k]
  PassTrace trace;                  // empty unless asked for

  // The vectors keep their memory, so that a pass into the same output need not allocate.
  void clear() {
    rows = 0;
    top_ids.clear();
    top_probs.clear();
    probe_probs.clear();
    logits.clear();
    routed.clear();
    trace = {};
  }
};

struct PassOptions {
  LogitRows logit_rows = LogitRows::last;
  int32_t top = 1;
  bool want_logits = false, want_routed = false;
  bool want_trace = false;          // copies activations to the host between kernels: for comparing, not for speed
  std::vector<int32_t> probe_ids;   // empty, or one per row with logits; -1 = none
};

struct MtpPass {
  int32_t layer = 0;                // 0-based MTP layer
  int64_t first_row = 0;            // row = rotary position of the first token
  // Hidden rows come from: -2 the target before model.norm, -1 after it, j >= 0 MTP layer j's block output.
  int32_t hidden_layer = -1;
  bool normed_chain = false;        // with hidden_layer j >= 0: that output after layer j's shared_head.norm
  int64_t hidden_first_row = 0;     // source row that pairs with first_row
  bool zero_embedding_at_position_zero = false;
  bool target_embedding = false;    // use the target's table even where the layer has its own
  bool target_head = false;
};

// Names the parameters it needs in a WeightStore (see model.cpp) and refuses when one is missing or misshapen.
// The layer's own "mtp/model.layers.N.embed_tokens.weight" and "...shared_head.head.weight" are optional.
class Model {
 public:
  static Status create(const ModelConfig &config, std::shared_ptr<WeightStore> store, std::shared_ptr<Model> &out);
  ~Model();
  const ModelConfig &config() const;
  struct Bound;
  const Bound &bound() const { return *bound_; }

 private:
  std::unique_ptr<Bound> bound_;
};

// One running text: latent KV caches of the target and of every MTP layer, and the hidden rows that the MTP layers are fed.
// Rows are written where the caller says: running rows again overwrites them, so truncating needs no call.
class Sequence {
 public:
  // positions: rotary position of each row; empty = the row itself. Attention goes by row, whatever the positions are.
  static Status create(std::shared_ptr<Model> model, int64_t max_rows, std::shared_ptr<Sequence> &out,
                       const std::vector<int64_t> &positions = {});
  ~Sequence();
  // Target over rows first_row .. first_row + tokens.size() - 1; needs rows 0 .. first_row-1 to have been run.
  Status target_pass(const std::vector<int32_t> &tokens, int64_t first_row, const PassOptions &options, PassOutput &out);
  // One MTP layer over tokens.size() rows.
  Status mtp_pass(const MtpPass &pass, const std::vector<int32_t> &tokens, const PassOptions &options, PassOutput &out);
  // Hidden rows [rows, hidden] as MtpPass::hidden_layer names them: -1 the target after model.norm, j >= 0 MTP layer j's block output.
  Status read_hidden(int32_t hidden_layer, int64_t first_row, int64_t rows, std::vector<float> &out) const;
  uint64_t bytes() const;  // caches, hidden rows and scratch

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace draftscope
