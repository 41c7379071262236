#pragma once

// The lines of a log, however it was saved: LF or CR LF, UTF-8 or the UTF-16 that redirecting in
// PowerShell gives. Lines of any length are read in bounded memory.

#include <memory>
#include <string>

#include "traces/formats/input_buffer.h"

namespace mtkrig::traces {

// What is kept of a line. A tool that logs transfers in hex writes two or three characters a byte.
inline constexpr std::size_t kMaxLogLine = std::size_t{8} << 20;

// Where something stands in a log.
struct LogPlace {
  std::uint64_t line = 0;    // from 1
  std::uint64_t offset = 0;  // in bytes, of the line's start
};

struct LogLine {
  std::string text;  // without its end
  LogPlace at;
  bool cut = false;      // longer than kMaxLogLine: the rest is left out
  bool unended = false;  // the file ends in it, without a line end
};

class LogLines {
 public:
  explicit LogLines(std::unique_ptr<ByteSource> source);

  // The next line, or false at the end. Errors are those of the source.
  Result<bool> Next(LogLine& line);
  // After the end: a compressed file lacks its end.
  bool cut_short() const { return input_.cut_short(); }

 private:
  Result<void> FindEncoding();
  void Append(ByteSpan bytes, std::string& text) const;
  std::size_t FindEnd(ByteSpan bytes, std::size_t from) const;

  InputBuffer input_;
  std::uint64_t lines_ = 0;
  std::size_t unit_ = 1;  // bytes a character
  bool big_endian_ = false;
  bool begun_ = false;
};

}  // namespace mtkrig::traces
