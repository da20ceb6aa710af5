// From hidden rows to what a pass hands back about its logits.
#pragma once

#include "model/device_buffer.h"
#include "model/kernel_calls.h"

namespace draftscope {

// Refuses options that can't be answered. rows_with_logits: what the pass will have.
Status check_pass_options(const PassOptions &options, int64_t rows_with_logits, int32_t vocab);

// Appends to `out` the results of `rows` hidden rows [rows, H] (already normed) that go through `head`.
// out.rows says how many rows are there before the call.
Status append_logits(KernelCalls &calls, const Model::Bound &model, const Linear &head, ds_view hidden, int64_t rows, const PassOptions &options,
                     DeviceBuffer &logits, PassOutput &out);

}  // namespace draftscope
