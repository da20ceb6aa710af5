// See fiber.h. Switching is a dozen instructions on x86-64 Linux, ucontext elsewhere.
#include "cuda_on_host/fiber.h"

#include <sys/mman.h>
#include <ucontext.h>

#include <cstdint>
#include <cstring>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__) || defined(CUDA_ON_HOST_THREAD_SANITIZER)
#include <sanitizer/tsan_interface.h>
#define CUDA_ON_HOST_TSAN 1
#endif

#if defined(__x86_64__) && defined(__linux__)
#define CUDA_ON_HOST_ASSEMBLY 1
extern "C" void cuda_on_host_switch(void **save, void *enter);
asm(R"(
.text
.p2align 4
.globl cuda_on_host_switch
.hidden cuda_on_host_switch
.type cuda_on_host_switch, @function
cuda_on_host_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size cuda_on_host_switch, .-cuda_on_host_switch
)");
#endif

namespace cuda_on_host {
namespace {

constexpr size_t kStackBytes = 128 << 10;
Fiber *entered = nullptr, *left = nullptr;

}  // namespace

Fiber::Fiber() {
#if defined(CUDA_ON_HOST_TSAN)
  thread_sanitizer_ = __tsan_get_current_fiber();
#endif
#if !defined(CUDA_ON_HOST_ASSEMBLY)
  position_ = new ucontext_t{};
#endif
}

Fiber::Fiber(void (*entry)()) : entry_(entry), stack_bytes_(kStackBytes) {
  void *memory = ::mmap(nullptr, stack_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  stack_ = static_cast<unsigned char *>(memory);
#if defined(CUDA_ON_HOST_TSAN)
  thread_sanitizer_ = __tsan_create_fiber(0);
#endif
#if !defined(CUDA_ON_HOST_ASSEMBLY)
  position_ = new ucontext_t{};
#endif
  restart();
}

Fiber::~Fiber() {
#if !defined(CUDA_ON_HOST_ASSEMBLY)
  delete static_cast<ucontext_t *>(position_);
#endif
  if (entry_ == nullptr) return;  // the calling thread's stack is not ours
#if defined(CUDA_ON_HOST_TSAN)
  __tsan_destroy_fiber(thread_sanitizer_);
#endif
  ::munmap(stack_, stack_bytes_);
}

void Fiber::restart() {
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(stack_, stack_bytes_);
#endif
  fake_stack_ = nullptr;
#if defined(CUDA_ON_HOST_ASSEMBLY)
  // Six registers, the address to return to, and one word so that begin() finds its stack aligned.
  auto **top = reinterpret_cast<void **>(stack_ + stack_bytes_) - 2;
  top[0] = reinterpret_cast<void *>(&Fiber::begin);
  top[1] = nullptr;
  position_ = top - 6;
  std::memset(position_, 0, 6 * sizeof(void *));
#else
  auto *context = static_cast<ucontext_t *>(position_);
  getcontext(context);
  context->uc_stack.ss_sp = stack_;
  context->uc_stack.ss_size = stack_bytes_;
  context->uc_link = nullptr;
  makecontext(context, &Fiber::begin, 0);
#endif
}

void Fiber::begin() {
#if defined(__SANITIZE_ADDRESS__)
  const void *bottom = nullptr;
  size_t size = 0;
  __sanitizer_finish_switch_fiber(nullptr, &bottom, &size);
  // The thread's own stack is learnt from the first switch away from it.
  if (left->stack_ == nullptr) {
    left->stack_ = static_cast<unsigned char *>(const_cast<void *>(bottom));
    left->stack_bytes_ = size;
  }
#endif
  entered->entry_();
}

void Fiber::enter(Fiber &from) {
  left = &from;
  entered = this;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&from.fake_stack_, stack_, stack_bytes_);
#endif
#if defined(CUDA_ON_HOST_TSAN)
  __tsan_switch_to_fiber(thread_sanitizer_, __tsan_switch_to_fiber_no_sync);
#endif
#if defined(CUDA_ON_HOST_ASSEMBLY)
  cuda_on_host_switch(&from.position_, position_);
#else
  swapcontext(static_cast<ucontext_t *>(from.position_), static_cast<ucontext_t *>(position_));
#endif
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(from.fake_stack_, nullptr, nullptr);
#endif
}

}  // namespace cuda_on_host
