// What a kernel is called with, checked once for every backend: sizes that make sense, views inside their buffers. Shapes are
// those of draftscope/backend.h. A call over no rows is fine and leaves addresses that nobody may follow.
#pragma once

#include "shared/operands.h"

namespace draftscope::shared {

struct EmbedArguments {
  float *out;
  Matrix table;
};
// ids: all inside the table.
ds_status check_embed(ds_view out, const ds_matrix *table, const int32_t *ids, int64_t rows, EmbedArguments *checked);

struct NormArguments {
  float *out;
  const float *in;
  const uint8_t *weight;
};
ds_status check_norm(ds_view out, int64_t out_stride, ds_view in, int64_t in_stride, ds_view weight, ds_dtype weight_dtype, int64_t rows,
                     int64_t cols, NormArguments *checked);

struct AddArguments {
  float *a;
  const float *b;
};
ds_status check_add(ds_view a, ds_view b, int64_t count, AddArguments *checked);

struct MatmulArguments {
  float *out;
  const float *in;
  Matrix w;
};
ds_status check_matmul(ds_view out, int64_t out_stride, ds_view in, int64_t in_stride, const ds_matrix *w, int64_t rows, MatmulArguments *checked);

struct SiluArguments {
  float *out;
  const float *gate_up;
};
ds_status check_silu(ds_view out, ds_view gate_up, int64_t rows, int64_t cols, SiluArguments *checked);

struct RopeArguments {
  float *x;
  const float *table;
};
ds_status check_rope(ds_view x, int64_t row_stride, int64_t head_stride, int64_t heads, int64_t rope_dim, ds_view table, int64_t first_position,
                     int64_t rows, RopeArguments *checked);

struct AttentionArguments {
  float *out;
  const float *q, *latent, *rope;
  Matrix kv_b;
  ds_attention_options o;
  int64_t keys;  // first_row + rows
};
ds_status check_attention(ds_view out, ds_view q, ds_view cache_latent, ds_view cache_rope, const ds_matrix *kv_b,
                          const ds_attention_options *options, int64_t rows, AttentionArguments *checked);

struct RouteArguments {
  ds_route_options o;
  const uint8_t *bias;  // [E] or null
  ds_dtype bias_dtype;
  int32_t *ids;
  float *weights, *scores;  // scores may be null
  const float *logits;
};
ds_status check_route(ds_view ids, ds_view weights, ds_view scores, ds_view logits, ds_view bias, ds_dtype bias_dtype,
                      const ds_route_options *options, int64_t rows, RouteArguments *checked);

struct ExpertArguments {
  Matrix w13, w2;
  int64_t hidden, inner, pairs;  // pairs: rows * top_k
  float *out;
  const float *in, *weights;
  const int32_t *ids;  // what is in them is the backend's to check
};
ds_status check_experts(ds_view out, ds_view in, ds_view ids, ds_view weights, const ds_matrix *w13, const ds_matrix *w2, int32_t experts,
                        int32_t top_k, int64_t rows, ExpertArguments *checked);

ds_status check_top_logits(const int32_t *top_ids, const float *top, const float *log_sum_exp, ds_view logits, int64_t rows, int64_t cols,
                           int32_t count, const float **checked);

// *out is zeroed.
ds_status check_statistics(ds_statistics *out, ds_view data, ds_dtype dtype, int64_t count, const uint8_t **checked);

// A read_file request; its statistics are zeroed. *out: the first byte of the destination, null when there is nothing to read.
ds_status check_read(const ds_read *read, uint8_t **out);

}  // namespace draftscope::shared
