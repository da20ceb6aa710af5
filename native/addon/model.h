// Model: a configuration bound to the parameters of a store.
#pragma once

#include <memory>

#include "addon/handle.h"
#include "addon/lane.h"

namespace draftscope::addon {

struct ModelParts {
  std::shared_ptr<draftscope::Model> model;
  std::shared_ptr<Lane> lane;
};

class Model final : public Handle<Model, ModelParts> {
 public:
  static constexpr const char *kName = "Model";
  static constexpr auto kClass = &Classes::model;
  static void define(Napi::Env env);

  explicit Model(const Napi::CallbackInfo &info) : Handle(info) {}

 private:
  // createSequence(maxRows, positions?) -> Sequence
  Napi::Value create_sequence(const Napi::CallbackInfo &info);
  // close(): sequences made from the model keep what they need.
  Napi::Value close(const Napi::CallbackInfo &info);
};

}  // namespace draftscope::addon
