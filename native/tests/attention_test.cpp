// mla_attention against plain attention on expanded keys and values, in double precision.
#include <cmath>
#include <limits>

#include "tests/fixtures.h"

namespace draftscope::tests {
namespace {

struct Shape {
  int64_t rows, first_row, heads, nope, rope, value, latent;
};

void check_attention(Context &t, ds_dtype dtype, const Shape &s) {
  Random random(uint32_t(s.latent * 31 + s.rows));
  const int64_t keys = s.first_row + s.rows, query = s.nope + s.rope;
  const float scale = 1 / std::sqrt(float(query));
  const Stored kv_b = random.stored(dtype, s.heads * (s.nope + s.value), s.latent, 0.3);
  const std::vector<float> q = random.normals(s.rows * s.heads * query);
  // Rows past the pass hold what an earlier, longer text left: they must not be looked at.
  std::vector<float> latent = random.normals(keys * s.latent), rope = random.normals(keys * s.rope);
  const float poison = std::numeric_limits<float>::quiet_NaN();
  latent.insert(latent.end(), size_t(4 * s.latent), poison);
  rope.insert(rope.end(), size_t(4 * s.rope), poison);

  KernelCase kernel;
  kernel.rows = s.rows;
  kernel.tolerance = 3e-5;
  for (int64_t r = 0; r < s.rows; r++) {
    for (int64_t h = 0; h < s.heads; h++) {
      const float *qr = q.data() + (r * s.heads + h) * query;
      std::vector<double> probability;
      double sum = 0, most = -INFINITY;
      for (int64_t k = 0; k <= s.first_row + r; k++) {
        double score = 0;
        for (int64_t p = 0; p < s.nope; p++) {
          double key = 0;
          for (int64_t l = 0; l < s.latent; l++) key += kv_b.at(h * (s.nope + s.value) + p, l) * double(latent[size_t(k * s.latent + l)]);
          score += double(qr[p]) * key;
        }
        for (int64_t d = 0; d < s.rope; d++) score += double(qr[s.nope + d]) * double(rope[size_t(k * s.rope + d)]);
        probability.push_back(score * double(scale));
        most = std::max(most, probability.back());
      }
      for (double &p : probability) sum += p = std::exp(p - most);
      for (int64_t v = 0; v < s.value; v++) {
        double out = 0;
        for (size_t k = 0; k < probability.size(); k++) {
          double value = 0;
          for (int64_t l = 0; l < s.latent; l++) value += kv_b.at(h * (s.nope + s.value) + s.nope + v, l) * double(latent[k * size_t(s.latent) + size_t(l)]);
          out += probability[k] / sum * value;
        }
        kernel.expected.push_back(out);
      }
    }
  }
  kernel.run = [&](Device &device, int64_t first, int64_t count) {
    const ds_matrix matrix = kv_b.matrix(device);
    ds_view queries = device.put(q);
    queries.offset = uint64_t(first * s.heads * query) * 4;
    const ds_view out = device.alloc(uint64_t(count * s.heads * s.value) * 4), latent_cache = device.put(latent), rope_cache = device.put(rope);
    const ds_attention_options options{int32_t(s.heads), int32_t(s.nope), int32_t(s.rope), int32_t(s.value), int32_t(s.latent), s.first_row + first, scale};
    device.need(device.api().mla_attention(device.handle(), out, queries, latent_cache, rope_cache, &matrix, &options, count));
    return device.get<float>(out, size_t(count * s.heads * s.value));
  };
  check_kernel(t, std::string("mla_attention ") + dtype_name(dtype) + " from row " + std::to_string(s.first_row), kernel);
}

}  // namespace

DS_TEST("mla_attention: odd sizes, all dtypes") {
  for (const ds_dtype dtype : kFloatDtypes) {
    check_attention(t, dtype, {7, 0, 3, 5, 4, 7, 37});
    check_attention(t, dtype, {6, 21, 2, 16, 6, 9, 160});
  }
  check_attention(t, DS_F8_E4M3, {3, 260, 6, 5, 4, 7, 37});  // heads that do not fill a group of four, and more than two pieces of 128 cache rows
  check_attention(t, DS_BF16, {70, 3, 2, 8, 4, 8, 40});  // more tokens than one thread takes at a time
}

}  // namespace draftscope::tests
