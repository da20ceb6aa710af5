// Reads JavaScript values into plain C++ values and keeps the first complaint, so that a caller reads everything and
// asks once. Nothing native runs before every argument is known to be good.
#pragma once

#include <napi.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "model/model.h"

namespace draftscope::addon {

constexpr int64_t kMaxSafeInteger = (int64_t(1) << 53) - 1;

class ArgumentReader {
 public:
  explicit ArgumentReader(Napi::Env env) : env_(env) {}

  bool ok() const { return !failed_; }
  // DS_INVALID_ARGUMENT with the first complaint. An exception thrown by a getter is taken over and cleared.
  Status status() const;

  // Names what is read next: complaints say "items[3].rows must be ...".
  void at(const char *name, int64_t index = -1);

  // Values themselves; `what` completes the name set by at() and may be "".
  int64_t integer(Napi::Value value, const char *what, int64_t lowest, int64_t highest);
  double number(Napi::Value value, const char *what);
  bool boolean(Napi::Value value, const char *what);
  std::string text(Napi::Value value, const char *what);
  Napi::Object object(Napi::Value value, const char *what);
  Napi::Array array(Napi::Value value, const char *what);
  // Copies an Int32Array.
  std::vector<int32_t> ids(Napi::Value value, const char *what, int64_t lowest, int64_t highest);
  ds_dtype dtype(Napi::Value value, const char *what);

  // Members of an object.
  Napi::Value member(const Napi::Object &from, const char *key);
  int64_t integer(const Napi::Object &from, const char *key, int64_t lowest, int64_t highest) {
    return integer(member(from, key), key, lowest, highest);
  }
  double number(const Napi::Object &from, const char *key) { return number(member(from, key), key); }
  bool boolean(const Napi::Object &from, const char *key) { return boolean(member(from, key), key); }

  // One of a closed list of words.
  template <class Choice>
  Choice choice(const Napi::Object &from, const char *key, std::initializer_list<std::pair<const char *, Choice>> choices) {
    const std::string word = text(member(from, key), key);
    std::string known;
    for (const auto &[name, value] : choices) {
      if (word == name) return value;
      known.append(known.empty() ? "" : ", ").append(name);
    }
    complain(key, "must be one of " + known);
    return choices.begin()->second;
  }

  void complain(const char *what, const std::string &demand);

 private:
  Napi::Env env_;
  const char *name_ = "";
  int64_t index_ = -1;
  bool failed_ = false;
  std::string message_;
};

}  // namespace draftscope::addon
