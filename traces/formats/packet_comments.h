#pragma once

// How events that are no USB packets, and facts that usbmon's header has no place for, stand in the
// comments of a pcapng file: "mtkrig.KEY: VALUE", or "mtkrig.KEY" alone. Wireshark shows them and
// keeps them; traces/README.md describes them all.

#include <string>
#include <vector>

#include "traces/model/event.h"

namespace mtkrig::traces {

// What the comments of one packet say.
struct PacketComments {
  std::vector<Event> notes;     // kPhase, kComment, kGap and kDetached that come before the packet
  std::vector<Event> comments;  // kComment, of people who annotated the capture
  bool attached = false;        // the transfer stands for the phone's enumeration
  bool unknown_id = false;      // and the ids in it mean nothing
  std::string digest;
  std::vector<ByteRange> any;
};
PacketComments ParsePacketComments(const std::vector<std::string>& comments);

// The comment for an event of kPhase, kComment, kGap or kDetached.
std::string NoteComment(const Event& event);
// For the transfer that stands for kAttached.
std::string AttachedComment(bool known_id);
std::string DigestComment(const std::string& digest);
std::string AnyComment(const std::vector<ByteRange>& any);

// Comments of the section header, one a fact.
std::vector<std::string> FactComments(const SessionFacts& facts);
// The facts in a section's comments; `application` names the tool if no comment does.
SessionFacts ParseFactComments(const std::vector<std::string>& comments,
                               const std::string& application);
// Whether the file was written by us: then all its packets are of one phone.
bool HasTraceMark(const std::vector<std::string>& comments);

}  // namespace mtkrig::traces
