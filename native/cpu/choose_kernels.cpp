// Picks the inner loops for the processor at hand.
#include <cstdlib>
#include <cstring>

#include "cpu/panel.h"

namespace draftscope::cpu {
namespace {

struct Level {
  const Kernels *kernels;
  bool available;
};

}  // namespace

const Kernels *choose_kernels() {
  // In both lists the best comes last.
#if defined(DRAFTSCOPE_X86)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  const bool vbmi = avx512 && __builtin_cpu_supports("avx512vbmi");
  const Level levels[] = {{&kernels_generic, true}, {&kernels_avx2, avx2}, {&kernels_avx512, avx512}, {&kernels_avx512vbmi, vbmi}};
#else
  const Level levels[] = {{&kernels_generic, true}};
#endif
  const char *wanted = std::getenv("DRAFTSCOPE_CPU_LEVEL");
  const bool any = wanted == nullptr || *wanted == '\0';
  const Kernels *best = nullptr;
  for (const Level &level : levels) {
    if (level.available && (any || std::strcmp(wanted, level.kernels->name) == 0)) best = level.kernels;
  }
  return best;
}

}  // namespace draftscope::cpu
