// The arguments of a pass as plain values, and its result as JavaScript values.
#pragma once

#include "addon/argument_reader.h"

namespace draftscope::addon {

// What the arguments of a pass are checked against.
struct PassLimits {
  int32_t vocab = 0, mtp_layers = 0;
  int64_t max_rows = 0;
  int64_t trace_row_floats = 1;  // a generous bound of what a traced row holds
};

struct PassRequest {
  std::vector<int32_t> tokens;
  int64_t first_row = 0;  // target pass
  MtpPass mtp;            // MTP pass
  PassOptions options;
  bool here = false;      // on the JavaScript thread, if nothing else is running
};

struct PassResult {
  PassOutput output;
  double micros = 0;
};

// (tokens, firstRow, options)
Status read_target_request(const Napi::CallbackInfo &info, const PassLimits &limits, PassRequest &out);
// (pass, tokens, options)
Status read_mtp_request(const Napi::CallbackInfo &info, const PassLimits &limits, PassRequest &out);
// NativePassOutput of electron/engine/kernels/kernels.ts; fresh arrays, those of a pass in one block.
Napi::Value copy_pass_result(Napi::Env env, const PassResult &result);

}  // namespace draftscope::addon
