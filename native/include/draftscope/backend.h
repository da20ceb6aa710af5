/*
 * The C ABI between Draftscope's native code and a compute backend (CPU, CUDA, ...).
 *
 * A backend is a shared library that exports one symbol, ds_backend_entry, which returns a table of
 * functions. Rules of the border:
 *   - every function returns a ds_status; nothing throws, exits or aborts across it;
 *   - the text behind the last failure of the calling thread is read with last_error;
 *   - memory belongs to the caller: what is made with buffer_alloc is freed with buffer_free;
 *   - activations are float32, row-major, in buffers of the backend; weights keep their stored dtype;
 *   - a row of a result depends on that row's input alone, never on how many rows share the call:
 *     the reduction order of a row is fixed. Speculative decoding equals plain decoding because of it.
 * Shapes are written [rows, columns]. T = rows of the pass (tokens), H = hidden size.
 */
#ifndef DRAFTSCOPE_BACKEND_H
#define DRAFTSCOPE_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DS_ABI_VERSION 3u

#if defined(_WIN32)
#define DS_EXPORT __declspec(dllexport)
#else
#define DS_EXPORT __attribute__((visibility("default")))
#endif

typedef enum ds_status {
  DS_OK = 0,
  DS_INVALID_ARGUMENT = 1,
  DS_OUT_OF_MEMORY = 2,
  DS_IO_ERROR = 3,      /* the operating system refused a read */
  DS_SHORT_READ = 4,    /* the file ended before the range did */
  DS_UNSUPPORTED = 5,   /* this backend does not have the function or dtype */
  DS_DEVICE_ERROR = 6,  /* the device failed or is not there */
  DS_CANCELLED = 7,
  DS_INTERNAL = 8,
  DS_DEVICE_LOST = 9    /* the device failed in a way that only a new process gets over */
} ds_status;

typedef enum ds_dtype {
  DS_F32 = 0,
  DS_F16 = 1,
  DS_BF16 = 2,
  DS_F8_E4M3 = 3,
  DS_I32 = 4,
  DS_I64 = 5,
  DS_U8 = 6
} ds_dtype;

typedef struct ds_backend ds_backend; /* an opened device with its threads or streams */
typedef struct ds_buffer ds_buffer;   /* a block of memory of that device */

/* A place in a buffer. */
typedef struct ds_view {
  ds_buffer *buffer;
  uint64_t offset; /* bytes */
} ds_view;

/* A weight matrix [rows, cols], row-major. For fp8 blocks, scale is float32
 * [ceil(rows/block_rows), ceil(cols/block_cols)]; buffer NULL when there is none. */
typedef struct ds_matrix {
  ds_view data;
  int64_t rows, cols;
  ds_dtype dtype;
  ds_view scale;
  int32_t block_rows, block_cols;
} ds_matrix;

typedef struct ds_open_options {
  int32_t threads;      /* CPU: worker threads, 0 = one per core */
  int32_t device_index; /* CUDA: which device */
} ds_open_options;

typedef struct ds_backend_info {
  char kind[16];         /* "cpu", "cuda" */
  char name[128];        /* processor or device name */
  char instructions[64]; /* what the kernels use: "avx512", "sm_90", ... */
  char driver[64];       /* version of the device's driver, "" where there is none */
  int32_t threads;
  uint64_t memory_total, memory_free; /* bytes, of the memory buffers live in */
} ds_backend_info;

/* What is in an array of floats, as stored: block scales are not applied. */
typedef struct ds_statistics {
  uint64_t count, nan_count, inf_count, zero_count;
  float min, max;           /* of the finite values, 0 when there are none; so are the means */
  double mean, mean_square;
  uint64_t exponents[256];  /* finite values that are not zero, by the exponent bits they have as float32 */
} ds_statistics;

/* One rectangle of a file that goes to one rectangle of a buffer, with dtype conversion when they differ.
 * Source row r begins at file_offset + r * src_row_bytes and has cols elements.
 * broadcast_cols != 0: the source row has ONE element, copied to all cols. src_row_bytes = 0 repeats the row. */
