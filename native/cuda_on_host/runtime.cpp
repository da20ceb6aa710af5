// The runtime's calls. Streams are lazy: what was asked for runs when somebody waits for it (or by chance before), so
// that a missing wait shows as a wrong result instead of working by luck.
#include "cuda_runtime.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

#include "cuda_on_host/block.h"

namespace cuda_on_host {

struct Stream {
  std::deque<std::function<cudaError_t()>> waiting;
  uint64_t asked = 0, done = 0;  // operations so far
};

struct Event {
  Stream *stream = nullptr;  // null: never recorded
  uint64_t after = 0;
};

namespace {

// One lock around everything: the backend calls from several threads.
std::recursive_mutex mutex;
std::map<const void *, size_t> device_blocks, pinned_blocks;
std::vector<Stream *> streams;
size_t bytes_used = 0;
uint64_t launches = 0, seed = 0;
cudaError_t last = cudaSuccess, lost = cudaSuccess;

uint64_t number_from(const char *variable, uint64_t otherwise) {
  const char *text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

size_t memory_total() { return size_t(number_from("CUDA_ON_HOST_MEMORY", uint64_t(16) << 30)); }

cudaError_t answer(cudaError_t error) {
  if (lost != cudaSuccess) error = lost;
  if (error != cudaSuccess) last = error;
  return error;
}

cudaError_t run_until(Stream &stream, uint64_t count) {
  while (stream.done < count && !stream.waiting.empty()) {
    const std::function<cudaError_t()> operation = std::move(stream.waiting.front());
    stream.waiting.pop_front();
    stream.done++;
    if (lost != cudaSuccess) continue;
    // A fault while running is found later, and nothing works after it: so it is on a device.
    if (const cudaError_t error = operation(); error != cudaSuccess) lost = error;
  }
  return lost;
}

cudaError_t run_all() {
  for (Stream *stream : streams) (void)run_until(*stream, stream->asked);
  return lost;
}

cudaError_t enqueue(Stream *stream, std::function<cudaError_t()> operation) {
  if (stream == nullptr) return answer(cudaErrorInvalidResourceHandle);
  stream->waiting.push_back(std::move(operation));
  stream->asked++;
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  if (stream->waiting.size() > 64 || seed >> 62 == 0) (void)run_until(*stream, stream->asked - (seed >> 60 & 1));
  return answer(cudaSuccess);
}

// Memory of the host that is not pinned: the real call has read it, or written it, before it returns.
bool pageable(const void *block, size_t bytes) {
  const auto inside = [&](const std::map<const void *, size_t> &blocks) {
    auto found = blocks.upper_bound(block);
    if (found == blocks.begin()) return false;
    --found;
    return static_cast<const char *>(block) + bytes <= static_cast<const char *>(found->first) + found->second;
  };
  return !inside(pinned_blocks) && !inside(device_blocks);
}

cudaError_t copy_rows(void *out, size_t out_pitch, const void *in, size_t in_pitch, size_t width, size_t height, cudaStream_t stream) {
  const std::lock_guard<std::recursive_mutex> lock(mutex);
  if (width > out_pitch || width > in_pitch) return answer(cudaErrorInvalidValue);
  const cudaError_t asked = enqueue(stream, [=] {
    for (size_t row = 0; row < height; row++) {
      std::memcpy(static_cast<char *>(out) + row * out_pitch, static_cast<const char *>(in) + row * in_pitch, width);
    }
    return cudaSuccess;
  });
  if (asked == cudaSuccess && (pageable(out, width) || pageable(in, width))) return answer(run_until(*stream, stream->asked));
  return asked;
}

}  // namespace

cudaError_t enqueue_kernel(Stream *stream, dim3 grid, dim3 block, size_t shared, std::function<void()> thread) {
  const std::lock_guard<std::recursive_mutex> lock(mutex);
  const bool fits = grid.x >= 1 && grid.x <= 0x7fffffffu && grid.y == 1 && grid.z == 1 && block.x >= 1 && block.x <= 1024 && block.x % 32 == 0 &&
                    block.y == 1 && block.z == 1 && shared <= 48 << 10;
  if (!fits) return answer(cudaErrorInvalidConfiguration);
  const uint64_t number = ++launches;
  const uint64_t lose_at = number_from("CUDA_ON_HOST_LOSE_AT_LAUNCH", 0);
  const uint64_t order = number_from("CUDA_ON_HOST_SEED", 1) * 1000003 + number;
  return enqueue(stream, [=, thread = std::move(thread)] {
    if (lose_at != 0 && number >= lose_at) return cudaErrorIllegalAddress;
    const std::string fault = run_launch({grid, block, shared, thread}, order);
    if (fault.empty()) return cudaSuccess;
    std::fprintf(stderr, "CUDA on host: %s\n", fault.c_str());
    return cudaErrorLaunchFailure;
  });
}

}  // namespace cuda_on_host

using namespace cuda_on_host;

using Lock = std::lock_guard<std::recursive_mutex>;

cudaError_t cudaGetLastError() {
  const Lock lock(mutex);
  const cudaError_t error = lost != cudaSuccess ? lost : last;
  last = cudaSuccess;
  return error;
}

cudaError_t cudaPeekAtLastError() {
  const Lock lock(mutex);
  return lost != cudaSuccess ? lost : last;
}

const char *cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess: return "no error";
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorIllegalAddress: return "an illegal memory access was encountered";
    case cudaErrorLaunchFailure: return "unspecified launch failure";
    default: return "an error of the emulated runtime";
  }
}

