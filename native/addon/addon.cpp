// Registration. No backend is opened here: that happens when JavaScript names one.
#include <napi.h>

#include "addon/device.h"
#include "addon/model.h"
#include "addon/sequence.h"
#include "addon/weight_store.h"

namespace {

Napi::Object register_addon(Napi::Env env, Napi::Object exports) {
  using namespace draftscope;
  env.SetInstanceData(new addon::Classes());
  addon::Device::define(env);
  addon::WeightStore::define(env);
  addon::Model::define(env);
  addon::Sequence::define(env);
  exports.Set("deviceCount", Napi::Function::New<addon::Device::count>(env, "deviceCount"));
  exports.Set("probe", Napi::Function::New<addon::Device::probe>(env, "probe"));
  exports.Set("openDevice", Napi::Function::New<addon::Device::open>(env, "openDevice"));
  return exports;
}

}  // namespace

NODE_API_MODULE(draftscope, register_addon)
