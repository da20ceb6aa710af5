// Reads NativeModelConfig of electron/engine/kernels/kernels.ts.
#pragma once

#include "addon/argument_reader.h"

namespace draftscope::addon {

void read_model_config(ArgumentReader &reader, Napi::Value value, draftscope::ModelConfig &out);

}  // namespace draftscope::addon
