#include "tests/traces/corpus/corpus_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <utility>

#include "harness/app.h"
#include "harness/trace/emulated_flash.h"
#include "tests/harness/manual_clock.h"
#include "tests/harness/temporary_directory.h"
#include "traces/decode/step_reader.h"
#include "traces/formats/open_trace.h"
#include "traces/replay/handshake_filter.h"
#include "traces/replay/replay_host.h"
#include "traces/replay/replay_transport.h"
#include "traces/replay/side_file.h"

namespace mtkrig::traces::test {
namespace {

using ::testing::HasSubstr;

std::string InCorpus(const std::string& corpus, std::string_view path) {
  return (std::filesystem::path(corpus) / path).string();
}

struct StreamSizes {
  std::uint64_t to_phone = 0;
  std::uint64_t to_host = 0;
};

// With the handshake that the recording lacks, where its side file has it supplied.
StreamSizes SizesOf(const std::string& path) {
  StreamSizes sizes;
  auto reader = OpenTrace(path);
  const auto settings = SettingsOfTrace(path, harness::OpenEmulatedFlash);
  EXPECT_TRUE(settings) << path;
  if (reader && settings && settings->loosenings.missing_handshake) {
    reader = std::make_unique<HandshakeFilter>(*std::move(reader),
                                               HandshakeFilter::Where::kGapsAndBeginning);
  }
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

std::vector<std::string> Words(const std::string& run, const std::string& corpus) {
  constexpr std::string_view kFolder = "{corpus}";
  std::vector<std::string> words;
  std::istringstream text(run);
  for (std::string word; text >> word;) {
    const std::size_t at = word.find(kFolder);
    if (at != std::string::npos) word.replace(at, kFolder.size(), corpus);
    words.push_back(std::move(word));
  }
  return words;
}

}  // namespace

CommandResult Mtkrig(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const harness::ManualClock clock;
  protocol::Cancellation cancellation;
  CommandResult result;
  result.exit_code = harness::RunApp(arguments, {out, err, clock, cancellation, {}});
  result.text = out.str() + err.str();
  return result;
}

void CheckAsPhone(const CorpusSession& session, const std::string& corpus) {
  const std::string trace = InCorpus(corpus, session.trace);
  for (const CommandReplay& replay : session.as_phone) {
    SCOPED_TRACE(replay.run);
    const harness::TemporaryDirectory directory;
    const std::string again = (directory / "again.pcapng").string();
    std::vector<std::string> arguments = Words(replay.run, corpus);
    ASSERT_FALSE(arguments.empty());
    const bool has_output = arguments.front() == "readback";
    arguments.insert(arguments.end(), {"-d", "replay:" + trace, "--trace", again, "--snap", "64"});
    if (has_output) arguments.insert(arguments.end(), {"-o", directory.path().string()});
    const CommandResult result = Mtkrig(arguments);
    EXPECT_EQ(result.exit_code, replay.exit_code) << result.text;
    EXPECT_THAT(result.text, HasSubstr(replay.says));
    if (!replay.whole) continue;
    const StreamSizes wanted = SizesOf(trace);
    const StreamSizes said = SizesOf(again);
    EXPECT_EQ(said.to_phone, wanted.to_phone) << "the command leaves out what the host said";
    EXPECT_EQ(said.to_host, wanted.to_host) << "the command does not hear all that the phone said";
  }
}

void CheckAsHost(const CorpusSession& session, const std::string& corpus) {
  constexpr std::string_view kEmulator = "emulator:";
  for (const HostReplay& replay : session.as_host) {
    SCOPED_TRACE(replay.device);
    std::string device = replay.device;
    if (device.starts_with(kEmulator) && device.find('/') != std::string::npos) {
      device = std::string(kEmulator) + InCorpus(corpus, device.substr(kEmulator.size()));
    }
    const CommandResult result =
        Mtkrig({"replay-host", InCorpus(corpus, session.trace), "-d", device});
    EXPECT_EQ(result.exit_code, replay.differs.empty() ? 0 : 1) << result.text;
    EXPECT_THAT(result.text, HasSubstr(replay.differs));
  }
}

void CheckAgainstItself(const CorpusSession& session, const std::string& corpus) {
  const std::string trace = InCorpus(corpus, session.trace);
  auto settings = SettingsOfTrace(trace, harness::OpenEmulatedFlash);
  ASSERT_TRUE(settings) << settings.error().Describe();
  auto phone_reader = OpenTrace(trace);
  ASSERT_TRUE(phone_reader) << phone_reader.error().Describe();
  ReplayOptions phone_options;
  phone_options.settings = *settings;
  auto phone = ReplayTransport::Open(*std::move(phone_reader), std::move(phone_options));
  ASSERT_TRUE(phone) << phone.error().Describe();
  auto host_reader = OpenTrace(trace);
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

void CheckUnderstood(const CorpusSession& session, const std::string& corpus) {
  const auto trace = OpenTrace(InCorpus(corpus, session.trace));
  ASSERT_TRUE(trace) << trace.error().Describe();
  StepReader steps(**trace);
  std::size_t count = 0;
  std::uint64_t not_understood = 0;
  std::uint64_t unexpected = 0;
  std::ostringstream which;
  while (true) {
    const auto step = steps.Next();
    ASSERT_TRUE(step) << step.error().Describe();
    if (!step->has_value()) break;
    ++count;
    const bool known = (*step)->layer != Layer::kUnknown;
    if (known && (*step)->outcome != Outcome::kUnexpected) continue;
    ++(known ? unexpected : not_understood);
    which << "packet " << (*step)->first_packet << ": " << (*step)->name << ": " << (*step)->problem
          << "\n";
  }
  EXPECT_GT(count, 0U);
  EXPECT_EQ(not_understood, session.not_understood) << which.str();
  EXPECT_EQ(unexpected, session.unexpected) << which.str();
}

void CheckLoosened(const CorpusSession& session, const std::string& corpus) {
  const auto settings =
      SettingsOfTrace(InCorpus(corpus, session.trace), harness::OpenEmulatedFlash);
  ASSERT_TRUE(settings) << settings.error().Describe();
  const Loosenings& loosenings = settings->loosenings;
  std::vector<std::string> loosened;
  if (loosenings.watchdog_writes) loosened.emplace_back("watchdog-writes");
  if (loosenings.ready) loosened.emplace_back("ready");
  if (loosenings.gaps) loosened.emplace_back("gaps");
  if (loosenings.missing_handshake) loosened.emplace_back("missing-handshake");
  for (const RandomBytes& random : loosenings.random) loosened.push_back(random.name);
  if (!loosenings.blanked.empty()) loosened.emplace_back("blanked");
  EXPECT_THAT(session.loosened, ::testing::UnorderedElementsAreArray(loosened));
}

}  // namespace mtkrig::traces::test
