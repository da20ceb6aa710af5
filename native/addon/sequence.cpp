#include "addon/sequence.h"

#include "addon/async_call.h"
#include "addon/stopwatch.h"

namespace draftscope::addon {

Sequence::Sequence(const Napi::CallbackInfo &info) : Handle(info) {
  if (parts() != nullptr) progress_->bytes = parts()->sequence->bytes();
}

void Sequence::define(Napi::Env env) {
  Handle::define(env, {InstanceAccessor<&Sequence::bytes>("bytes"), InstanceMethod<&Sequence::target_pass>("targetPass"),
                       InstanceMethod<&Sequence::mtp_pass>("mtpPass"), InstanceMethod<&Sequence::close>("close")});
}

Napi::Value Sequence::bytes(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), parts() ? double(progress_->bytes.load()) : 0);
}

Napi::Value Sequence::target_pass(const Napi::CallbackInfo &info) {
  return start(info, read_target_request, [](draftscope::Sequence &sequence, const PassRequest &request, PassOutput &output) {
    return sequence.target_pass(request.tokens, request.first_row, request.options, output);
  });
}

Napi::Value Sequence::mtp_pass(const Napi::CallbackInfo &info) {
  return start(info, read_mtp_request, [](draftscope::Sequence &sequence, const PassRequest &request, PassOutput &output) {
    return sequence.mtp_pass(request.mtp, request.tokens, request.options, output);
  });
}

Napi::Value Sequence::start(const Napi::CallbackInfo &info, Read read, Pass pass) {
  const Napi::Env env = info.Env();
  if (parts() == nullptr) return rejected(env, closed());
  const SequenceParts own = *parts();
  auto request = std::make_shared<PassRequest>();
  if (const Status bad = guarded([&] { return read(info, own.limits, *request); }); !bad.ok()) return rejected(env, bad);
  // Asked after the arguments were read: a getter among them may have closed this or started a pass.
  if (parts() == nullptr) return rejected(env, closed());
  if (progress_->running) return rejected(env, Status::failure(DS_INVALID_ARGUMENT, "This Sequence is already running a pass; wait for it first."));

  progress_->running = true;
  const auto compute = [sequence = own.sequence, request, pass, progress = progress_](PassResult &result) {
    const Stopwatch watch;
    const Status status = pass(*sequence, *request, result.output);
    result.micros = watch.micros();
    progress->bytes = sequence->bytes();
    return status;
  };
  const auto finish = [progress = progress_] { progress->running = false; };
  if (request->here && own.lane->idle()) return AsyncCall<PassResult>::run_here(env, compute, copy_pass_result, finish);
  return AsyncCall<PassResult>::start(env, own.lane, compute, copy_pass_result, finish);
}

Napi::Value Sequence::close(const Napi::CallbackInfo &info) {
  drop();
  return info.Env().Undefined();
}

}  // namespace draftscope::addon
