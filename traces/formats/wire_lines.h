#pragma once

// The lines of a .wire file, with those between "@ repeat N" and "@ end" as often as they say.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/formats/input_buffer.h"

namespace mtkrig::traces {

struct WireLine {
  std::string text;  // without its end
  std::uint64_t number = 0;
  std::uint64_t offset = 0;
  std::uint64_t repeated_by = 0;  // number of the '@ repeat' that it stands behind, or 0

  // Goes on with the transfer of the line before.
  bool continues() const;
};

class WireLines {
 public:
  WireLines(std::unique_ptr<ByteSource> source, std::string name);

  // Nothing at the end. kInvalidInput for a line that is too long, and for a repetition that is not
  // right.
  Result<std::optional<WireLine>> Next();
  // The line that Next() will return; null if that is the end, or an error.
  const WireLine* Peek();

  // After the end: a compressed file lacks its end, and maybe some last lines.
  bool cut_short() const { return input_.cut_short(); }
  // After the end: a recording ends in the middle of a line, which was left out. (In a file that
  // somebody typed, the last line may lack its end.)
  bool cut_in_line() const { return cut_in_line_; }

  // "FILE:LINE: what", at the line's offset.
  Error Wrong(const WireLine& line, const std::string& what) const;

 private:
  Result<std::optional<WireLine>> NextExpanded();
  Result<std::optional<WireLine>> NextOfFile();
  Result<void> BeginRepeat(const WireLine& line, std::string_view count);
  Result<void> CountRepeated(const WireLine& line, std::uint64_t rounds);

  InputBuffer input_;
  std::string name_;
  std::uint64_t lines_ = 0;
  bool recorded_ = false;  // by a program, which ends each line
  bool cut_in_line_ = false;
  std::optional<Result<std::optional<WireLine>>> ahead_;
  std::vector<WireLine> block_;  // of a repetition
  std::size_t in_block_ = 0;
  std::uint64_t repeated_lines_ = 0;  // of all repetitions so far
  std::uint64_t rounds_left_ = 0;     // behind the one that is going on
};

}  // namespace mtkrig::traces
