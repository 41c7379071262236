#include "traces/formats/packet_comments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "traces/formats/event_checks.h"
#include "traces/formats/text_escape.h"

namespace mtkrig::traces {
namespace {

constexpr std::string_view kPrefix = "mtkrig.";
constexpr std::string_view kTraceVersion = "mtkrig.trace: 1";

struct Entry {
  std::string_view key;
  std::string value;
};

// Nothing for a comment that is not ours.
std::optional<Entry> ParseEntry(std::string_view comment) {
  if (comment.substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
  comment.remove_prefix(kPrefix.size());
  const std::size_t colon = comment.find(": ");
  if (colon == std::string_view::npos) return Entry{comment, ""};
  std::optional<std::string> value = UnescapeText(comment.substr(colon + 2));
  if (!value.has_value()) return std::nullopt;
  return Entry{comment.substr(0, colon), *std::move(value)};
}

std::string Comment(std::string_view key, std::string_view value) {
  return fmt::format("{}{}: {}", kPrefix, key, EscapeText(BoundedText(value)));
}

bool TakeNumber(std::string_view& text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// "4+16,32+2": offset and length. Nothing if anything else stands there.
std::vector<ByteRange> ParseRanges(std::string_view text) {
  std::vector<ByteRange> ranges;
  while (ranges.size() < kMaxAnyRanges) {
    ByteRange range;
    if (!TakeNumber(text, range.offset) || text.empty() || text[0] != '+') return {};
    text.remove_prefix(1);
    if (!TakeNumber(text, range.length)) return {};
    ranges.push_back(range);
    if (text.empty()) return ranges;
    if (text[0] != ',') return {};
    text.remove_prefix(1);
  }
  return {};
}

constexpr std::array<std::pair<std::string_view, EventKind>, 4> kNotes = {{
    {"phase", EventKind::kPhase},
    {"comment", EventKind::kComment},
    {"gap", EventKind::kGap},
    {"detached", EventKind::kDetached},
}};

// Null for a key that names no fact.
std::string* FactNamed(SessionFacts& facts, std::string_view key) {
  if (key == "moniker") return &facts.moniker;
  if (key == "chip") return &facts.chip;
  if (key == "tool") return &facts.tool;
  if (key == "seed") return &facts.seed;
  return nullptr;
}

}  // namespace

PacketComments ParsePacketComments(const std::vector<std::string>& comments) {
  PacketComments parsed;
  for (const std::string& comment : comments) {
    std::optional<Entry> entry = ParseEntry(comment);
    if (!entry.has_value()) {
      parsed.comments.push_back(TextEvent(EventKind::kComment, comment));
      continue;
    }
    const auto* const note = std::find_if(
        kNotes.begin(), kNotes.end(), [&](const auto& known) { return known.first == entry->key; });
    if (note != kNotes.end()) {
      parsed.notes.push_back(TextEvent(note->second, std::move(entry->value)));
    } else if (entry->key == "attached") {
      parsed.attached = true;
      parsed.unknown_id = entry->value == "unknown";
    } else if ((entry->key == "sha256" || entry->key == "digest") && IsDigest(entry->value)) {
      parsed.digest = std::move(entry->value);
    } else if (entry->key == "any") {
      parsed.any = ParseRanges(entry->value);
    } else {
      // Of a later version: not lost, and shown as it stands.
      parsed.comments.push_back(TextEvent(EventKind::kComment, comment));
    }
  }
  return parsed;
}

std::string NoteComment(const Event& event) {
  for (const auto& [key, kind] : kNotes) {
    if (kind != event.kind) continue;
    if (kind == EventKind::kDetached) return fmt::format("{}{}", kPrefix, key);
    return Comment(key, event.text);
  }
  return {};
}

std::string AttachedComment(bool known_id) {
  return known_id ? fmt::format("{}attached", kPrefix) : Comment("attached", "unknown");
}

std::string DigestComment(const std::string& digest) {
  // A digest of another kind names itself.
  return fmt::format("{}{}: {}", kPrefix,
                     digest.find(':') == std::string::npos ? "sha256" : "digest", digest);
}

std::string AnyComment(const std::vector<ByteRange>& any) {
  std::string text;
  for (const ByteRange& range : any) {
    if (!text.empty()) text += ',';
    text += fmt::format("{}+{}", range.offset, range.length);
  }
  return Comment("any", text);
}

std::vector<std::string> FactComments(const SessionFacts& facts) {
  std::vector<std::string> comments = {std::string(kTraceVersion)};
  const auto add = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) comments.push_back(Comment(key, value));
  };
  add("moniker", facts.moniker);
  add("chip", facts.chip);
  add("tool", facts.tool);
  add("seed", facts.seed);
  for (const std::string& comment : facts.comments) add("about", comment);
  return comments;
}

SessionFacts ParseFactComments(const std::vector<std::string>& comments,
                               const std::string& application) {
  SessionFacts facts;
  // Our own files name the tool in a comment if it is known.
  if (!HasTraceMark(comments)) facts.tool = application;
  for (const std::string& comment : comments) {
    if (comment == kTraceVersion) continue;
    std::optional<Entry> entry = ParseEntry(comment);
    if (!entry.has_value()) {
      facts.comments.push_back(comment);
      continue;
    }
    if (std::string* const fact = FactNamed(facts, entry->key)) {
      *fact = std::move(entry->value);
    } else if (entry->key == "about") {
      facts.comments.push_back(std::move(entry->value));
    } else {
      // Of a later version: not lost, and shown as it stands.
      facts.comments.push_back(comment);
    }
  }
  return facts;
}

bool HasTraceMark(const std::vector<std::string>& comments) {
  return std::find(comments.begin(), comments.end(), kTraceVersion) != comments.end();
}

}  // namespace mtkrig::traces
