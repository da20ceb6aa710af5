// The one way a native call leaves the JavaScript thread: copy in before start(), compute without JavaScript on a
// thread of the pool, copy out on the JavaScript thread. Electron allows no external array buffers, so results are
// always copied.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <utility>

#include "addon/failure.h"
#include "addon/lane.h"

namespace draftscope::addon {

template <class Result>
class AsyncCall final : public Napi::AsyncWorker {
 public:
  // On a thread of the pool. Everything it captures lives until the call has settled.
  using Compute = std::function<Status(Result &)>;
  // On the JavaScript thread, after success.
  using CopyOut = std::function<Napi::Value(Napi::Env, const Result &)>;
  // On the JavaScript thread, before the promise settles, however the call ended.
  using Finish = std::function<void()>;

  // All of it at once, on this thread: for work that takes less time than waking another thread does.
  static Napi::Value run_here(Napi::Env env, const Compute &compute, const CopyOut &copy_out, const Finish &finish = {}) {
    Result result{};
    const Status status = guarded([&] { return compute(result); });
    if (finish) finish();
    if (!status.ok()) return rejected(env, status);
    const Napi::Promise::Deferred deferred = Napi::Promise::Deferred::New(env);
    const Napi::Value value = copy_out(env, result);
    if (env.IsExceptionPending()) {
      deferred.Reject(env.GetAndClearPendingException().Value());
    } else {
      deferred.Resolve(value);
    }
    return deferred.Promise();
  }

  // lane: the call waits for its turn there; null = starts at once.
  static Napi::Value start(Napi::Env env, std::shared_ptr<Lane> lane, Compute compute, CopyOut copy_out, Finish finish = {}) {
    auto *call = new AsyncCall(env, std::move(lane), std::move(compute), std::move(copy_out), std::move(finish));
    const Napi::Value promise = call->deferred_.Promise();
    if (call->lane_) {
      call->lane_->enter(call);
    } else {
      call->Queue();
    }
    return promise;
  }

 private:
  AsyncCall(Napi::Env env, std::shared_ptr<Lane> lane, Compute compute, CopyOut copy_out, Finish finish)
      : Napi::AsyncWorker(env, "draftscope"),
        deferred_(Napi::Promise::Deferred::New(env)),
        lane_(std::move(lane)),
        compute_(std::move(compute)),
        copy_out_(std::move(copy_out)),
        finish_(std::move(finish)) {}

  // The pool's work is over or was cancelled with the environment; either way the next caller may go on.
  ~AsyncCall() override { end(); }

  void Execute() override {
    status_ = guarded([this] { return compute_(result_); });
  }

  void OnOK() override {
    end();
    const Napi::Env env = Env();
    if (!status_.ok()) {
      deferred_.Reject(to_error(env, status_).Value());
      return;
    }
    const Napi::Value value = copy_out_(env, result_);
    if (env.IsExceptionPending()) {
      deferred_.Reject(env.GetAndClearPendingException().Value());
    } else {
      deferred_.Resolve(value);
    }
  }

  void end() {
    if (ended_) return;
    ended_ = true;
    // Lets go of the handles' memory before JavaScript hears of the end.
    compute_ = nullptr;
    if (finish_) finish_();
    if (lane_) lane_->leave();
  }

  Napi::Promise::Deferred deferred_;
  std::shared_ptr<Lane> lane_;
  Compute compute_;
  CopyOut copy_out_;
  Finish finish_;
  Result result_{};
  Status status_;
  bool ended_ = false;
};

}  // namespace draftscope::addon
