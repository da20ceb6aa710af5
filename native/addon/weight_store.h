// WeightStore: parameters in backend memory and the load that fills them.
#pragma once

#include <memory>

#include "addon/handle.h"
#include "addon/lane.h"

namespace draftscope::addon {

struct WeightStoreParts {
  std::shared_ptr<draftscope::WeightStore> store;
  std::shared_ptr<Lane> lane;
  int32_t parameters = 0;
};

class WeightStore final : public Handle<WeightStore, WeightStoreParts> {
 public:
  static constexpr const char *kName = "WeightStore";
  static constexpr auto kClass = &Classes::weight_store;
  static void define(Napi::Env env);

  explicit WeightStore(const Napi::CallbackInfo &info) : Handle(info) {}

 private:
  // bytes: of all parameters; 0 after close.
  Napi::Value bytes(const Napi::CallbackInfo &info);
  // load(files, items, { threads, statistics? }) -> Promise<{ micros, bytes }>. One at a time.
  Napi::Value load(const Napi::CallbackInfo &info);
  // progress() -> { bytesRead, bytesTotal, itemsDone, itemsTotal }
  Napi::Value progress(const Napi::CallbackInfo &info);
  // itemsDone() -> Uint8Array, one byte per item of the running or last load
  Napi::Value items_done(const Napi::CallbackInfo &info);
  // parameterBytes() -> Float64Array: bytes of each parameter that the running or last load has filled
  Napi::Value parameter_bytes(const Napi::CallbackInfo &info);
  // takeReads() -> { file, thread: Int32Array, beginMicros, endMicros, bytes: Float64Array }: reads that ended since the last call
  Napi::Value take_reads(const Napi::CallbackInfo &info);
  // All three: nothing happens when no load runs.
  Napi::Value cancel(const Napi::CallbackInfo &info);
  Napi::Value pause(const Napi::CallbackInfo &info);
  Napi::Value resume(const Napi::CallbackInfo &info);
  // statistics(parameter) -> Promise<NativeStatistics>
  Napi::Value statistics(const Napi::CallbackInfo &info);
  // createModel(config) -> Model
  Napi::Value create_model(const Napi::CallbackInfo &info);
  // close(): cancels a running load; models made from the store keep its memory.
  Napi::Value close(const Napi::CallbackInfo &info);

  std::shared_ptr<LoadControl> control_;                           // of the running or last load
  std::shared_ptr<bool> loading_ = std::make_shared<bool>(false);  // read and written on the JavaScript thread
};

}  // namespace draftscope::addon
