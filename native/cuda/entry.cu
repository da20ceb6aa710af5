// The CUDA backend's table.
#include "cuda/draftscope_cuda.h"

namespace draftscope::cuda {
namespace {

// In the order of ds_backend_api.
const ds_backend_api table = {
    DS_ABI_VERSION,
    // life
    device_count, open, close, describe, last_error,
    // memory
    buffer_alloc, buffer_free, upload, download, read_file, synchronize,
    begin_pass, end_pass,
    // kernels
    embed_rows, rms_norm, add, matmul, silu_mul, rope, mla_attention, moe_route, moe_ffn, top_logits, statistics,
};

}  // namespace
}  // namespace draftscope::cuda

extern "C" const ds_backend_api *ds_backend_entry(uint32_t abi_version) {
  return abi_version == DS_ABI_VERSION ? &draftscope::cuda::table : nullptr;
}
