#include "shared/kernel_arguments.h"

namespace draftscope::shared {
namespace {

long long number(int64_t value) { return static_cast<long long>(value); }

ds_status check_route_options(const ds_route_options &o) {
  if (o.experts <= 0 || o.top_k <= 0 || o.top_k > o.experts) return fail(DS_INVALID_ARGUMENT, "moe_route chooses %d of %d experts", o.top_k, o.experts);
  if (o.grouping == DS_GROUP_NONE) return DS_OK;
  if (o.n_group <= 0 || o.experts % o.n_group != 0 || o.topk_group <= 0 || o.topk_group > o.n_group) {
    return fail(DS_INVALID_ARGUMENT, "moe_route keeps %d of %d groups of %d experts", o.topk_group, o.n_group, o.experts);
  }
  if (o.top_k > o.topk_group * (o.experts / o.n_group)) {
    return fail(DS_INVALID_ARGUMENT, "moe_route chooses %d experts, but %d groups have only %d", o.top_k, o.topk_group, o.topk_group * (o.experts / o.n_group));
  }
  return DS_OK;
}

// Into a const address.
template <class T>
ds_status resolve_input(ds_view view, int64_t count, const char *name, const T **out) {
  T *data = nullptr;
  const ds_status status = resolve(view, count, name, &data);
  *out = data;
  return status;
}

}  // namespace

ds_status check_embed(ds_view out, const ds_matrix *table, const int32_t *ids, int64_t rows, EmbedArguments *checked) {
  DS_CHECK(resolve(table, "embedding table", 1, &checked->table));
  if (rows < 0 || (ids == nullptr && rows > 0)) return fail(DS_INVALID_ARGUMENT, "embed_rows has no ids");
  DS_CHECK(resolve(out, extent(rows, checked->table.cols, checked->table.cols), "embed_rows output", &checked->out));
  for (int64_t t = 0; t < rows; t++) {
    if (ids[t] < 0 || ids[t] >= checked->table.rows) {
      return fail(DS_INVALID_ARGUMENT, "id %d is outside the table of %lld rows", ids[t], number(checked->table.rows));
    }
  }
  return DS_OK;
}

ds_status check_norm(ds_view out, int64_t out_stride, ds_view in, int64_t in_stride, ds_view weight, ds_dtype weight_dtype, int64_t rows,
                     int64_t cols, NormArguments *checked) {
  if (cols <= 0) return fail(DS_INVALID_ARGUMENT, "rms_norm over %lld columns", number(cols));
  if (!is_float_dtype(weight_dtype)) return fail(DS_UNSUPPORTED, "rms_norm weight has no float dtype");
  uint8_t *stored = nullptr;
  DS_CHECK(resolve(out, extent(rows, cols, out_stride), "rms_norm output", &checked->out));
  DS_CHECK(resolve_input(in, extent(rows, cols, in_stride), "rms_norm input", &checked->in));
  DS_CHECK(resolve(weight, cols, ds_dtype_bytes(weight_dtype), "rms_norm weight", &stored));
  checked->weight = stored;
  return DS_OK;
}

ds_status check_add(ds_view a, ds_view b, int64_t count, AddArguments *checked) {
  DS_CHECK(resolve(a, count, "add destination", &checked->a));
  return resolve_input(b, count, "add source", &checked->b);
}

ds_status check_matmul(ds_view out, int64_t out_stride, ds_view in, int64_t in_stride, const ds_matrix *w, int64_t rows, MatmulArguments *checked) {
  DS_CHECK(resolve(w, "matmul weight", 1, &checked->w));
  DS_CHECK(resolve(out, extent(rows, checked->w.rows, out_stride), "matmul output", &checked->out));
  return resolve_input(in, extent(rows, checked->w.cols, in_stride), "matmul input", &checked->in);
}

ds_status check_silu(ds_view out, ds_view gate_up, int64_t rows, int64_t cols, SiluArguments *checked) {
  if (rows < 0 || cols <= 0 || cols > INT64_MAX / 2) return fail(DS_INVALID_ARGUMENT, "silu_mul over [%lld, %lld]", number(rows), number(cols));
  DS_CHECK(resolve(out, extent(rows, cols, cols), "silu_mul output", &checked->out));
  return resolve_input(gate_up, extent(rows, 2 * cols, 2 * cols), "silu_mul input", &checked->gate_up);
}

ds_status check_rope(ds_view x, int64_t row_stride, int64_t head_stride, int64_t heads, int64_t rope_dim, ds_view table, int64_t first_position,
                     int64_t rows, RopeArguments *checked) {
  if (rope_dim <= 0 || rope_dim % 2 != 0 || heads <= 0 || first_position < 0 || rows < 0 || first_position > INT32_MAX || rows > INT32_MAX) {
    return fail(DS_INVALID_ARGUMENT, "rope over %lld heads of %lld dimensions at position %lld", number(heads), number(rope_dim), number(first_position));
  }
  const int64_t row_extent = extent(heads, rope_dim, head_stride);
  if (row_extent < 0) return fail(DS_INVALID_ARGUMENT, "rope heads overlap");
  DS_CHECK(resolve(x, extent(rows, row_extent, row_stride), "rope input", &checked->x));
  return resolve_input(table, extent(first_position + rows, rope_dim, rope_dim), "rope table", &checked->table);
}

ds_status check_attention(ds_view out, ds_view q, ds_view cache_latent, ds_view cache_rope, const ds_matrix *kv_b,
                          const ds_attention_options *options, int64_t rows, AttentionArguments *checked) {
  if (options == nullptr) return fail(DS_INVALID_ARGUMENT, "mla_attention has no options");
  AttentionArguments &a = *checked;
  const ds_attention_options &o = a.o = *options;
  if (rows < 0 || o.heads <= 0 || o.nope_dim <= 0 || o.rope_dim <= 0 || o.value_dim <= 0 || o.latent_dim <= 0 || o.first_row < 0) {
    return fail(DS_INVALID_ARGUMENT, "mla_attention has a dimension that is not positive");
  }
  if (rows > INT32_MAX || o.first_row > INT32_MAX) return fail(DS_INVALID_ARGUMENT, "mla_attention over %lld rows from %lld", number(rows), number(o.first_row));
  a.keys = o.first_row + rows;
  const int64_t heads = o.heads, head_rows = int64_t(o.nope_dim) + o.value_dim, head_query = int64_t(o.nope_dim) + o.rope_dim;
  DS_CHECK(resolve(kv_b, "kv_b", 1, &a.kv_b));
  if (a.kv_b.rows != heads * head_rows || a.kv_b.cols != o.latent_dim) {
    return fail(DS_INVALID_ARGUMENT, "kv_b is [%lld, %lld]; %d heads need [%lld, %d]", number(a.kv_b.rows), number(a.kv_b.cols), o.heads,
                number(heads * head_rows), o.latent_dim);
  }
  DS_CHECK(resolve(out, extent(rows, heads * o.value_dim, heads * o.value_dim), "mla_attention output", &a.out));
  DS_CHECK(resolve_input(q, extent(rows, heads * head_query, heads * head_query), "mla_attention q", &a.q));
  DS_CHECK(resolve_input(cache_latent, a.keys * o.latent_dim, "latent cache", &a.latent));
  return resolve_input(cache_rope, a.keys * o.rope_dim, "rope cache", &a.rope);
}

ds_status check_route(ds_view ids, ds_view weights, ds_view scores, ds_view logits, ds_view bias, ds_dtype bias_dtype,
                      const ds_route_options *options, int64_t rows, RouteArguments *checked) {
  if (options == nullptr) return fail(DS_INVALID_ARGUMENT, "moe_route has no options");
  RouteArguments &r = *checked;
  r = {};
  r.o = *options;
  DS_CHECK(check_route_options(r.o));
  if (rows < 0 || rows > INT32_MAX) return fail(DS_INVALID_ARGUMENT, "moe_route over %lld rows", number(rows));
  DS_CHECK(resolve(ids, rows * r.o.top_k, "moe_route ids", &r.ids));
  DS_CHECK(resolve(weights, rows * r.o.top_k, "moe_route weights", &r.weights));
  if (scores.buffer != nullptr) DS_CHECK(resolve(scores, rows * r.o.experts, "moe_route scores", &r.scores));
  DS_CHECK(resolve_input(logits, rows * r.o.experts, "moe_route logits", &r.logits));
  if (bias.buffer == nullptr) return DS_OK;
  if (!is_float_dtype(bias_dtype)) return fail(DS_UNSUPPORTED, "moe_route bias has no float dtype");
  uint8_t *stored = nullptr;
  DS_CHECK(resolve(bias, r.o.experts, ds_dtype_bytes(bias_dtype), "moe_route bias", &stored));
  r.bias = stored;
  r.bias_dtype = bias_dtype;
  return DS_OK;
}

ds_status check_experts(ds_view out, ds_view in, ds_view ids, ds_view weights, const ds_matrix *w13, const ds_matrix *w2, int32_t experts,
                        int32_t top_k, int64_t rows, ExpertArguments *checked) {
  if (experts <= 0 || top_k <= 0 || rows < 0 || rows > INT32_MAX / top_k) {
    return fail(DS_INVALID_ARGUMENT, "moe_ffn over %lld rows with %d of %d experts", number(rows), top_k, experts);
  }
  ExpertArguments &x = *checked;
  DS_CHECK(resolve(w13, "w13", int64_t(experts) * 2, &x.w13));
  DS_CHECK(resolve(w2, "w2", experts, &x.w2));
  x.hidden = x.w13.cols;
  x.inner = x.w2.cols;
  if (x.w13.rows != int64_t(experts) * 2 * x.inner || x.w2.rows != int64_t(experts) * x.hidden) {
    return fail(DS_INVALID_ARGUMENT, "w13 [%lld, %lld] and w2 [%lld, %lld] do not fit %d experts", number(x.w13.rows), number(x.w13.cols),
                number(x.w2.rows), number(x.w2.cols), experts);
  }
  x.pairs = rows * top_k;
  DS_CHECK(resolve(out, extent(rows, x.hidden, x.hidden), "moe_ffn output", &x.out));
  DS_CHECK(resolve_input(in, extent(rows, x.hidden, x.hidden), "moe_ffn input", &x.in));
  DS_CHECK(resolve_input(ids, x.pairs, "moe_ffn ids", &x.ids));
  return resolve_input(weights, x.pairs, "moe_ffn weights", &x.weights);
}

ds_status check_top_logits(const int32_t *top_ids, const float *top, const float *log_sum_exp, ds_view logits, int64_t rows, int64_t cols,
                           int32_t count, const float **checked) {
  if (rows < 0 || cols <= 0 || cols > INT32_MAX || count <= 0 || count > cols) {
    return fail(DS_INVALID_ARGUMENT, "the best %d of %lld logits cannot be had", count, number(cols));
  }
  if (rows > 0 && (top_ids == nullptr || top == nullptr || log_sum_exp == nullptr)) return fail(DS_INVALID_ARGUMENT, "top_logits has no place for its results");
  return resolve_input(logits, extent(rows, cols, cols), "logits", checked);
}

ds_status check_statistics(ds_statistics *out, ds_view data, ds_dtype dtype, int64_t count, const uint8_t **checked) {
  if (out == nullptr) return fail(DS_INVALID_ARGUMENT, "statistics has no place for its result");
  *out = {};
  if (!is_float_dtype(dtype)) return fail(DS_UNSUPPORTED, "statistics are kept for float dtypes");
  uint8_t *bytes = nullptr;
  DS_CHECK(resolve(data, count, ds_dtype_bytes(dtype), "statistics input", &bytes));
  *checked = bytes;
  return DS_OK;
}

ds_status check_read(const ds_read *read, uint8_t **out) {
  *out = nullptr;
  if (read == nullptr) return fail(DS_INVALID_ARGUMENT, "read_file has no range");
  DS_CHECK(check_range(*read));
  if (read->statistics != nullptr) *read->statistics = {};
  if (read->rows == 0 || read->cols == 0) return DS_OK;
  const int64_t element = int64_t(ds_dtype_bytes(read->dst_dtype));
  if (read->dst.offset % uint64_t(element) != 0) return fail(DS_INVALID_ARGUMENT, "read_file destination is not aligned to its element");
  return resolve(read->dst, (read->rows - 1) * read->dst_row_bytes + read->cols * element, 1, "read_file destination", out);
}

}  // namespace draftscope::shared
