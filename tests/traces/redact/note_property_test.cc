// Whatever notes say, and however they spell it: nothing of an identity is in the files of a
// redacted recording, and these replay.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/harness/temporary_directory.h"
#include "tests/traces/redact/redact_testing.h"
#include "traces/formats/open_trace.h"

namespace mtkrig::traces {
namespace {

using test::Bytes;

constexpr int kRounds = 60;
constexpr std::size_t kPiece = 4;
constexpr std::size_t kWindow = 12;  // of a spelled text

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  std::size_t Below(std::size_t most) { return engine_() % most; }
  template <typename List>
  const auto& Of(const List& list) {
    return list[Below(list.size())];
  }
  Bytes Identity() {
    Bytes bytes(4 + Below(29));
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(engine_());
    // No word of a list, and no number of sectors.
    for (std::size_t i = 0; i < 4; ++i) bytes[i] |= 0x81;
    return bytes;
  }

 private:
  std::mt19937 engine_;
};

std::string Each(const Bytes& bytes, fmt::string_view form, std::string_view between) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (!text.empty()) text += between;
    text += fmt::format(fmt::runtime(form), byte);
  }
  return text;
}

std::string Words(const Bytes& bytes, std::size_t size, bool little, std::string_view form,
                  std::string_view between) {
  std::string text;
  for (std::size_t at = 0; at + size <= bytes.size(); at += size) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = value << 8 | bytes[at + (little ? size - 1 - i : i)];
    }
    if (!text.empty()) text += between;
    text += fmt::format(fmt::runtime(form), value);
  }
  return text;
}

std::string Base(const Bytes& bytes, unsigned bits, std::string_view alphabet) {
  std::string text;
  unsigned held = 0;
  unsigned count = 0;
  for (const std::uint8_t byte : bytes) {
    held = held << 8 | byte;
    count += 8;
    for (; count >= bits; count -= bits) {
      text += alphabet[held >> (count - bits) & ((1U << bits) - 1)];
    }
  }
  return text;
}

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

using Spell = std::function<std::string(const Bytes&)>;

// The search knows about half of them.
std::vector<Spell> Spellings() {
  std::vector<Spell> all;
  for (const char* form : {"{:02x}", "{:02X}", "0x{:x}", "{:03}", "{}", "\\{:o}", "\\x{:02x}",
                           "[{:02x}]", "{:x}h", "{:08b}", "<{:02x}>", "%{:02X}", "'{}'"}) {
    for (const char* between : {"", " ", ", ", " then ", " . . . . . . ", "\n", "-", "\t|\t"}) {
      all.push_back([=](const Bytes& bytes) { return Each(bytes, form, between); });
    }
  }
  for (const std::size_t size : {2U, 4U, 8U}) {
    for (const bool little : {false, true}) {
      for (const char* form : {"{:x}", "0x{:X}", "{}", "0x{:x}U", "{:X}h", "{:#o}", "({:#x})"}) {
        all.push_back([=](const Bytes& bytes) { return Words(bytes, size, little, form, " / "); });
      }
    }
  }
  const auto hex = [](const Bytes& bytes) {
    const std::string text = protocol::ToHex(bytes);
    return Bytes(text.begin(), text.end());
  };
  all.push_back([](const Bytes& bytes) { return Base(bytes, 6, kBase64); });
  all.push_back([](const Bytes& bytes) { return Base(bytes, 5, kBase32); });
  all.push_back([=](const Bytes& bytes) { return Base(hex(bytes), 6, kBase64); });
  all.push_back([=](const Bytes& bytes) { return Each(hex(bytes), "{:02x}", ""); });
  all.push_back([](const Bytes& bytes) { return std::string(bytes.begin(), bytes.end()); });
  all.push_back([=](const Bytes& bytes) {
    const Bytes text = hex(bytes);
    return std::string(text.rbegin(), text.rend());
  });
  return all;
}

constexpr auto kFrames = std::to_array<std::string_view>(
    {"{}", "ME_ID: {}", "serial number is {}", "[ro.serialno]: [{}]",
     "read 0x200 bytes at 0x0 of {}",
     "line 3: a transfer failed, and the log does not say which: {}", "command: readback {}",
     "emulator:{}", "stage {}", "mtkrig {}", "packet {} is cut off in its header", "boot{}boot",
     "MT{}", "/home/{}/x", "xx{}"});

