// Exponentials over rows, behind the kernel tables: V is a vector of float32. A part of a vector is zero-padded and goes
// through the same steps, so an element's bits depend on its value alone.
// Internal linkage and no standard library, as in panel_impl.h.
#pragma once

#include "cpu/panel.h"
#include "cpu/panel_impl.h"

namespace draftscope::cpu {
namespace {

// exp(x) to about 2 units in the last place: x = n ln 2 + r, a polynomial in r, times 2^n. 0 below -87.3, where results
// would lose bits; at most exp(88). NaN stays.
template <class V>
typename V::Reg exp_of(typename V::Reg x) {
  using Reg = typename V::Reg;
  const Reg lowest = V::set1(-87.3f);
  const Reg inside = V::min(V::set1(88.0f), V::max(lowest, x));  // of a NaN both give the second
  // Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low bits.
  const Reg magic = V::set1(0x1.8p23f);
  const Reg shifted = V::fma(inside, V::set1(0x1.715476p0f), magic);
  const Reg n = V::sub(shifted, magic);
  Reg r = V::fma(n, V::set1(-0x1.62e4p-1f), inside);
  r = V::fma(n, V::set1(-0x1.7f7d1cp-20f), r);
  Reg p = V::set1(1.37805939e-3f);
  constexpr float coefficients[] = {8.37312452e-3f, 4.16695364e-2f, 1.66664720e-1f, 4.99999851e-1f, 1.0f, 1.0f};
  for (const float c : coefficients) p = V::fma(p, r, V::set1(c));
  return V::zero_where_less(V::times_power(p, shifted), x, lowest);
}

// body(vector of x, index, how many of it are there) over x [count].
template <class V, class Body>
void over_vectors(const float *x, int64_t count, const Body &body) {
  int64_t i = 0;
  for (; i + V::width <= count; i += V::width) body(V::load(x + i), i, int64_t(V::width));
  if (i < count) body(load_part<V>(x + i, count - i), i, count - i);
}

template <class V>
void store_part(float *out, typename V::Reg value, int64_t count) {
  if (count == V::width) {
    V::store(out, value);
    return;
  }
  float lanes[V::width];
  V::store(lanes, value);
  __builtin_memcpy(out, lanes, size_t(count) * 4);
}

// The lanes from `count` on are 0.
template <class V>
typename V::Reg first_lanes(typename V::Reg value, int64_t count) {
  if (count == V::width) return value;
  float lanes[V::width];
  V::store(lanes, value);
  return load_part<V>(lanes, count);
}

template <class V>
void softmax(float *scores, const float *extra, int64_t count, float scale) {
  typename V::Reg most_lanes = V::set1(-__builtin_inff());
  int64_t at = 0;
  for (; at + V::width <= count; at += V::width) {
    const typename V::Reg x = V::mul(V::add(V::load(scores + at), V::load(extra + at)), V::set1(scale));
    V::store(scores + at, x);
    most_lanes = V::max(x, most_lanes);
  }
  float lanes[V::width];
  V::store(lanes, most_lanes);
  float most = lanes[0];
  for (int lane = 1; lane < V::width; lane++) most = lanes[lane] > most ? lanes[lane] : most;
  for (; at < count; at++) {
    scores[at] = (scores[at] + extra[at]) * scale;
    most = scores[at] > most ? scores[at] : most;
  }
  typename V::Reg sum = V::zero();
  over_vectors<V>(scores, count, [&](typename V::Reg x, int64_t i, int64_t here) {
    const typename V::Reg e = exp_of<V>(V::sub(x, V::set1(most)));
    store_part<V>(scores + i, e, here);
    sum = V::add(sum, first_lanes<V>(e, here));
  });
  const float inverse = 1.0f / V::sum(sum);
  for (int64_t i = 0; i < count; i++) scores[i] *= inverse;
}

template <class V>
void silu_mul(float *out, const float *gate, const float *up, int64_t count) {
  over_vectors<V>(gate, count, [&](typename V::Reg g, int64_t i, int64_t here) {
    const typename V::Reg one = V::set1(1.0f);
    const typename V::Reg silu = V::div(g, V::add(one, exp_of<V>(V::sub(V::zero(), g))));
    const typename V::Reg u = here == V::width ? V::load(up + i) : load_part<V>(up + i, here);
    store_part<V>(out + i, V::mul(silu, u), here);
  });
}

template <class V>
float sum_exp(const float *x, int64_t count, float most) {
  typename V::Reg sum = V::zero();
  over_vectors<V>(x, count, [&](typename V::Reg v, int64_t, int64_t here) {
    sum = V::add(sum, first_lanes<V>(exp_of<V>(V::sub(v, V::set1(most))), here));
  });
  return V::sum(sum);
}

}  // namespace
}  // namespace draftscope::cpu
