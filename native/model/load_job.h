// One load: its files, its chunks, and the threads that read them.
#pragma once

#include <mutex>
#include <vector>

#include "model/load_pace.h"
#include "model/load_plan.h"
#include "model/model.h"
#include "model/source_file.h"

namespace draftscope {

// Where the items go: parameter i has buffers[i].
struct LoadTarget {
  const std::vector<ParameterSpec> &specs;
  const std::vector<ds_buffer *> &buffers;
};

class LoadJob {
 public:
  LoadJob(Backend &backend, const LoadTarget &target, const std::vector<SourceFile> &sources, const std::vector<ReadItem> &items,
          const LoadOptions &options, LoadControl &control)
      : backend_(backend), target_(target), sources_(sources), items_(items), options_(options), control_(control) {}

  // Reads everything, or returns the first failure, or DS_CANCELLED.
  Status run();
  // Of every parameter; empty when none were asked for.
  std::vector<ds_statistics> take_statistics() { return std::move(statistics_); }

 private:
  Status prepare();
  void read_all(int threads);
  void work(int thread);
  bool read_part(const LoadChunk &part, LoadPace &pace, ds_statistics *statistics);
  Status read_chunk(const LoadChunk &chunk, ds_statistics *statistics);
  void fail(Status status);

  Backend &backend_;
  const LoadTarget target_;
  const std::vector<SourceFile> &sources_;
  const std::vector<ReadItem> &items_;
  const LoadOptions options_;
  LoadControl &control_;

  LoadPlan plan_;
  std::vector<OpenedFile> files_;
  std::vector<std::atomic<int64_t>> left_;  // chunks of each item
  std::atomic<size_t> next_{0};
  std::mutex mutex_;  // of what follows
  Status failure_;
  std::vector<ds_statistics> statistics_;
};

}  // namespace draftscope
