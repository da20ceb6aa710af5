// Device: an opened backend.
#pragma once

#include <memory>

#include "addon/handle.h"
#include "addon/lane.h"

namespace draftscope::addon {

struct DeviceParts {
  std::shared_ptr<Backend> backend;
  std::shared_ptr<Lane> lane;  // shared by everything made on this device
};

class Device final : public Handle<Device, DeviceParts> {
 public:
  static constexpr const char *kName = "Device";
  static constexpr auto kClass = &Classes::device;
  static void define(Napi::Env env);

  explicit Device(const Napi::CallbackInfo &info) : Handle(info) {}

  // openDevice(libraryPath, { threads, deviceIndex? }) -> Device
  static Napi::Value open(const Napi::CallbackInfo &info);
  // deviceCount(libraryPath) -> number of devices; 0 when there is none or the library can't be used. Throws for no path alone.
  static Napi::Value count(const Napi::CallbackInfo &info);
  // probe(libraryPath, deviceIndex?) -> { available: true, ...description } or { available: false, code, message }. Never throws.
  static Napi::Value probe(const Napi::CallbackInfo &info);

 private:
  // describe() -> { kind, name, instructions, driver, threads, memoryTotal, memoryFree }, memory as it is now
  Napi::Value describe(const Napi::CallbackInfo &info);
  // createStore([{ name, dtype, shape }]) -> WeightStore
  Napi::Value create_store(const Napi::CallbackInfo &info);
  // close(): what was made on the device keeps it open until it is closed itself.
  Napi::Value close(const Napi::CallbackInfo &info);
};

}  // namespace draftscope::addon
