// See pass_graph.h.
#include "cuda/pass_graph.h"

#include <algorithm>
#include <cstdlib>

#include "cuda/draftscope_cuda.h"

namespace draftscope::cuda {
namespace {

constexpr size_t kMostShapes = 64;

// DRAFTSCOPE_CUDA_GRAPHS=off: every launch on its own, to compare.
bool wanted() {
  const char *text = std::getenv("DRAFTSCOPE_CUDA_GRAPHS");
  return text == nullptr || std::strcmp(text, "off") != 0;
}

cudaKernelNodeParams parameters_of(LaunchList &launches, size_t node) {
  const Start &start = launches.start(node);
  cudaKernelNodeParams parameters{};
  parameters.func = const_cast<void *>(start.kernel);
  parameters.gridDim = dim3(start.blocks);
  parameters.blockDim = dim3(start.threads);
  parameters.sharedMemBytes = unsigned(start.shared_bytes);
  parameters.kernelParams = launches.arguments(node);
  return parameters;
}

}  // namespace

void LaunchList::clear() {
  nodes_.clear();
  places_.clear();
  bytes_.clear();
}

void **LaunchList::arguments(size_t node) {
  addresses_.clear();
  for (size_t i = nodes_[node].first_place; i < places_end(node); ++i) addresses_.push_back(bytes_.data() + places_[i]);
  return addresses_.data();
}

bool LaunchList::same(const LaunchList &other, size_t node) const {
  const Start &a = nodes_[node].start, &b = other.nodes_[node].start;
  const size_t first = nodes_[node].first_byte, count = end_of(node) - first;
  return a.kernel == b.kernel && a.blocks == b.blocks && a.threads == b.threads && a.shared_bytes == b.shared_bytes && first == other.nodes_[node].first_byte &&
         count == other.end_of(node) - first && std::memcmp(bytes_.data() + first, other.bytes_.data() + first, count) == 0;
}

// ---------------------------------------------------------------------------------------------------------------------

PassGraph::PassGraph() : usable_(wanted()) {}

PassGraph::~PassGraph() {
  for (Recorded &recorded : recorded_) discard(recorded);
}

void PassGraph::discard(Recorded &recorded) {
  // One that still runs is freed when it has ended.
  if (recorded.runnable != nullptr) (void)cudaGraphExecDestroy(recorded.runnable);
  if (recorded.graph != nullptr) (void)cudaGraphDestroy(recorded.graph);
  recorded.runnable = nullptr;
  recorded.graph = nullptr;
  recorded.nodes.clear();
  recorded.launches.clear();
}

PassGraph::Recorded *PassGraph::find(uint64_t shape) {
  for (Recorded &recorded : recorded_) {
    if (recorded.shape == shape) return &recorded;
  }
  return nullptr;
}

void PassGraph::begin(uint64_t shape) {
  collected_.clear();
  collecting_ = false;
  if (!usable_) return;
  shape_ = shape;
  ++clock_;
  if (Recorded *seen = find(shape); seen != nullptr) {
    seen->used = clock_;
    collecting_ = true;
    return;
  }
  if (recorded_.size() < kMostShapes) {
    recorded_.emplace_back();
  } else {
    std::iter_swap(std::min_element(recorded_.begin(), recorded_.end(), [](const Recorded &a, const Recorded &b) { return a.used < b.used; }), recorded_.end() - 1);
    discard(recorded_.back());
  }
  recorded_.back().shape = shape;
  recorded_.back().used = clock_;
}

ds_status PassGraph::start(cudaStream_t stream, bool as_graph) {
  if (!collecting_) return DS_OK;
  collecting_ = false;
  if (collected_.empty()) return DS_OK;
  if (as_graph) {
    const ds_status status = start_graph(stream);
    if (status == DS_OK || status == DS_DEVICE_LOST) return status;
    // Not this time and not again: whatever a graph needs, the launches themselves may do without.
    usable_ = false;
    if (Recorded *recorded = find(shape_); recorded != nullptr) discard(*recorded);
  }
  return start_one_by_one(stream);
}

bool PassGraph::matches(const Recorded &recorded) const {
  if (recorded.runnable == nullptr || recorded.launches.size() != collected_.size()) return false;
  for (size_t node = 0; node < collected_.size(); ++node) {
    if (recorded.launches.start(node).kernel != collected_.start(node).kernel) return false;
  }
  return true;
}

ds_status PassGraph::build(Recorded &recorded) {
  discard(recorded);
  DS_CHECK(check(cudaGraphCreate(&recorded.graph, 0), "making a graph"));
  for (size_t node = 0; node < collected_.size(); ++node) {
    const cudaKernelNodeParams parameters = parameters_of(collected_, node);
    cudaGraphNode_t added = nullptr;
    // Each after the one before, as in a stream.
    DS_CHECK(check(cudaGraphAddKernelNode(&added, recorded.graph, node > 0 ? &recorded.nodes.back() : nullptr, node > 0 ? 1 : 0, &parameters), "adding to a graph"));
    recorded.nodes.push_back(added);
  }
  return check(cudaGraphInstantiate(&recorded.runnable, recorded.graph, 0), "making a graph ready");
}

ds_status PassGraph::update(Recorded &recorded) {
  for (size_t node = 0; node < collected_.size(); ++node) {
    if (collected_.same(recorded.launches, node)) continue;
    const cudaKernelNodeParams parameters = parameters_of(collected_, node);
    DS_CHECK(check(cudaGraphExecKernelNodeSetParams(recorded.runnable, recorded.nodes[node], &parameters), "changing a graph"));
  }
  return DS_OK;
}

ds_status PassGraph::start_graph(cudaStream_t stream) {
  Recorded *recorded = find(shape_);
  if (recorded == nullptr) return fail(DS_INTERNAL, "a pass was collected for a shape that is not known");
  DS_CHECK(matches(*recorded) ? update(*recorded) : build(*recorded));
  std::swap(recorded->launches, collected_);
  const ds_status status = check(cudaGraphLaunch(recorded->runnable, stream), "starting a graph");
  // What was collected is still wanted if the launches have to go one by one.
  if (status != DS_OK) std::swap(recorded->launches, collected_);
  return status;
}

ds_status PassGraph::start_one_by_one(cudaStream_t stream) {
  for (size_t node = 0; node < collected_.size(); ++node) {
    const Start &start = collected_.start(node);
    DS_CHECK(check(cudaLaunchKernel(start.kernel, dim3(start.blocks), dim3(start.threads), collected_.arguments(node), start.shared_bytes, stream), start.what));
  }
  return DS_OK;
}

// ---------------------------------------------------------------------------------------------------------------------

ds_status begin_pass(ds_backend *backend, uint64_t shape) {
  return guarded(backend, [&]() -> ds_status {
    DS_CHECK(start_collected(backend));
    backend->pass.begin(shape);
    return DS_OK;
  });
}

ds_status end_pass(ds_backend *backend) {
  return guarded(backend, [&] { return start_collected(backend); });
}

}  // namespace draftscope::cuda
