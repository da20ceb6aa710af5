// What the classes given to JavaScript have in common: shared ownership of a native object, and an end to it.
#pragma once

#include <napi.h>

#include <optional>
#include <string>
#include <utility>

#include "addon/failure.h"

namespace draftscope::addon {

// Per environment (a process may load the addon in several threads), kept as instance data.
struct Classes {
  Napi::FunctionReference device, weight_store, model, sequence;
};

// Self gives: kName, kClass (member of Classes), and a constructor Self(const Napi::CallbackInfo &).
// Parts owns the native objects by shared_ptr; they go when the last handle and the last running call let go.
template <class Self, class Parts>
class Handle : public Napi::ObjectWrap<Self> {
 public:
  explicit Handle(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Self>(info) {
    // Externals are made by make() alone, so JavaScript cannot forge one.
    if (info.Length() == 1 && info[0].IsExternal()) {
      parts_ = std::move(*info[0].As<Napi::External<Parts>>().Data());
    } else {
      throw_error(info.Env(), Status::failure(DS_INVALID_ARGUMENT, std::string(Self::kName) + " cannot be made with new."));
    }
  }

  static Napi::Value make(Napi::Env env, Parts parts) {
    Classes *classes = env.template GetInstanceData<Classes>();
    return (classes->*Self::kClass).New({Napi::External<Parts>::New(env, &parts)});
  }

  static void define(Napi::Env env, std::initializer_list<Napi::ClassPropertyDescriptor<Self>> members) {
    Classes *classes = env.template GetInstanceData<Classes>();
    classes->*Self::kClass = Napi::Persistent(Self::DefineClass(env, Self::kName, members));
  }

 protected:
  // Null after close.
  Parts *parts() { return parts_ ? &*parts_ : nullptr; }
  void drop() { parts_.reset(); }
  static Status closed() { return Status::failure(DS_INVALID_ARGUMENT, std::string("This ") + Self::kName + " is closed."); }

 private:
  std::optional<Parts> parts_;
};

}  // namespace draftscope::addon
