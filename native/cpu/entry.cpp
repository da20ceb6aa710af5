// The CPU backend's table, and the life of a device.
#include <thread>

#include "cpu/device.h"

namespace draftscope::cpu {
namespace {

constexpr int kMaxThreads = 512;

ds_status device_count(int32_t *out) {
  if (out == nullptr) return fail(DS_INVALID_ARGUMENT, "device_count needs a place for the result");
  *out = 1;
  return DS_OK;
}

ds_status open(const ds_open_options *options, ds_backend **out) {
  if (out == nullptr) return fail(DS_INVALID_ARGUMENT, "open needs a place for the result");
  *out = nullptr;
  int threads = options ? options->threads : 0;
  if (threads < 0 || threads > kMaxThreads) return fail(DS_INVALID_ARGUMENT, "%d threads asked for; 0 to %d are possible", threads, kMaxThreads);
  if (threads == 0) threads = std::clamp(int(std::thread::hardware_concurrency()), 1, kMaxThreads);
  const Kernels *kernels = choose_kernels();
  if (options != nullptr && options->device_index != 0) return fail(DS_INVALID_ARGUMENT, "CPU device %d was asked for; there is one", options->device_index);
  if (kernels == nullptr) return fail(DS_UNSUPPORTED, "DRAFTSCOPE_CPU_LEVEL names a level this processor does not have");
  try {
    auto backend = std::make_unique<ds_backend>();
    backend->kernels = kernels;
    backend->pool = std::make_unique<ThreadPool>(threads);
    *out = backend.release();
    return DS_OK;
  } catch (const std::bad_alloc &) {
    return fail(DS_OUT_OF_MEMORY, "out of memory while opening the CPU backend");
  } catch (const std::exception &error) {
    return fail(DS_DEVICE_ERROR, "cannot start %d threads: %s", threads, error.what());
  }
}

void close(ds_backend *backend) { delete backend; }

ds_status synchronize(ds_backend *backend) {
  return backend ? DS_OK : fail(DS_INVALID_ARGUMENT, "no backend given");
}

// A call is done when it returns: there is nothing to collect.
ds_status begin_pass(ds_backend *backend, uint64_t) { return synchronize(backend); }
ds_status end_pass(ds_backend *backend) { return synchronize(backend); }

const ds_backend_api table = {
    .abi_version = DS_ABI_VERSION,
    .device_count = device_count,
    .open = open,
    .close = close,
    .describe = describe,
    .last_error = last_error,
    .buffer_alloc = buffer_alloc,
    .buffer_free = buffer_free,
    .upload = upload,
    .download = download,
    .read_file = read_file,
    .synchronize = synchronize,
    .begin_pass = begin_pass,
    .end_pass = end_pass,
    .embed_rows = embed_rows,
    .rms_norm = rms_norm,
    .add = add,
    .matmul = matmul,
    .silu_mul = silu_mul,
    .rope = rope,
    .mla_attention = mla_attention,
    .moe_route = moe_route,
    .moe_ffn = moe_ffn,
    .top_logits = top_logits,
    .statistics = statistics,
};

}  // namespace
}  // namespace draftscope::cpu

extern "C" const ds_backend_api *ds_backend_entry(uint32_t abi_version) {
  return abi_version == DS_ABI_VERSION ? &draftscope::cpu::table : nullptr;
}
