#include "protocol/layout/scatter_flow.h"

#include "protocol/layout/text.h"

namespace mtkrig::protocol::scatter_internal {
namespace {

constexpr std::string_view kMarks = "{}[],";

bool IsQuote(char c) {
  return c == '"' || c == '\'';
}

// "partition_name: boot", with the key in quotation marks or not.
bool BeginsWithKey(std::string_view text) {
  const std::size_t end = text.find_first_of(":{}[],");
  if (end == std::string_view::npos || text[end] != ':') return false;
  const std::string_view key = Trim(text.substr(0, end));
  return !key.empty() && key.find_first_of(" \t") == std::string_view::npos;
}

}  // namespace

bool BeginsFlow(std::string_view text) {
  if (text.starts_with("{")) return true;
  if (!text.starts_with("[")) return false;
  const std::string_view inside = Trim(text.substr(1));
  return inside.empty() || inside.front() == '{' || inside.front() == '[';
}

std::string_view FlowReader::TakeLine(std::string_view text, int line,
                                      std::vector<FlowEvent>& events) {
  if (depth_ == 0) first_line_ = line;
  // A comma was forgotten at the end of the line before.
  if (word_.find(':') != std::string::npos && BeginsWithKey(text)) EndWord(events);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote_ == 0 && kMarks.find(c) != std::string_view::npos) {
      TakeMark(c, line, events);
      if (depth_ == 0) return text.substr(i + 1);
      continue;
    }
    if (quote_ != 0) {
      if (c == quote_) quote_ = 0;
    } else if (IsQuote(c) && (word_.empty() || Trim(word_).back() == ':')) {
      // An apostrophe inside a word is none.
      quote_ = c;
    }
    if (word_.empty()) {
      if (Trim(text.substr(i, 1)).empty()) continue;
      word_line_ = line;
    }
    word_ += c;
  }
  // A line's end is a blank, and no scatter file has a quoted text that goes on behind it: a
  // quotation mark that was forgotten does not swallow what follows.
  if (quote_ != 0) {
    quote_ = 0;
    if (word_.ends_with(",")) EndWord(events);
  }
  if (!word_.empty()) word_ += ' ';
  return {};
}

void FlowReader::Abandon(std::vector<FlowEvent>& events) {
  EndWord(events);
  events.push_back({FlowEvent::Kind::kBoundary, "", first_line_});
  depth_ = 0;
  quote_ = 0;
}

void FlowReader::EndWord(std::vector<FlowEvent>& events) {
  std::string_view word = Trim(word_);
  if (word.ends_with(",")) word = Trim(word.substr(0, word.size() - 1));
  if (!word.empty()) {
    events.push_back({FlowEvent::Kind::kWord, std::string(word), word_line_});
  }
  word_.clear();
}

void FlowReader::TakeMark(char mark, int line, std::vector<FlowEvent>& events) {
  EndWord(events);
  if (mark == '{' || mark == '}') events.push_back({FlowEvent::Kind::kBoundary, "", line});
  if (mark == '{' || mark == '[') ++depth_;
  if (mark == '}' || mark == ']') --depth_;
}

}  // namespace mtkrig::protocol::scatter_internal
