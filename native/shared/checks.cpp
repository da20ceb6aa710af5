#include "shared/checks.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace draftscope::shared {
namespace {

thread_local char error_text[512];

using Count = unsigned long long;

// Above this, products of sizes could wrap.
constexpr int64_t kMostBytes = int64_t(1) << 56;

}  // namespace

ds_status fail(ds_status code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(error_text, sizeof error_text, format, arguments);
  va_end(arguments);
  return code;
}

const char *last_error() { return error_text; }

ds_status check_view(uint64_t buffer_bytes, uint64_t offset, int64_t count, size_t size, const char *name) {
  if (count < 0 || uint64_t(count) > (uint64_t(1) << 60) / size) return fail(DS_INVALID_ARGUMENT, "%s has an impossible size", name);
  const uint64_t bytes = uint64_t(count) * size;
  if (offset > buffer_bytes || bytes > buffer_bytes - offset) {
    return fail(DS_INVALID_ARGUMENT, "%s reaches past its buffer: offset %llu + %llu bytes of %llu", name, Count(offset), Count(bytes),
                Count(buffer_bytes));
  }
  if (offset % size != 0) return fail(DS_INVALID_ARGUMENT, "%s is not aligned to its element", name);
  return DS_OK;
}

int64_t extent(int64_t rows, int64_t cols, int64_t stride) {
  if (rows < 0 || cols < 0 || stride < 0 || (rows > 1 && (stride < cols || stride > kMostBytes / rows))) return -1;
  return rows == 0 ? 0 : (rows - 1) * stride + cols;
}

ds_status check_range(const ds_read &r) {
  const size_t src = ds_dtype_bytes(r.src_dtype), dst = ds_dtype_bytes(r.dst_dtype);
  if (src == 0 || dst == 0) return fail(DS_INVALID_ARGUMENT, "read_file has an unknown dtype");
  if (r.src_dtype != r.dst_dtype && (!is_float_dtype(r.src_dtype) || !is_float_dtype(r.dst_dtype) || r.dst_dtype == DS_F8_E4M3)) {
    return fail(DS_UNSUPPORTED, "read_file cannot convert dtype %d to %d", int(r.src_dtype), int(r.dst_dtype));
  }
  if (r.rows < 0 || r.cols < 0 || r.src_row_bytes < 0 || r.dst_row_bytes < 0 || r.cols > kMostBytes / 8 ||
      (r.rows > 0 && r.cols * 8 > kMostBytes / r.rows) ||
      (r.rows > 0 && (r.src_row_bytes > kMostBytes / r.rows || r.dst_row_bytes > kMostBytes / r.rows)) ||
      r.file_offset > uint64_t(kMostBytes)) {
    return fail(DS_INVALID_ARGUMENT, "read_file has an impossible rectangle");
  }
  if (r.statistics != nullptr && !is_float_dtype(r.src_dtype)) return fail(DS_UNSUPPORTED, "statistics are kept for float dtypes");
  if (r.rows > 1 && r.dst_row_bytes < r.cols * int64_t(dst)) return fail(DS_INVALID_ARGUMENT, "read_file rows overlap in the destination");
  if (r.rows > 1 && r.dst_row_bytes % int64_t(dst) != 0) return fail(DS_INVALID_ARGUMENT, "read_file rows are not aligned to their elements");
  return DS_OK;
}

ds_status fail_stopped() { return fail(DS_CANCELLED, "the read was stopped"); }

ds_status read_exactly(int fd, uint8_t *out, uint64_t offset, uint64_t bytes) {
  uint64_t done = 0;
  while (done < bytes) {
    const ssize_t got = ::pread(fd, out + done, size_t(std::min<uint64_t>(bytes - done, 1u << 30)), off_t(offset + done));
    if (got > 0) {
      done += uint64_t(got);
    } else if (got == 0) {
      return fail(DS_SHORT_READ, "the file ended at byte %llu; %llu bytes from %llu were asked for", Count(offset + done), Count(bytes),
                  Count(offset));
    } else if (errno != EINTR) {
      return fail(DS_IO_ERROR, "%llu bytes at %llu: %s", Count(bytes), Count(offset), std::strerror(errno));
    }
  }
  return DS_OK;
}

}  // namespace draftscope::shared
