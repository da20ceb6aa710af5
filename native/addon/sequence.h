// Sequence: the caches of one running text, and the passes over it.
#pragma once

#include <atomic>
#include <memory>

#include "addon/handle.h"
#include "addon/lane.h"
#include "addon/pass_request.h"

namespace draftscope::addon {

struct SequenceParts {
  std::shared_ptr<draftscope::Sequence> sequence;
  std::shared_ptr<Lane> lane;
  PassLimits limits;
};

class Sequence final : public Handle<Sequence, SequenceParts> {
 public:
  static constexpr const char *kName = "Sequence";
  static constexpr auto kClass = &Classes::sequence;
  static void define(Napi::Env env);

  explicit Sequence(const Napi::CallbackInfo &info);

 private:
  using Pass = Status (*)(draftscope::Sequence &, const PassRequest &, PassOutput &);
  using Read = Status (*)(const Napi::CallbackInfo &, const PassLimits &, PassRequest &);

  // bytes: of caches, hidden rows and scratch; 0 after close.
  Napi::Value bytes(const Napi::CallbackInfo &info);
  // targetPass(tokens, firstRow, options) -> Promise<NativePassOutput>
  Napi::Value target_pass(const Napi::CallbackInfo &info);
  // mtpPass(pass, tokens, options) -> Promise<NativePassOutput>
  Napi::Value mtp_pass(const Napi::CallbackInfo &info);
  // close(): a running pass finishes first.
  Napi::Value close(const Napi::CallbackInfo &info);

  // One pass at a time: a second one rejects.
  Napi::Value start(const Napi::CallbackInfo &info, Read read, Pass pass);

  // Shared with the running pass.
  struct Progress {
    bool running = false;            // read and written on the JavaScript thread
    std::atomic<uint64_t> bytes{0};  // a pass may grow the scratch, so it says afterwards what there is
  };
  std::shared_ptr<Progress> progress_ = std::make_shared<Progress>();
};

}  // namespace draftscope::addon
