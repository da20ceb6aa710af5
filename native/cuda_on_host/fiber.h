// A stack that can be left and entered again, with the notes that the sanitizers need.
#pragma once

#include <cstddef>

namespace cuda_on_host {

class Fiber {
 public:
  // The fiber of the calling thread itself.
  Fiber();
  // A fiber that will run entry(), which must never return.
  explicit Fiber(void (*entry)());
  ~Fiber();
  Fiber(const Fiber &) = delete;
  Fiber &operator=(const Fiber &) = delete;
  // Forgets where it stood: the next switch to it begins at entry() again.
  void restart();
  // Leaves `from`, which must be the running one, for this.
  void enter(Fiber &from);

 private:
  void (*entry_)() = nullptr;
  void *position_ = nullptr;  // stack pointer, or a ucontext_t
  unsigned char *stack_ = nullptr;
  size_t stack_bytes_ = 0;
  void *fake_stack_ = nullptr;      // of AddressSanitizer
  void *thread_sanitizer_ = nullptr;
  static void begin();
};

}  // namespace cuda_on_host
