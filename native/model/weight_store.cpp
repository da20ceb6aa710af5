// Parameters in backend buffers, and the threads that fill them.
#include <algorithm>
#include <mutex>
#include <numeric>
#include <thread>
#include <unordered_map>

#include "model/load_plan.h"
#include "model/model.h"
#include "model/source_file.h"

namespace draftscope {
namespace {

constexpr int kMaxLoadThreads = 64;

uint64_t parameter_elements(const ParameterSpec &spec) {
  return std::accumulate(spec.shape.begin(), spec.shape.end(), uint64_t(1), [](uint64_t a, int64_t b) { return a * uint64_t(b); });
}

uint64_t parameter_bytes(const ParameterSpec &spec) { return parameter_elements(spec) * ds_dtype_bytes(spec.dtype); }

// The first failure of several threads; the rest stop when there is one.
class FirstFailure {
 public:
  void set(Status status) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (status_.ok()) status_ = std::move(status);
    happened_.store(true);
  }
  bool happened() const { return happened_.load(); }
  Status take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::move(status_);
  }

 private:
  std::atomic<bool> happened_{false};
  std::mutex mutex_;
  Status status_;
};

}  // namespace

struct WeightStore::State {
  std::vector<ParameterSpec> specs;
  std::vector<ds_buffer *> buffers;
  std::unordered_map<std::string, int> by_name;
  uint64_t bytes = 0;
  std::atomic<uint64_t> bytes_read{0}, bytes_total{0};
  std::atomic<int64_t> items_done{0}, items_total{0};
  std::atomic<bool> cancelled{false};
};

namespace {

// Where one load stands; shared by its threads.
struct LoadJob {
  Backend &backend;
  const std::vector<ParameterSpec> &specs;
  const std::vector<ds_buffer *> &buffers;
  const std::vector<OpenedFile> &files;
  const std::vector<ReadItem> &items;
  const LoadPlan &plan;
  std::atomic<size_t> next{0};
  std::vector<std::atomic<int64_t>> left;
  FirstFailure failure;
};

Status read_chunk(LoadJob &job, const LoadChunk &chunk) {
  const ReadItem &item = job.items[size_t(chunk.item)];
  const ParameterSpec &spec = job.specs[size_t(item.parameter)];
  const uint64_t src_element = ds_dtype_bytes(item.src_dtype), dst_element = ds_dtype_bytes(spec.dtype);
  ds_read read{};
  read.fd = job.files[size_t(item.file)].descriptor();
  read.file_offset = item.file_offset + uint64_t(chunk.row * item.src_row_bytes);
  if (!item.broadcast_cols) read.file_offset += uint64_t(chunk.col) * src_element;
  read.rows = chunk.rows;
  read.cols = chunk.cols;
  read.src_row_bytes = item.src_row_bytes;
  read.src_dtype = item.src_dtype;
  read.dst = {job.buffers[size_t(item.parameter)], uint64_t(item.dst_offset + chunk.row * item.dst_stride + chunk.col) * dst_element};
  read.dst_row_bytes = item.dst_stride * int64_t(dst_element);
  read.dst_dtype = spec.dtype;
  read.broadcast_cols = item.broadcast_cols ? 1 : 0;
  Status status = job.backend.check(job.backend.api().read_file(job.backend.device(), &read), "reading");
  if (!status.ok()) status.message = spec.name + " from " + job.files[size_t(item.file)].name() + ": " + status.message;
  return status;
}

uint64_t chunk_bytes(const ReadItem &item, const LoadChunk &chunk) {
  return uint64_t(chunk.rows) * uint64_t(item.broadcast_cols ? 1 : chunk.cols) * ds_dtype_bytes(item.src_dtype);
}

}  // namespace

Status WeightStore::create(std::shared_ptr<Backend> backend, std::vector<ParameterSpec> specs, std::shared_ptr<WeightStore> &out) {
  out.reset();
  auto store = std::make_shared<WeightStore>();
  store->backend_ = std::move(backend);
  store->state_ = std::make_unique<State>();
  State &state = *store->state_;
  state.specs = std::move(specs);
  state.buffers.assign(state.specs.size(), nullptr);
  for (size_t i = 0; i < state.specs.size(); i++) {
    const ParameterSpec &spec = state.specs[i];
    const bool negative = std::any_of(spec.shape.begin(), spec.shape.end(), [](int64_t size) { return size < 0; });
    if (negative || ds_dtype_bytes(spec.dtype) == 0) return Status::failure(DS_INVALID_ARGUMENT, spec.name + " has no usable shape or dtype");
    if (!state.by_name.emplace(spec.name, int(i)).second) return Status::failure(DS_INVALID_ARGUMENT, spec.name + " is there twice");
    Backend &device = *store->backend_;
    const Status status = device.check(device.api().buffer_alloc(device.device(), parameter_bytes(spec), &state.buffers[i]), "allocating");
    if (!status.ok()) return Status::failure(status.code, spec.name + ": " + status.message);
    state.bytes += parameter_bytes(spec);
  }
  out = std::move(store);
  return Status::success();
}

