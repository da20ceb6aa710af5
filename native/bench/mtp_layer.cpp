// One synthetic MTP layer through the loader and the model, as a checkpoint's would go.
#include <algorithm>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "bench/bench.h"
#include "tests/temporary_folder.h"

namespace draftscope::bench {
namespace {

constexpr int64_t kRows = 16;  // of the text that is there when the step is timed
// Enough for all experts: 11.3 GB of them, the table, the head, and room.
constexpr uint64_t kRoomForAllExperts = uint64_t(24) << 30;

void need(const Status &status) {
  if (!status.ok()) throw std::runtime_error(status.message);
}

ModelConfig config_of(const Sizes &s, int32_t experts) {
  ModelConfig c;
  c.hidden = s.hidden;
  c.layers = c.mtp_layers = c.first_dense = c.shared_experts = 1;
  c.heads = s.heads;
  c.q_lora = s.q_lora;
  c.kv_lora = s.kv_lora;
  c.nope_dim = s.nope;
  c.rope_dim = s.rope;
  c.value_dim = s.value;
  c.intermediate = 128;  // of the target's one layer, which only makes the hidden rows
  c.moe_intermediate = s.inner;
  c.experts = experts;
  c.top_k = s.top_k;
  c.n_group = experts == s.experts ? s.groups : 1;
  c.topk_group = experts == s.experts ? s.group_choices : 1;
  c.scoring = DS_SCORING_SIGMOID;
  c.grouping = experts == s.experts ? DS_GROUP_TOP2_SUM : DS_GROUP_NONE;
  c.normalize_topk = true;
  c.vocab = s.vocab;
  return c;
}

int64_t elements_of(const ParameterSpec &spec) { return std::accumulate(spec.shape.begin(), spec.shape.end(), int64_t(1), std::multiplies<>()); }
uint64_t bytes_of(const ParameterSpec &spec) { return uint64_t(elements_of(spec)) * ds_dtype_bytes(spec.dtype); }

class Parameters {
 public:
  std::vector<ParameterSpec> specs;

  void add(const std::string &name, ds_dtype dtype, std::vector<int64_t> shape) { specs.push_back({name, dtype, std::move(shape)}); }
  // fp8 with its scales; the last two sizes are blocked, rows in `parts`.
  void fp8(const std::string &name, std::vector<int64_t> shape, int64_t parts = 1) {
    const auto blocks = [](int64_t size) { return (size + 127) / 128; };
    std::vector<int64_t> scale = shape;
    const size_t rows = shape.size() - 2;
    scale[rows] = parts * blocks(shape[rows] / parts);
    scale[rows + 1] = blocks(shape[rows + 1]);
    add(name, DS_F8_E4M3, std::move(shape));
    add(name + "_scale_inv", DS_F32, std::move(scale));
  }
  void attention(const ModelConfig &c, const std::string &prefix) {
    add(prefix + "input_layernorm.weight", DS_BF16, {c.hidden});
    add(prefix + "post_attention_layernorm.weight", DS_BF16, {c.hidden});
    fp8(prefix + "self_attn.fused_qkv_a_proj.weight", {c.q_lora + c.kv_lora + c.rope_dim, c.hidden});
    add(prefix + "self_attn.q_a_layernorm.weight", DS_BF16, {c.q_lora});
    fp8(prefix + "self_attn.q_b_proj.weight", {int64_t(c.heads) * (c.nope_dim + c.rope_dim), c.q_lora});
    add(prefix + "self_attn.kv_a_layernorm.weight", DS_BF16, {c.kv_lora});
    fp8(prefix + "self_attn.kv_b_proj.weight", {int64_t(c.heads) * (c.nope_dim + c.value_dim), c.kv_lora});
    fp8(prefix + "self_attn.o_proj.weight", {c.hidden, int64_t(c.heads) * c.value_dim});
  }
};

Parameters parameters_of(const ModelConfig &c) {
  Parameters p;
  p.add("target/model.embed_tokens.weight", DS_BF16, {c.vocab, c.hidden});
  p.add("target/model.norm.weight", DS_BF16, {c.hidden});
  p.add("target/lm_head.weight", DS_BF16, {c.vocab, c.hidden});
  p.attention(c, "target/model.layers.0.");
  p.fp8("target/model.layers.0.mlp.gate_up_proj.weight", {2 * int64_t(c.intermediate), c.hidden});
  p.fp8("target/model.layers.0.mlp.down_proj.weight", {c.hidden, c.intermediate});
  const std::string mtp = "mtp/model.layers.1.", block = mtp + "mtp_block.";
  for (const char *name : {"enorm", "hnorm", "shared_head.norm"}) p.add(mtp + name + ".weight", DS_BF16, {c.hidden});
  p.add(mtp + "eh_proj.weight", DS_BF16, {c.hidden, 2 * int64_t(c.hidden)});
  p.attention(c, block);
  p.add(block + "mlp.gate.weight", DS_BF16, {c.experts, c.hidden});
  p.fp8(block + "mlp.experts.w13_weight", {c.experts, 2 * int64_t(c.moe_intermediate), c.hidden}, 2);
  p.fp8(block + "mlp.experts.w2_weight", {c.experts, c.hidden, c.moe_intermediate});
  p.fp8(block + "mlp.shared_experts.gate_up_proj.weight", {2 * int64_t(c.moe_intermediate), c.hidden}, 2);
  p.fp8(block + "mlp.shared_experts.down_proj.weight", {c.hidden, c.moe_intermediate});
  return p;
}

// A file of random weights of three dtypes, and reads that fill parameters from it again and again.
class PatternFile {
 public:
  explicit PatternFile(const tests::TemporaryFolder &folder) {
    std::vector<uint8_t> all;
    for (const ds_dtype dtype : {DS_F8_E4M3, DS_BF16, DS_F32}) {
      std::vector<uint8_t> bytes = random_weights(dtype, kElements);
      // As scales of fp8 blocks only this dtype is read.
      if (dtype == DS_F32) std::fill_n(reinterpret_cast<float *>(bytes.data()), bytes.size() / sizeof(float), 1e-4f);
      offsets_[dtype] = all.size();
      all.insert(all.end(), bytes.begin(), bytes.end());
    }
    source_ = {folder.write("pattern", all), all.size(), 0};
  }
  const SourceFile &source() const { return source_; }
  void fill(int32_t parameter, ds_dtype dtype, int64_t elements, std::vector<ReadItem> &items) const {
    for (int64_t at = 0; at < elements; at += kElements) {
      const int64_t count = std::min(kElements, elements - at);
      items.push_back({0, parameter, offsets_[dtype], 1, count, count * int64_t(ds_dtype_bytes(dtype)), dtype, at, count, false});
    }
  }

