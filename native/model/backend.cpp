// Opens a backend's shared library and keeps it for as long as anything uses it.
#include <dlfcn.h>

#include "model/model.h"

namespace draftscope {
namespace {

// The only place that knows how this system opens libraries.
void *open_library(const std::string &path, std::string &error) {
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char *text = dlerror();
    error = text ? text : "unknown reason";
  }
  return library;
}

void *find_symbol(void *library, const char *name) { return dlsym(library, name); }

void close_library(void *library) { dlclose(library); }

}  // namespace

Status Backend::open(const std::string &library, const ds_open_options &options, std::shared_ptr<Backend> &out) {
  out.reset();
  auto backend = std::make_shared<Backend>();
  std::string error;
  backend->library_ = open_library(library, error);
  if (backend->library_ == nullptr) return Status::failure(DS_IO_ERROR, "cannot open the backend library: " + error);
  const auto entry = reinterpret_cast<ds_backend_entry_fn>(find_symbol(backend->library_, "ds_backend_entry"));
  if (entry == nullptr) return Status::failure(DS_UNSUPPORTED, library + " is no backend: it has no ds_backend_entry");
  backend->api_ = entry(DS_ABI_VERSION);
  if (backend->api_ == nullptr || backend->api_->abi_version != DS_ABI_VERSION) {
    return Status::failure(DS_UNSUPPORTED, library + " does not serve version " + std::to_string(DS_ABI_VERSION) + " of the backend interface");
  }
  const Status opened = backend->check(backend->api_->open(&options, &backend->device_), "opening the device");
  if (!opened.ok()) return opened;
  out = std::move(backend);
  return Status::success();
}

Backend::~Backend() {
  if (device_ != nullptr) api_->close(device_);
  if (library_ != nullptr) close_library(library_);
}

Status Backend::describe(ds_backend_info &out) const { return check(api_->describe(device_, &out), "describing the device"); }

Status Backend::check(ds_status code, const char *what) const {
  if (code == DS_OK) return Status::success();
  const char *text = api_->last_error();
  return Status::failure(code, std::string(what) + ": " + (text && *text ? text : "no reason given"));
}

}  // namespace draftscope
