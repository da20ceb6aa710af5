// What JavaScript sees of a failure: an Error whose `code` is the ds_status in camelCase.
#pragma once

#include <napi.h>

#include <string>

#include "model/model.h"

namespace draftscope::addon {

// "invalidArgument", "outOfMemory", ...: NativeErrorCode of electron/engine/kernels/kernels.ts.
const char *code_name(ds_status code);

// TypeError for DS_INVALID_ARGUMENT, Error otherwise. The status must be a failure.
Napi::Error to_error(Napi::Env env, const Status &status);

// Throws in JavaScript; returns undefined so that a callback can end with it.
Napi::Value throw_error(Napi::Env env, const Status &status);

// A promise that is rejected already.
Napi::Value rejected(Napi::Env env, const Status &status);

// Runs `body` (returning a Status); running out of memory or any other C++ exception becomes a Status too.
template <class Body>
Status guarded(const Body &body) {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return Status::failure(DS_OUT_OF_MEMORY, "The process ran out of memory.");
  } catch (const std::exception &error) {
    return Status::failure(DS_INTERNAL, error.what());
  } catch (...) {
    return Status::failure(DS_INTERNAL, "An unknown C++ exception was thrown.");
  }
}

}  // namespace draftscope::addon
