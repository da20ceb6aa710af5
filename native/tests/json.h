// Just enough JSON to read a config.json and a safetensors header.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace draftscope::tests {

struct Json {
  enum class Kind { null, boolean, number, text, array, object };
  Kind kind = Kind::null;
  bool boolean = false;
  double number = 0;
  std::string text;
  std::vector<Json> items;
  std::map<std::string, Json> members;

  // The member, or a null value.
  const Json &operator[](const std::string &name) const;
  bool has(const std::string &name) const { return members.count(name) != 0 && members.at(name).kind != Kind::null; }
  int64_t integer_or(const std::string &name, int64_t otherwise) const { return has(name) ? int64_t(members.at(name).number) : otherwise; }
  double number_or(const std::string &name, double otherwise) const { return has(name) ? members.at(name).number : otherwise; }
  std::string text_or(const std::string &name, const std::string &otherwise) const { return has(name) ? members.at(name).text : otherwise; }
};

// Throws std::runtime_error.
Json parse_json(const std::string &text);

}  // namespace draftscope::tests
