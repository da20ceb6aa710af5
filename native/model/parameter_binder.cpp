// See parameter_binder.h.
#include "model/parameter_binder.h"

#include <algorithm>
#include <numeric>

namespace draftscope {
namespace {

std::string shape_text(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); i++) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

bool is_weight_dtype(ds_dtype dtype) { return dtype == DS_F32 || dtype == DS_F16 || dtype == DS_BF16 || dtype == DS_F8_E4M3; }

std::string scale_name(const std::string &weight) { return weight + "_scale_inv"; }

// `count` rows of a matrix from row `first` of it, which must begin a block or lie inside one with all of `count`.
ds_matrix rows_of(const ds_matrix &matrix, int64_t first, int64_t count) {
  ds_matrix part = matrix;
  part.rows = count;
  part.data.offset += uint64_t(first * matrix.cols) * ds_dtype_bytes(matrix.dtype);
  const int64_t stride = (matrix.cols + matrix.block_cols - 1) / matrix.block_cols;
  if (part.scale.buffer != nullptr) part.scale.offset += uint64_t(first / matrix.block_rows * stride) * sizeof(float);
  return part;
}

}  // namespace

void ParameterBinder::fail(const std::string &message) {
  if (status_.ok()) status_ = Status::failure(DS_INVALID_ARGUMENT, message);
}

const ParameterSpec *ParameterBinder::need(const std::string &name) {
  if (!status_.ok()) return nullptr;
  const ParameterSpec *spec = store_.find(name);
  if (spec == nullptr) fail("parameter " + name + " is missing");
  return spec;
}

void ParameterBinder::check_shape(const ParameterSpec &spec, const std::vector<int64_t> &shape, bool extra_rows) {
  if (!is_weight_dtype(spec.dtype)) fail("parameter " + spec.name + " has no float dtype");
  const bool same = spec.shape == shape;
  const bool padded = extra_rows && spec.shape.size() == shape.size() && spec.shape[0] >= shape[0] &&
                      std::equal(shape.begin() + 1, shape.end(), spec.shape.begin() + 1);
  if (!same && !padded) {
    fail("parameter " + spec.name + " has shape " + shape_text(spec.shape) + "; the model needs " + shape_text(shape) + (extra_rows ? " or more rows" : ""));
  }
}

ds_view ParameterBinder::scale_of(const ParameterSpec &weight, const std::vector<int64_t> &shape) {
  if (weight.dtype != DS_F8_E4M3) return {};
  const ParameterSpec *scale = need(scale_name(weight.name));
  if (scale == nullptr) return {};
  check_shape(*scale, shape, false);
  if (scale->dtype != DS_F32) fail("parameter " + scale->name + " is not float32");
  return store_.view(store_.index_of(scale->name));
}

Norm ParameterBinder::norm(const std::string &name, int64_t size) {
  const ParameterSpec *spec = need(name);
  if (spec == nullptr) return {};
  check_shape(*spec, {size}, false);
  return {store_.view(store_.index_of(name)), spec->dtype};
}

ds_matrix ParameterBinder::matrix(const std::string &name, int64_t rows, int64_t cols, bool extra_rows) {
  const ParameterSpec *spec = need(name);
  if (spec == nullptr) return {};
  check_shape(*spec, {rows, cols}, extra_rows);
  return {store_.view(store_.index_of(name)), rows, cols, spec->dtype, scale_of(*spec, {row_blocks(rows), col_blocks(cols)}), block_rows_, block_cols_};
}

ds_matrix ParameterBinder::experts(const std::string &name, int64_t count, int64_t rows, int64_t cols, int64_t scale_parts) {
  const ParameterSpec *spec = need(name);
  if (spec == nullptr) return {};
  check_shape(*spec, {count, rows, cols}, false);
  const std::vector<int64_t> scale_shape = {count, scale_parts * row_blocks(rows / scale_parts), col_blocks(cols)};
  return {store_.view(store_.index_of(name)), count * rows, cols, spec->dtype, scale_of(*spec, scale_shape), block_rows_, block_cols_};
}

Linear ParameterBinder::linear(const std::string &name, int64_t rows, int64_t cols, bool extra_rows) {
  return {{{matrix(name, rows, cols, extra_rows), 0}}, rows, cols};
}

Linear ParameterBinder::merged(const std::string &fused, const std::vector<std::string> &separate, const std::vector<int64_t> &rows, int64_t cols) {
  const int64_t total = std::accumulate(rows.begin(), rows.end(), int64_t(0));
  Linear result{{}, total, cols};
  const bool all_separate = std::all_of(separate.begin(), separate.end(), [&](const std::string &name) { return has(name); });
  if (all_separate || !has(fused)) {
    if (!all_separate) fail("parameter " + fused + " is missing");
    int64_t first = 0;
    for (size_t i = 0; i < separate.size(); i++) {
      result.parts.push_back({matrix(separate[i], rows[i], cols), first});
      first += rows[i];
    }
    return result;
  }
  const ParameterSpec *spec = need(fused);
  if (spec == nullptr) return result;
  // Scales of the parts are stacked one after the other; that is one grid of blocks only where each part ends with a block.
  const bool aligned = std::all_of(rows.begin(), rows.end() - 1, [&](int64_t part) { return part % block_rows_ == 0; });
  if (spec->dtype != DS_F8_E4M3 || aligned) {
    result.parts.push_back({matrix(fused, total, cols), 0});
    return result;
  }
  int64_t part_blocks = 0;
  for (const int64_t part : rows) part_blocks += row_blocks(part);
  check_shape(*spec, {total, cols}, false);
  const ds_view data = store_.view(store_.index_of(fused));
  const ds_view scale = scale_of(*spec, {part_blocks, col_blocks(cols)});
  int64_t first = 0, first_block = 0;
  for (const int64_t part : rows) {
    ds_matrix matrix{data, part, cols, spec->dtype, scale, block_rows_, block_cols_};
    matrix.data.offset += uint64_t(first * cols) * ds_dtype_bytes(spec->dtype);
    matrix.scale.offset += uint64_t(first_block * col_blocks(cols)) * sizeof(float);
    result.parts.push_back({matrix, first});
    first += part;
    first_block += row_blocks(part);
  }
  return result;
}

Linear slice_rows(const Linear &whole, int64_t first, int64_t count) {
  Linear slice{{}, count, whole.cols};
  for (const Linear::Part &part : whole.parts) {
    const int64_t begin = std::max(first, part.first_col), end = std::min(first + count, part.first_col + part.matrix.rows);
    for (int64_t row = begin; row < end;) {
      const int64_t local = row - part.first_col;
      // From inside a block only up to its end; from a block's beginning all the rest.
      const int64_t in_block = local % part.matrix.block_rows;
      const bool inside = part.matrix.scale.buffer != nullptr && in_block != 0;
      const int64_t next = inside ? std::min(end, row + part.matrix.block_rows - in_block) : end;
      slice.parts.push_back({rows_of(part.matrix, local, next - row), row - first});
      row = next;
    }
  }
  return slice;
}

}  // namespace draftscope
