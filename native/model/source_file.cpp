// See source_file.h.
#include "model/source_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace draftscope {
namespace {

int64_t mtime_ns(const struct stat &info) {
#if defined(__APPLE__)
  const struct timespec &time = info.st_mtimespec;
#else
  const struct timespec &time = info.st_mtim;
#endif
  return int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

OpenedFile::~OpenedFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

OpenedFile::OpenedFile(OpenedFile &&other) noexcept
    : descriptor_(other.descriptor_), name_(std::move(other.name_)), bytes_(other.bytes_), mtime_ns_(other.mtime_ns_) {
  other.descriptor_ = -1;
}

Status OpenedFile::open(const SourceFile &source) {
  name_ = source.path;
  // O_NONBLOCK: opening a FIFO would wait for a writer, beyond any cancel. It changes nothing for a regular file.
  descriptor_ = ::open(source.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor_ < 0) return Status::failure(DS_IO_ERROR, "cannot open " + name_ + ": " + std::strerror(errno));
  struct stat info {};
  if (::fstat(descriptor_, &info) != 0) return Status::failure(DS_IO_ERROR, "cannot look at " + name_ + ": " + std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return Status::failure(DS_IO_ERROR, name_ + " is not a regular file");
  bytes_ = uint64_t(info.st_size);
  mtime_ns_ = mtime_ns(info);
  if (bytes_ != source.expected_bytes || (source.expected_mtime_ns != 0 && mtime_ns_ != source.expected_mtime_ns)) {
    return Status::failure(DS_IO_ERROR, name_ + " changed since it was opened");
  }
  return Status::success();
}

Status OpenedFile::verify() const {
  struct stat info {};
  if (::fstat(descriptor_, &info) != 0) return Status::failure(DS_IO_ERROR, "cannot look at " + name_ + ": " + std::strerror(errno));
  if (uint64_t(info.st_size) != bytes_ || mtime_ns(info) != mtime_ns_) {
    return Status::failure(DS_IO_ERROR, name_ + " changed since it was opened");
  }
  return Status::success();
}

}  // namespace draftscope
