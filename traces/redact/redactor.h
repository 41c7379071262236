#pragma once

// Redact(): writes a recording anew without what is of one phone or its owner, so that it may be
// shown to others, and still replays.
//
//  * Identities (ME id, SoC id, CID, random ids, challenges) and serial numbers get a made-up value
//    each, the same one wherever they occur: in the conversation, in USB string descriptors, in
//    notes and facts, as bytes, turned round, or as text.
//  * Notes and facts are left out, but for those that are known to be harmless (harmless_text.h).
//  * Flash content becomes zeros. Partition tables stay, with made-up GUIDs (table_finder.h).
//  * What was not understood becomes zeros, but for what is as short as an opcode or a status.
//  * Checksums behind what was changed, CRCs of tables and digests of cut transfers are made right
//    again.
//
// Agents stay unless they are to be left out, so that the host that has the same agent file finds
// what it sends. Lengths, times and the order of everything stay.
//
// The trace is read three times, in one piece of memory: what is to be looked for, where it occurs,
// and the writing; once more where something was not understood.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "traces/model/trace_stream.h"
#include "traces/replay/loosenings.h"

namespace mtkrig::traces {

struct RedactOptions {
  // Leave notes and facts of people and of other tools, with what is found in them replaced. What
  // is not found stays in them, so a person must read them before others do.
  bool keep_notes = false;
  // Leave what was not understood as it is, apart from identities that occur in it.
  bool keep_unknown = false;
  // Leave identities, too: content and agents alone go. Not for others to see.
  bool keep_identities = false;
  // Agents, and what belongs to them, become zeros, too.
  bool blank_agents = false;
  // Packets of the recording, by Event::packet, whose place in what is written is wanted.
  std::vector<std::uint64_t> wanted_packets = {};
};

// An agent that was sent, as SEND_DA or the upload of stage 2 announced it.
struct AgentUpload {
  std::string name;  // of the step
  std::uint64_t address = 0;
  std::uint64_t length = 0;
  std::uint64_t signature_length = 0;
};

// Where an identity stands in what was written.
struct IdentityPlace {
  Direction direction = Direction::kToHost;
  std::uint64_t event = 0;  // counted from 0
  std::uint64_t at = 0;     // in the event's data
  std::uint64_t length = 0;
};
// More are not told.
inline constexpr std::size_t kMaxIdentityPlaces = 256;

struct RedactReport {
  std::uint64_t identities = 0;       // distinct ones, serial numbers and GUIDs included
  std::uint64_t identity_places = 0;  // where they stood
  std::uint64_t text_places = 0;      // in notes, facts and string descriptors
  std::uint64_t notes_removed = 0;    // notes, facts and strings that may have said anything
  std::uint64_t notes_kept = 0;       // such, with keep_notes
  std::uint64_t packet_texts = 0;     // texts in packets of agents, likewise, now of x
  std::uint64_t content_bytes = 0;    // of flash, registers and memory, now zeros
  std::uint64_t tables = 0;           // partition tables that stayed
  std::uint64_t guids = 0;            // in them
  std::uint64_t unknown_blanked = 0;  // bytes
  std::uint64_t unknown_kept = 0;
  std::uint64_t unknown_places = 0;  // runs of them
  std::uint64_t agent_bytes = 0;     // now zeros
  std::uint64_t checksums = 0;       // made right again
  std::uint64_t checksums_left = 0;  // that cannot be, because the recording lacks bytes
  std::uint64_t digests = 0;         // of cut transfers
  std::uint64_t digests_dropped = 0;
  // Writes to registers and memory other than to watchdogs: the values that hosts wrote stay, for a
  // replay compares them.
  std::uint64_t register_writes = 0;
  std::uint64_t events = 0;

  // Whether replaying needs zeros in place of content that the recording was cut by.
  bool fill_received = false;
  bool fill_sent = false;
  // Agents that were cut, and stayed: replaying needs their file.
  bool agents_cut = false;

  // What of the phone's bytes is another now, or left out: a replayed host must take anything there
  // (Loosenings::blanked). In order and apart; with a checksum that follows, one stretch.
  std::vector<ByteRange> blanked;

  // Of each wanted packet: which event of what was written it has become, counted from 0.
  std::map<std::uint64_t, std::uint64_t> event_of_packet;
  std::vector<IdentityPlace> identity_events;

  std::vector<AgentUpload> agents;
  std::optional<std::uint16_t> hw_code;
  std::optional<std::uint16_t> hw_sub_code;
  std::optional<std::uint16_t> hw_version;
  std::optional<std::uint16_t> sw_version;
};

// Opens the recording, once for each pass.
using TraceOpener = std::function<Result<std::unique_ptr<TraceReader>>()>;
// Creates what is written, with facts that are redacted already.
using TraceCreator = std::function<Result<std::unique_ptr<TraceWriter>>(const SessionFacts&)>;

// Errors: those of reader and writer; kInvalidInput for a recording in which identities occur more
// often than can be remembered.
Result<RedactReport> Redact(const TraceOpener& open, const TraceCreator& create,
                            const RedactOptions& options);

// Adds a stretch behind the others of a list. Of a long list some that are close to each other
// become one, and if that does not help, its last one reaches to the end.
void AddBlanked(std::vector<ByteRange>& blanked, const ByteRange& range);

// Other texts that are published with the recording, with the identities replaced that it has or
// that are named in them: what keep_notes finds in notes.
Result<std::vector<std::string>> RedactTexts(const TraceOpener& open,
                                             std::vector<std::string> texts);

// The side file of a redacted recording: zeros where its content was left out, what a replayed host
// must not compare, and what the side file of the recording itself loosened, with the packet
// numbers of what was written. Empty if there is nothing to say.
std::string RedactedSideFile(const RedactReport& report, const Loosenings& loosenings);

}  // namespace mtkrig::traces
