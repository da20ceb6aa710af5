// Graphs of kernels: nodes keep the arguments they were given, and run in an order that is drawn from all that their dependencies
// allow. CUDA_ON_HOST_GRAPHS=off: there are none. CUDA_ON_HOST_GRAPH_REPORT: file that gets the counts, at every launch.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "cuda_runtime.h"

namespace cuda_on_host {

struct Node {
  dim3 grid, block;
  size_t shared = 0;
  std::function<void()> thread;
};

struct GraphNode {
  Graph *graph = nullptr;
  size_t index = 0;
};

struct Graph {
  std::vector<std::unique_ptr<GraphNode>> handles;
  std::vector<Node> nodes;
  std::vector<std::vector<size_t>> after;  // nodes that come before each
};

struct RunnableGraph {
  Graph *graph = nullptr;  // only to know its own nodes by
  std::vector<Node> nodes;
  std::vector<std::vector<size_t>> after;
};

namespace {

std::mutex mutex;
std::map<const void *, Bind> kernels;
unsigned alive = 0, built = 0, updated = 0, launched = 0;  // counts begin anew when the last graph is gone

bool available() {
  const char *text = std::getenv("CUDA_ON_HOST_GRAPHS");
  return text == nullptr || std::string(text) != "off";
}

void report() {
  const char *path = std::getenv("CUDA_ON_HOST_GRAPH_REPORT");
  if (path == nullptr) return;
  if (std::FILE *file = std::fopen(path, "w"); file != nullptr) {
    std::fprintf(file, "%u %u %u\n", built, updated, launched);
    std::fclose(file);
  }
}

cudaError_t bind(const void *kernel, dim3 grid, dim3 block, size_t shared, void **arguments, Node &out) {
  const std::lock_guard<std::mutex> lock(mutex);
  const auto found = kernels.find(kernel);
  if (found == kernels.end()) return cudaErrorInvalidValue;
  out = {grid, block, shared, found->second(arguments)};
  return cudaSuccess;
}

cudaError_t bind(const cudaKernelNodeParams &parameters, Node &out) {
  return bind(parameters.func, parameters.gridDim, parameters.blockDim, parameters.sharedMemBytes, parameters.kernelParams, out);
}

// Some order in which every node comes after those it depends on.
std::vector<size_t> any_order(const RunnableGraph &graph, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<size_t> order;
  std::vector<bool> done(graph.nodes.size());
  while (order.size() < graph.nodes.size()) {
    std::vector<size_t> ready;
    for (size_t i = 0; i < graph.nodes.size(); i++) {
      bool waits = done[i];
      for (const size_t before : graph.after[i]) waits = waits || !done[before];
      if (!waits) ready.push_back(i);
    }
    order.push_back(ready[random() % ready.size()]);
    done[order.back()] = true;
  }
  return order;
}

}  // namespace

const void *remember(const void *kernel, Bind bind) {
  const std::lock_guard<std::mutex> lock(mutex);
  kernels.emplace(kernel, std::move(bind));
  return kernel;
}

}  // namespace cuda_on_host

using namespace cuda_on_host;

cudaError_t cudaLaunchKernel(const void *kernel, dim3 grid, dim3 block, void **arguments, size_t shared, cudaStream_t stream) {
  Node node;
  if (const cudaError_t error = bind(kernel, grid, block, shared, arguments, node); error != cudaSuccess) return error;
  return enqueue_kernel(stream, node.grid, node.block, node.shared, node.thread);
}

cudaError_t cudaGraphCreate(cudaGraph_t *out, unsigned) {
  if (!available()) return cudaErrorNotSupported;
  if (alive++ == 0) built = updated = launched = 0;
  *out = new Graph;
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  alive--;
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphAddKernelNode(cudaGraphNode_t *out, cudaGraph_t graph, const cudaGraphNode_t *after, size_t after_count, const cudaKernelNodeParams *parameters) {
  Node node;
  if (const cudaError_t error = bind(*parameters, node); error != cudaSuccess) return error;
  std::vector<size_t> before;
  for (size_t i = 0; i < after_count; i++) {
    if (after[i]->graph != graph) return cudaErrorInvalidValue;
    before.push_back(after[i]->index);
  }
  graph->handles.push_back(std::make_unique<GraphNode>(GraphNode{graph, graph->nodes.size()}));
  graph->nodes.push_back(std::move(node));
  graph->after.push_back(std::move(before));
  *out = graph->handles.back().get();
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *out, cudaGraph_t graph, unsigned long long) {
  *out = new RunnableGraph{graph, graph->nodes, graph->after};
  built++;
  return cudaSuccess;
}

cudaError_t cudaGraphExecKernelNodeSetParams(cudaGraphExec_t runnable, cudaGraphNode_t node, const cudaKernelNodeParams *parameters) {
  if (node->graph != runnable->graph) return cudaErrorInvalidValue;
  updated++;
  return bind(*parameters, runnable->nodes[node->index]);
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t runnable, cudaStream_t stream) {
  launched++;
  report();
  for (const size_t i : any_order(*runnable, launched)) {
    const Node &node = runnable->nodes[i];
    if (const cudaError_t error = enqueue_kernel(stream, node.grid, node.block, node.shared, node.thread); error != cudaSuccess) return error;
  }
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t runnable) {
  delete runnable;
  return cudaSuccess;
}
