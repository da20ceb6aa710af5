// The launches of a pass, collected and started together as one CUDA graph: a chain of kernel nodes, kept from pass to pass, of
// which only those are written anew whose arguments or sizes have changed since. Where a graph can't be had, the same launches
// are made one by one.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "draftscope/backend.h"

namespace draftscope::cuda {

struct Start {
  const char *what;
  const void *kernel;
  unsigned blocks, threads;
  size_t shared_bytes;
};

// Launches with copies of their arguments. Cleared, it keeps its memory.
class LaunchList {
 public:
  template <class... Params>
  void add(const Start &start, const Params &...params) {
    nodes_.push_back({start, places_.size(), bytes_.size()});
    (add_argument(params), ...);
  }
  void clear();
  bool empty() const { return nodes_.empty(); }
  size_t size() const { return nodes_.size(); }
  const Start &start(size_t node) const { return nodes_[node].start; }
  // Addresses of the node's arguments, good until the next call.
  void **arguments(size_t node);
  // Whether the node would do the same in both; padding between members may tell them apart for nothing.
  bool same(const LaunchList &other, size_t node) const;

 private:
  struct Node {
    Start start;
    size_t first_place, first_byte;
  };
  template <class T>
  void add_argument(const T &value) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 16);
    const size_t place = (bytes_.size() + 15) / 16 * 16;
    places_.push_back(place);
    bytes_.resize(place + sizeof value);
    std::memcpy(bytes_.data() + place, &value, sizeof value);
  }
  size_t end_of(size_t node) const { return node + 1 < nodes_.size() ? nodes_[node + 1].first_byte : bytes_.size(); }
  size_t places_end(size_t node) const { return node + 1 < nodes_.size() ? nodes_[node + 1].first_place : places_.size(); }

  std::vector<Node> nodes_;
  std::vector<size_t> places_;  // of each argument in bytes_
  std::vector<uint8_t> bytes_;
  std::vector<void *> addresses_;
};

class PassGraph {
 public:
  PassGraph();
  ~PassGraph();
  PassGraph(const PassGraph &) = delete;
  PassGraph &operator=(const PassGraph &) = delete;

  // Launches are collected from here on, if a pass of this shape was seen before: a graph pays off when it is used again.
  void begin(uint64_t shape);
  bool collecting() const { return collecting_; }
  LaunchList &collected() { return collected_; }
  // Starts what was collected; what follows is launched at once. as_graph: it was all there is of the shape up to here.
  ds_status start(cudaStream_t stream, bool as_graph);

 private:
  struct Recorded {
    uint64_t shape = 0, used = 0;
    cudaGraph_t graph = nullptr;
    cudaGraphExec_t runnable = nullptr;
    std::vector<cudaGraphNode_t> nodes;
    LaunchList launches;
  };
  Recorded *find(uint64_t shape);
  static void discard(Recorded &recorded);
  bool matches(const Recorded &recorded) const;
  ds_status build(Recorded &recorded);
  ds_status update(Recorded &recorded);
  ds_status start_graph(cudaStream_t stream);
  ds_status start_one_by_one(cudaStream_t stream);

  bool usable_, collecting_ = false;
  uint64_t shape_ = 0, clock_ = 0;
  LaunchList collected_;
  std::vector<Recorded> recorded_;  // seen shapes, with a graph from their second pass on
};

}  // namespace draftscope::cuda
