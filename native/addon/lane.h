// Calls that must not overlap: the kernels of one device run one after another, whichever handles they came from.
#pragma once

#include <napi.h>

#include <deque>

namespace draftscope::addon {

// Used on the JavaScript thread only. A waiting call holds no thread of the pool.
class Lane {
 public:
  // Queues the worker now, or when those before it have left.
  void enter(Napi::AsyncWorker *worker) {
    if (busy_) {
      waiting_.push_back(worker);
      return;
    }
    busy_ = true;
    worker->Queue();
  }

  bool idle() const { return !busy_; }

  void leave() {
    if (waiting_.empty()) {
      busy_ = false;
      return;
    }
    Napi::AsyncWorker *next = waiting_.front();
    waiting_.pop_front();
    next->Queue();
  }

 private:
  bool busy_ = false;
  std::deque<Napi::AsyncWorker *> waiting_;
};

}  // namespace draftscope::addon
