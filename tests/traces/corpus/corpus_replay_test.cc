// Replays the whole corpus in both directions, as its list says: the recorded phone to the command
// that finds it, and the recorded host to a phone in software. Each session is also its own other
// side once.
//
// MTKRIG_CORPUS names another folder than traces/corpus/.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>

#include "harness/app.h"
#include "harness/trace/emulated_flash.h"
#include "tests/harness/manual_clock.h"
#include "tests/harness/temporary_directory.h"
#include "traces/corpus/corpus_list.h"
#include "traces/formats/open_trace.h"
#include "traces/replay/replay_host.h"
#include "traces/replay/replay_transport.h"
#include "traces/replay/side_file.h"

namespace mtkrig::traces {
namespace {

using harness::ManualClock;
using harness::TemporaryDirectory;
using protocol::Result;
using ::testing::HasSubstr;

std::string Corpus() {
  const char* other = std::getenv("MTKRIG_CORPUS");
  return other != nullptr && *other != '\0' ? other : MTKRIG_CORPUS_FOLDER;
}

std::string InCorpus(std::string_view path) {
  return (std::filesystem::path(Corpus()) / path).string();
}

Result<CorpusList> List() {
  return LoadCorpusList(InCorpus("corpus.yaml"));
}

std::vector<CorpusSession> Sessions() {
  const auto list = List();
  return list ? list->sessions : std::vector<CorpusSession>();
}

struct CommandResult {
  int exit_code = 0;
  std::string text;  // both outputs
};

CommandResult Mtkrig(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const ManualClock clock;
  protocol::Cancellation cancellation;
  CommandResult result;
  result.exit_code = harness::RunApp(arguments, {out, err, clock, cancellation, {}});
  result.text = out.str() + err.str();
  return result;
}

struct StreamSizes {
  std::uint64_t to_phone = 0;
  std::uint64_t to_host = 0;
  friend bool operator==(const StreamSizes&, const StreamSizes&) = default;
};

StreamSizes SizesOf(const std::string& path) {
  StreamSizes sizes;
  auto reader = OpenTrace(path);
  EXPECT_TRUE(reader) << path;
  while (reader) {
    const auto event = (*reader)->Next();
    EXPECT_TRUE(event) << path;
    if (!event || !event->has_value()) break;
    if ((*event)->kind != EventKind::kBytes) continue;
    ((*event)->direction == Direction::kToPhone ? sizes.to_phone : sizes.to_host) +=
        (*event)->length;
  }
  return sizes;
}

class Replayed : public ::testing::TestWithParam<CorpusSession> {
 protected:
  std::string Trace() const { return InCorpus(GetParam().trace); }
};

// Its name is that of the trace: --gtest_filter='*/mt6577'.
INSTANTIATE_TEST_SUITE_P(Corpus, Replayed, ::testing::ValuesIn(Sessions()), [](const auto& info) {
  std::string name = info.param.name();
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
});
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Replayed);

std::vector<std::string> Words(const CommandReplay& replay) {
  std::vector<std::string> words;
  std::istringstream text(replay.run);
  for (std::string word; text >> word;) {
    constexpr std::string_view kFolder = "{corpus}";
    const std::size_t at = word.find(kFolder);
    if (at != std::string::npos) word.replace(at, kFolder.size(), Corpus());
    words.push_back(std::move(word));
  }
  return words;
}

TEST_P(Replayed, AsAPhone) {
  for (const CommandReplay& replay : GetParam().as_phone) {
    SCOPED_TRACE(replay.run);
    const TemporaryDirectory directory;
    const std::string again = (directory / "again.wire").string();
    std::vector<std::string> arguments = Words(replay);
    ASSERT_FALSE(arguments.empty());
    const std::string command = arguments.front();
    arguments.insert(arguments.end(), {"-d", "replay:" + Trace(), "--trace", again});
    if (command == "readback") {
      arguments.insert(arguments.end(), {"-o", directory.path().string()});
    }
    const CommandResult result = Mtkrig(arguments);
    EXPECT_EQ(result.exit_code, replay.exit_code) << result.text;
    EXPECT_THAT(result.text, HasSubstr(replay.says));
    if (!replay.whole) continue;
    const StreamSizes wanted = SizesOf(Trace());
    const StreamSizes said = SizesOf(again);
    EXPECT_EQ(said.to_phone, wanted.to_phone) << "the command leaves out what the host said";
    EXPECT_EQ(said.to_host, wanted.to_host) << "the command does not hear all that the phone said";
  }
}

TEST_P(Replayed, AsAHost) {
  for (const HostReplay& replay : GetParam().as_host) {
    SCOPED_TRACE(replay.device);
    std::string device = replay.device;
    constexpr std::string_view kEmulator = "emulator:";
    if (device.starts_with(kEmulator) && device.find('/') != std::string::npos) {
      device = std::string(kEmulator) + InCorpus(device.substr(kEmulator.size()));
    }
    const CommandResult result = Mtkrig({"replay-host", Trace(), "-d", device});
    EXPECT_EQ(result.exit_code, replay.differs.empty() ? 0 : 1) << result.text;
    EXPECT_THAT(result.text, HasSubstr(replay.differs));
  }
}

TEST_P(Replayed, AgainstItself) {
  auto settings = SettingsOfTrace(Trace(), harness::OpenEmulatedFlash);
  ASSERT_TRUE(settings) << settings.error().Describe();
  auto phone_reader = OpenTrace(Trace());
  ASSERT_TRUE(phone_reader) << phone_reader.error().Describe();
  ReplayOptions phone_options;
  phone_options.settings = *settings;
  auto phone = ReplayTransport::Open(*std::move(phone_reader), std::move(phone_options));
  ASSERT_TRUE(phone) << phone.error().Describe();
  auto host_reader = OpenTrace(Trace());
  ASSERT_TRUE(host_reader);
  ReplayHostOptions host_options;
  host_options.settings = *settings;
  ReplayHost host(*std::move(host_reader), **phone, std::move(host_options));
  const auto report = host.Run();
  ASSERT_TRUE(report) << report.error().Describe();
  EXPECT_FALSE(report->difference.has_value()) << report->difference->message;
  const auto finished = (*phone)->CheckFinished();
  EXPECT_TRUE(finished) << finished.error().Describe();
}

TEST_P(Replayed, IsLoosenedAsTheListSays) {
  const auto settings = SettingsOfTrace(Trace(), harness::OpenEmulatedFlash);
  ASSERT_TRUE(settings) << settings.error().Describe();
  const Loosenings& loosenings = settings->loosenings;
  std::vector<std::string> loosened;
  if (loosenings.watchdog_writes) loosened.emplace_back("watchdog-writes");
  if (loosenings.ready) loosened.emplace_back("ready");
  if (loosenings.gaps) loosened.emplace_back("gaps");
  for (const RandomBytes& random : loosenings.random) loosened.push_back(random.name);
  EXPECT_THAT(GetParam().loosened, ::testing::UnorderedElementsAreArray(loosened));
}

TEST(Corpus, HasAListThatCanBeRead) {
  const auto list = List();
  ASSERT_TRUE(list) << list.error().Describe();
  EXPECT_FALSE(list->sessions.empty());
}

TEST(Corpus, ListsEveryTraceInItsFolder) {
  std::set<std::string> listed;
  for (const CorpusSession& session : Sessions()) listed.insert(InCorpus(session.trace));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(Corpus())) {
    const std::string path = entry.path().string();
    const bool trace = path.ends_with(".wire") || path.ends_with(".pcapng") ||
                       path.ends_with(".pcapng.zst") || path.ends_with(".wire.zst");
    if (trace) {
      EXPECT_TRUE(listed.contains(path)) << path << " is in no item of corpus.yaml";
    }
  }
}

}  // namespace
}  // namespace mtkrig::traces
