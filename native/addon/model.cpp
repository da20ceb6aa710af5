#include "addon/model.h"

#include "addon/argument_reader.h"
#include "addon/sequence.h"

namespace draftscope::addon {
namespace {

// Beyond any model's positions; keeps the tables of a sequence far from what an allocator cannot give.
constexpr int64_t kMaxRows = int64_t(1) << 20;

// Whole numbers up to here are exact as float32, in which angles are computed.
constexpr int64_t kMaxPosition = int64_t(1) << 24;

}  // namespace

void Model::define(Napi::Env env) {
  Handle::define(env, {InstanceMethod<&Model::create_sequence>("createSequence"), InstanceMethod<&Model::close>("close")});
}

Napi::Value Model::create_sequence(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (parts() == nullptr) return throw_error(env, closed());
  ArgumentReader reader(env);
  const int64_t max_rows = reader.integer(info[0], "maxRows", 1, kMaxRows);
  if (const Status bad = reader.status(); !bad.ok()) return throw_error(env, bad);
  const ModelParts own = *parts();
  std::vector<int64_t> positions;
  if (info.Length() > 1 && !info[1].IsUndefined()) {
    reader.at("positions");
    for (const int32_t position : reader.ids(info[1], "", 0, kMaxPosition)) positions.push_back(position);
    if (const Status bad = reader.status(); !bad.ok()) return throw_error(env, bad);
  }
  const draftscope::ModelConfig &config = own.model->config();
  const int64_t trace_row_floats = (int64_t(config.layers) + 3) * (int64_t(config.hidden) + config.experts + config.top_k);
  SequenceParts made{nullptr, own.lane, {config.vocab, config.mtp_layers, max_rows, trace_row_floats}};
  const Status status = guarded([&] { return draftscope::Sequence::create(own.model, max_rows, made.sequence, positions); });
  return status.ok() ? Sequence::make(env, std::move(made)) : throw_error(env, status);
}

Napi::Value Model::close(const Napi::CallbackInfo &info) {
  drop();
  return info.Env().Undefined();
}

}  // namespace draftscope::addon
