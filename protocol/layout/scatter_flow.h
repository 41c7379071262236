#pragma once

// Flow style, in which YAML (and JSON, which is all flow style) writes lists and maps with
// brackets:
//   - {partition_index: SYS0, partition_name: "boot", region: EMMC_USER}
// Private to the reader of scatter files. Cut into words as leniently as everything else there: a
// bracket too many or too few is told and costs no entry.

#include <string>
#include <string_view>
#include <vector>

namespace mtkrig::protocol::scatter_internal {

// Whether a line's text, or the value of a key, begins something in flow style. "[huaqin]" does
// not.
bool BeginsFlow(std::string_view text);

struct FlowEvent {
  enum class Kind {
    kWord,      // "key: value", "key:" before a bracket, or a single value
    kBoundary,  // a map begins or ends
  };
  Kind kind = Kind::kWord;
  std::string text;  // of a word; never empty
  int line = 0;      // where the word begins
};

class FlowReader {
 public:
  // Between the first bracket and its counterpart, on whichever line that is.
  bool open() const { return depth_ > 0; }
  int first_line() const { return first_line_; }

  // Takes a line, or the part of it that begins the flow style. Returns what stands behind the last
  // closing bracket.
  std::string_view TakeLine(std::string_view text, int line, std::vector<FlowEvent>& events);
  // The closing bracket is missing: ends here.
  void Abandon(std::vector<FlowEvent>& events);

 private:
  void EndWord(std::vector<FlowEvent>& events);
  void TakeMark(char mark, int line, std::vector<FlowEvent>& events);

  int depth_ = 0;
  int first_line_ = 0;
  char quote_ = 0;  // the quotation mark that ends the quoted text, or 0
  std::string word_;
  int word_line_ = 0;
};

}  // namespace mtkrig::protocol::scatter_internal
