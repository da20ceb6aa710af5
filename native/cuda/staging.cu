// Pinned memory and streams for reading files, lent to one thread at a time.
#include "cuda/draftscope_cuda.h"

namespace draftscope::cuda {

Staging::~Staging() {
  if (stream != nullptr) (void)cudaStreamSynchronize(stream);
  for (int half = 0; half < kHalves; ++half) {
    if (copied[half] != nullptr) (void)cudaEventDestroy(copied[half]);
    if (device[half] != nullptr) (void)cudaFree(device[half]);
    if (host[half] != nullptr) (void)cudaFreeHost(host[half]);
  }
  if (stream != nullptr) (void)cudaStreamDestroy(stream);
}

ds_status Staging::create() {
  DS_CHECK(check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "creating a stream"));
  for (int half = 0; half < kHalves; ++half) {
    void *block = nullptr;
    DS_CHECK(check(cudaHostAlloc(&block, kBytes, cudaHostAllocDefault), "allocating pinned memory"));
    host[half] = static_cast<uint8_t *>(block);
    DS_CHECK(allocate(kBytes, "allocating staging memory", &device[half]));
    DS_CHECK(check(cudaEventCreateWithFlags(&copied[half], cudaEventDisableTiming), "creating an event"));
  }
  return DS_OK;
}

ds_status StagingPool::take(std::unique_ptr<Staging> &out) {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    returned_.wait(lock, [this] { return !free_.empty() || made_ < kMost; });
    if (!free_.empty()) {
      out = std::move(free_.back());
      free_.pop_back();
      return DS_OK;
    }
    ++made_;
  }
  std::unique_ptr<Staging> made(new (std::nothrow) Staging);
  const ds_status status = made ? made->create() : fail(DS_OUT_OF_MEMORY, "out of host memory");
  if (status == DS_OK) {
    out = std::move(made);
    return DS_OK;
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    --made_;
  }
  returned_.notify_one();
  return status;
}

void StagingPool::give_back(std::unique_ptr<Staging> staging) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    // Never grows past kMost entries, which take() made room for.
    free_.push_back(std::move(staging));
  }
  returned_.notify_one();
}

}  // namespace draftscope::cuda
