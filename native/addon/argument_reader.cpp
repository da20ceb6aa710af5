#include "addon/argument_reader.h"

#include <cmath>

namespace draftscope::addon {

Status ArgumentReader::status() const {
  if (env_.IsExceptionPending()) {
    std::string said = env_.GetAndClearPendingException().Message();
    // What was thrown may be no Error, or one whose message throws again.
    if (env_.IsExceptionPending()) {
      env_.GetAndClearPendingException();
      said = "Reading an argument threw something that is no Error.";
    }
    return Status::failure(DS_INVALID_ARGUMENT, std::move(said));
  }
  return ok() ? Status::success() : Status::failure(DS_INVALID_ARGUMENT, message_);
}

void ArgumentReader::at(const char *name, int64_t index) {
  name_ = name;
  index_ = index;
}

void ArgumentReader::complain(const char *what, const std::string &demand) {
  if (failed_) return;
  failed_ = true;
  message_ = name_;
  if (index_ >= 0) message_.append("[").append(std::to_string(index_)).append("]");
  if (*what != '\0') message_.append(message_.empty() ? "" : ".").append(what);
  message_.append(" ").append(demand).append(".");
}

Napi::Value ArgumentReader::member(const Napi::Object &from, const char *key) {
  return from.IsEmpty() ? Napi::Value() : from.Get(key);
}

int64_t ArgumentReader::integer(Napi::Value value, const char *what, int64_t lowest, int64_t highest) {
  if (!value.IsEmpty() && value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    // Both limits are within +-2^53, where doubles are exact.
    if (std::floor(number) == number && number >= double(lowest) && number <= double(highest)) return int64_t(number);
  }
  complain(what, highest < lowest ? "must name one of them, and there is none"
                                  : "must be an integer from " + std::to_string(lowest) + " to " + std::to_string(highest));
  return lowest;
}

double ArgumentReader::number(Napi::Value value, const char *what) {
  if (!value.IsEmpty() && value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    if (std::isfinite(number)) return number;
  }
  complain(what, "must be a finite number");
  return 0;
}

bool ArgumentReader::boolean(Napi::Value value, const char *what) {
  if (!value.IsEmpty() && value.IsBoolean()) return value.As<Napi::Boolean>().Value();
  complain(what, "must be true or false");
  return false;
}

std::string ArgumentReader::text(Napi::Value value, const char *what) {
  if (!value.IsEmpty() && value.IsString()) return value.As<Napi::String>().Utf8Value();
  complain(what, "must be a string");
  return {};
}

Napi::Object ArgumentReader::object(Napi::Value value, const char *what) {
  if (!value.IsEmpty() && value.IsObject()) return value.As<Napi::Object>();
  complain(what, "must be an object");
  return {};
}

Napi::Array ArgumentReader::array(Napi::Value value, const char *what) {
  if (!value.IsEmpty() && value.IsArray()) return value.As<Napi::Array>();
  complain(what, "must be an array");
  return {};
}

std::vector<int32_t> ArgumentReader::ids(Napi::Value value, const char *what, int64_t lowest, int64_t highest) {
  if (value.IsEmpty() || !value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
    complain(what, "must be an Int32Array");
    return {};
  }
  const auto source = value.As<Napi::Int32Array>();
  std::vector<int32_t> copy(source.ElementLength());
  if (!copy.empty()) std::copy_n(source.Data(), copy.size(), copy.begin());
  for (size_t i = 0; i < copy.size(); ++i) {
    if (copy[i] >= lowest && copy[i] <= highest) continue;
    complain(what, "has " + std::to_string(copy[i]) + " at index " + std::to_string(i) + "; ids go from " + std::to_string(lowest) +
                       " to " + std::to_string(highest));
    return {};
  }
  return copy;
}

ds_dtype ArgumentReader::dtype(Napi::Value value, const char *what) {
  static constexpr std::pair<const char *, ds_dtype> names[] = {
      {"F32", DS_F32}, {"F16", DS_F16}, {"BF16", DS_BF16}, {"F8_E4M3", DS_F8_E4M3}, {"I32", DS_I32}, {"I64", DS_I64}, {"U8", DS_U8}};
  const std::string word = text(value, what);
  for (const auto &[name, dtype] : names) {
    if (word == name) return dtype;
  }
  complain(what, "must be one of F32, F16, BF16, F8_E4M3, I32, I64, U8");
  return DS_F32;
}

}  // namespace draftscope::addon
