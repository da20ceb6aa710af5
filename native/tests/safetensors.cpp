// See safetensors.h.
#include "tests/safetensors.h"

#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/json.h"

namespace draftscope::tests {
namespace {

ds_dtype dtype_of(const std::string &name) {
  if (name == "F32") return DS_F32;
  if (name == "F16") return DS_F16;
  if (name == "BF16") return DS_BF16;
  if (name == "F8_E4M3") return DS_F8_E4M3;
  if (name == "I32") return DS_I32;
  if (name == "I64") return DS_I64;
  if (name == "U8") return DS_U8;
  throw std::runtime_error("unknown dtype " + name);
}

}  // namespace

std::string read_text(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

void TensorFiles::add(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  uint8_t size[8];
  if (!in.read(reinterpret_cast<char *>(size), 8)) throw std::runtime_error("cannot read " + path);
  uint64_t length = 0;
  std::memcpy(&length, size, 8);
  std::string header(size_t(length), '\0');
  if (!in.read(header.data(), std::streamsize(length))) throw std::runtime_error("short header in " + path);
  const Json json = parse_json(header);
  for (const auto &[name, entry] : json.members) {
    if (name == "__metadata__") continue;
    Tensor tensor;
    tensor.file = int32_t(paths.size());
    tensor.dtype = dtype_of(entry["dtype"].text);
    for (const Json &size_value : entry["shape"].items) tensor.shape.push_back(int64_t(size_value.number));
    const uint64_t begin = uint64_t(entry["data_offsets"].items.at(0).number), end = uint64_t(entry["data_offsets"].items.at(1).number);
    tensor.offset = 8 + length + begin;
    tensor.bytes = end - begin;
    tensors[name] = tensor;
  }
  paths.push_back(path);
}

const Tensor &TensorFiles::at(const std::string &name) const {
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw std::runtime_error("no tensor " + name);
  return found->second;
}

void TensorFiles::read_bytes(const Tensor &tensor, void *out) const {
  std::ifstream in(paths[size_t(tensor.file)], std::ios::binary);
  in.seekg(std::streamoff(tensor.offset));
  if (!in.read(static_cast<char *>(out), std::streamsize(tensor.bytes))) throw std::runtime_error("short read of " + paths[size_t(tensor.file)]);
}

}  // namespace draftscope::tests
