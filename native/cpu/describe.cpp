// Name of the processor and the memory of this machine.
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "cpu/device.h"

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

// Memory that can be had without swapping; the free pages alone where the system does not say.
uint64_t available_bytes() {
  const uint64_t page = uint64_t(sysconf(_SC_PAGESIZE));
#if defined(__linux__)
  if (FILE *file = std::fopen("/proc/meminfo", "re")) {
    char line[256];
    unsigned long long kib = 0;
    bool found = false;
    while (!found && std::fgets(line, sizeof line, file)) found = std::sscanf(line, "MemAvailable: %llu kB", &kib) == 1;
    std::fclose(file);
    if (found) return kib * 1024;
  }
  return uint64_t(sysconf(_SC_AVPHYS_PAGES)) * page;
#else
  (void)page;
  return 0;
#endif
}

}  // namespace

ds_status describe(ds_backend *backend, ds_backend_info *out) {
  if (backend == nullptr || out == nullptr) return fail(DS_INVALID_ARGUMENT, "describe needs a backend and a place for the result");
  *out = {};
  std::snprintf(out->kind, sizeof out->kind, "cpu");
  processor_name(out->name, sizeof out->name);
  std::snprintf(out->instructions, sizeof out->instructions, "%s", backend->kernels->name);
  out->threads = backend->pool->threads();
  out->memory_total = uint64_t(sysconf(_SC_PHYS_PAGES)) * uint64_t(sysconf(_SC_PAGESIZE));
  out->memory_free = available_bytes();
  return DS_OK;
}

}  // namespace draftscope::cpu