const char *cudaGetErrorName(cudaError_t error) {
  switch (error) {
    case cudaSuccess: return "cudaSuccess";
    case cudaErrorInvalidValue: return "cudaErrorInvalidValue";
    case cudaErrorMemoryAllocation: return "cudaErrorMemoryAllocation";
    case cudaErrorInvalidConfiguration: return "cudaErrorInvalidConfiguration";
    case cudaErrorIllegalAddress: return "cudaErrorIllegalAddress";
    case cudaErrorLaunchFailure: return "cudaErrorLaunchFailure";
    default: return "cudaError";
  }
}

cudaError_t cudaGetDeviceCount(int *count) {
  *count = 1;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) { return answer(device == 0 ? cudaSuccess : cudaErrorInvalidDevice); }

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *out, int) {
  *out = {};
  std::snprintf(out->name, sizeof out->name, "CUDA on host (emulation for tests)");
  out->multiProcessorCount = 1;
  return answer(cudaSuccess);
}

cudaError_t cudaDriverGetVersion(int *version) {
  *version = 0;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version) { return cudaDriverGetVersion(version); }

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes) {
  const Lock lock(mutex);
  *total_bytes = memory_total();
  *free_bytes = *total_bytes - std::min(bytes_used, *total_bytes);
  return answer(cudaSuccess);
}

cudaError_t cudaMalloc(void **out, size_t bytes) {
  const Lock lock(mutex);
  *out = nullptr;
  if (bytes > memory_total() - std::min(bytes_used, memory_total())) return answer(cudaErrorMemoryAllocation);
  if (::posix_memalign(out, 256, bytes) != 0) return answer(cudaErrorMemoryAllocation);
  // Nothing may be taken from memory that was not written: read as floats these are NaN.
  std::memset(*out, 0xff, std::min<size_t>(bytes, 64 << 20));
  device_blocks[*out] = bytes;
  bytes_used += bytes;
  return answer(cudaSuccess);
}

cudaError_t cudaFree(void *block) {
  const Lock lock(mutex);
  const cudaError_t waited = run_all();
  const auto found = device_blocks.find(block);
  if (found == device_blocks.end()) return answer(cudaErrorInvalidValue);
  bytes_used -= found->second;
  device_blocks.erase(found);
  std::free(block);
  return answer(waited);
}

cudaError_t cudaHostAlloc(void **out, size_t bytes, unsigned) {
  const Lock lock(mutex);
  if (::posix_memalign(out, 256, bytes) != 0) return answer(cudaErrorMemoryAllocation);
  std::memset(*out, 0xff, bytes);
  pinned_blocks[*out] = bytes;
  return answer(cudaSuccess);
}

cudaError_t cudaFreeHost(void *block) {
  const Lock lock(mutex);
  (void)run_all();
  pinned_blocks.erase(block);
  std::free(block);
  return answer(cudaSuccess);
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *out, unsigned) {
  const Lock lock(mutex);
  *out = new Stream;
  streams.push_back(*out);
  return answer(cudaSuccess);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  const Lock lock(mutex);
  const cudaError_t waited = run_until(*stream, stream->asked);
  std::erase(streams, stream);
  delete stream;
  // A real device stays lost until the process ends; tests go on with a new one.
  if (streams.empty()) {
    lost = cudaSuccess;
    launches = 0;
  }
  return waited;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  const Lock lock(mutex);
  return answer(run_until(*stream, stream->asked));
}

cudaError_t cudaDeviceSynchronize() {
  const Lock lock(mutex);
  return answer(run_all());
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *out, unsigned) {
  *out = new Event;
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const Lock lock(mutex);
  *event = {stream, stream->asked};
  return answer(cudaSuccess);
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  const Lock lock(mutex);
  return answer(event->stream == nullptr ? cudaSuccess : run_until(*event->stream, event->after));
}

cudaError_t cudaMemsetAsync(void *out, int value, size_t bytes, cudaStream_t stream) {
  const Lock lock(mutex);
  return enqueue(stream, [=] {
    std::memset(out, value, bytes);
    return cudaSuccess;
  });
}

cudaError_t cudaMemcpyAsync(void *out, const void *in, size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
  return copy_rows(out, bytes, in, bytes, bytes, 1, stream);
}

cudaError_t cudaMemcpy2DAsync(void *out, size_t out_pitch, const void *in, size_t in_pitch, size_t width, size_t height, cudaMemcpyKind, cudaStream_t stream) {
  return copy_rows(out, out_pitch, in, in_pitch, width, height, stream);
}
