// A DeepSeek checkpoint loaded through WeightStore, for tests: config.json plus *.safetensors in one folder.
#pragma once

#include <string>

#include "model/model.h"
#include "tests/safetensors.h"

namespace draftscope::tests {

// Throws std::runtime_error.
ModelConfig read_model_config(const std::string &folder);
TensorFiles open_checkpoint(const std::string &folder);
// Parameters are merged (fused_qkv_a_proj, gate_up_proj), but for the latent projections where they have block scales. Throws.
std::shared_ptr<WeightStore> load_checkpoint(const std::shared_ptr<Backend> &backend, const ModelConfig &config, const TensorFiles &files);

}  // namespace draftscope::tests
