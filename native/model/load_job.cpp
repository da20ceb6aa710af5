#include "model/load_job.h"

#include <algorithm>
#include <memory>
#include <thread>

namespace draftscope {
namespace {

constexpr int kMaxLoadThreads = 64;

uint64_t chunk_bytes(const ReadItem &item, const LoadChunk &chunk) {
  return uint64_t(chunk.rows) * uint64_t(item.broadcast_cols ? 1 : chunk.cols) * ds_dtype_bytes(item.src_dtype);
}

bool is_float(ds_dtype dtype) { return dtype == DS_F32 || dtype == DS_F16 || dtype == DS_BF16 || dtype == DS_F8_E4M3; }

}  // namespace

Status LoadJob::run() {
  if (Status status = prepare(); !status.ok()) return status;
  const int wanted = int(std::min<size_t>(size_t(std::clamp(options_.threads, 1, kMaxLoadThreads)), std::max<size_t>(plan_.chunks.size(), 1)));
  control_.begin(plan_.bytes, plan_.chunks.size(), wanted);
  for (size_t i = 0; i < items_.size(); i++) {
    left_[i] = plan_.chunks_of_item[i];
    if (plan_.chunks_of_item[i] == 0) control_.finish_item(i);
  }
  read_all(wanted);
  if (!failure_.ok()) return std::move(failure_);
  if (control_.cancelled()) return Status::failure(DS_CANCELLED, "loading was cancelled");
  for (const OpenedFile &file : files_) {
    if (Status status = file.verify(); !status.ok()) return status;
  }
  return backend_.check(backend_.api().synchronize(backend_.device()), "finishing the load");
}

Status LoadJob::prepare() {
  if (control_.items() != items_.size()) return Status::failure(DS_INTERNAL, "the control was made for another number of items");
  if (Status status = plan_load(target_.specs, sources_.size(), items_, plan_); !status.ok()) return status;
  files_.resize(sources_.size());
  for (size_t i = 0; i < sources_.size(); i++) {
    if (control_.cancelled()) return Status::failure(DS_CANCELLED, "loading was cancelled");
    if (Status status = files_[i].open(sources_[i]); !status.ok()) return status;
  }
  left_ = std::vector<std::atomic<int64_t>>(items_.size());
  if (options_.statistics) statistics_.resize(target_.specs.size());
  return Status::success();
}

// The calling thread works too; fewer threads than asked for only make it slower.
void LoadJob::read_all(int threads) {
  std::vector<std::thread> helpers;
  try {
    for (int i = 1; i < threads; i++) helpers.emplace_back([this, i] { work(i); });
  } catch (const std::exception &) {
  }
  work(0);
  for (std::thread &helper : helpers) helper.join();
}

void LoadJob::work(int thread) {
  std::unique_ptr<ds_statistics> counted;
  if (options_.statistics) counted = std::make_unique<ds_statistics>();
  LoadPace pace;
  while (control_.may_go_on()) {
    const size_t next = next_.fetch_add(1);
    if (next >= plan_.chunks.size()) break;
    const LoadChunk &chunk = plan_.chunks[next];
    const ReadItem &item = items_[size_t(chunk.item)];
    const LoadRead read{item.file, thread, control_.micros(), 0, 0};
    const bool whole = for_each_part(item, chunk, [&] { return pace.bytes(); }, [&](const LoadChunk &part) {
      return read_part(part, pace, is_float(item.src_dtype) ? counted.get() : nullptr);
    });
    if (!whole) break;
    control_.finish_chunk(read, chunk_bytes(item, chunk));
    if (left_[size_t(chunk.item)].fetch_sub(1) == 1) control_.finish_item(size_t(chunk.item));
  }
  control_.finish_thread(thread);
}

// One call of the backend. False when nothing further may be read.
bool LoadJob::read_part(const LoadChunk &part, LoadPace &pace, ds_statistics *statistics) {
  if (!control_.may_go_on()) return false;
  const ReadItem &item = items_[size_t(part.item)];
  const uint64_t bytes = chunk_bytes(item, part);
  const double begin = control_.micros();
  if (Status status = read_chunk(part, statistics); !status.ok()) {
    fail(std::move(status));
    return false;
  }
  pace.took(read_cost(item, part), control_.micros() - begin);
  if (statistics != nullptr) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ds_merge_statistics(&statistics_[size_t(item.parameter)], statistics);
  }
  const ParameterSpec &spec = target_.specs[size_t(item.parameter)];
  control_.advance(size_t(item.parameter), uint64_t(part.rows * part.cols) * ds_dtype_bytes(spec.dtype), bytes);
  return true;
}

Status LoadJob::read_chunk(const LoadChunk &chunk, ds_statistics *statistics) {
  const ReadItem &item = items_[size_t(chunk.item)];
  const ParameterSpec &spec = target_.specs[size_t(item.parameter)];
  const OpenedFile &file = files_[size_t(item.file)];
  const uint64_t src_element = ds_dtype_bytes(item.src_dtype), dst_element = ds_dtype_bytes(spec.dtype);
  ds_read read{};
  read.fd = file.descriptor();
  read.file_offset = item.file_offset + uint64_t(chunk.row * item.src_row_bytes);
  if (!item.broadcast_cols) read.file_offset += uint64_t(chunk.col) * src_element;
  read.rows = chunk.rows;
  read.cols = chunk.cols;
  read.src_row_bytes = item.src_row_bytes;
  read.src_dtype = item.src_dtype;
  read.dst = {target_.buffers[size_t(item.parameter)], uint64_t(item.dst_offset + chunk.row * item.dst_stride + chunk.col) * dst_element};
  read.dst_row_bytes = item.dst_stride * int64_t(dst_element);
  read.dst_dtype = spec.dtype;
  read.broadcast_cols = item.broadcast_cols ? 1 : 0;
  read.stop = control_.stop_flag();
  read.statistics = statistics;
  Status status = backend_.check(backend_.api().read_file(backend_.device(), &read), "reading");
  if (!status.ok()) status.message = spec.name + " from " + file.name() + ": " + status.message;
  return status;
}

// The first failure counts; the other threads stop, and what a stop interrupted is no failure of its own.
void LoadJob::fail(Status status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failure_.ok() && status.code != DS_CANCELLED) failure_ = std::move(status);
  control_.stop();
}

}  // namespace draftscope
