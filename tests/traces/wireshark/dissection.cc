#include "dissection.h"

#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <sstream>

namespace mtkrig::traces {
namespace {

std::string Output(const std::string& command, int& status) {
  std::string text;
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  std::array<char, 65536> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    text.append(buffer.data(), count);
  }
  status = ::pclose(pipe);
  return text;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool MentionsLua(const std::string& text) {
  return text.find("Lua") != std::string::npos || text.find("lua:") != std::string::npos;
}

}  // namespace

Dissection Dissect(const std::string& capture, const std::string& arguments,
                   const std::string& environment) {
  const TraceDirectory directory;
  const std::string errors = directory / "stderr";
  Dissection result;
  result.lines =
      Lines(Output(environment + " " MTKRIG_TSHARK " -n -X 'lua_script:" MTKRIG_DISSECTOR "' -r '" +
                       capture + "' " + arguments + " 2>'" + errors + "'",
                   result.status));
  const Bytes text = Slurp(errors);
  result.errors.assign(text.begin(), text.end());
  EXPECT_EQ(result.status, 0) << arguments << "\n" << result.errors;
  EXPECT_FALSE(MentionsLua(result.errors)) << result.errors;
  for (const std::string& line : result.lines) {
    EXPECT_EQ(line.find("Lua Error"), std::string::npos) << line;
  }
  return result;
}

std::vector<std::string> FieldLines(const std::string& capture, const std::string& filter,
                                    const std::string& fields, const std::string& options) {
  // An error in a frame leaves it to others, so it must be asked for.
  Dissection result = Dissect(capture, options + " -Y '(" + filter +
                                           ") || _ws.lua.error' -T fields -E separator=/s " +
                                           fields + " -e _ws.lua.error");
  for (std::string& line : result.lines) {
    EXPECT_TRUE(line.ends_with(' ')) << "a Lua error in: " << line;
    while (line.ends_with(' ')) line.pop_back();
  }
  return result.lines;
}

std::vector<std::string> InfoLines(const std::string& capture, const std::string& filter,
                                   const std::string& options) {
  return FieldLines(capture, filter, "-e frame.number -e _ws.col.Info", options);
}

std::vector<Event> WireSession(const std::string& name) {
  const ReadTrace trace = ReadAll(OpenTrace(MTKRIG_SESSIONS "/" + name + ".wire"));
  EXPECT_EQ(trace.error, "");
  return trace.events;
}

std::vector<Event> Recording(const std::string& profile, const std::string& options,
                             const std::string& range) {
  const TraceDirectory directory;
  const std::string file = directory / "session.pcapng";
  int status = -1;
  const std::string output =
      Output(MTKRIG_BINARY " readback -q -d emulator:" + profile + " --trace '" + file + "' -o '" +
                 (directory / "out") + "' --range '" + range + "=part.img' " + options + " 2>&1",
             status);
  EXPECT_EQ(status, 0) << output;
  return ReadAll(OpenTrace(file)).events;
}

std::uint64_t Below(Random& random, std::uint64_t limit) {
  return random() % limit;
}

std::vector<Event> Resplit(const std::vector<Event>& events, std::size_t longest, Random& random) {
  std::vector<Event> result;
  for (std::size_t first = 0; first < events.size();) {
    if (events[first].kind != EventKind::kBytes) {
      result.push_back(events[first++]);
      continue;
    }
    Bytes joined;
    std::size_t next = first;
    for (; next < events.size() && events[next].kind == EventKind::kBytes &&
           events[next].direction == events[first].direction;
         ++next) {
      joined.insert(joined.end(), events[next].bytes.begin(), events[next].bytes.end());
    }
    for (std::size_t at = 0; at < joined.size();) {
      const std::size_t count = std::min(joined.size() - at, 1 + Below(random, longest));
      result.push_back(BytesEvent(events[first].direction, ByteSpan(joined).subspan(at, count),
                                  events[first].time));
      result.back().length = count;
      at += count;
    }
    first = next;
  }
  return result;
}

std::vector<Event> Transfers(const std::vector<Event>& events) {
  std::vector<Event> result;
  std::copy_if(events.begin(), events.end(), std::back_inserter(result), [](const Event& event) {
    return event.kind == EventKind::kBytes || event.kind == EventKind::kAttached ||
           event.kind == EventKind::kDetached;
  });
  return result;
}

}  // namespace mtkrig::traces
