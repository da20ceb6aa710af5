// See block.h. One launch runs at a time in the whole process, so its state is plain data behind one lock.
#include "cuda_on_host/block.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <numeric>
#include <vector>

#include "cuda_on_host/fiber.h"

#if defined(CUDA_ON_HOST_THREAD_SANITIZER)
#include <sanitizer/tsan_interface.h>
#define NOTE_RELEASE(address) __tsan_release(address)
#define NOTE_ACQUIRE(address) __tsan_acquire(address)
#else
#define NOTE_RELEASE(address) (void)(address)
#define NOTE_ACQUIRE(address) (void)(address)
#endif

dim3 blockDim, gridDim;

namespace cuda_on_host {

Lane *lane = nullptr;

namespace {

constexpr int kWarp = 32;

enum class State { fresh, runnable, in_warp, in_block, ended };

struct Thread {
  Lane lane;
  State state = State::fresh;
  int line = 0;  // where it waits
  std::unique_ptr<Fiber> fiber;
};

struct Warp {
  int arrived = 0;
  int line = 0;
  unsigned turn = 0;              // two sets of slots: the next exchange may begin before all have read the last
  uint64_t slots[2][kWarp] = {};
  char order[2] = {};             // addresses for the race detector
};

struct Run {
  const Launch *launch = nullptr;
  std::unique_ptr<Fiber> outside;
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  std::vector<int> ready;         // indices of threads that can go on
  std::vector<std::unique_ptr<Fiber>> idle;
  std::unique_ptr<unsigned char, void (*)(void *)> shared{nullptr, std::free};
  int current = -1, ended = 0, at_barrier = 0;
  int barrier_line = 0;
  char barrier_order = 0, launch_order = 0;
  uint64_t random = 1;
  std::string fault;

  uint32_t draw(uint32_t below) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return uint32_t((random >> 20) % below);
  }
};

std::mutex one_at_a_time;
Run *run = nullptr;

void enter_outside(Fiber &from) { run->outside->enter(from); }

void fault(const std::string &what) {
  if (run->fault.empty()) run->fault = what;
}

// Draws the next thread; -1 when none can go on.
int next_thread() {
  Run &r = *run;
  if (!r.fault.empty() || r.ready.empty()) return -1;
  const size_t at = r.draw(uint32_t(r.ready.size()));
  const int index = r.ready[at];
  r.ready[at] = r.ready.back();
  r.ready.pop_back();
  return index;
}

void make_current(int index) {
  run->current = index;
  lane = &run->threads[size_t(index)].lane;
}

void fiber_main();

std::unique_ptr<Fiber> take_fiber() {
  if (run->idle.empty()) return std::make_unique<Fiber>(fiber_main);
  std::unique_ptr<Fiber> fiber = std::move(run->idle.back());
  run->idle.pop_back();
  fiber->restart();
  return fiber;
}

// Leaves the running fiber for whichever thread comes next.
void go_on(Fiber &from) {
  const int next = next_thread();
  if (next < 0) {
    enter_outside(from);
    return;
  }
  Thread &thread = run->threads[size_t(next)];
  make_current(next);
  if (!thread.fiber) thread.fiber = take_fiber();
  if (thread.fiber.get() != &from) thread.fiber->enter(from);
}

// A fiber runs thread after thread as long as none of them waits.
void fiber_main() {
  for (;;) {
    Thread &thread = run->threads[size_t(run->current)];
    thread.state = State::runnable;
    NOTE_ACQUIRE(&run->launch_order);
    run->launch->thread();
    NOTE_RELEASE(&run->launch_order);
    Thread &done = run->threads[size_t(run->current)];
    done.state = State::ended;
    run->ended++;
    Fiber *own = done.fiber.get();
    const int next = next_thread();
    if (next >= 0 && run->threads[size_t(next)].state == State::fresh) {
      run->threads[size_t(next)].fiber = std::move(done.fiber);
      make_current(next);
      continue;
    }
    run->idle.push_back(std::move(done.fiber));
    if (next < 0) {
      enter_outside(*own);
    } else {
      make_current(next);
      run->threads[size_t(next)].fiber->enter(*own);
    }
  }
}

std::string place(const Thread &thread, int index) {
  static const char *const names[] = {"has not begun", "runs", "waits for its warp at line ", "waits for its block at line ", "has ended"};
  std::string text = "thread " + std::to_string(index) + " " + names[int(thread.state)];
  return thread.state == State::in_warp || thread.state == State::in_block ? text + std::to_string(thread.line) : text;
}

void explain_standstill() {
  std::string text = "a block came to a standstill: ";
  int told = 0, last = -1;
  for (size_t i = 0; i < run->threads.size() && told < 4; i++) {
    const Thread &thread = run->threads[i];
    const int key = int(thread.state) * 100000 + thread.line;
    if (key == last) continue;
    last = key;
    text += (told++ ? "; " : "") + place(thread, int(i));
  }
  fault(text);
}

void run_block(dim3 block) {
  Run &r = *run;
  const size_t count = size_t(r.launch->block.x);
  // Stale values of an earlier block must not look like results.
  if (r.launch->shared_bytes > 0) std::memset(r.shared.get(), 0xff, r.launch->shared_bytes);
  r.ready.resize(count);
  std::iota(r.ready.begin(), r.ready.end(), 0);
  r.ended = r.at_barrier = 0;
  for (size_t i = 0; i < count; i++) {
    r.threads[i].lane = {dim3(unsigned(i)), block};
    r.threads[i].state = State::fresh;
  }
  for (Warp &warp : r.warps) warp.arrived = 0;
  NOTE_RELEASE(&r.launch_order);
  const int first = next_thread();
  make_current(first);
  r.threads[size_t(first)].fiber = take_fiber();
  r.threads[size_t(first)].fiber->enter(*r.outside);
  NOTE_ACQUIRE(&r.launch_order);
  if (r.fault.empty() && r.ended < int(count)) explain_standstill();
  // Fibers of threads that never ended are begun anew by whoever takes them.
  for (Thread &thread : r.threads) {
    if (thread.fiber) r.idle.push_back(std::move(thread.fiber));
  }
}

void wait_in(State state, int line) {
  Thread &thread = run->threads[size_t(run->current)];
  thread.state = state;
  thread.line = line;
  go_on(*thread.fiber);
}

// Returns the set of slots that holds what all lanes of the warp handed in at this line.
const uint64_t *meet(uint64_t own, unsigned mask, int line) {
  const int index = run->current;
  Warp &warp = run->warps[size_t(index / kWarp)];
  if (mask != 0xffffffffu) fault("line " + std::to_string(line) + " names only some lanes of a warp, which the emulation does not do");
  if (warp.arrived > 0 && warp.line != line) {
    fault("lanes of one warp wait at lines " + std::to_string(warp.line) + " and " + std::to_string(line));
  }
  const unsigned set = warp.turn & 1;
  warp.line = line;
  warp.slots[set][index % kWarp] = own;
  NOTE_RELEASE(&warp.order[set]);
  if (++warp.arrived == kWarp) {
    warp.arrived = 0;
    warp.turn++;
    const int first = index / kWarp * kWarp;
    for (int i = first; i < first + kWarp; i++) {
      if (i == index) continue;
      run->threads[size_t(i)].state = State::runnable;
      run->ready.push_back(i);
    }
    run->ready.push_back(index);
    run->threads[size_t(index)].state = State::runnable;
    go_on(*run->threads[size_t(index)].fiber);
  } else {
    wait_in(State::in_warp, line);
  }
  NOTE_ACQUIRE(&warp.order[set]);
  return warp.slots[set];
}

}  // namespace

