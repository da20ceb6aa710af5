// WeightStore: parameters in backend memory and the load that fills them.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "addon/handle.h"
#include "addon/lane.h"

namespace draftscope::addon {

struct WeightStoreParts {
  std::shared_ptr<draftscope::WeightStore> store;
  std::shared_ptr<Lane> lane;
  int32_t parameters = 0;
};

// One load, shared by the handle and the thread that runs it.
class LoadRun {
 public:
  explicit LoadRun(size_t items) : item_done(items) {}

  // False when the load was cancelled before its thread got to it.
  bool begin();
  void end();
  // Reaches the store only between begin and end: a store remembers a cancel until a load sees it.
  void cancel(draftscope::WeightStore &store);
  // The store was told, but its load ended otherwise; the next one would take the cancel for its own.
  bool left_a_cancel(const Status &result) const { return told_ && result.code != DS_CANCELLED; }

  std::vector<std::atomic<uint8_t>> item_done;

 private:
  std::mutex mutex_;
  bool cancelled_ = false, begun_ = false, told_ = false;
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
  // load(files, items, threads) -> Promise<{ micros, bytes }>. One at a time.
  Napi::Value load(const Napi::CallbackInfo &info);
  // progress() -> { bytesRead, bytesTotal, itemsDone, itemsTotal }
  Napi::Value progress(const Napi::CallbackInfo &info);
  // itemsDone() -> Uint8Array, one byte per item of the running or last load
  Napi::Value items_done(const Napi::CallbackInfo &info);
  Napi::Value cancel(const Napi::CallbackInfo &info);
  // statistics(parameter) -> Promise<NativeStatistics>
  Napi::Value statistics(const Napi::CallbackInfo &info);
  // createModel(config) -> Model
  Napi::Value create_model(const Napi::CallbackInfo &info);
  // close(): cancels a running load; models made from the store keep its memory.
  Napi::Value close(const Napi::CallbackInfo &info);

  std::shared_ptr<LoadRun> run_;                                        // running or last load
  std::shared_ptr<bool> loading_ = std::make_shared<bool>(false);       // read and written on the JavaScript thread
  std::shared_ptr<bool> stale_cancel_ = std::make_shared<bool>(false);  // read and written by the one running load
};

}  // namespace draftscope::addon
