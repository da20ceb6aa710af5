#include "addon/pass_request.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace draftscope::addon {
namespace {

// 1 GiB. Electron's allocator ends the process when one block nears 2 GiB, so such a request must not reach it.
constexpr int64_t kMostLogits = int64_t(1) << 28;

bool optional_flag(ArgumentReader &reader, const Napi::Object &object, const char *key) {
  const Napi::Value value = reader.member(object, key);
  return !value.IsEmpty() && !value.IsUndefined() && reader.boolean(value, key);
}

void read_tokens(ArgumentReader &reader, Napi::Value value, const PassLimits &limits, PassRequest &out) {
  reader.at("tokens");
  out.tokens = reader.ids(value, "", 0, limits.vocab - 1);
  if (reader.ok() && out.tokens.empty()) reader.complain("", "must not be empty");
}

// Rows [first, first + count) of a sequence.
int64_t read_first_row(ArgumentReader &reader, Napi::Value value, const char *what, size_t count, const PassLimits &limits) {
  const int64_t first = reader.integer(value, what, 0, limits.max_rows - 1);
  if (reader.ok() && int64_t(count) > limits.max_rows - first) {
    reader.complain(what, "is " + std::to_string(first) + ", and with " + std::to_string(count) + " tokens that is past the " +
                              std::to_string(limits.max_rows) + " rows of the sequence");
  }
  return first;
}

void read_options(ArgumentReader &reader, Napi::Value value, const PassLimits &limits, PassRequest &out) {
  reader.at("options");
  const Napi::Object options = reader.object(value, "");
  out.options.logit_rows =
      reader.choice<LogitRows>(options, "logitRows", {{"none", LogitRows::none}, {"last", LogitRows::last}, {"all", LogitRows::all}});
  out.options.top = int32_t(reader.integer(options, "top", 1, limits.vocab));
  out.options.want_logits = optional_flag(reader, options, "wantLogits");
  out.options.want_routed = optional_flag(reader, options, "wantRouted");
  out.here = optional_flag(reader, options, "here");
  out.options.want_trace = optional_flag(reader, options, "wantTrace");
  if (reader.ok() && out.options.want_trace && int64_t(out.tokens.size()) > kMostLogits / limits.trace_row_floats) {
    reader.complain("wantTrace", "asks for more than " + std::to_string(kMostLogits) + " values");
  }
  const int64_t rows = out.options.logit_rows == LogitRows::all ? int64_t(out.tokens.size()) : out.options.logit_rows == LogitRows::last ? 1 : 0;
  if (reader.ok() && out.options.want_logits && rows > kMostLogits / limits.vocab) {
    reader.complain("wantLogits", "asks for more than " + std::to_string(kMostLogits) + " logits");
  }
  if (reader.ok() && rows > kMostLogits / out.options.top) {
    reader.complain("top", "asks for more than " + std::to_string(kMostLogits) + " candidates");
  }
  const Napi::Value probes = reader.member(options, "probeIds");
  if (probes.IsEmpty() || probes.IsUndefined()) return;
  out.options.probe_ids = reader.ids(probes, "probeIds", -1, limits.vocab - 1);
  if (reader.ok() && !out.options.probe_ids.empty() && int64_t(out.options.probe_ids.size()) != rows) {
    reader.complain("probeIds", "must have one id per row with logits (" + std::to_string(rows) + ")");
  }
}

// Arrays of four-byte values, copied one after the other into one block: a block of its own for each costs more than a
// short pass can spare.
class ResultArrays {
 public:
  ResultArrays(Napi::Env env, size_t values) : block_(Napi::ArrayBuffer::New(env, values * kBytes)) {}

  template <class T>
  Napi::Value add(const std::vector<T> &values) {
    using Array = std::conditional_t<std::is_same_v<T, float>, Napi::Float32Array, Napi::Int32Array>;
    static_assert(sizeof(T) == kBytes);
    // Empty when the environment is being torn down.
    if (block_.IsEmpty()) return {};
    if (!values.empty()) std::memcpy(static_cast<uint8_t *>(block_.Data()) + next_, values.data(), values.size() * kBytes);
    const Array array = Array::New(block_.Env(), values.size(), block_, next_);
    next_ += values.size() * kBytes;
    return array;
  }

 private:
  static constexpr size_t kBytes = 4;
  Napi::ArrayBuffer block_;
  size_t next_ = 0;
};

}  // namespace

Status read_target_request(const Napi::CallbackInfo &info, const PassLimits &limits, PassRequest &out) {
  ArgumentReader reader(info.Env());
  read_tokens(reader, info[0], limits, out);
  reader.at("");
  out.first_row = read_first_row(reader, info[1], "firstRow", out.tokens.size(), limits);
  read_options(reader, info[2], limits, out);
  return reader.status();
}

Status read_mtp_request(const Napi::CallbackInfo &info, const PassLimits &limits, PassRequest &out) {
  ArgumentReader reader(info.Env());
  read_tokens(reader, info[1], limits, out);
  reader.at("pass");
  const Napi::Object pass = reader.object(info[0], "");
  out.mtp.layer = int32_t(reader.integer(pass, "layer", 0, limits.mtp_layers - 1));
  out.mtp.first_row = read_first_row(reader, reader.member(pass, "firstRow"), "firstRow", out.tokens.size(), limits);
  out.mtp.hidden_layer = int32_t(reader.integer(pass, "hiddenLayer", -2, limits.mtp_layers - 1));
  out.mtp.hidden_first_row = read_first_row(reader, reader.member(pass, "hiddenFirstRow"), "hiddenFirstRow", out.tokens.size(), limits);
  out.mtp.normed_chain = optional_flag(reader, pass, "normedChain");
  out.mtp.zero_embedding_at_position_zero = reader.boolean(pass, "zeroEmbeddingAtPositionZero");
  out.mtp.target_embedding = reader.boolean(pass, "targetEmbedding");
  out.mtp.target_head = reader.boolean(pass, "targetHead");
  read_options(reader, info[2], limits, out);
  return reader.status();
}

Napi::Value copy_pass_result(Napi::Env env, const PassResult &result) {
  const Napi::Object out = Napi::Object::New(env);
  const PassOutput &output = result.output;
  out.Set("rows", double(output.rows));
  ResultArrays arrays(env, output.top_ids.size() + output.top_probs.size() + output.probe_probs.size() + output.logits.size() + output.routed.size());
  out.Set("topIds", arrays.add(output.top_ids));
  out.Set("topProbs", arrays.add(output.top_probs));
  out.Set("probeProbs", arrays.add(output.probe_probs));
  out.Set("logits", arrays.add(output.logits));
  out.Set("routed", arrays.add(output.routed));
  const PassTrace &trace = output.trace;
  if (!trace.hidden.empty()) {
    const Napi::Object traced = Napi::Object::New(env);
    const std::pair<const char *, const std::vector<float> *> members[] = {
        {"layers", &trace.layers}, {"hidden", &trace.hidden}, {"blockIn", &trace.block_in}, {"normed", &trace.normed}, {"routeWeights", &trace.route_weights}, {"routeScores", &trace.route_scores}};
    for (const auto &[name, values] : members) traced.Set(name, ResultArrays(env, values->size()).add(*values));
    out.Set("trace", traced);
  }
  out.Set("micros", result.micros);
  return out;
}

}  // namespace draftscope::addon
