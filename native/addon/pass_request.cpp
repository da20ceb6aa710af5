#include "addon/pass_request.h"

#include <algorithm>

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

template <class Array, class T>
Array copy(Napi::Env env, const std::vector<T> &values) {
  Array array = Array::New(env, values.size());
  // Empty when the environment is being torn down.
  if (!array.IsEmpty() && !values.empty()) std::copy(values.begin(), values.end(), array.Data());
  return array;
}

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
  out.Set("topIds", copy<Napi::Int32Array>(env, output.top_ids));
  out.Set("topProbs", copy<Napi::Float32Array>(env, output.top_probs));
  out.Set("probeProbs", copy<Napi::Float32Array>(env, output.probe_probs));
  out.Set("logits", copy<Napi::Float32Array>(env, output.logits));
  out.Set("routed", copy<Napi::Int32Array>(env, output.routed));
  const PassTrace &trace = output.trace;
  if (!trace.hidden.empty()) {
    const Napi::Object traced = Napi::Object::New(env);
    traced.Set("layers", copy<Napi::Float32Array>(env, trace.layers));
    traced.Set("hidden", copy<Napi::Float32Array>(env, trace.hidden));
    traced.Set("blockIn", copy<Napi::Float32Array>(env, trace.block_in));
    traced.Set("normed", copy<Napi::Float32Array>(env, trace.normed));
    traced.Set("routeWeights", copy<Napi::Float32Array>(env, trace.route_weights));
    traced.Set("routeScores", copy<Napi::Float32Array>(env, trace.route_scores));
    out.Set("trace", traced);
  }
  out.Set("micros", result.micros);
  return out;
}

}  // namespace draftscope::addon
