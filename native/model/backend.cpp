// Opens a backend's shared library and keeps it for as long as anything uses it.
#include <dlfcn.h>

#include "model/model.h"

namespace draftscope {
namespace {

// The only place that knows how this system opens libraries.
void *open_shared_library(const std::string &path, std::string &error) {
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char *text = dlerror();
    error = text ? text : "unknown reason";
  }
  return library;
}

void *find_symbol(void *library, const char *name) { return dlsym(library, name); }

void close_shared_library(void *library) { dlclose(library); }

}  // namespace

Status Backend::open_library(const std::string &path) {
  std::string error;
  library_ = open_shared_library(path, error);
  if (library_ == nullptr) return Status::failure(DS_IO_ERROR, "cannot open the backend library: " + error);
  const auto entry = reinterpret_cast<ds_backend_entry_fn>(find_symbol(library_, "ds_backend_entry"));
  if (entry == nullptr) return Status::failure(DS_UNSUPPORTED, path + " is no backend: it has no ds_backend_entry");
  api_ = entry(DS_ABI_VERSION);
  if (api_ == nullptr || api_->abi_version != DS_ABI_VERSION) {
    return Status::failure(DS_UNSUPPORTED, path + " does not serve version " + std::to_string(DS_ABI_VERSION) + " of the backend interface");
  }
  return Status::success();
}

Status Backend::open(const std::string &library, const ds_open_options &options, std::shared_ptr<Backend> &out) {
  out.reset();
  auto backend = std::make_shared<Backend>();
  if (Status status = backend->open_library(library); !status.ok()) return status;
  const Status opened = backend->check(backend->api_->open(&options, &backend->device_), "opening the device");
  if (!opened.ok()) return opened;
  out = std::move(backend);
  return Status::success();
}

Status Backend::count_devices(const std::string &library, int32_t &out) {
  out = 0;
  Backend backend;
  if (Status status = backend.open_library(library); !status.ok()) return status;
  return backend.check(backend.api_->device_count(&out), "counting devices");
}

Backend::~Backend() {
  if (device_ != nullptr) api_->close(device_);
  if (library_ != nullptr) close_shared_library(library_);
}

Status Backend::describe(ds_backend_info &out) const { return check(api_->describe(device_, &out), "describing the device"); }

Status Backend::check(ds_status code, const char *what) const {
  if (code == DS_OK) return Status::success();
  const char *text = api_->last_error();
  return Status::failure(code, std::string(what) + ": " + (text && *text ? text : "no reason given"));
}

}  // namespace draftscope
