// See load_plan.h.
#include "model/load_plan.h"

#include <algorithm>
#include <numeric>

#include "model/load_pace.h"

namespace draftscope {
namespace {

int64_t element_count(const ParameterSpec &spec) {
  return std::accumulate(spec.shape.begin(), spec.shape.end(), int64_t(1), [](int64_t a, int64_t b) { return a * b; });
}

Status check_item(const std::vector<ParameterSpec> &specs, size_t files, const ReadItem &item, size_t index) {
  const auto refuse = [&](const std::string &why) {
    return Status::failure(DS_INVALID_ARGUMENT, "read item " + std::to_string(index) + " " + why);
  };
  if (item.file < 0 || size_t(item.file) >= files) return refuse("names file " + std::to_string(item.file) + " of " + std::to_string(files));
  if (item.parameter < 0 || size_t(item.parameter) >= specs.size()) {
    return refuse("names parameter " + std::to_string(item.parameter) + " of " + std::to_string(specs.size()));
  }
  const ParameterSpec &spec = specs[size_t(item.parameter)];
  const int64_t elements = element_count(spec);
  if (item.rows < 0 || item.cols < 0 || item.dst_offset < 0 || item.dst_stride < 0 || item.src_row_bytes < 0) {
    return refuse("(" + spec.name + ") has a negative size");
  }
  if (item.rows == 0 || item.cols == 0) return Status::success();
  const bool too_wide = item.cols > elements || item.dst_offset > elements - item.cols;
  const int64_t space = too_wide ? -1 : elements - item.cols - item.dst_offset;
  if (too_wide || (item.rows > 1 && (item.dst_stride < item.cols || item.dst_stride > space / (item.rows - 1)))) {
    return refuse("does not fit " + spec.name);
  }
  if (item.rows > 1 && item.src_row_bytes > (INT64_MAX - int64_t(std::min<uint64_t>(item.file_offset, INT64_MAX))) / item.rows) {
    return refuse("(" + spec.name + ") reaches past what any file holds");
  }
  if (ds_dtype_bytes(item.src_dtype) == 0) return refuse("(" + spec.name + ") has an unknown dtype");
  return Status::success();
}

// Backends read shorter gaps along with the rows around them; a longer one costs about as much as a seek.
constexpr int64_t kLongGapBytes = 16 << 10;

int64_t bytes_of_row(const ReadItem &item, int64_t cols) { return (item.broadcast_cols ? 1 : cols) * int64_t(ds_dtype_bytes(item.src_dtype)); }

int64_t gap_cost(const ReadItem &item, int64_t row_bytes) { return std::clamp<int64_t>(item.src_row_bytes - row_bytes, 0, kLongGapBytes); }

void cut_item(const ReadItem &item, int64_t index, LoadPlan &plan) {
  const LoadChunk whole = {index, 0, item.rows, 0, item.cols};
  for_each_part(item, whole, [] { return LoadPace::kMostBytes; }, [&](const LoadChunk &chunk) {
    plan.chunks.push_back(chunk);
    plan.chunks_of_item[size_t(index)]++;
    return true;
  });
}

}  // namespace

uint64_t item_bytes(const ReadItem &item) {
  return uint64_t(item.rows) * uint64_t(item.broadcast_cols && item.cols > 0 ? 1 : item.cols) * ds_dtype_bytes(item.src_dtype);
}

int64_t read_cost(const ReadItem &item, const LoadChunk &part) {
  const int64_t row_bytes = bytes_of_row(item, part.cols);
  return part.rows * (row_bytes + gap_cost(item, row_bytes));
}

LoadChunk first_part(const ReadItem &item, const LoadChunk &chunk, int64_t bytes) {
  const int64_t row_bytes = bytes_of_row(item, chunk.cols);
  LoadChunk part = chunk;
  if (row_bytes > bytes) {
    part.rows = 1;
    part.cols = std::max<int64_t>(1, bytes / int64_t(ds_dtype_bytes(item.src_dtype)));
  } else {
    part.rows = std::clamp<int64_t>(bytes / (row_bytes + gap_cost(item, row_bytes)), 1, chunk.rows);
  }
  return part;
}

Status plan_load(const std::vector<ParameterSpec> &specs, size_t files, const std::vector<ReadItem> &items, LoadPlan &out) {
  out = {};
  out.chunks_of_item.assign(items.size(), 0);
  for (size_t i = 0; i < items.size(); i++) {
    if (Status status = check_item(specs, files, items[i], i); !status.ok()) return status;
  }
  // File order: disks and the page cache read ahead; the chunks are small enough to balance the threads.
  std::vector<int64_t> order(items.size());
  std::iota(order.begin(), order.end(), int64_t(0));
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    const ReadItem &x = items[size_t(a)], &y = items[size_t(b)];
    return x.file != y.file ? x.file < y.file : x.file_offset < y.file_offset;
  });
  for (const int64_t index : order) {
    const ReadItem &item = items[size_t(index)];
    out.bytes += item_bytes(item);
    if (item.rows > 0 && item.cols > 0) cut_item(item, index, out);
  }
  return Status::success();
}

}  // namespace draftscope
