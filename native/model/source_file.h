// A weight file opened for reading, and the proof that it is still the one that was looked at.
#pragma once

#include <cstdint>
#include <string>

#include "model/model.h"

namespace draftscope {

class OpenedFile {
 public:
  OpenedFile() = default;
  ~OpenedFile();
  OpenedFile(OpenedFile &&other) noexcept;
  OpenedFile(const OpenedFile &) = delete;
  OpenedFile &operator=(const OpenedFile &) = delete;
  OpenedFile &operator=(OpenedFile &&) = delete;

  // DS_IO_ERROR when it can't be opened, is no regular file, or has another size (or time) than `source` expects.
  Status open(const SourceFile &source);
  // DS_IO_ERROR when size or time are no longer what they were at open.
  Status verify() const;
  int descriptor() const { return descriptor_; }
  const std::string &name() const { return name_; }

 private:
  int descriptor_ = -1;
  std::string name_;
  uint64_t bytes_ = 0;
  int64_t mtime_ns_ = 0;
};

}  // namespace draftscope
