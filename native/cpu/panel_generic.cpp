// Inner loops for any processor: vectors of four through the compiler's vector extension.
#include "shared/numbers.h"
#include "cpu/panel.h"
#include "cpu/panel_impl.h"

namespace draftscope::cpu {
namespace {

struct Vector4 {
  typedef float Reg __attribute__((vector_size(16)));
  static constexpr int width = 4;
  static constexpr int tile_rows = 2;
  static Reg zero() { return Reg{0, 0, 0, 0}; }
  static Reg set1(float v) { return Reg{v, v, v, v}; }
  static Reg load(const float *p) {
    Reg r;
    __builtin_memcpy(&r, p, sizeof r);
    return r;
  }
  static void store(float *p, Reg r) { __builtin_memcpy(p, &r, sizeof r); }
  static Reg mul(Reg a, Reg b) { return a * b; }
  static Reg fma(Reg a, Reg b, Reg c) { return a * b + c; }
  static float fma_one(float a, float b, float c) { return a * b + c; }
  static float sum(Reg r) { return (r[0] + r[2]) + (r[1] + r[3]); }
};

struct LoadF32 {
  static constexpr int bytes = 4;
  static constexpr float unit = 1;
  static Vector4::Reg load(const uint8_t *p) {
    Vector4::Reg r;
    __builtin_memcpy(&r, p, sizeof r);
    return r;
  }
};

struct LoadBF16 {
  static constexpr int bytes = 2;
  static constexpr float unit = 1;
  static Vector4::Reg load(const uint8_t *p) {
    uint16_t b[4];
    __builtin_memcpy(b, p, sizeof b);
    return Vector4::Reg{float_from_bf16(b[0]), float_from_bf16(b[1]), float_from_bf16(b[2]), float_from_bf16(b[3])};
  }
};

struct LoadF16 {
  static constexpr int bytes = 2;
  static constexpr float unit = 1;
  static Vector4::Reg load(const uint8_t *p) {
    uint16_t b[4];
    __builtin_memcpy(b, p, sizeof b);
    return Vector4::Reg{float_from_f16(b[0]), float_from_f16(b[1]), float_from_f16(b[2]), float_from_f16(b[3])};
  }
};

struct LoadF8 {
  static constexpr int bytes = 1;
  static constexpr float unit = 1;
  static Vector4::Reg load(const uint8_t *p) {
    return Vector4::Reg{float_from_f8_e4m3(p[0]), float_from_f8_e4m3(p[1]), float_from_f8_e4m3(p[2]), float_from_f8_e4m3(p[3])};
  }
};

}  // namespace

const Kernels kernels_generic = {
    "generic",
    {panel<Vector4, LoadF32>, panel<Vector4, LoadF16>, panel<Vector4, LoadBF16>, panel_fp8<Vector4, LoadF8>},
    combine<Vector4>,
};

}  // namespace draftscope::cpu