typedef struct ds_read {
  int fd;
  uint64_t file_offset;   /* bytes from the start of the file */
  int64_t rows, cols;     /* elements of the destination rectangle */
  int64_t src_row_bytes;
  ds_dtype src_dtype;
  ds_view dst;            /* first element of the rectangle */
  int64_t dst_row_bytes;
  ds_dtype dst_dtype;
  int32_t broadcast_cols;
  const int32_t *stop;    /* read with atomic loads between pieces: not 0 = end with DS_CANCELLED. NULL = never */
  ds_statistics *statistics; /* of the elements taken from the file, before any conversion; NULL = not wanted */
} ds_read;

typedef enum ds_scoring { DS_SCORING_SOFTMAX = 0, DS_SCORING_SIGMOID = 1 } ds_scoring;
/* How a group is ranked: by the sum of its two best biased choices (noaux_tc), by its maximum, or not at all. */
typedef enum ds_grouping { DS_GROUP_NONE = 0, DS_GROUP_TOP2_SUM = 1, DS_GROUP_MAX = 2 } ds_grouping;

typedef struct ds_route_options {
  int32_t experts, top_k, n_group, topk_group;
  ds_scoring scoring;
  ds_grouping grouping;
  int32_t normalize; /* norm_topk_prob */
  float scale;       /* routed_scaling_factor, multiplied into the weights */
} ds_route_options;

typedef struct ds_attention_options {
  int32_t heads, nope_dim, rope_dim, value_dim, latent_dim;
  int64_t first_row; /* cache row of the pass's first token; token r sees cache rows 0 .. first_row + r */
  float scale;
} ds_attention_options;

typedef struct ds_backend_api {
  uint32_t abi_version;

  /* ---- life ---- */
  ds_status (*device_count)(int32_t *out); /* DS_OK and 0 where the machine has none */
  ds_status (*open)(const ds_open_options *options, ds_backend **out);
  void (*close)(ds_backend *backend);
  ds_status (*describe)(ds_backend *backend, ds_backend_info *out);
  const char *(*last_error)(void); /* of the calling thread; "" when none */

  /* ---- memory ---- */
  ds_status (*buffer_alloc)(ds_backend *backend, uint64_t bytes, ds_buffer **out); /* zeroed */
  void (*buffer_free)(ds_buffer *buffer);
  ds_status (*upload)(ds_backend *backend, ds_view dst, const void *src, uint64_t bytes);
  ds_status (*download)(ds_backend *backend, void *dst, ds_view src, uint64_t bytes);
  /* May be called from several threads at once for destinations that do not overlap. */
  ds_status (*read_file)(ds_backend *backend, const ds_read *read);
  ds_status (*synchronize)(ds_backend *backend);

  /* Between these two, kernels may be collected and started together, at the latest by a call that hands something to the host. Passes of the
   * same shape (a number of the caller's choice) make the same list of kernels as a rule; only speed depends on it. Every
   * begin_pass has its end_pass, after failures too, before any buffer that the kernels use is freed. */
  ds_status (*begin_pass)(ds_backend *backend, uint64_t shape);
  ds_status (*end_pass)(ds_backend *backend);

  /* ---- kernels: output first ---- */
  /* out [T, H] = row ids[t] of table; a row whose zero[t] is not 0 becomes zeros (zero may be NULL). ids, zero: host memory. */
  ds_status (*embed_rows)(ds_backend *, ds_view out, const ds_matrix *table, const int32_t *ids, const uint8_t *zero, int64_t rows);
  /* out [T, N] = in / sqrt(mean(in^2) + eps) * weight [N]; strides in elements so that parts of wider rows can be normed. */
  ds_status (*rms_norm)(ds_backend *, ds_view out, int64_t out_stride, ds_view in, int64_t in_stride, ds_view weight, ds_dtype weight_dtype,
                        int64_t rows, int64_t cols, float eps);
  /* a [T, N] += b [T, N] */
  ds_status (*add)(ds_backend *, ds_view a, ds_view b, int64_t count);
  /* out [T, N] (row stride out_stride) = in [T, K] (row stride in_stride) * w [N, K]^T */
  ds_status (*matmul)(ds_backend *, ds_view out, int64_t out_stride, ds_view in, int64_t in_stride, const ds_matrix *w, int64_t rows);
  /* out [T, N] = silu(gate_up[:, :N]) * gate_up[:, N:2N] */
  ds_status (*silu_mul)(ds_backend *, ds_view out, ds_view gate_up, int64_t rows, int64_t cols);
  /* Rotates interleaved pairs (2i, 2i+1) in place: x [T, heads, rope_dim] at row stride and head stride (elements);
   * table: float32 [positions, rope_dim] = cos of each pair then sin of each pair; row t has position first_position + t. */
  ds_status (*rope)(ds_backend *, ds_view x, int64_t row_stride, int64_t head_stride, int64_t heads, int64_t rope_dim, ds_view table,
                    int64_t first_position, int64_t rows);
  /* Latent attention in absorbed form. q [T, heads, nope+rope], already rotated; cache_latent [S, latent] normed,
   * cache_rope [S, rope] rotated; kv_b [heads*(nope+value), latent]; out [T, heads*value]. */
  ds_status (*mla_attention)(ds_backend *, ds_view out, ds_view q, ds_view cache_latent, ds_view cache_rope, const ds_matrix *kv_b,
                             const ds_attention_options *options, int64_t rows);
  /* ids int32 [T, top_k] in descending order of selection score (lowest index on ties), weights f32 [T, top_k], from logits [T, experts];
   * scores f32 [T, experts] is written when its buffer is not NULL; bias (dtype given) when its buffer is not NULL. */
  ds_status (*moe_route)(ds_backend *, ds_view ids, ds_view weights, ds_view scores, ds_view logits, ds_view bias, ds_dtype bias_dtype,
                         const ds_route_options *options, int64_t rows);
  /* out [T, H] = sum over k of weights[t,k] * down_e( silu(gate_e x) * up_e x ), e = ids[t,k], summed in the order of k.
   * w13 is [experts * 2I, H] (gate rows, then up rows, per expert), w2 [experts * H, I]; one expert is a row range.
   * An id outside of 0 .. experts-1 is DS_INVALID_ARGUMENT, at the latest from the next call that waits for the device.
   * Scales, where present, are per expert: [experts * ceil(2I/b) , ..] with gate and up blocked apart (2*ceil(I/b)), and [experts * ceil(H/b), ..]. */
  ds_status (*moe_ffn)(ds_backend *, ds_view out, ds_view in, ds_view ids, ds_view weights, const ds_matrix *w13, const ds_matrix *w2,
                       int32_t experts, int32_t top_k, int64_t rows);
  /* Per row of logits [T, N]: top_ids int32 [T, top] and top_logits f32 [T, top] in descending order (lowest index on ties; so
   * top_ids[.,0] is the argmax), log_sum_exp f32 [T]. All three in host memory. */
  ds_status (*top_logits)(ds_backend *, int32_t *top_ids, float *top_logits, float *log_sum_exp, ds_view logits, int64_t rows, int64_t cols, int32_t top);
  ds_status (*statistics)(ds_backend *, ds_statistics *out, ds_view data, ds_dtype dtype, int64_t count);
} ds_backend_api;