 private:
  static constexpr int64_t kElements = 1 << 20;
  uint64_t offsets_[7] = {};
  SourceFile source_;
};

// Bytes of weights that one draft step reads.
uint64_t touched(const ModelConfig &c, const std::vector<ParameterSpec> &specs) {
  uint64_t bytes = uint64_t(c.hidden) * 2;  // one row of the table
  for (const ParameterSpec &spec : specs) {
    const bool routed = spec.name.find("mlp.experts.") != std::string::npos;
    if (spec.name.rfind("mtp/", 0) == 0 || spec.name == "target/lm_head.weight") bytes += routed ? bytes_of(spec) / uint64_t(c.experts) * uint64_t(c.top_k) : bytes_of(spec);
  }
  return bytes + uint64_t(kRows * (c.kv_lora + c.rope_dim)) * sizeof(float);
}

}  // namespace

LayerTimes time_mtp_layer(const std::shared_ptr<Backend> &backend, const Sizes &s) {
  ds_backend_info info{};
  need(backend->describe(info));
  LayerTimes times;
  times.experts = info.memory_free >= kRoomForAllExperts || s.rotate == 0 ? s.experts : s.top_k;
  const ModelConfig config = config_of(s, times.experts);
  const std::vector<ParameterSpec> specs = parameters_of(config).specs;
  std::shared_ptr<WeightStore> store;
  need(WeightStore::create(backend, specs, store));

  const tests::TemporaryFolder folder;
  const PatternFile file(folder);
  std::vector<ReadItem> items;
  for (size_t i = 0; i < specs.size(); i++) {
    // Of the table, the rows of the text.
    const bool table = specs[i].name == "target/model.embed_tokens.weight";
    file.fill(int32_t(i), specs[i].dtype, table ? kRows * config.hidden : elements_of(specs[i]), items);
  }
  LoadControl control(items.size(), specs.size());
  LoadOptions options;
  options.threads = int(std::max(1u, std::thread::hardware_concurrency()));
  const auto begin = std::chrono::steady_clock::now();
  need(store->load({file.source()}, items, options, control));
  times.load_micros = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
  times.load_bytes = control.progress().bytes_read;
  times.step_bytes = touched(config, specs);

  std::shared_ptr<Model> model;
  need(Model::create(config, store, model));
  std::shared_ptr<Sequence> sequence;
  need(Sequence::create(model, kRows, sequence));
  std::vector<int32_t> tokens(kRows);
  std::iota(tokens.begin(), tokens.end(), 0);
  PassOptions none, last;
  none.logit_rows = LogitRows::none;
  PassOutput out;
  need(sequence->target_pass(tokens, 0, none, out));
  MtpPass pass;
  need(sequence->mtp_pass(pass, tokens, none, out));
  pass.first_row = pass.hidden_first_row = kRows - 1;
  times.step_micros = micros_of(*backend, s.batch_millis, [&](int64_t) {
    need(sequence->mtp_pass(pass, {tokens.back()}, last, out));
    return DS_OK;
  });
  if (out.top_ids.empty() || !(out.top_probs[0] > 0)) throw std::runtime_error("the draft step chose no token");
  return times;
}

}  // namespace draftscope::bench
