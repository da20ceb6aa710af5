// See thread_pool.h.
#include "cpu/thread_pool.h"

#include <chrono>

namespace draftscope::cpu {
namespace {

// A worker that sleeps takes longer to wake than most kernels of a small model run. So it looks for work for as long as
// lies between two passes of a decoding loop, and no longer: an idle program burns nothing.
constexpr std::chrono::microseconds kPatience{100};
// Looks between two looks at the clock.
constexpr int kLooks = 64;

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Until done() or until patience is at its end; the last done().
template <class Done>
bool look_for(const Done &done) {
  for (int i = 0; i < kLooks; i++) {
    if (done()) return true;
    pause();
  }
  const auto end = std::chrono::steady_clock::now() + kPatience;
  do {
    for (int i = 0; i < kLooks; i++) {
      if (done()) return true;
      pause();
    }
  } while (std::chrono::steady_clock::now() < end);
  return done();
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  try {
    for (int slot = 1; slot < threads; slot++) workers_.emplace_back([this, slot] { work(slot); });
  } catch (...) {
    stop();
    throw;
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  stopping_.store(true);
  job_.fetch_add(1);
  job_.notify_all();
  for (std::thread &worker : workers_) worker.join();
  workers_.clear();
}

bool ThreadPool::take_chunk(uint32_t job, int slot) {
  uint64_t state = state_.load();
  for (;;) {
    if (uint32_t(state >> 32) != job || uint32_t(state) == 0) return false;
    const Call call = call_.load();
    const void *context = context_.load();
    // Success proves that the job was unfinished here, hence that call and context are its own.
    if (state_.compare_exchange_weak(state, state - 1)) {
      call(context, int64_t(uint32_t(state)) - 1, slot);
      if (unfinished_.fetch_sub(1) == 1) unfinished_.notify_one();
      return true;
    }
  }
}

void ThreadPool::share(uint32_t chunks, Call call, const void *context) {
  const uint32_t job = job_.load() + 1;
  call_.store(call);
  context_.store(context);
  unfinished_.store(chunks);
  state_.store(uint64_t(job) << 32 | chunks);
  job_.store(job);
  job_.notify_all();
  while (take_chunk(job, 0)) {
  }
  if (look_for([&] { return unfinished_.load() == 0; })) return;
  for (uint32_t left = unfinished_.load(); left != 0; left = unfinished_.load()) unfinished_.wait(left);
}

void ThreadPool::work(int slot) {
  uint32_t seen = 0;
  while (!stopping_.load()) {
    if (!look_for([&] { return job_.load() != seen; })) {
      job_.wait(seen);
      continue;
    }
    seen = job_.load();
    while (take_chunk(seen, slot)) {
    }
  }
}

}  // namespace draftscope::cpu
