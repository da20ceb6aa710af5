// Name of the processor and the memory of this process.
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "cpu/device.h"
#include "shared/memory_limits.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace draftscope::cpu {
namespace {

void processor_name(char *out, size_t size) {
  std::snprintf(out, size, "CPU");
#if defined(__x86_64__)
  unsigned words[12] = {};
  if (__get_cpuid_max(0x80000000u, nullptr) < 0x80000004u) return;
  for (unsigned leaf = 0; leaf < 3; leaf++) {
    unsigned *w = words + leaf * 4;
    __get_cpuid(0x80000002u + leaf, w, w + 1, w + 2, w + 3);
  }
  char brand[49] = {};
  std::memcpy(brand, words, 48);
  const char *begin = brand;
  while (*begin == ' ') begin++;
  size_t length = std::strlen(begin);
  while (length > 0 && begin[length - 1] == ' ') length--;
  if (length > 0) std::snprintf(out, size, "%.*s", int(length), begin);
#endif
}

}  // namespace

ds_status describe(ds_backend *backend, ds_backend_info *out) {
  return guarded(backend, [&]() -> ds_status {
    if (out == nullptr) return fail(DS_INVALID_ARGUMENT, "describe needs a place for the result");
    *out = {};
    std::snprintf(out->kind, sizeof out->kind, "cpu");
    processor_name(out->name, sizeof out->name);
    std::snprintf(out->instructions, sizeof out->instructions, "%s", backend->kernels->name);
    out->threads = backend->pool->threads();
    const shared::MemoryLimits limits = shared::memory_limits();
    out->memory_total = limits.total > 0 ? limits.total : uint64_t(sysconf(_SC_PHYS_PAGES)) * uint64_t(sysconf(_SC_PAGESIZE));
    out->memory_free = limits.available;
    return DS_OK;
  });
}

}  // namespace draftscope::cpu
