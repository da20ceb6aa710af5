// Looks parameters up in a WeightStore and checks what they are. The first problem is kept; later calls do nothing.
#pragma once

#include <string>
#include <vector>

#include "model/bound.h"

namespace draftscope {

class ParameterBinder {
 public:
  // block_rows, block_cols: fp8 weights have one scale for each block of this size.
  ParameterBinder(const WeightStore &store, int32_t block_rows, int32_t block_cols) : store_(store), block_rows_(block_rows), block_cols_(block_cols) {}

  const Status &status() const { return status_; }
  bool has(const std::string &name) const { return store_.find(name) != nullptr; }

  // A vector [size].
  Norm norm(const std::string &name, int64_t size);
  // A matrix [rows, cols] with the block scales that belong to it. With extra_rows, more rows (vocabulary padding) may follow.
  ds_matrix matrix(const std::string &name, int64_t rows, int64_t cols, bool extra_rows = false);
  // Stacked experts [experts, rows, cols]; scale_parts: in how many parts an expert's rows are blocked.
  ds_matrix experts(const std::string &name, int64_t count, int64_t rows, int64_t cols, int64_t scale_parts);
  Linear linear(const std::string &name, int64_t rows, int64_t cols, bool extra_rows = false);
  // Parts of `rows` each, either from one parameter (stacked, scales stacked per part) or from one parameter per part.
  Linear merged(const std::string &fused, const std::vector<std::string> &separate, const std::vector<int64_t> &rows, int64_t cols);

 private:
  const ParameterSpec *need(const std::string &name);
  void check_shape(const ParameterSpec &spec, const std::vector<int64_t> &shape, bool extra_rows);
  // The block scales of a weight, which must have this shape; nothing for a weight that is not fp8.
  ds_view scale_of(const ParameterSpec &weight, const std::vector<int64_t> &shape);
  int64_t row_blocks(int64_t rows) const { return (rows + block_rows_ - 1) / block_rows_; }
  int64_t col_blocks(int64_t cols) const { return (cols + block_cols_ - 1) / block_cols_; }
  void fail(const std::string &message);

  const WeightStore &store_;
  const int32_t block_rows_, block_cols_;
  Status status_;
};

// Rows first .. first+count-1 of `whole`, with the matrices split where a block of scales ends.
Linear slice_rows(const Linear &whole, int64_t first, int64_t count);

}  // namespace draftscope
