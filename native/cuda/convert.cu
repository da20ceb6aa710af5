// convert: out [rows, cols] (row stride in bytes) = in [rows, cols or 1], widened through float32 and narrowed again.
#include "cuda/launch.h"
#include "cuda/numbers.cuh"

namespace draftscope::cuda {
namespace {

constexpr int64_t kMostBlocks = 4096;

template <ds_dtype out_dtype, ds_dtype in_dtype>
__global__ void convert_kernel(uint8_t *out, int64_t out_row_bytes, const uint8_t *in, int64_t in_row_bytes, int64_t rows, int64_t cols,
                               int64_t in_cols) {
  using Out = typename Element<out_dtype>::Storage;
  using In = typename Element<in_dtype>::Storage;
  const int64_t step = int64_t(gridDim.x) * blockDim.x;
  for (int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < rows * cols; i += step) {
    const int64_t row = i / cols, col = i % cols;
    const In *source = reinterpret_cast<const In *>(in + row * in_row_bytes);
    reinterpret_cast<Out *>(out + row * out_row_bytes)[col] =
        Element<out_dtype>::narrow(Element<in_dtype>::widen(source[in_cols == 1 ? 0 : col]));
  }
}

// Same dtype: bits are copied, so that NaN payloads and integers survive.
template <class Bits>
__global__ void spread_kernel(uint8_t *out, int64_t out_row_bytes, const uint8_t *in, int64_t in_row_bytes, int64_t rows, int64_t cols,
                              int64_t in_cols) {
  const int64_t step = int64_t(gridDim.x) * blockDim.x;
  for (int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < rows * cols; i += step) {
    const int64_t row = i / cols, col = i % cols;
    const Bits *source = reinterpret_cast<const Bits *>(in + row * in_row_bytes);
    reinterpret_cast<Bits *>(out + row * out_row_bytes)[col] = source[in_cols == 1 ? 0 : col];
  }
}

using Kernel = void (*)(uint8_t *, int64_t, const uint8_t *, int64_t, int64_t, int64_t, int64_t);

template <ds_dtype out_dtype>
Kernel converter_to(ds_dtype in) {
  switch (in) {
    case DS_F32: return convert_kernel<out_dtype, DS_F32>;
    case DS_F16: return convert_kernel<out_dtype, DS_F16>;
    case DS_BF16: return convert_kernel<out_dtype, DS_BF16>;
    case DS_F8_E4M3: return convert_kernel<out_dtype, DS_F8_E4M3>;
    default: return nullptr;
  }
}

Kernel choose_kernel(ds_dtype out, ds_dtype in) {
  if (out == in) {
    switch (ds_dtype_bytes(in)) {
      case 1: return spread_kernel<uint8_t>;
      case 2: return spread_kernel<uint16_t>;
      case 4: return spread_kernel<uint32_t>;
      case 8: return spread_kernel<uint64_t>;
      default: return nullptr;
    }
  }
  switch (out) {
    case DS_F32: return converter_to<DS_F32>(in);
    case DS_F16: return converter_to<DS_F16>(in);
    case DS_BF16: return converter_to<DS_BF16>(in);
    default: return nullptr;
  }
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------

ds_status launch_convert(cudaStream_t stream, uint8_t *out, int64_t out_row_bytes, ds_dtype out_dtype, const uint8_t *in, int64_t in_row_bytes,
                         ds_dtype in_dtype, int64_t rows, int64_t cols, int64_t in_cols) {
  const Kernel kernel = choose_kernel(out_dtype, in_dtype);
  if (kernel == nullptr) return fail(DS_UNSUPPORTED, "cannot convert dtype %d to %d", int(in_dtype), int(out_dtype));
  if (rows == 0 || cols == 0) return DS_OK;
  const int64_t blocks = element_blocks(rows * cols);
  return launch("the conversion", stream, kernel, blocks < kMostBlocks ? blocks : kMostBlocks, kThreads, 0, out, out_row_bytes, in, in_row_bytes, rows, cols,
                in_cols);
}

}  // namespace draftscope::cuda
