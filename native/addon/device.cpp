#include "addon/device.h"

#include "addon/argument_reader.h"
#include "addon/weight_store.h"

namespace draftscope::addon {
namespace {

constexpr int64_t kMaxThreads = 512;

void describe_into(Napi::Object out, const ds_backend_info &info) {
  out.Set("kind", info.kind);
  out.Set("name", info.name);
  out.Set("instructions", info.instructions);
  out.Set("driver", info.driver);
  out.Set("threads", info.threads);
  out.Set("memoryTotal", double(info.memory_total));
  out.Set("memoryFree", double(info.memory_free));
}

// The first device where none is named.
int32_t read_device_index(ArgumentReader &reader, Napi::Value value) {
  if (value.IsEmpty() || value.IsUndefined()) return 0;
  return int32_t(reader.integer(value, "deviceIndex", 0, INT16_MAX));
}

// Reads one { name, dtype, shape }.
ParameterSpec read_spec(ArgumentReader &reader, Napi::Value value) {
  const Napi::Object object = reader.object(value, "");
  ParameterSpec spec;
  spec.name = reader.text(reader.member(object, "name"), "name");
  spec.dtype = reader.dtype(reader.member(object, "dtype"), "dtype");
  const Napi::Array shape = reader.array(reader.member(object, "shape"), "shape");
  if (!reader.ok()) return spec;
  int64_t bytes = int64_t(ds_dtype_bytes(spec.dtype));
  for (uint32_t d = 0; reader.ok() && d < shape.Length(); ++d) {
    const int64_t size = reader.integer(shape.Get(d), "shape", 0, kMaxSafeInteger);
    if (size != 0 && bytes > kMaxSafeInteger / size) reader.complain("shape", "has more elements than any memory holds");
    bytes = reader.ok() ? bytes * size : 0;
    spec.shape.push_back(size);
  }
  return spec;
}

}  // namespace

void Device::define(Napi::Env env) {
  Handle::define(env, {InstanceMethod<&Device::describe>("describe"), InstanceMethod<&Device::create_store>("createStore"),
                       InstanceMethod<&Device::close>("close")});
}

Napi::Value Device::open(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  ArgumentReader reader(env);
  const std::string path = reader.text(info[0], "libraryPath");
  reader.at("options");
  const Napi::Object given = reader.object(info[1], "");
  ds_open_options options{};
  options.threads = int32_t(reader.integer(given, "threads", 0, kMaxThreads));
  options.device_index = read_device_index(reader, reader.member(given, "deviceIndex"));
  if (const Status bad = reader.status(); !bad.ok()) return throw_error(env, bad);

  DeviceParts parts;
  const Status status = guarded([&] { return Backend::open(path, options, parts.backend); });
  if (!status.ok()) return throw_error(env, status);
  parts.lane = std::make_shared<Lane>();
  return make(env, std::move(parts));
}

Napi::Value Device::count(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  ArgumentReader reader(env);
  const std::string path = reader.text(info[0], "libraryPath");
  if (const Status bad = reader.status(); !bad.ok()) return throw_error(env, bad);
  int32_t devices = 0;
  const Status status = guarded([&] { return Backend::count_devices(path, devices); });
  return Napi::Number::New(env, status.ok() ? devices : 0);
}

Napi::Value Device::probe(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  ArgumentReader reader(env);
  const std::string path = reader.text(info[0], "libraryPath");
  ds_open_options options{};
  options.device_index = read_device_index(reader, info[1]);
  Status status = reader.status();
  ds_backend_info description{};
  if (status.ok()) {
    status = guarded([&] {
      std::shared_ptr<Backend> backend;
      const Status opened = Backend::open(path, options, backend);
      return opened.ok() ? backend->describe(description) : opened;
    });
  }
  const Napi::Object report = Napi::Object::New(env);
  report.Set("available", status.ok());
  if (status.ok()) {
    describe_into(report, description);
  } else {
    report.Set("code", code_name(status.code));
    report.Set("message", status.message);
  }
  return report;
}

Napi::Value Device::describe(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (parts() == nullptr) return throw_error(env, closed());
  ds_backend_info description{};
  if (const Status status = parts()->backend->describe(description); !status.ok()) return throw_error(env, status);
  const Napi::Object report = Napi::Object::New(env);
  describe_into(report, description);
  return report;
}

Napi::Value Device::create_store(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (parts() == nullptr) return throw_error(env, closed());
  const DeviceParts own = *parts();  // a getter among the arguments may close this
  ArgumentReader reader(env);
  const Napi::Array given = reader.array(info[0], "parameters");
  std::vector<ParameterSpec> specs;
  for (uint32_t i = 0; reader.ok() && i < given.Length(); ++i) {
    const Napi::HandleScope scope(env);
    reader.at("parameters", i);
    specs.push_back(read_spec(reader, given.Get(i)));
  }
  if (const Status bad = reader.status(); !bad.ok()) return throw_error(env, bad);

  WeightStoreParts made{nullptr, own.lane, int32_t(specs.size())};
  const Status status = guarded([&] { return draftscope::WeightStore::create(own.backend, std::move(specs), made.store); });
  return status.ok() ? WeightStore::make(env, std::move(made)) : throw_error(env, status);
}

Napi::Value Device::close(const Napi::CallbackInfo &info) {
  drop();
  return info.Env().Undefined();
}

}  // namespace draftscope::addon
