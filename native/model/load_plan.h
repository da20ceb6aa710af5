// Items of a load cut into chunks of bounded size, in file order.
#pragma once

#include <cstdint>
#include <vector>

#include "model/model.h"

namespace draftscope {

// How much one read takes at most (a single element excepted), so that a cancel is obeyed soon.
constexpr int64_t kChunkBytes = 8 << 20;

struct LoadChunk {
  int64_t item;
  int64_t row, rows;
  int64_t col, cols;
};

struct LoadPlan {
  std::vector<LoadChunk> chunks;
  std::vector<int64_t> chunks_of_item;
  uint64_t bytes = 0;
};

// Bytes an item takes from its file.
uint64_t item_bytes(const ReadItem &item);

// Refuses (DS_INVALID_ARGUMENT) an item that names no file or parameter or does not fit its parameter.
Status plan_load(const std::vector<ParameterSpec> &specs, size_t files, const std::vector<ReadItem> &items, LoadPlan &out);

}  // namespace draftscope
