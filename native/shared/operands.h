// Buffers, and the views and matrices in them, checked and turned into addresses. The same for every backend: an address may be
// one of a device's memory, nothing here follows it.
#pragma once

#include <exception>
#include <new>

#include "shared/checks.h"

// A block of memory of a backend.
struct ds_buffer {
  uint8_t *data;      // first byte of what was asked for
  uint64_t bytes;
  void *block;        // what was allocated, where that is more
  ds_backend *owner;  // where freeing needs it
};

namespace draftscope::shared {

// Returns from the enclosing function when a check has failed.
#define DS_CHECK(expression)                                    \
  do {                                                          \
    if (const ds_status status_ = (expression)) return status_; \
  } while (0)

// Runs an entry point's body; whatever is thrown in it becomes a status.
template <class Body>
ds_status guarded(const ds_backend *backend, const Body &body) {
  if (backend == nullptr) return fail(DS_INVALID_ARGUMENT, "no backend given");
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return fail(DS_OUT_OF_MEMORY, "out of memory on the host");
  } catch (const std::exception &error) {
    return fail(DS_INTERNAL, "%s", error.what());
  } catch (...) {
    return fail(DS_INTERNAL, "unknown failure");
  }
}

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// The address of `count` elements of `size` bytes, aligned to their size. *out is null only on failure.
ds_status resolve(ds_view view, int64_t count, size_t size, const char *name, uint8_t **out);

template <class T>
ds_status resolve(ds_view view, int64_t count, const char *name, T **out) {
  uint8_t *bytes = nullptr;
  const ds_status status = resolve(view, count, sizeof(T), name, &bytes);
  *out = reinterpret_cast<T *>(bytes);
  return status;
}

// A checked ds_matrix. scale is null when there is none.
struct Matrix {
  const uint8_t *data = nullptr;
  ds_dtype dtype = DS_F32;
  int64_t rows = 0, cols = 0, row_bytes = 0;
  const float *scale = nullptr;  // [parts * ceil(rows / parts / block_rows), scale_stride]
  int64_t scale_stride = 0, block_rows = 1, block_cols = 1;
};

// parts: how many times the row blocks start anew within `rows` (1 for a plain matrix).
ds_status resolve(const ds_matrix *matrix, const char *name, int64_t parts, Matrix *out);

}  // namespace draftscope::shared