unsigned char *shared_bytes() { return run->shared.get(); }

uint64_t exchange(uint64_t own, int source, unsigned mask, int line) { return meet(own, mask, line)[source]; }

uint32_t vote(bool own, unsigned mask, int line) {
  const uint64_t *all = meet(own, mask, line);
  uint32_t bits = 0;
  for (int i = 0; i < kWarp; i++) bits |= uint32_t(all[i] & 1) << i;
  return bits;
}

void wait_for_block(int line) {
  Run &r = *run;
  if (r.at_barrier > 0 && r.barrier_line != line) {
    fault("threads of one block wait at lines " + std::to_string(r.barrier_line) + " and " + std::to_string(line));
  }
  r.barrier_line = line;
  NOTE_RELEASE(&r.barrier_order);
  const int index = r.current;
  if (++r.at_barrier == int(r.threads.size())) {
    r.at_barrier = 0;
    for (int i = 0; i < int(r.threads.size()); i++) {
      r.threads[size_t(i)].state = State::runnable;
      r.ready.push_back(i);
    }
    go_on(*r.threads[size_t(index)].fiber);
  } else {
    wait_in(State::in_block, line);
  }
  NOTE_ACQUIRE(&r.barrier_order);
}

std::string run_launch(const Launch &launch, uint64_t seed) {
  const std::lock_guard<std::mutex> lock(one_at_a_time);
  Run own;
  // Stacks are kept from launch to launch: making them costs more than most kernels.
  static std::vector<std::unique_ptr<Fiber>> kept;
  own.idle.swap(kept);
  own.launch = &launch;
  blockDim = launch.block;
  gridDim = launch.grid;
  own.outside = std::make_unique<Fiber>();
  own.random = seed * 0x9e3779b97f4a7c15u | 1;
  own.threads.resize(launch.block.x);
  own.warps.resize((launch.block.x + kWarp - 1) / kWarp);
  if (launch.shared_bytes > 0) own.shared.reset(static_cast<unsigned char *>(std::aligned_alloc(16, (launch.shared_bytes + 15) / 16 * 16)));
  run = &own;
  const uint64_t blocks = uint64_t(launch.grid.x);
  const uint64_t start = own.draw(uint32_t(blocks));
  for (uint64_t i = 0; i < blocks && own.fault.empty(); i++) run_block(dim3(unsigned((start + i) % blocks)));
  run = nullptr;
  kept.swap(own.idle);
  return own.fault;
}

}  // namespace cuda_on_host
