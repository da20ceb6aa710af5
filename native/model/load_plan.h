// Items of a load cut into chunks of bounded cost, in file order.
#pragma once

#include <cstdint>
#include <vector>

#include "model/model.h"

namespace draftscope {

// Rows and columns of an item.
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

// What reading a part costs, in bytes. Gaps between rows count as far as they are read along, and as a seek where they are
// longer than that, so that narrow rows far apart do not make a read many times its size.
int64_t read_cost(const ReadItem &item, const LoadChunk &part);

// Whole rows from the first of `chunk` on that cost no more than `bytes`, at least one; or, of a longer row, a piece. One
// element is the least.
LoadChunk first_part(const ReadItem &item, const LoadChunk &chunk, int64_t bytes);

// Cuts a chunk into parts in the order of the file. bytes(): what the next part may cost; body(part) false ends it.
template <class Bytes, class Body>
bool for_each_part(const ReadItem &item, const LoadChunk &chunk, const Bytes &bytes, const Body &body) {
  for (int64_t row = 0; row < chunk.rows;) {
    LoadChunk left = {chunk.item, chunk.row + row, chunk.rows - row, chunk.col, chunk.cols};
    LoadChunk part = first_part(item, left, bytes());
    row += part.rows;
    if (!body(part)) return false;
    // Pieces of one row: the rest of it comes before the next.
    left.rows = part.rows;
    while (part.col + part.cols < chunk.col + chunk.cols) {
      left.col = part.col + part.cols;
      left.cols = chunk.col + chunk.cols - left.col;
      part = first_part(item, left, bytes());
      if (!body(part)) return false;
    }
  }
  return true;
}

// Refuses (DS_INVALID_ARGUMENT) an item that names no file or parameter or does not fit its parameter.
Status plan_load(const std::vector<ParameterSpec> &specs, size_t files, const std::vector<ReadItem> &items, LoadPlan &out);

}  // namespace draftscope
