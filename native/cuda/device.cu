// Errors, checks, and the life of a device.
#include "cuda/draftscope_cuda.h"

namespace draftscope::cuda {
namespace {

// There is a driver, and a device with this index.
ds_status find_device(int index) {
  int32_t count = 0;
  DS_CHECK(device_count(&count));
  if (count == 0) return fail(DS_DEVICE_ERROR, "no NVIDIA device was found");
  if (index < 0 || index >= count) return fail(DS_INVALID_ARGUMENT, "CUDA device %d was asked for; there are %d", index, count);
  return DS_OK;
}

}  // namespace

namespace {

// Errors after which nothing works on the device until the process has ended.
bool is_lost(cudaError_t error) {
  switch (error) {
    case cudaErrorECCUncorrectable:
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorLaunchFailure:
    case cudaErrorUnknown: return true;
    default: return false;
  }
}

}  // namespace

ds_status check(cudaError_t error, const char *what) {
  if (error == cudaSuccess) return DS_OK;
  // Clears an error that is not sticky, so that the next call does not report it again. One that stays ends all work on the device.
  (void)cudaGetLastError();
  if (is_lost(error) || cudaPeekAtLastError() != cudaSuccess) {
    return fail(DS_DEVICE_LOST, "the device was lost while %s: %s (%s); the process has to be started again to use it", what, cudaGetErrorString(error),
                cudaGetErrorName(error));
  }
  const ds_status code = error == cudaErrorMemoryAllocation ? DS_OUT_OF_MEMORY : DS_DEVICE_ERROR;
  return fail(code, "%s: %s (%s)", what, cudaGetErrorString(error), cudaGetErrorName(error));
}

ds_status select(const ds_backend *backend) { return check(cudaSetDevice(backend->device), "selecting the device"); }

// ---------------------------------------------------------------------------------------------------------------------

ds_status device_count(int32_t *out) {
  if (out == nullptr) return fail(DS_INVALID_ARGUMENT, "device_count needs a place for the result");
  *out = 0;
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess) (void)cudaGetLastError();
  if (error == cudaErrorNoDevice) return DS_OK;
  if (error != cudaSuccess) return fail(DS_DEVICE_ERROR, "no usable NVIDIA driver: %s (%s)", cudaGetErrorString(error), cudaGetErrorName(error));
  *out = count;
  return DS_OK;
}

ds_status open(const ds_open_options *options, ds_backend **out) {
  if (out == nullptr) return fail(DS_INVALID_ARGUMENT, "open needs a place for the result");
  *out = nullptr;
  const int index = options ? options->device_index : 0;
  DS_CHECK(find_device(index));
  std::unique_ptr<ds_backend> backend(new (std::nothrow) ds_backend);
  if (!backend) return fail(DS_OUT_OF_MEMORY, "out of host memory");
  backend->device = index;
  DS_CHECK(select(backend.get()));
  DS_CHECK(check(cudaStreamCreateWithFlags(&backend->stream, cudaStreamNonBlocking), "creating a stream"));
  void *complaint = nullptr;
  const ds_status status = check(cudaHostAlloc(&complaint, sizeof(int32_t), cudaHostAllocDefault), "allocating pinned memory");
  if (status != DS_OK) {
    (void)cudaStreamDestroy(backend->stream);
    return status;
  }
  backend->complaint = static_cast<int32_t *>(complaint);
  *backend->complaint = 0;
  *out = backend.release();
  return DS_OK;
}

void close(ds_backend *backend) {
  if (backend == nullptr) return;
  // A lost device refuses all of it; what is on the host is given back all the same.
  (void)select(backend);
  (void)cudaStreamSynchronize(backend->stream);
  (void)cudaFreeHost(backend->complaint);
  const cudaStream_t stream = backend->stream;
  delete backend;
  (void)cudaStreamDestroy(stream);
}

ds_status describe(ds_backend *backend, ds_backend_info *out) {
  return guarded(backend, [&]() -> ds_status {
    if (out == nullptr) return fail(DS_INVALID_ARGUMENT, "describe needs a place for the result");
    *out = {};
    cudaDeviceProp properties{};
    DS_CHECK(check(cudaGetDeviceProperties(&properties, backend->device), "describing the device"));
    size_t free_bytes = 0, total_bytes = 0;
    DS_CHECK(check(cudaMemGetInfo(&free_bytes, &total_bytes), "asking for the device's memory"));
    std::snprintf(out->kind, sizeof out->kind, "cuda");
    std::snprintf(out->name, sizeof out->name, "%.127s", properties.name);
    std::snprintf(out->instructions, sizeof out->instructions, "sm_%d%d", properties.major, properties.minor);
    int driver = 0;
    DS_CHECK(check(cudaDriverGetVersion(&driver), "asking for the driver"));
    std::snprintf(out->driver, sizeof out->driver, "CUDA %d.%d", driver / 1000, driver % 1000 / 10);
    out->threads = properties.multiProcessorCount;
    out->memory_total = total_bytes;
    out->memory_free = free_bytes;
    return DS_OK;
  });
}

ds_status finish(ds_backend *backend, const char *what) {
  DS_CHECK(check(cudaStreamSynchronize(backend->stream), what));
  if (*backend->complaint == 0) return DS_OK;
  *backend->complaint = 0;
  return fail(DS_INVALID_ARGUMENT, "a moe_ffn was given an expert that is not there");
}

ds_status synchronize(ds_backend *backend) {
  return guarded(backend, [&]() -> ds_status {
    DS_CHECK(start_collected(backend));
    DS_CHECK(check(cudaDeviceSynchronize(), "waiting for the device"));
    return finish(backend, "waiting for the device");
  });
}

}  // namespace draftscope::cuda