/* The one exported symbol. NULL when the library can't serve this ABI version. */
typedef const ds_backend_api *(*ds_backend_entry_fn)(uint32_t abi_version);
DS_EXPORT const ds_backend_api *ds_backend_entry(uint32_t abi_version);

/* Bytes of one element; 0 for an unknown dtype. */
static inline size_t ds_dtype_bytes(ds_dtype dtype) {
  switch (dtype) {
    case DS_F32: case DS_I32: return 4;
    case DS_F16: case DS_BF16: return 2;
    case DS_F8_E4M3: case DS_U8: return 1;
    case DS_I64: return 8;
  }
  return 0;
}

/* `into` becomes the statistics of its own elements and those of `part`. */
static inline void ds_merge_statistics(ds_statistics *into, const ds_statistics *part) {
  const uint64_t left = into->count - into->nan_count - into->inf_count, right = part->count - part->nan_count - part->inf_count;
  if (right > 0) {
    const double all = (double)left + (double)right;
    into->min = left > 0 && into->min < part->min ? into->min : part->min;
    into->max = left > 0 && into->max > part->max ? into->max : part->max;
    into->mean = (into->mean * (double)left + part->mean * (double)right) / all;
    into->mean_square = (into->mean_square * (double)left + part->mean_square * (double)right) / all;
  }
  into->count += part->count;
  into->nan_count += part->nan_count;
  into->inf_count += part->inf_count;
  into->zero_count += part->zero_count;
  for (int exponent = 0; exponent < 256; exponent++) into->exponents[exponent] += part->exponents[exponent];
}

#ifdef __cplusplus
}
#endif
#endif
