// The CUDA backend's table. This version reads files, multiplies and counts; the rest says that it cannot.
#include "cuda/draftscope_cuda.h"

namespace draftscope::cuda {
namespace {

ds_status unsupported(const char *name) {
  return fail(DS_UNSUPPORTED, "the CUDA backend of this version cannot run %s yet; use the CPU backend", name);
}

ds_status embed_rows(ds_backend *, ds_view, const ds_matrix *, const int32_t *, const uint8_t *, int64_t) { return unsupported("embed_rows"); }

ds_status rms_norm(ds_backend *, ds_view, int64_t, ds_view, int64_t, ds_view, ds_dtype, int64_t, int64_t, float) { return unsupported("rms_norm"); }

ds_status add(ds_backend *, ds_view, ds_view, int64_t) { return unsupported("add"); }

ds_status silu_mul(ds_backend *, ds_view, ds_view, int64_t, int64_t) { return unsupported("silu_mul"); }

ds_status rope(ds_backend *, ds_view, int64_t, int64_t, int64_t, int64_t, ds_view, int64_t, int64_t) { return unsupported("rope"); }

ds_status mla_attention(ds_backend *, ds_view, ds_view, ds_view, ds_view, const ds_matrix *, const ds_attention_options *, int64_t) {
  return unsupported("mla_attention");
}

ds_status moe_route(ds_backend *, ds_view, ds_view, ds_view, ds_view, ds_view, ds_dtype, const ds_route_options *, int64_t) {
  return unsupported("moe_route");
}

ds_status moe_ffn(ds_backend *, ds_view, ds_view, ds_view, ds_view, const ds_matrix *, const ds_matrix *, int32_t, int32_t, int64_t) {
  return unsupported("moe_ffn");
}

ds_status top_logits(ds_backend *, int32_t *, float *, float *, ds_view, int64_t, int64_t, int32_t) { return unsupported("top_logits"); }

// In the order of ds_backend_api.
const ds_backend_api table = {
    DS_ABI_VERSION,
    // life
    device_count, open, close, describe, last_error,
    // memory
    buffer_alloc, buffer_free, upload, download, read_file, synchronize,
    // kernels
    embed_rows, rms_norm, add, matmul, silu_mul, rope, mla_attention, moe_route, moe_ffn, top_logits, statistics,
};

}  // namespace
}  // namespace draftscope::cuda

extern "C" const ds_backend_api *ds_backend_entry(uint32_t abi_version) {
  return abi_version == DS_ABI_VERSION ? &draftscope::cuda::table : nullptr;
}
