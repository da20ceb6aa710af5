// What every backend does alike before any kernel runs: failure texts, checks of views and ranges, exact file reads.
// Compiled into each backend's library, so that nothing is shared between them at run time.
#pragma once

#include <cstdint>

#include "draftscope/backend.h"

namespace draftscope::shared {

// Remembers the sentence for last_error of this thread and returns the code.
ds_status fail(ds_status code, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *last_error();

inline bool is_float_dtype(ds_dtype dtype) {
  return dtype == DS_F32 || dtype == DS_F16 || dtype == DS_BF16 || dtype == DS_F8_E4M3;
}

// Whether `count` elements of `size` bytes from `offset` lie inside a buffer, aligned to their size.
ds_status check_view(uint64_t buffer_bytes, uint64_t offset, int64_t count, size_t size, const char *name);

// Elements that a strided rectangle reaches over; -1 when the sizes make no sense.
int64_t extent(int64_t rows, int64_t cols, int64_t stride);

// Whether a read_file request is one that can be carried out; its destination is not looked at.
ds_status check_range(const ds_read &read);

// Whether somebody wants the read to end.
inline bool stopped(const ds_read &read) { return read.stop != nullptr && __atomic_load_n(read.stop, __ATOMIC_RELAXED) != 0; }
ds_status fail_stopped();

// All of [offset, offset + bytes) or a failure.
ds_status read_exactly(int fd, uint8_t *out, uint64_t offset, uint64_t bytes);

}  // namespace draftscope::shared
