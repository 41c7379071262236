#pragma once

// The calls in an output of strace: lines put together where a call was interrupted by another
// thread's, and the parts of those that matter to a transfer.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/import/log_lines.h"
#include "traces/import/log_text.h"
#include "traces/model/event.h"

namespace mtkrig::traces {

struct StraceCall {
  std::uint64_t process = 0;  // 0 where the output does not name it
  std::string name;           // "read"
  std::string rest;           // behind the parenthesis: arguments and result
  std::optional<LogTime> time;
  std::optional<Duration> elapsed;  // with -r: since the first line
  bool resumed = false;             // its beginning stood in another line, and `time` is of its end
  bool begins_late = false;         // its beginning is not in the output
};

// Parts of a call of read, write, open and the like.
struct StraceParts {
  std::optional<int> file;         // first argument
  std::string path;                // of `file`, with -y
  std::vector<std::uint8_t> data;  // of all strings, decoded
  bool data_cut = false;           // strace left some out ("..."), or a string does not end
  bool has_data = false;
  bool has_result = false;
  std::int64_t result = 0;
  std::string error;             // "EAGAIN"
  std::string result_path;       // with -y
  std::optional<Duration> took;  // with -T
};

// CleanLine() for a line of strace, in which blanks and brackets within strings are bytes.
void CleanStraceLine(std::string& text);

class StraceCalls {
 public:
  // The call that ends in this line, if one does.
  std::optional<StraceCall> Take(std::string_view line);

 private:
  std::map<std::uint64_t, StraceCall> unfinished_;
  Duration elapsed_{};
};

StraceParts ParseStraceCall(std::string_view rest);

// Whether another call that transfers stands behind this one's end: the break between was lost.
bool HoldsAnotherCall(std::string_view rest);
// Whether a line that is no call is the end of one that was broken off.
bool IsEndOfCall(std::string_view line);
// "ead", "rite": what a broken line left of the name of a call that transfers.
bool IsEndOfTransferName(std::string_view name);

}  // namespace mtkrig::traces
