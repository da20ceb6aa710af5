// See rope_table.h. YaRN: Peng et al. 2023, https://arxiv.org/abs/2309.00071, in the variant of DeepSeek-V2/V3.
#include "model/rope_table.h"

#include <algorithm>
#include <cmath>

namespace draftscope {
namespace {

double yarn_mscale(double factor, double mscale) { return factor <= 1 ? 1.0 : 0.1 * mscale * std::log(factor) + 1.0; }

bool has_yarn(const RopeScaling &yarn) { return yarn.factor > 0; }

// The dimension whose wave turns `rotations` times within the original positions.
double correction_dim(const ModelConfig &c, double rotations) {
  constexpr double kPi = 3.14159265358979323846;
  return c.rope_dim * std::log(double(c.yarn.original_positions) / (rotations * 2 * kPi)) / (2 * std::log(double(c.rope_theta)));
}

}  // namespace

std::vector<float> rope_frequencies(const ModelConfig &c) {
  const int pairs = c.rope_dim / 2;
  std::vector<float> frequencies(static_cast<size_t>(pairs));
  double low = 0, high = 0;
  if (has_yarn(c.yarn)) {
    low = std::max(std::floor(correction_dim(c, c.yarn.beta_fast)), 0.0);
    high = std::min(std::ceil(correction_dim(c, c.yarn.beta_slow)), double(c.rope_dim - 1));
    if (low == high) high += 0.001;
  }
  for (int i = 0; i < pairs; i++) {
    const float wave = std::pow(c.rope_theta, float(2 * i) / float(c.rope_dim));
    const float plain = 1.0f / wave;
    if (!has_yarn(c.yarn)) {
      frequencies[size_t(i)] = plain;
      continue;
    }
    const float ramp = std::clamp((float(i) - float(low)) / float(high - low), 0.0f, 1.0f);
    const float keep = 1.0f - ramp;
    frequencies[size_t(i)] = 1.0f / (c.yarn.factor * wave) * (1.0f - keep) + plain * keep;
  }
  return frequencies;
}

std::vector<float> rope_table(const ModelConfig &c, const std::vector<int64_t> &positions) {
  const std::vector<float> frequencies = rope_frequencies(c);
  const float factor = has_yarn(c.yarn) ? float(yarn_mscale(c.yarn.factor, c.yarn.mscale) / yarn_mscale(c.yarn.factor, c.yarn.mscale_all_dim)) : 1.0f;
  std::vector<float> table(positions.size() * size_t(c.rope_dim));
  for (size_t row = 0; row < positions.size(); row++) {
    float *cosines = table.data() + row * size_t(c.rope_dim), *sines = cosines + frequencies.size();
    for (size_t i = 0; i < frequencies.size(); i++) {
      const float angle = float(positions[row]) * frequencies[i];
      cosines[i] = std::cos(angle) * factor;
      sines[i] = std::sin(angle) * factor;
    }
  }
  return table;
}

float attention_scale(const ModelConfig &c) {
  const double plain = 1.0 / std::sqrt(double(c.nope_dim + c.rope_dim));
  if (!has_yarn(c.yarn) || c.yarn.mscale_all_dim == 0) return float(plain);
  const double mscale = yarn_mscale(c.yarn.factor, c.yarn.mscale_all_dim);
  return float(plain * mscale * mscale);
}

}  // namespace draftscope
