#include "model/load_control.h"

#include <utility>

namespace draftscope {

LoadControl::LoadControl(size_t items, size_t parameters) : item_done_(items), parameter_bytes_(parameters) {}

void LoadControl::cancel() {
  cancelled_ = true;
  stop();
}

void LoadControl::pause() {
  paused_ = true;
  // A cancel that came between would have let go before there was something to let go of.
  if (__atomic_load_n(&stop_, __ATOMIC_SEQ_CST) != 0) resume();
}

void LoadControl::resume() {
  paused_ = false;
  paused_.notify_all();
}

void LoadControl::stop() {
  __atomic_store_n(&stop_, 1, __ATOMIC_SEQ_CST);
  resume();
}

bool LoadControl::may_go_on() {
  while (paused_) paused_.wait(true);
  return __atomic_load_n(&stop_, __ATOMIC_SEQ_CST) == 0;
}

LoadProgress LoadControl::progress() const { return {bytes_read_, bytes_total_, items_done_, int64_t(item_done_.size())}; }

std::vector<uint64_t> LoadControl::parameter_bytes() const { return {parameter_bytes_.begin(), parameter_bytes_.end()}; }

std::vector<LoadRead> LoadControl::take_reads() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(reads_, {});
}

void LoadControl::begin(uint64_t bytes, size_t chunks, int threads) {
  start_ = std::chrono::steady_clock::now();
  bytes_total_ = bytes;
  merged_ = (chunks + kMostReads - 1) / kMostReads;
  open_.resize(size_t(threads));
}

double LoadControl::micros() const { return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start_).count(); }

void LoadControl::finish_item(size_t item) {
  item_done_[item].store(1, std::memory_order_release);
  items_done_++;
}

void LoadControl::advance(size_t parameter, uint64_t filled, uint64_t read) {
  parameter_bytes_[parameter] += filled;
  bytes_read_ += read;
}

void LoadControl::finish_chunk(LoadRead read, uint64_t bytes) {
  read.end_micros = micros();
  read.bytes = bytes;
  Open &open = open_[size_t(read.thread)];
  if (open.count > 0 && open.read.file != read.file) finish_thread(read.thread);
  if (open.count == 0) {
    open.read = read;
  } else {
    open.read.end_micros = read.end_micros;
    open.read.bytes += read.bytes;
  }
  if (++open.count >= merged_) finish_thread(read.thread);
}

void LoadControl::finish_thread(int thread) {
  Open &open = open_[size_t(thread)];
  if (open.count == 0) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  reads_.push_back(open.read);
  open.count = 0;
}

}  // namespace draftscope
