// Reads the headers of .safetensors files, for tests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "draftscope/backend.h"

namespace draftscope::tests {

struct Tensor {
  int32_t file = 0;
  ds_dtype dtype = DS_F32;
  std::vector<int64_t> shape;
  uint64_t offset = 0;  // bytes from the start of the file
  uint64_t bytes = 0;
};

struct TensorFiles {
  std::vector<std::string> paths;
  std::map<std::string, Tensor> tensors;

  // Adds a file's tensors. Throws std::runtime_error.
  void add(const std::string &path);
  bool has(const std::string &name) const { return tensors.count(name) != 0; }
  const Tensor &at(const std::string &name) const;  // throws when it is not there
  // The whole tensor, which must have elements of sizeof(T).
  template <class T>
  std::vector<T> read(const std::string &name) const {
    const Tensor &tensor = at(name);
    std::vector<T> values(size_t(tensor.bytes / sizeof(T)));
    read_bytes(tensor, values.data());
    return values;
  }

 private:
  void read_bytes(const Tensor &tensor, void *out) const;
};

std::string read_text(const std::string &path);

}  // namespace draftscope::tests
