// The backend's kernels with the model's types. After a failure every further call does nothing, so a pass is written
// as one straight list of calls and asks for the status once at its end.
#pragma once

#include "model/bound.h"

namespace draftscope {

class KernelCalls {
 public:
  explicit KernelCalls(const Backend &backend) : backend_(backend) {}
  ~KernelCalls() {
    if (in_pass_) (void)backend_.api().end_pass(backend_.device());
  }
  KernelCalls(const KernelCalls &) = delete;
  KernelCalls &operator=(const KernelCalls &) = delete;
  const Status &status() const { return status_; }

  // The calls up to end_pass may start together; shape: the same for passes that make the same calls.
  void begin_pass(uint64_t shape) {
    call("beginning a pass", [&](auto &api, auto *device) { return api.begin_pass(device, shape); });
    in_pass_ = status_.ok();
  }
  void end_pass() {
    call("ending a pass", [&](auto &api, auto *device) {
      in_pass_ = false;
      return api.end_pass(device);
    });
  }

  // out [rows, H]
  void embed(ds_view out, const ds_matrix &table, const int32_t *ids, const uint8_t *zero, int64_t rows) {
    call("embedding", [&](auto &api, auto *device) { return api.embed_rows(device, out, &table, ids, zero, rows); });
  }
  // out, in [rows, cols] at strides in elements
  void norm(ds_view out, int64_t out_stride, ds_view in, int64_t in_stride, const Norm &norm, int64_t rows, int64_t cols, float eps) {
    call("norm", [&](auto &api, auto *device) {
      return api.rms_norm(device, out, out_stride, in, in_stride, norm.weight, norm.dtype, rows, cols, eps);
    });
  }
  // a [count] += b [count]
  void add(ds_view a, ds_view b, int64_t count) {
    call("adding", [&](auto &api, auto *device) { return api.add(device, a, b, count); });
  }
  // out [rows, linear.rows] at out_stride from in [rows, linear.cols] at in_stride
  void linear(ds_view out, int64_t out_stride, ds_view in, int64_t in_stride, const Linear &linear, int64_t rows) {
    for (const Linear::Part &part : linear.parts) {
      ds_view place = out;
      place.offset += uint64_t(part.first_col) * sizeof(float);
      call("matmul", [&](auto &api, auto *device) { return api.matmul(device, place, out_stride, in, in_stride, &part.matrix, rows); });
    }
  }
  // out [rows, cols] from gate_up [rows, 2*cols]
  void silu_mul(ds_view out, ds_view gate_up, int64_t rows, int64_t cols) {
    call("activation", [&](auto &api, auto *device) { return api.silu_mul(device, out, gate_up, rows, cols); });
  }
  // x [rows, heads, dim]; row t takes row first_row + t of the table
  void rope(ds_view x, int64_t row_stride, int64_t head_stride, int64_t heads, int64_t dim, ds_view table, int64_t first_row, int64_t rows) {
    call("rope", [&](auto &api, auto *device) { return api.rope(device, x, row_stride, head_stride, heads, dim, table, first_row, rows); });
  }
  void attention(ds_view out, ds_view q, ds_view latent, ds_view rope, const ds_matrix &kv_b, const ds_attention_options &options, int64_t rows) {
    call("attention", [&](auto &api, auto *device) { return api.mla_attention(device, out, q, latent, rope, &kv_b, &options, rows); });
  }
  // scores: no buffer = not wanted
  void route(ds_view ids, ds_view weights, ds_view scores, ds_view logits, const DecoderLayer &layer, const ds_route_options &options, int64_t rows) {
    call("routing", [&](auto &api, auto *device) {
      return api.moe_route(device, ids, weights, scores, logits, layer.bias, layer.bias_dtype, &options, rows);
    });
  }
  void experts(ds_view out, ds_view in, ds_view ids, ds_view weights, const DecoderLayer &layer, int32_t experts, int32_t top_k, int64_t rows) {
    call("experts", [&](auto &api, auto *device) { return api.moe_ffn(device, out, in, ids, weights, &layer.w13, &layer.w2, experts, top_k, rows); });
  }
  void top_logits(int32_t *ids, float *logits, float *log_sum_exp, ds_view in, int64_t rows, int64_t cols, int32_t top) {
    call("choosing", [&](auto &api, auto *device) { return api.top_logits(device, ids, logits, log_sum_exp, in, rows, cols, top); });
  }
  void upload(ds_view dst, const void *src, uint64_t bytes) {
    call("upload", [&](auto &api, auto *device) { return api.upload(device, dst, src, bytes); });
  }
  void download(void *dst, ds_view src, uint64_t bytes) {
    call("download", [&](auto &api, auto *device) { return api.download(device, dst, src, bytes); });
  }

 private:
  template <class Call>
  void call(const char *what, const Call &body) {
    if (!status_.ok()) return;
    const ds_status code = body(backend_.api(), backend_.device());
    if (code != DS_OK) status_ = backend_.check(code, what);
  }

  const Backend &backend_;
  Status status_;
  bool in_pass_ = false;
};

}  // namespace draftscope
