// From hidden rows to what a pass hands back about its logits.
#pragma once

#include "model/device_buffer.h"
#include "model/kernel_calls.h"

namespace draftscope {

// Rows of a pass of `rows` that have logits.
int64_t rows_with_logits(LogitRows which, int64_t rows);

// Logit rows of a pass of `rows` that fall into its rows begin .. begin+count-1: how many, always its last ones.
int64_t logits_in_piece(LogitRows which, int64_t rows, int64_t begin, int64_t count);

// What a batch of rows is put into before it is appended; kept from pass to pass, so that a token allocates nothing.
struct LogitScratch {
  DeviceBuffer logits;             // [batch, vocab]
  std::vector<int32_t> ids;        // [batch, top]
  std::vector<float> best;         // [batch, top]
  std::vector<float> log_sum_exp;  // [batch]
};

// Room for all rows at once: a vector that grows may ask for twice what it holds in the end.
void reserve_output(const PassOptions &options, int64_t rows, int64_t vocab, PassOutput &out);

// Refuses options that can't be answered. rows_with_logits: what the pass will have.
Status check_pass_options(const PassOptions &options, int64_t rows_with_logits, int32_t vocab);

// Appends to `out` the results of `rows` hidden rows [rows, H] (already normed) that go through `head`.
// out.rows says how many rows are there before the call.
Status append_logits(KernelCalls &calls, const Model::Bound &model, const Linear &head, ds_view hidden, int64_t rows, const PassOptions &options,
                     LogitScratch &scratch, PassOutput &out);

}  // namespace draftscope
