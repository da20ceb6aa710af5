// See json.h.
#include "tests/json.h"

#include <cstdlib>
#include <stdexcept>

namespace draftscope::tests {
namespace {

class Parser {
 public:
  explicit Parser(const std::string &text) : text_(text) {}

  Json parse_all() {
    Json value = parse();
    skip_space();
    if (at_ != text_.size()) fail();
    return value;
  }

 private:
  [[noreturn]] void fail() const { throw std::runtime_error("JSON: unexpected text at byte " + std::to_string(at_)); }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space() {
    while (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t') at_++;
  }
  bool take(char c) {
    skip_space();
    if (peek() != c) return false;
    at_++;
    return true;
  }
  void need(char c) {
    if (!take(c)) fail();
  }
  bool take_word(const std::string &word) {
    if (text_.compare(at_, word.size(), word) != 0) return false;
    at_ += word.size();
    return true;
  }

  std::string parse_text() {
    need('"');
    std::string out;
    while (peek() != '"') {
      if (at_ >= text_.size()) fail();
      char c = text_[at_++];
      if (c == '\\') {
        c = text_[at_++];
        if (c == 'n') c = '\n';
        if (c == 't') c = '\t';
        if (c == 'u') {  // only ASCII matters to the tests
          c = char(std::strtol(text_.substr(at_, 4).c_str(), nullptr, 16));
          at_ += 4;
        }
      }
      out += c;
    }
    at_++;
    return out;
  }

  Json parse() {
    skip_space();
    Json value;
    if (peek() == '{') {
      at_++;
      value.kind = Json::Kind::object;
      if (take('}')) return value;
      do {
        skip_space();
        const std::string name = parse_text();
        need(':');
        value.members[name] = parse();
      } while (take(','));
      need('}');
    } else if (peek() == '[') {
      at_++;
      value.kind = Json::Kind::array;
      if (take(']')) return value;
      do {
        value.items.push_back(parse());
      } while (take(','));
      need(']');
    } else if (peek() == '"') {
      value.kind = Json::Kind::text;
      value.text = parse_text();
    } else if (take_word("true")) {
      value.kind = Json::Kind::boolean;
      value.boolean = true;
    } else if (take_word("false")) {
      value.kind = Json::Kind::boolean;
    } else if (!take_word("null")) {
      char *end = nullptr;
      value.kind = Json::Kind::number;
      value.number = std::strtod(text_.c_str() + at_, &end);
      if (end == text_.c_str() + at_) fail();
      at_ = size_t(end - text_.c_str());
    }
    return value;
  }

  const std::string &text_;
  size_t at_ = 0;
};

}  // namespace

const Json &Json::operator[](const std::string &name) const {
  static const Json none;
  const auto found = members.find(name);
  return found == members.end() ? none : found->second;
}

Json parse_json(const std::string &text) { return Parser(text).parse_all(); }

}  // namespace draftscope::tests
