// Rotary angles and the softmax scale, with YaRN where the configuration asks for it.
#pragma once

#include <cstdint>
#include <vector>

#include "model/model.h"

namespace draftscope {

// Frequency of each rotated pair [rope_dim / 2], in float32 as the reference implementations compute them.
std::vector<float> rope_frequencies(const ModelConfig &config);

// [positions, rope_dim]: the cosines of all pairs, then their sines, times YaRN's attention factor. Angles are float32.
std::vector<float> rope_table(const ModelConfig &config, const std::vector<int64_t> &positions);

// (nope + rope)^-0.5, times YaRN's mscale squared where mscale_all_dim is not 0.
float attention_scale(const ModelConfig &config);

}  // namespace draftscope