struct Recording {
  std::vector<Event> events;
  SessionFacts facts;
  std::vector<Bytes> identities;
  std::vector<std::string> spelled;
};

Event UsbString(std::string_view text) {
  Event event;
  event.kind = EventKind::kControl;
  event.direction = Direction::kToHost;
  event.setup = {0x80, 0x06, 5, 0x03, 0x09, 0x04, 0xff, 0x00};
  Bytes bytes = {0, 3};
  for (const char c : text.substr(0, 120)) {
    bytes.push_back(static_cast<std::uint8_t>(c));
    bytes.push_back(0);
  }
  event.bytes = bytes;
  event.length = bytes.size();
  return event;
}

Recording MakeRecording(std::uint32_t seed) {
  Random random(seed);
  Recording made;
  for (int i = 0; i < 4; ++i) made.identities.push_back(random.Identity());
  // The first one is in the conversation, too.
  const Bytes& known = made.identities[0];
  made.events = test::Events(
      fmt::format("> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n> fd\n< fd 6580 0000\n"
                  "> e1\n< e1 {:08x} {} 0000\n> d8\n< d8 00000000 0000\n",
                  known.size(), protocol::ToHex(known)));
  const std::vector<Spell> spellings = Spellings();
  const auto note = [&] {
    const std::string spelled = random.Of(spellings)(random.Of(made.identities));
    made.spelled.push_back(spelled);
    return fmt::format(fmt::runtime(random.Of(kFrames)), spelled);
  };
  constexpr auto kKinds = std::to_array({EventKind::kComment, EventKind::kPhase, EventKind::kGap});
  for (int i = 0; i < 24; ++i) {
    const auto at = static_cast<std::ptrdiff_t>(random.Below(made.events.size() + 1));
    made.events.insert(made.events.begin() + at, TextEvent(random.Of(kKinds), note()));
  }
  made.events.push_back(UsbString(note()));
  for (std::string* fact :
       {&made.facts.moniker, &made.facts.chip, &made.facts.tool, &made.facts.seed}) {
    *fact = note();
  }
  for (int i = 0; i < 4; ++i) made.facts.comments.push_back(note());
  return made;
}

// What texts are when all is left out that may stand between and around digits.
std::string HexDigitsOf(std::string_view text) {
  std::string digits;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    const bool prefix = c == '0' && at + 1 < text.size() && (text[at + 1] | 0x20) == 'x';
    if (std::isxdigit(c) != 0 && !prefix) digits += static_cast<char>(std::tolower(c));
  }
  return digits;
}

// The numbers of a text, each with as many bytes as it needs and in order: of one byte, two, four
// or eight.
std::string NumbersOf(std::string_view text, int base) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && std::isalnum(static_cast<unsigned char>(text[end])) != 0) ++end;
    const std::string word(text.substr(at, end - at));
    char* behind = nullptr;
    const auto value = std::strtoull(word.c_str(), &behind, base);
    if (behind != word.c_str()) {
      const int size = value < 0x100 ? 1 : value < 0x10000 ? 2 : value < 0x100000000 ? 4 : 8;
      for (int i = size - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i));
    }
    at = std::max(end, at + 1);
  }
  return bytes;
}

// A piece of an identity in one of the texts, or an empty string.
std::string FindPiece(const std::vector<std::string>& texts, const Bytes& identity) {
  for (const std::string& text : texts) {
    const std::string digits = HexDigitsOf(text);
    const std::string decimal = NumbersOf(text, 10);
    const std::string octal = NumbersOf(text, 8);
    for (std::size_t at = 0; at + kPiece <= identity.size(); ++at) {
      const Bytes piece(identity.begin() + static_cast<std::ptrdiff_t>(at),
                        identity.begin() + static_cast<std::ptrdiff_t>(at + kPiece));
      for (const Bytes& form : {piece, Bytes(piece.rbegin(), piece.rend())}) {
        const std::string raw(form.begin(), form.end());
        const std::string hex = protocol::ToHex(form);
        const bool found =
            text.find(raw) != std::string::npos || digits.find(hex) != std::string::npos ||
            decimal.find(raw) != std::string::npos || octal.find(raw) != std::string::npos ||
            text.find(Base(form, 6, kBase64)) != std::string::npos;
        if (found) return fmt::format("{} in \"{}\"", hex, text);
      }
    }
  }
  return {};
}

