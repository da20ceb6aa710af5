// A decoded token allocates nothing: operator new is counted, in the backend library too, which takes it from here.
#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/small_model.h"

// Sanitizers bring an operator new of their own, which finds more than this one could.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(__APPLE__) || defined(_WIN32)
#define DRAFTSCOPE_COUNTS_ALLOCATIONS 0
#else
#define DRAFTSCOPE_COUNTS_ALLOCATIONS 1
#endif

namespace {

std::atomic<int64_t> allocations{0};

}  // namespace

#if DRAFTSCOPE_COUNTS_ALLOCATIONS
// Array forms and those that do not throw end here.
__attribute__((visibility("default"))) void *operator new(std::size_t bytes) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void *place = std::malloc(bytes == 0 ? 1 : bytes)) return place;
  throw std::bad_alloc();
}
__attribute__((visibility("default"))) void operator delete(void *place) noexcept { std::free(place); }
__attribute__((visibility("default"))) void operator delete(void *place, std::size_t) noexcept { std::free(place); }
#endif

namespace draftscope::tests {
namespace {

// A pass of the target over three rows and one of the MTP layer: what a step with drafts consists of.
void step(Running &run, const std::vector<int32_t> &verified, const std::vector<int32_t> &drafted, int64_t row, Context &t, PassOutput &out) {
  const bool target = run.sequence->target_pass(verified, row, run.all, out).ok();
  MtpPass pass;
  pass.first_row = pass.hidden_first_row = row;
  const bool draft = run.sequence->mtp_pass(pass, drafted, run.all, out).ok();
  if (!target || !draft) t.expect(false, "a pass failed");
}

}  // namespace

DS_TEST("Passes: a step allocates nothing once the first one has") {
  if (DRAFTSCOPE_COUNTS_ALLOCATIONS == 0) return t.skip("operator new is not counted in this build");
  if (is_emulated(Device(t.settings(), 1))) return t.skip("the host emulation of CUDA allocates for its own threads");
  Running run(t, 1100);
  run.all.probe_ids = {1, -1, 2};
  const std::vector<int32_t> verified = some_tokens(3, 1), drafted = some_tokens(3, 2);
  PassOutput out;
  step(run, verified, drafted, 0, t, out);
  const int64_t before = allocations.load();
  const uint64_t bytes = run.sequence->bytes();
  for (int64_t row = 1; row <= 1000; row++) step(run, verified, drafted, row, t, out);
  const int64_t taken = allocations.load() - before;
  t.expect(before > 0, "operator new is not counted");
  t.expect(taken == 0, "1,000 steps of two passes allocated " + std::to_string(taken) + " times");
  t.expect(run.sequence->bytes() == bytes, "buffers of the backend have grown");
}

}  // namespace draftscope::tests