WeightStore::~WeightStore() {
  if (!state_) return;
  for (ds_buffer *buffer : state_->buffers) backend_->api().buffer_free(buffer);
}

Status WeightStore::load(const std::vector<SourceFile> &sources, const std::vector<ReadItem> &items, int threads, std::atomic<uint8_t> *item_done) {
  State &state = *state_;
  LoadPlan plan;
  if (Status status = plan_load(state.specs, sources.size(), items, plan); !status.ok()) return status;
  state.bytes_read = 0;
  state.items_done = 0;
  state.bytes_total = plan.bytes;
  state.items_total = int64_t(items.size());

  std::vector<OpenedFile> files(sources.size());
  for (size_t i = 0; i < sources.size(); i++) {
    if (Status status = files[i].open(sources[i]); !status.ok()) return status;
  }
  LoadJob job{*backend_, state.specs, state.buffers, files, items, plan, {}, std::vector<std::atomic<int64_t>>(items.size()), {}};
  const auto finish_item = [&](int64_t item) {
    if (item_done != nullptr) item_done[item].store(1);
    state.items_done++;
  };
  for (size_t i = 0; i < items.size(); i++) {
    job.left[i] = plan.chunks_of_item[i];
    if (plan.chunks_of_item[i] == 0) finish_item(int64_t(i));
  }
  const auto work = [&] {
    while (!state.cancelled && !job.failure.happened()) {
      const size_t next = job.next.fetch_add(1);
      if (next >= plan.chunks.size()) return;
      const LoadChunk &chunk = plan.chunks[next];
      if (Status status = read_chunk(job, chunk); !status.ok()) {
        job.failure.set(std::move(status));
        return;
      }
      state.bytes_read += chunk_bytes(items[size_t(chunk.item)], chunk);
      if (job.left[size_t(chunk.item)].fetch_sub(1) == 1) finish_item(chunk.item);
    }
  };
  // The calling thread works too; fewer threads than asked for only make it slower.
  const int wanted = int(std::min<size_t>(size_t(std::clamp(threads, 1, kMaxLoadThreads)), std::max<size_t>(plan.chunks.size(), 1)));
  std::vector<std::thread> helpers;
  try {
    for (int i = 1; i < wanted; i++) helpers.emplace_back(work);
  } catch (const std::exception &) {
  }
  work();
  for (std::thread &helper : helpers) helper.join();

  if (job.failure.happened()) return job.failure.take();
  if (state.cancelled.exchange(false)) return Status::failure(DS_CANCELLED, "loading was cancelled");
  for (const OpenedFile &file : files) {
    if (Status status = file.verify(); !status.ok()) return status;
  }
  return backend_->check(backend_->api().synchronize(backend_->device()), "finishing the load");
}

LoadProgress WeightStore::progress() const {
  return {state_->bytes_read.load(), state_->bytes_total.load(), state_->items_done.load(), state_->items_total.load()};
}

void WeightStore::cancel() { state_->cancelled = true; }

int WeightStore::index_of(const std::string &name) const {
  const auto found = state_->by_name.find(name);
  return found == state_->by_name.end() ? -1 : found->second;
}

const ParameterSpec *WeightStore::find(const std::string &name) const {
  const int index = index_of(name);
  return index < 0 ? nullptr : &state_->specs[size_t(index)];
}

ds_view WeightStore::view(int index) const { return {state_->buffers[size_t(index)], 0}; }

uint64_t WeightStore::bytes() const { return state_->bytes; }

Status WeightStore::statistics(int index, ds_statistics &out) const {
  if (index < 0 || size_t(index) >= state_->specs.size()) return Status::failure(DS_INVALID_ARGUMENT, "no parameter " + std::to_string(index));
  const ParameterSpec &spec = state_->specs[size_t(index)];
  return backend_->check(
      backend_->api().statistics(backend_->device(), &out, view(index), spec.dtype, int64_t(parameter_elements(spec))), spec.name.c_str());
}

}  // namespace draftscope
