// native_bench: what its parts share. Errors are thrown as std::runtime_error and end the run.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/device_buffer.h"

namespace draftscope::bench {

// Sizes of the model that is timed; the defaults are DeepSeek-V3's.
struct Sizes {
  int32_t hidden = 7168, heads = 128, q_lora = 1536, kv_lora = 512, nope = 128, rope = 64, value = 128;
  int32_t experts = 256, top_k = 8, groups = 8, group_choices = 4, inner = 2048, vocab = 129280;
  int64_t context = 4096;       // cache rows that the attention case looks at
  int64_t copy_rows = 8192;     // float32 rows [hidden] of the copy that gives the bandwidth
  uint64_t rotate = 256 << 20;  // weights of a case are repeated up to so many bytes, so that no cache holds them
  double batch_millis = 60;     // a timing repeats its call for at least this long
  static Sizes quick();
};

void need(const Backend &backend, ds_status status);

// A backend and the buffers of one case.
class Side {
 public:
  explicit Side(std::shared_ptr<Backend> backend) : backend_(std::move(backend)) {}
  const Backend &backend() const { return *backend_; }
  const ds_backend_api &api() const { return backend_->api(); }
  ds_backend *device() const { return backend_->device(); }
  ds_view alloc(uint64_t bytes);
  // Float32 numbers around 0, the same on every side for the same count.
  ds_view floats(int64_t count);
  // Weights [rows, cols] of small random numbers; fp8 in blocks of 128x128, its scale rows counted per part.
  ds_matrix weights(ds_dtype dtype, int64_t rows, int64_t cols, int64_t parts = 1);
  std::vector<float> read(ds_view view, int64_t count) const;

 private:
  std::shared_ptr<Backend> backend_;
  std::vector<std::unique_ptr<DeviceBuffer>> buffers_;
};

// Bytes of about `count` weights of the dtype: finite, small, random; the same for the same count.
std::vector<uint8_t> random_weights(ds_dtype dtype, int64_t count);

// Microseconds per call: the median of three batches, each waited for once, after one call that is not counted.
double micros_of(const Backend &backend, double batch_millis, const std::function<ds_status(int64_t)> &call);

struct Row {
  std::string name;
  double error = -1;  // largest difference to the reference over its largest value; -1 = there is none
  double micros = 0;
  uint64_t bytes = 0;  // read and written by one call
  std::string failure;  // why the result is not accepted; empty = it is
};

// Copies float32 rows with embed_rows; its bytes per second are the bandwidth everything is compared with.
Row time_copy(const std::shared_ptr<Backend> &backend, const Sizes &sizes);
// Every kernel at the sizes of one decoded token. reference: what results are compared with; an error above tolerance is a failure.
std::vector<Row> time_kernels(const std::shared_ptr<Backend> &backend, const std::shared_ptr<Backend> &reference, double tolerance, const Sizes &sizes);

struct LayerTimes {
  int32_t experts = 0;  // that are there
  uint64_t load_bytes = 0, step_bytes = 0;
  double load_micros = 0, step_micros = 0;
};
// Loads a synthetic MTP layer with its head from a file in the page cache and runs one draft step of one token.
LayerTimes time_mtp_layer(const std::shared_ptr<Backend> &backend, const Sizes &sizes);

}  // namespace draftscope::bench
