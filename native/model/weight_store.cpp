// Parameters in backend buffers.
#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "model/load_job.h"
#include "model/model.h"

namespace draftscope {
namespace {

uint64_t parameter_elements(const ParameterSpec &spec) {
  return std::accumulate(spec.shape.begin(), spec.shape.end(), uint64_t(1), [](uint64_t a, int64_t b) { return a * uint64_t(b); });
}

uint64_t parameter_bytes(const ParameterSpec &spec) { return parameter_elements(spec) * ds_dtype_bytes(spec.dtype); }

}  // namespace

struct WeightStore::State {
  std::vector<ParameterSpec> specs;
  std::vector<ds_buffer *> buffers;
  std::unordered_map<std::string, int> by_name;
  uint64_t bytes = 0;
  std::vector<ds_statistics> statistics;  // of the last load; empty when it kept none
};

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

Status WeightStore::load(const std::vector<SourceFile> &sources, const std::vector<ReadItem> &items, const LoadOptions &options,
                         LoadControl &control) {
  State &state = *state_;
  state.statistics.clear();
  LoadJob job(*backend_, {state.specs, state.buffers}, sources, items, options, control);
  if (Status status = job.run(); !status.ok()) return status;
  state.statistics = job.take_statistics();
  return Status::success();
}

int WeightStore::index_of(const std::string &name) const {
  const auto found = state_->by_name.find(name);
  return found == state_->by_name.end() ? -1 : found->second;
}

const ParameterSpec *WeightStore::find(const std::string &name) const {
  const int index = index_of(name);
  return index < 0 ? nullptr : &state_->specs[size_t(index)];
}

ds_view WeightStore::view(int index) const { return {state_->buffers[size_t(index)], 0}; }

size_t WeightStore::parameters() const { return state_->specs.size(); }

uint64_t WeightStore::bytes() const { return state_->bytes; }

Status WeightStore::statistics(int index, ds_statistics &out) const {
  if (index < 0 || size_t(index) >= state_->specs.size()) return Status::failure(DS_INVALID_ARGUMENT, "no parameter " + std::to_string(index));
  if (!state_->statistics.empty() && state_->statistics[size_t(index)].count > 0) {
    out = state_->statistics[size_t(index)];
    return Status::success();
  }
  const ParameterSpec &spec = state_->specs[size_t(index)];
  return backend_->check(
      backend_->api().statistics(backend_->device(), &out, view(index), spec.dtype, int64_t(parameter_elements(spec))), spec.name.c_str());
}

}  // namespace draftscope
