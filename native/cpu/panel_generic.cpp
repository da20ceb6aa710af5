// Inner loops for any processor: vectors of four through the compiler's vector extension.
#include "cpu/combine_impl.h"
#include "cpu/elementwise_impl.h"
#include "cpu/panel_impl.h"
#include "shared/numbers.h"

namespace draftscope::cpu {
namespace {

struct Vector4 {
  typedef float Reg __attribute__((vector_size(16)));
  static constexpr int width = 4;
  typedef int32_t Bits __attribute__((vector_size(16)));
  static constexpr int tile_rows = 2;
  static constexpr int single_row_tile = 4;
  static Reg zero() { return Reg{0, 0, 0, 0}; }
  static Reg set1(float v) { return Reg{v, v, v, v}; }
  static Reg load(const float *p) {
    Reg r;
    __builtin_memcpy(&r, p, sizeof r);
    return r;
  }
  static void store(float *p, Reg r) { __builtin_memcpy(p, &r, sizeof r); }
  static Reg add(Reg a, Reg b) { return a + b; }
  static Reg sub(Reg a, Reg b) { return a - b; }
  static Reg mul(Reg a, Reg b) { return a * b; }
  static Reg div(Reg a, Reg b) { return a / b; }
  static Reg select(Bits where, Reg a, Reg b) { return Reg((where & Bits(a)) | (~where & Bits(b))); }
  static Reg min(Reg a, Reg b) { return select(a < b, a, b); }
  static Reg max(Reg a, Reg b) { return select(a > b, a, b); }
  static Reg fma(Reg a, Reg b, Reg c) { return a * b + c; }
  static Reg times_power(Reg p, Reg n) { return Reg(Bits(p) + (Bits(n) << 23)); }
  static Reg zero_where_less(Reg value, Reg x, Reg limit) { return select(x < limit, zero(), value); }
  static float sum(Reg r) { return (r[0] + r[2]) + (r[1] + r[3]); }
  static void sum_four(const Reg *r, float *out) {
    for (int i = 0; i < 4; i++) out[i] = sum(r[i]);
  }
};

template <class Load>
struct Pairwise : Load {
  static void load_pair(const uint8_t *p, Vector4::Reg &first, Vector4::Reg &second) {
    first = Load::load(p);
    second = Load::load(p + Vector4::width * Load::bytes);
  }
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
    {panel<Vector4, Pairwise<LoadF32>>, panel<Vector4, Pairwise<LoadF16>>, panel<Vector4, Pairwise<LoadBF16>>, panel_fp8<Vector4, Pairwise<LoadF8>>},
    {combine<Vector4, LoadF32>, combine<Vector4, LoadF16>, combine<Vector4, LoadBF16>, combine_fp8<Vector4, LoadF8>},
    softmax<Vector4>,
    silu_mul<Vector4>,
    sum_exp<Vector4>,
};

}  // namespace draftscope::cpu
