// What the kernels of the CPU backend share: the opened device, its buffers, argument checks and work splitting.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>

#include "cpu/panel.h"
#include "cpu/thread_pool.h"
#include "draftscope/backend.h"
#include "shared/kernel_arguments.h"

namespace draftscope::cpu {

using shared::ceil_div;
using shared::fail;
using shared::guarded;
using shared::is_float_dtype;
using shared::last_error;
using shared::Matrix;
using shared::read_exactly;
using shared::resolve;
using shared::stopped;

// Blocks from this size on come from the system itself: Electron replaces malloc by an allocator that ends the process,
// instead of failing, from 2 GiB on (and whenever memory is out). Below it, a page or more per block would be wasteful.
constexpr uint64_t kMappedBytes = 1 << 20;
// Zeroed; null when there is no memory. Pages are not touched until they are filled.
void *allocate_block(uint64_t bytes);
// bytes: as allocated.
void free_block(void *block, uint64_t bytes);

// Grow-only memory for one kernel call at a time, aligned to 64 bytes. Contents do not survive a reserve.
class Scratch {
 public:
  Scratch() = default;
  ~Scratch() { release(); }
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;
  // Throws std::bad_alloc.
  uint8_t *reserve(uint64_t bytes);

 private:
  void release();
  uint8_t *data_ = nullptr;
  uint64_t bytes_ = 0;
};

// Rounded up to whole cache lines, so that pieces laid out one after the other all begin at one.
inline uint64_t padded_bytes(uint64_t bytes) { return (bytes + 63) & ~uint64_t(63); }

// The panel that multiplies rows first .. first+count-1 of a part of `w`; x, rows and out are still to be set.
Panel panel_of(const Matrix &w, int64_t first, int64_t count, int64_t part_first_row, int64_t part_scale_row);

// Widens row `row` of a plain (one part) matrix into out [cols].
void widen_row(const Matrix &w, int64_t row, float *out);

// Below this many multiply-adds a hand-off to another thread costs more than it saves.
constexpr int64_t kSerialWork = 40'000;
// Rows of activations that go over a weight tile before the next tile is fetched; keeps them in the second-level cache.
constexpr int64_t kSweepRows = 64;

}  // namespace draftscope::cpu

struct ds_backend {
  const draftscope::cpu::Kernels *kernels = nullptr;
  std::unique_ptr<draftscope::cpu::ThreadPool> pool;
  draftscope::cpu::Scratch scratch;

  // body(begin, end, slot) over disjoint ranges that cover 0 .. count-1; ranges begin at multiples of `grain`.
  // work: multiply-adds (or the like) of the whole call.
  template <class Body>
  void split(int64_t count, int64_t grain, int64_t work, const Body &body) {
    using namespace draftscope::cpu;
    const int64_t grains = ceil_div(count, grain);
    const int64_t most = std::min<int64_t>(grains, std::max<int64_t>(1, work / kSerialWork * 2));
    const int64_t chunks = work < kSerialWork ? 1 : std::min<int64_t>(most, int64_t(pool->threads()) * 4);
    if (chunks <= 1 || pool->threads() == 1) {
      body(int64_t(0), count, 0);
      return;
    }
    pool->run(uint32_t(chunks), [&](int64_t chunk, int slot) {
      const int64_t begin = grains * chunk / chunks * grain;
      const int64_t end = std::min(count, grains * (chunk + 1) / chunks * grain);
      if (begin < end) body(begin, end, slot);
    });
  }
};

namespace draftscope::cpu {

// The entries of the table, one per file.
ds_status embed_rows(ds_backend *, ds_view, const ds_matrix *, const int32_t *, const uint8_t *, int64_t);
ds_status rms_norm(ds_backend *, ds_view, int64_t, ds_view, int64_t, ds_view, ds_dtype, int64_t, int64_t, float);
ds_status add(ds_backend *, ds_view, ds_view, int64_t);
ds_status matmul(ds_backend *, ds_view, int64_t, ds_view, int64_t, const ds_matrix *, int64_t);
ds_status silu_mul(ds_backend *, ds_view, ds_view, int64_t, int64_t);
ds_status rope(ds_backend *, ds_view, int64_t, int64_t, int64_t, int64_t, ds_view, int64_t, int64_t);
ds_status mla_attention(ds_backend *, ds_view, ds_view, ds_view, ds_view, const ds_matrix *, const ds_attention_options *, int64_t);
ds_status moe_route(ds_backend *, ds_view, ds_view, ds_view, ds_view, ds_view, ds_dtype, const ds_route_options *, int64_t);
ds_status moe_ffn(ds_backend *, ds_view, ds_view, ds_view, ds_view, const ds_matrix *, const ds_matrix *, int32_t, int32_t, int64_t);
ds_status top_logits(ds_backend *, int32_t *, float *, float *, ds_view, int64_t, int64_t, int32_t);
ds_status statistics(ds_backend *, ds_statistics *, ds_view, ds_dtype, int64_t);
ds_status read_file(ds_backend *, const ds_read *);
ds_status buffer_alloc(ds_backend *, uint64_t, ds_buffer **);
void buffer_free(ds_buffer *);
ds_status upload(ds_backend *, ds_view, const void *, uint64_t);
ds_status download(ds_backend *, void *, ds_view, uint64_t);
ds_status describe(ds_backend *, ds_backend_info *);

}  // namespace draftscope::cpu
