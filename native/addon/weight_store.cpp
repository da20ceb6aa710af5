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
  return out;
}

}  // namespace

bool LoadRun::begin() {
  const std::lock_guard<std::mutex> lock(mutex_);
  begun_ = !cancelled_;
  return begun_;
}

void LoadRun::end() {
  const std::lock_guard<std::mutex> lock(mutex_);
  begun_ = false;
}

void LoadRun::cancel(draftscope::WeightStore &store) {
  const std::lock_guard<std::mutex> lock(mutex_);
  cancelled_ = true;
  if (!begun_) return;
  told_ = true;
  store.cancel();
}

void WeightStore::define(Napi::Env env) {
  Handle::define(env, {InstanceAccessor<&WeightStore::bytes>("bytes"), InstanceMethod<&WeightStore::load>("load"),
                       InstanceMethod<&WeightStore::progress>("progress"), InstanceMethod<&WeightStore::items_done>("itemsDone"),
                       InstanceMethod<&WeightStore::cancel>("cancel"), InstanceMethod<&WeightStore::statistics>("statistics"),
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

  auto run = std::make_shared<LoadRun>(request->items.size());
  run_ = run;
  *loading_ = true;
  return AsyncCall<Loaded>::start(
      env, nullptr,  // the lane is for kernels; reading may overlap with them
      [store = own.store, request, run, stale = stale_cancel_](Loaded &loaded) {
        if (std::exchange(*stale, false)) store->load({}, {}, 1, nullptr);
        if (!run->begin()) return Status::failure(DS_CANCELLED, "loading was cancelled");
        const Stopwatch watch;
        const Status status =
            guarded([&] { return store->load(request->files, request->items, request->threads, run->item_done.data()); });
        run->end();
        *stale = run->left_a_cancel(status);
        loaded = {watch.micros(), store->progress().bytes_read};
        return status;
      },
      copy_loaded, [loading = loading_] { *loading = false; });
}

Napi::Value WeightStore::progress(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (parts() == nullptr) return throw_error(env, closed());
  const LoadProgress progress = parts()->store->progress();
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
  const size_t count = run_ ? run_->item_done.size() : 0;
  Napi::Uint8Array out = Napi::Uint8Array::New(env, count);
  for (size_t i = 0; i < count; ++i) out[i] = run_->item_done[i].load(std::memory_order_acquire);
  return out;
}

Napi::Value WeightStore::cancel(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (parts() == nullptr) return throw_error(env, closed());
  if (*loading_) run_->cancel(*parts()->store);
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
  if (parts() != nullptr && *loading_) run_->cancel(*parts()->store);
  drop();
  return info.Env().Undefined();
}

}  // namespace draftscope::addon
