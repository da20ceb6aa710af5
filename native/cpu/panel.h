// The inner loops that everything heavy is made of, chosen once per backend for the processor at hand.
#pragma once

#include <cstddef>
#include <cstdint>

namespace draftscope::cpu {

// out[t, j] = sum over k of x[t, k] * w[j, k], t < rows, j < count.
// Every pair (t, j) has its own accumulator and its own fixed order over k, whatever rows and count are.
struct Panel {
  float *out;
  int64_t out_stride;        // elements
  const float *x;            // [rows, k]
  int64_t x_stride;          // elements
  const int32_t *x_rows;     // row t of x is x_rows[t]; null = t
  int64_t rows;
  const uint8_t *w;          // [count, k] in the table's dtype
  int64_t w_row_bytes;
  int64_t count;
  int64_t k;
  const float *scale;        // fp8 only: [ceil(part rows / block_rows), scale_stride]; null = unscaled
  int64_t scale_stride;
  int64_t block_rows, block_cols;  // block_cols is a multiple of 16 or at least k
  int64_t scale_first_row;   // row of w[0] within the part that `scale` describes
};

// out[m, l] += sum over s of coef[m, s] * x[s, l], s ascending; m < rows, l < cols.
// x is [terms, cols] in the table's dtype; its scale is as in Panel.
struct Combine {
  float *out;
  int64_t out_stride;        // elements
  const float *coef;
  int64_t coef_stride;       // elements
  int64_t rows;
  const uint8_t *x;
  int64_t x_row_bytes;
  int64_t terms;
  int64_t cols;
  const float *scale;        // fp8 only; null = unscaled
  int64_t scale_stride;
  int64_t block_rows, block_cols;
  int64_t scale_first_row;   // row of x[0] within the part that `scale` describes
};

struct Kernels {
  const char *name;
  void (*panel[4])(const Panel &);      // by ds_dtype: f32, f16, bf16, fp8
  void (*combine[4])(const Combine &);  // likewise
  // scores [count] becomes softmax((scores + extra) * scale).
  void (*softmax)(float *scores, const float *extra, int64_t count, float scale);
  // out [count] = silu(gate) * up, silu(x) = x / (1 + exp(-x)).
  void (*silu_mul)(float *out, const float *gate, const float *up, int64_t count);
  // The sum of exp(x - most) over x [count].
  float (*sum_exp)(const float *x, int64_t count, float most);
};

extern const Kernels kernels_generic;
#if defined(DRAFTSCOPE_X86)
extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;
extern const Kernels kernels_avx512vbmi;
#endif

// The best table this processor can run, or the one named in DRAFTSCOPE_CPU_LEVEL (generic, avx2, avx512, avx512vbmi) when it can
// run that; null when the name is unknown or the processor can't.
const Kernels *choose_kernels();

}  // namespace draftscope::cpu
