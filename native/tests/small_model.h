// A small random model with one MoE target layer, one dense one, and one MTP layer.
#pragma once

#include "tests/fixtures.h"

namespace draftscope::tests {

ModelConfig small_config();
std::vector<ParameterSpec> small_parameters(const ModelConfig &c);
// A store of these parameters filled with random numbers, the same in every call, and the model on it.
Status make_model(Device &device, const ModelConfig &config, const std::vector<ParameterSpec> &specs, std::shared_ptr<Model> &out);

// The small model with a sequence. Notes a failure when it can't be made.
struct Running {
  Device device;
  std::shared_ptr<Model> model;
  std::shared_ptr<Sequence> sequence;
  PassOptions all;  // logits of every row, routing
  Running(Context &t, int64_t max_rows);
};

std::vector<int32_t> some_tokens(int64_t count, int32_t seed);

}  // namespace draftscope::tests
