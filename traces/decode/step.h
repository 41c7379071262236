#pragma once

// What a conversation consists of, once it is understood: steps (one command with its answer, one
// upload, one handshake), and the role of each byte that went over the line.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/model/event.h"

namespace mtkrig::traces {

enum class Layer : std::uint8_t {
  kLine,       // the phone comes and goes, transfers fail, control requests, notes of a recorder
  kHandshake,  // READY and a0 0a 50 05
  kBrom,       // commands of boot ROM and preloader
  kStage1,     // legacy agent, from its c0 to the upload of stage 2
  kAgent,      // legacy agent, stage 2: storage report and commands
  kXflash,
  kXml,
  kUnknown,  // what fits nothing
};

enum class Outcome : std::uint8_t {
  kOk,
  kRefused,     // the phone said no: an error status, a nack
  kFailed,      // the phone tried and failed, a checksum is wrong, a transfer ended badly
  kIncomplete,  // the recording, or the phone, ended in the middle of it
  kUnexpected,  // something came that does not fit; what follows is searched for a new beginning
};

enum class FieldKind : std::uint8_t {
  kFact,        // what two sessions that do the same have in common
  kIdentity,    // of one phone: ME id, SoC id, CID, random id
  kIncidental,  // of one occasion: how often READY came, how a transfer was split
};

struct StepField {
  std::string name;   // "address"
  std::string value;  // as shown: "0x201000", "0000 (success)"
  FieldKind kind = FieldKind::kFact;
  // Of all of a value that is shown in part; 0 of others.
  std::size_t whole_hash = 0;
  friend bool operator==(const StepField&, const StepField&) = default;
};

// Bytes of one direction without one of the other in between.
struct Excerpt {
  Direction direction = Direction::kToPhone;
  std::vector<std::uint8_t> bytes;  // from its start; at most kMaxExcerptBytes of a step in all
  std::uint64_t length = 0;         // of which `bytes` are the first
};
inline constexpr std::size_t kMaxExcerpts = 32;
inline constexpr std::size_t kMaxExcerptBytes = 512;

// What there is to compare bytes by of which the recording lacks something. Digests are
// "xxh3-128:HEX", each of all that it names, in its order.
struct MissingBytes {
  std::uint64_t bytes = 0;  // that the recording does not have
  // Some of them may be anything ("any n bytes" of a trace written by hand).
  bool left_open = false;
  std::string layout;              // of where they stand, and in transfers of what length
  std::string present;             // of the bytes that are there
  std::string digests;             // of the digests of the cut transfers; empty where one has none
  std::uint64_t digest_kinds = 0;  // the same number for digests of the same kinds
  bool samples = false;            // some of those are of a sample, and do not see every change
};

// The bytes of one direction that no field of their step tells, and that are no content: what a
// decoder takes and does not understand, paddings, all of a kUnknown step. What compares recordings
// sees a changed byte by them. Bytes that say nothing (traces/README.md has the list) are not among
// them.
struct RestByte {
  std::uint64_t offset = 0;  // in the bytes of this direction that the step has
  std::uint64_t packet = 0;
  std::uint8_t value = 0;
  bool known = true;
};
inline constexpr std::size_t kMaxRestBytes = 64;
struct RestBytes {
  Direction direction = Direction::kToPhone;
  bool identity = false;  // they tell one phone from others; the rest is another item
  std::uint64_t bytes = 0;
  std::string digest;  // "xxh3-128:HEX" of all; empty where some are missing
  MissingBytes missing;
  std::vector<RestByte> first;  // at most kMaxRestBytes
};

struct Step {
  Layer layer = Layer::kUnknown;
  std::string name;  // "GET_HW_CODE", "READ", "DEVICE_CTRL get emmc info"
  std::vector<StepField> fields;
  Outcome outcome = Outcome::kOk;
  std::string problem;  // of every outcome but kOk: what happened
  // What hosts do or leave out without consequence: READY, watchdog writes, polling, notes. What
  // compares sessions passes over it.
  bool incidental = false;

  std::string phase;  // the last kPhase event before it began
  Duration start{};   // end of its first transfer
  Duration end{};     // end of its last transfer
  // From the host's last transfer to the phone's first after it, both ends of transfers. Empty
  // where there is no such pair.
  std::optional<Duration> latency;
  std::uint64_t bytes_to_phone = 0;
  std::uint64_t bytes_to_host = 0;
  // What steps before it have of the same, and of content_bytes.
  std::uint64_t before_to_phone = 0;
  std::uint64_t before_to_host = 0;
  std::uint64_t content_before = 0;
  // Transfers that hold bytes of it; one that holds bytes of two steps counts for both.
  std::uint64_t packets_to_phone = 0;
  std::uint64_t packets_to_host = 0;
  // As Wireshark counts, or lines of a text file; 0 where the events come from no file.
  std::uint64_t first_packet = 0;
  std::uint64_t last_packet = 0;

  // Of flash content or agent code in it: how much there was, "xxh3-128:HEX" of all of it (empty
  // where some of it was cut), and the same of the checksums behind each packet (empty where one
  // was cut), which tell contents apart in recordings that were cut; how many of the bytes they
  // sum; and what else there is to compare by where something is missing.
  std::uint64_t content_bytes = 0;
  std::string content_digest;
  std::string checksum_digest;
  std::uint64_t checksummed_bytes = 0;
  MissingBytes missing;

  // Only where digests are made: at most four, by direction and identity; and a number that tells
  // apart what was to be a field beyond the most that a step has.
  std::vector<RestBytes> rest;
  std::size_t dropped_fields = 0;

  std::vector<Excerpt> excerpts;
};

enum class Role : std::uint8_t {
  kUnknown,
  kProtocol,  // opcodes, echoes, lengths, statuses, acks
  kIdentity,  // ME id, SoC id, CID, serials, random ids, challenges
  kAgent,     // code and signature of an agent, DRAM settings
  kContent,   // of flash
  kChecksum,  // of the bytes that `covered` names
};

// What some bytes were. Offsets count the bytes of one direction since the trace began, those that
// were cut included: Event::length of kBytes events, and of kFailure events to the host. What a
// host could not send (kFailure to the phone) does not count, and has no span.
struct Span {
  Direction direction = Direction::kToPhone;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  Role role = Role::kUnknown;
  // Of kChecksum: what it sums, and how. One that stands in front of what it sums has a
  // covered_length of 0: the next content of covered_direction, to where the other side speaks.
  enum class Sum : std::uint8_t { kNone, kBytes16, kXor16 };
  Sum sum = Sum::kNone;
  protocol::Endian endian = protocol::Endian::kBig;
  Direction covered_direction = Direction::kToHost;
  std::uint64_t covered_offset = 0;
  std::uint64_t covered_length = 0;
};

// "boot ROM", "stage 1", ...; "ok", "refused", ...; "content", ...
std::string_view LayerName(Layer layer);
std::string_view OutcomeName(Outcome outcome);
std::string_view RoleName(Role role);
// The value of the field of this name, or nothing.
std::optional<std::string_view> FieldValue(const Step& step, std::string_view name);

}  // namespace mtkrig::traces