std::vector<std::string> TextsOf(const std::vector<Event>& events, const SessionFacts& facts) {
  std::vector<std::string> texts = {facts.moniker, facts.chip, facts.tool, facts.seed};
  texts.insert(texts.end(), facts.comments.begin(), facts.comments.end());
  for (const Event& event : events) {
    texts.push_back(event.text);
    if (event.kind != EventKind::kControl) continue;
    std::string string;
    for (const std::uint8_t byte : event.bytes) {
      if (byte != 0) string += static_cast<char>(byte);
    }
    texts.push_back(string);
  }
  return texts;
}

// The spelled texts themselves, for the spellings that FindPiece() does not read.
std::string FindWindow(const std::string& file, const std::vector<std::string>& spelled) {
  for (const std::string& text : spelled) {
    for (std::size_t at = 0; at + kWindow <= text.size(); ++at) {
      const std::string window = text.substr(at, kWindow);
      if (std::set<char>(window.begin(), window.end()).size() < 6) continue;
      if (file.find(window) != std::string::npos) return window;
    }
  }
  return {};
}

class WrittenFile {
 public:
  explicit WrittenFile(std::string path) : path_(std::move(path)) {}

  void Redact(const Recording& recording) const {
    const auto report = traces::Redact(
        [&]() -> Result<std::unique_ptr<TraceReader>> {
          return std::make_unique<MemoryTraceReader>(recording.events, recording.facts);
        },
        [&](const SessionFacts& facts) {
          return CreateTrace(path_, {.facts = facts, .overwrite = true});
        },
        {});
    ASSERT_TRUE(report) << report.error().Describe();
    EXPECT_GT(report->notes_removed, 0U);
  }
  std::vector<Event> Read(SessionFacts& facts) const {
    const auto reader = OpenTrace(path_, {});
    EXPECT_TRUE(reader) << reader.error().Describe();
    std::vector<Event> events;
    while (reader) {
      auto event = (*reader)->Next();
      EXPECT_TRUE(event) << event.error().Describe();
      if (!event || !event->has_value()) break;
      events.push_back(**std::move(event));
    }
    if (reader) facts = (*reader)->facts();
    return events;
  }

 private:
  std::string path_;
};

std::vector<EventKind> PhasesAndTransfers(const std::vector<Event>& events) {
  std::vector<EventKind> kinds;
  for (const Event& event : events) {
    if (event.kind == EventKind::kPhase || event.kind == EventKind::kBytes) {
      kinds.push_back(event.kind);
    }
  }
  return kinds;
}

TEST(NoteProperty, NothingOfAnIdentityStaysHoweverNotesSpellIt) {
  const harness::TemporaryDirectory directory;
  int spelled_out = 0;
  for (std::uint32_t seed = 1; seed <= kRounds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const Recording recording = MakeRecording(seed);
    for (const Bytes& identity : recording.identities) {
      const auto texts = TextsOf(recording.events, recording.facts);
      spelled_out += FindPiece(texts, identity).empty() ? 0 : 1;
    }
    for (const char* name : {"public.wire", "public.pcapng"}) {
      SCOPED_TRACE(name);
      const std::string path = (directory / name).string();
      const WrittenFile file(path);
      file.Redact(recording);
      SessionFacts facts;
      const std::vector<Event> events = file.Read(facts);
      const std::string bytes = harness::Slurp(path);
      for (const Bytes& identity : recording.identities) {
        EXPECT_EQ(FindPiece(TextsOf(events, facts), identity), "");
        EXPECT_EQ(FindPiece({bytes}, identity), "");
      }
      EXPECT_EQ(FindWindow(bytes, recording.spelled), "");
      EXPECT_EQ(PhasesAndTransfers(events), PhasesAndTransfers(recording.events));
      ReplaySettings settings;
      settings.loosenings.gaps = true;
      test::ExpectPlaysAgainstItself(events, settings);
    }
  }
  EXPECT_GT(spelled_out, 2 * kRounds) << "what is looked for is found in the recordings themselves";
}

}  // namespace
}  // namespace mtkrig::traces
