#pragma once

// Running tshark with the dissector, and making the captures it reads.

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "../formats/trace_testing.h"

namespace mtkrig::traces {

struct Dissection {
  std::vector<std::string> lines;
  std::string errors;  // what stood on standard error
  int status = -1;
};

// Runs tshark over the capture with the dissector loaded; `arguments` are passed as a shell has
// them. A Lua error anywhere is a failure of the test, as is any other than tshark's success.
// `environment` holds assignments in front of the command.
Dissection Dissect(const std::string& capture, const std::string& arguments,
                   const std::string& environment = "");

// "FRAME INFO" of each frame that the dissector claims or that `filter` selects of them.
std::vector<std::string> InfoLines(const std::string& capture, const std::string& filter = "mtk",
                                   const std::string& options = "");

// One line a frame with these fields, separated by blanks.
std::vector<std::string> FieldLines(const std::string& capture, const std::string& filter,
                                    const std::string& fields, const std::string& options = "");

// Events of tests/traces/wireshark/sessions/NAME.wire.
std::vector<Event> WireSession(const std::string& name);

// The session of reading this range of the phone's flash, recorded by mtkrig from an emulated
// phone. `options` go to the command.
std::vector<Event> Recording(const std::string& profile, const std::string& options = "",
                             const std::string& range = "EMMC_USER:0x0+192K");

using Random = std::mt19937_64;
std::uint64_t Below(Random& random, std::uint64_t limit);

// The same bytes in other transfers: neighbours of one direction are joined and split anew, into
// pieces of up to `longest` bytes.
std::vector<Event> Resplit(const std::vector<Event>& events, std::size_t longest, Random& random);

// The transfers alone, without the notes that our own recordings have.
std::vector<Event> Transfers(const std::vector<Event>& events);

class WiresharkTest : public testing::Test {
 protected:
  std::string Save(const std::vector<Event>& events, std::string_view name = "session.pcapng") {
    std::string path = directory_ / name;
    SpillAll(path, WriteAs<PcapngWriter>(events));
    return path;
  }
  static void SpillAll(const std::string& path, const Bytes& bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    EXPECT_TRUE(file.good()) << path;
  }
  TraceDirectory directory_;
};

}  // namespace mtkrig::traces
