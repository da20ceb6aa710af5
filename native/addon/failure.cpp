#include "addon/failure.h"

namespace draftscope::addon {

const char *code_name(ds_status code) {
  switch (code) {
    case DS_OK: break;
    case DS_INVALID_ARGUMENT: return "invalidArgument";
    case DS_OUT_OF_MEMORY: return "outOfMemory";
    case DS_IO_ERROR: return "ioError";
    case DS_SHORT_READ: return "shortRead";
    case DS_UNSUPPORTED: return "unsupported";
    case DS_DEVICE_ERROR: return "deviceError";
    case DS_CANCELLED: return "cancelled";
    case DS_DEVICE_LOST: return "deviceLost";
    case DS_INTERNAL: break;
  }
  return "internal";
}

Napi::Error to_error(Napi::Env env, const Status &status) {
  Napi::Error error = status.code == DS_INVALID_ARGUMENT ? static_cast<Napi::Error>(Napi::TypeError::New(env, status.message))
                                                         : Napi::Error::New(env, status.message);
  error.Set("code", Napi::String::New(env, code_name(status.code)));
  return error;
}

Napi::Value throw_error(Napi::Env env, const Status &status) {
  to_error(env, status).ThrowAsJavaScriptException();
  return env.Undefined();
}

Napi::Value rejected(Napi::Env env, const Status &status) {
  const Napi::Promise::Deferred deferred = Napi::Promise::Deferred::New(env);
  deferred.Reject(to_error(env, status).Value());
  return deferred.Promise();
}

}  // namespace draftscope::addon
