// See thread_pool.h.
#include "cpu/thread_pool.h"

namespace draftscope::cpu {
namespace {

// Long enough to bridge the serial work between two kernels of a pass, short enough not to burn a core when idle.
constexpr int kSpins = 2000;

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
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
  for (int spins = 0; unfinished_.load() != 0; spins++) {
    if (spins < kSpins) {
      pause();
    } else if (const uint32_t left = unfinished_.load(); left != 0) {
      unfinished_.wait(left);
    }
  }
}

void ThreadPool::work(int slot) {
  uint32_t seen = 0;
  while (!stopping_.load()) {
    uint32_t job = job_.load();
    for (int spins = 0; job == seen && spins < kSpins; spins++) {
      pause();
      job = job_.load();
    }
    if (job == seen) {
      job_.wait(seen);
      continue;
    }
    seen = job;
    while (take_chunk(job, slot)) {
    }
  }
}

}  // namespace draftscope::cpu
