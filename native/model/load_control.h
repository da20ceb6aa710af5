// One load as others see it while it runs: how far it is, what was read when, and the means to hold or to end it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <vector>

#include "draftscope/backend.h"

namespace draftscope {

struct LoadProgress {
  uint64_t bytes_read, bytes_total;
  int64_t items_done, items_total;
};

// One read, or several of one thread and one file that followed each other.
struct LoadRead {
  int32_t file = 0, thread = 0;
  double begin_micros = 0, end_micros = 0;  // since the load began; pauses count
  uint64_t bytes = 0;                       // of the file
};

struct LoadOptions {
  int threads = 1;
  bool statistics = false;  // of every parameter, counted while it is read
};

// For one call of WeightStore::load. Everything public may be called from any thread.
class LoadControl {
 public:
  // items, parameters: as many as the load will have.
  LoadControl(size_t items, size_t parameters);

  // The load ends with DS_CANCELLED; one that has not begun yet does nothing.
  void cancel();
  // No further read is begun until resume; those that run are finished.
  void pause();
  void resume();
  bool cancelled() const { return cancelled_; }

  LoadProgress progress() const;
  size_t items() const { return item_done_.size(); }
  bool item_done(size_t item) const { return item_done_[item].load(std::memory_order_acquire) != 0; }
  // Bytes of each parameter that have been filled.
  std::vector<uint64_t> parameter_bytes() const;
  // The reads that ended since the last call. Their number over a whole load stays near kMostReads.
  std::vector<LoadRead> take_reads();
  static constexpr size_t kMostReads = 20'000;

 private:
  friend class LoadJob;

  void begin(uint64_t bytes, size_t chunks, int threads);
  // Waits while the load is held; false when no further read may begin.
  bool may_go_on();
  // Ends all threads of the load.
  void stop();
  const int32_t *stop_flag() const { return &stop_; }
  double micros() const;
  void finish_item(size_t item);
  // So many bytes of the parameter were filled by so many of a file.
  void advance(size_t parameter, uint64_t filled, uint64_t read);
  // read.begin_micros was taken when the chunk was begun; pauses in it count.
  void finish_chunk(LoadRead read, uint64_t bytes);
  void finish_thread(int thread);

  // Reads of one thread that are being merged.
  struct Open {
    LoadRead read;
    size_t count = 0;
  };

  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::atomic<uint64_t> bytes_read_{0}, bytes_total_{0};
  std::atomic<int64_t> items_done_{0};
  std::vector<std::atomic<uint8_t>> item_done_;
  std::vector<std::atomic<uint64_t>> parameter_bytes_;
  std::atomic<bool> cancelled_{false}, paused_{false};
  int32_t stop_ = 0;  // what the backends look at
  size_t merged_ = 1;  // so many reads become one record
  std::vector<Open> open_;
  std::mutex mutex_;
  std::vector<LoadRead> reads_;
};

}  // namespace draftscope
