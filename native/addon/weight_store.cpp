#include "addon/weight_store.h"

#include "addon/async_call.h"
#include "addon/load_request.h"
#include "addon/model.h"
#include "addon/model_config.h"
#include "addon/stopwatch.h"

namespace draftscope::addon {
namespace {

struct Loaded {
  double micros = 0;
  uint64_t bytes = 0;
};

Napi::Value copy_loaded(Napi::Env env, const Loaded &loaded) {
  const Napi::Object out = Napi::Object::New(env);
  out.Set("micros", loaded.micros);
  out.Set("bytes", double(loaded.bytes));
  return out;
}

Napi::Value copy_statistics(Napi::Env env, const ds_statistics &statistics) {
  const Napi::Object out = Napi::Object::New(env);
  out.Set("count", double(statistics.count));
  out.Set("nanCount", double(statistics.nan_count));
  out.Set("infCount", double(statistics.inf_count));
  out.Set("zeroCount", double(statistics.zero_count));
  out.Set("min", statistics.min);
  out.Set("max", statistics.max);
  out.Set("mean", statistics.mean);
  out.Set("meanSquare", statistics.mean_square);
  Napi::Float64Array exponents = Napi::Float64Array::New(env, 256);
  for (size_t i = 0; i < 256; ++i) exponents[i] = double(statistics.exponents[i]);
  out.Set("exponents", exponents);
  return out;
}

}  // namespace

void WeightStore::define(Napi::Env env) {
  Handle::define(env, {InstanceAccessor<&WeightStore::bytes>("bytes"), InstanceMethod<&WeightStore::load>("load"),
                       InstanceMethod<&WeightStore::progress>("progress"), InstanceMethod<&WeightStore::items_done>("itemsDone"),
                       InstanceMethod<&WeightStore::parameter_bytes>("parameterBytes"), InstanceMethod<&WeightStore::take_reads>("takeReads"),
                       InstanceMethod<&WeightStore::cancel>("cancel"), InstanceMethod<&WeightStore::pause>("pause"),
                       InstanceMethod<&WeightStore::resume>("resume"), InstanceMethod<&WeightStore::statistics>("statistics"),
                       InstanceMethod<&WeightStore::create_model>("createModel"), InstanceMethod<&WeightStore::close>("close")});
}

Napi::Value WeightStore::bytes(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), parts() ? double(parts()->store->bytes()) : 0);
}

Napi::Value WeightStore::load(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (parts() == nullptr) return rejected(env, closed());
  const WeightStoreParts own = *parts();
  auto request = std::make_shared<LoadRequest>();
  if (const Status bad = guarded([&] { return read_load_request(info, own.parameters, *request); }); !bad.ok()) return rejected(env, bad);
  // Asked after the arguments were read: a getter among them may have closed this or started a load.
  if (parts() == nullptr) return rejected(env, closed());
  if (*loading_) return rejected(env, Status::failure(DS_INVALID_ARGUMENT, "This WeightStore is already loading; wait for it or cancel it first."));

  auto control = std::make_shared<LoadControl>(request->items.size(), own.store->parameters());
  control_ = control;
  *loading_ = true;
  return AsyncCall<Loaded>::start(
      env, nullptr,  // the lane is for kernels; reading may overlap with them
      [store = own.store, request, control](Loaded &loaded) {
        const Stopwatch watch;
        const Status status = guarded([&] { return store->load(request->files, request->items, request->options, *control); });
        loaded = {watch.micros(), control->progress().bytes_read};
        return status;
      },
      copy_loaded, [loading = loading_] { *loading = false; });
}

Napi::Value WeightStore::progress(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (parts() == nullptr) return throw_error(env, closed());
  const LoadProgress progress = control_ ? control_->progress() : LoadProgress{};
  const Napi::Object out = Napi::Object::New(env);
  out.Set("bytesRead", double(progress.bytes_read));
  out.Set("bytesTotal", double(progress.bytes_total));
  out.Set("itemsDone", double(progress.items_done));
  out.Set("itemsTotal", double(progress.items_total));
  return out;
}

Napi::Value WeightStore::items_done(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (parts() == nullptr) return throw_error(env, closed());
  const size_t count = control_ ? control_->items() : 0;
  Napi::Uint8Array out = Napi::Uint8Array::New(env, count);
  for (size_t i = 0; i < count; ++i) out[i] = control_->item_done(i) ? 1 : 0;
  return out;
}

Napi::Value WeightStore::parameter_bytes(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (parts() == nullptr) return throw_error(env, closed());
  const std::vector<uint64_t> bytes = control_ ? control_->parameter_bytes() : std::vector<uint64_t>(parts()->store->parameters());
  Napi::Float64Array out = Napi::Float64Array::New(env, bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) out[i] = double(bytes[i]);
  return out;
}

Napi::Value WeightStore::take_reads(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (parts() == nullptr) return throw_error(env, closed());
  const std::vector<LoadRead> reads = control_ ? control_->take_reads() : std::vector<LoadRead>();
  Napi::Int32Array file = Napi::Int32Array::New(env, reads.size()), thread = Napi::Int32Array::New(env, reads.size());
  Napi::Float64Array begin = Napi::Float64Array::New(env, reads.size()), end = Napi::Float64Array::New(env, reads.size());
  Napi::Float64Array bytes = Napi::Float64Array::New(env, reads.size());
  for (size_t i = 0; i < reads.size(); ++i) {
    file[i] = reads[i].file;
    thread[i] = reads[i].thread;
    begin[i] = reads[i].begin_micros;
    end[i] = reads[i].end_micros;
    bytes[i] = double(reads[i].bytes);
  }
  const Napi::Object out = Napi::Object::New(env);
  out.Set("file", file);
  out.Set("thread", thread);
  out.Set("beginMicros", begin);
  out.Set("endMicros", end);
  out.Set("bytes", bytes);
  return out;
}

Napi::Value WeightStore::cancel(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (parts() == nullptr) return throw_error(env, closed());
  if (*loading_) control_->cancel();
  return env.Undefined();
}

Napi::Value WeightStore::pause(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (parts() == nullptr) return throw_error(env, closed());
  if (*loading_) control_->pause();
  return env.Undefined();
}

Napi::Value WeightStore::resume(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (parts() == nullptr) return throw_error(env, closed());
  if (*loading_) control_->resume();
  return env.Undefined();
}

Napi::Value WeightStore::statistics(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (parts() == nullptr) return rejected(env, closed());
  ArgumentReader reader(env);
  const int index = int(reader.integer(info[0], "parameter", 0, parts()->parameters - 1));
  if (const Status bad = reader.status(); !bad.ok()) return rejected(env, bad);
  return AsyncCall<ds_statistics>::start(
      env, parts()->lane, [store = parts()->store, index](ds_statistics &out) { return store->statistics(index, out); }, copy_statistics);
}

Napi::Value WeightStore::create_model(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (parts() == nullptr) return throw_error(env, closed());
  const WeightStoreParts own = *parts();  // a getter among the arguments may close this
  draftscope::ModelConfig config;
  ArgumentReader reader(env);
  read_model_config(reader, info[0], config);
  if (const Status bad = reader.status(); !bad.ok()) return throw_error(env, bad);
  ModelParts made{nullptr, own.lane};
  const Status status = guarded([&] { return draftscope::Model::create(config, own.store, made.model); });
  return status.ok() ? Model::make(env, std::move(made)) : throw_error(env, status);
}

Napi::Value WeightStore::close(const Napi::CallbackInfo &info) {
  if (parts() != nullptr && *loading_) control_->cancel();
  drop();
  return info.Env().Undefined();
}

}  // namespace draftscope::addon
