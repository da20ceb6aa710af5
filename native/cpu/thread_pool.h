// Persistent worker threads that share the chunks of one job at a time with the calling thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace draftscope::cpu {

class ThreadPool {
 public:
  // `threads` counts the caller: threads - 1 workers are started. May throw std::system_error.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  int threads() const { return int(workers_.size()) + 1; }

  // Calls body(chunk, slot) once for every chunk in 0 .. chunks-1 and returns when all are done. slot is 0 .. threads()-1
  // and belongs to one thread during the call (the caller is 0). One run at a time; body must not throw.
  template <class Body>
  void run(uint32_t chunks, const Body &body) {
    if (workers_.empty() || chunks <= 1) {
      for (uint32_t i = 0; i < chunks; i++) body(int64_t(i), 0);
      return;
    }
    share(chunks, [](const void *context, int64_t chunk, int slot) { (*static_cast<const Body *>(context))(chunk, slot); }, &body);
  }

 private:
  using Call = void (*)(const void *context, int64_t chunk, int slot);
  void share(uint32_t chunks, Call call, const void *context);
  void work(int slot);
  bool take_chunk(uint32_t job, int slot);
  void stop();

  std::vector<std::thread> workers_;
  // High half: job number; low half: chunks of it that nobody has taken. Taking one is a compare-and-swap on both, so a
  // worker that wakes late can never take a chunk of a job it has not read.
  std::atomic<uint64_t> state_{0};
  std::atomic<uint32_t> job_{0};  // what idle workers wait on
  std::atomic<uint32_t> unfinished_{0};
  std::atomic<Call> call_{nullptr};
  std::atomic<const void *> context_{nullptr};
  std::atomic<bool> stopping_{false};
};

}  // namespace draftscope::cpu
