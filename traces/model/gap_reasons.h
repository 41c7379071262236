#pragma once

// What gaps say: the texts that readers of files and importers of logs write, each once, for
// whoever has to know them again (redact/harmless_text.h keeps them, and nothing else). Each is a
// format of fmt; what stands for {} is a number, or "read" or "write". A quotation may follow
// behind
// ": ".

#include <array>
#include <string_view>

namespace mtkrig::traces::gaps {

// Captures.
inline constexpr std::string_view kCutInHeader =
    "packet {} is cut off in its header, or is no packet of usbmon";
inline constexpr std::string_view kOtherLength =
    "packet {} says that it transferred {} bytes, and the capture that it had {}: {} are "
    "believed";
inline constexpr std::string_view kLengthOfNone =
    "packet {} says that it transferred {} bytes, and one transfer has {} MiB at most: {} "
    "are believed";
inline constexpr std::string_view kEndsInRecord =
    "the file ends in the middle of a record at offset {:#x}";
inline constexpr std::string_view kDamagedRecord =
    "a damaged record at offset {:#x}, {} bytes passed over";
inline constexpr std::string_view kEndsInPacket =
    "the file ends in the middle of packet {} at offset {:#x}";
inline constexpr std::string_view kDamagedBlock =
    "a damaged block at offset {:#x}, {} bytes passed over";
inline constexpr std::string_view kDamagedSectionHeader =
    "the section header at offset 0x0 is damaged, {} bytes passed over";
inline constexpr std::string_view kEndsInBlock =
    "the file ends in the middle of a block at offset {:#x}";
inline constexpr std::string_view kUnknownSection =
    "a section of an unknown version at offset {:#x}";
inline constexpr std::string_view kShortInterface =
    "the description of interface {} at offset {:#x} is too short";
inline constexpr std::string_view kLongerThanBlock =
    "packet {} is longer than its block at offset {:#x}";
inline constexpr std::string_view kUnknownInterface =
    "packet {} at offset {:#x} is of interface {}, which the file does not describe";
inline constexpr std::string_view kLostInFront =
    "the capturing program lost {} packets in front of packet {}";
inline constexpr std::string_view kLostSomewhere =
    "the capturing program lost {} packets up to here, and does not say where";
inline constexpr std::string_view kWriteWithoutData =
    "packet {} ends a write of {} bytes whose data is not in the capture";
inline constexpr std::string_view kNoSubmission =
    "packet {} ends a {} that no packet submits: the capture has lost packets";
inline constexpr std::string_view kOutOfOrder =
    "packet {} ends the {} that packet {} submits behind a later one of the same endpoint: "
    "the packets of this capture are not in their order";
inline constexpr std::string_view kNoCompletion =
    "the completion of the {} that packet {} submits is missing";

// Behind the last one: how that is known.
inline constexpr std::string_view kLaterOneEnds = "packet {} ends a later {} of the same endpoint";
inline constexpr std::string_view kSubmittedAgain = "packet {} submits it again";
inline constexpr std::string_view kTooManyOpen = "too many later ones are open";
inline constexpr std::string_view kCaptureEnds = "the capture ends";

// Texts.
inline constexpr std::string_view kTransferEndsEarly =
    "the compressed file ends early; the transfer before may be incomplete";
inline constexpr std::string_view kEndsEarly = "the compressed file ends early";
inline constexpr std::string_view kEndsInLine =
    "the file ends in the middle of a line, which is left out";

// Logs.
inline constexpr std::string_view kNoBytesBelow = "no bytes stand below this line";
inline constexpr std::string_view kStraceShowsMore =
    "{} of {} bytes are in the log; strace shows more with -s";
inline constexpr std::string_view kSomeBytes = "{} of {} bytes are in the log";
inline constexpr std::string_view kCutBehind =
    "cut behind {} bytes; how many there were is not known";
inline constexpr std::string_view kOtherNumber = "{} bytes where the line tells of {}";
inline constexpr std::string_view kTooLong =
    "{} bytes are told of, and one transfer has {} MiB at most: {} are in the log, and how "
    "many there were is not known";
inline constexpr std::string_view kTooLongToCount =
    "2^64 or more bytes are told of, and one transfer has {} MiB at most: {} are in the "
    "log, and how many there were is not known";
inline constexpr std::string_view kMayBeCut = "the line is cut, or may be: {} bytes are there";
inline constexpr std::string_view kLineCut = "the line is cut: {} of {} bytes are there";
inline constexpr std::string_view kLineCutBehind =
    "the line is cut behind {} bytes; how many there were is not known";
inline constexpr std::string_view kFewerThanAsked =
    "{} of {} bytes that were asked for: whether more came is not known";
inline constexpr std::string_view kMoreThanAsked = "{} bytes where {} were asked for";
inline constexpr std::string_view kAskedAlone =
    "{} bytes were asked for, and what came is not in the log";
inline constexpr std::string_view kSaidUnlogged =
    "what was said to the phone here is not in the log, or only what came of it";
inline constexpr std::string_view kTransferBehind =
    "a transfer begins behind these bytes, and cannot be read";
inline constexpr std::string_view kPieceOfTransfer = "something of a transfer that cannot be read";
inline constexpr std::string_view kBytesUnlogged = "a transfer whose bytes are not in the log";
inline constexpr std::string_view kBytesOfNothing = "bytes that no line above speaks of";
inline constexpr std::string_view kNoDigits = "a transfer whose bytes are not there as digits";
inline constexpr std::string_view kStrayDigits =
    "digits that belong to no line in front of them: lines of several threads are mixed, "
    "and a transfer above is not whole";
inline constexpr std::string_view kWhichFailed =
    "a transfer failed, and the log does not say which";
inline constexpr std::string_view kStartedAnew =
    "mtkclient was started anew; what the phone did meanwhile is not known";
inline constexpr std::string_view kNoHandshake =
    "the handshake in front of this line is not in the log";
inline constexpr std::string_view kOddCopies =
    "the log has this message in another number than all others: a transfer may be missing "
    "here, or be there twice";
inline constexpr std::string_view kXmlUnended =
    "nothing in the log tells whether this XML is whole";
inline constexpr std::string_view kXmlEndMissing = "the last of {} bytes is not in the log";
inline constexpr std::string_view kXmlDiffers =
    "the log has {} bytes of XML where the header announced {}";
inline constexpr std::string_view kCallBrokenOff = "the end of a call that was broken off";
inline constexpr std::string_view kCallNamePart = "a call whose name is not whole";
inline constexpr std::string_view kAnotherCall =
    "another call stands behind this one, and cannot be read";
inline constexpr std::string_view kDataUnlogged = "a {} whose data is not in the log";
inline constexpr std::string_view kResultUnlogged = "a {} whose result is not in the log";

inline constexpr std::string_view kLinesLeftOut = "lines were left out here";

inline constexpr auto kAll = std::to_array<std::string_view>(
    {kCutInHeader,      kOtherLength,     kLengthOfNone,   kEndsInRecord,
     kDamagedRecord,    kEndsInPacket,    kDamagedBlock,   kDamagedSectionHeader,
     kEndsInBlock,      kUnknownSection,  kShortInterface, kLongerThanBlock,
     kUnknownInterface, kLostInFront,     kLostSomewhere,  kWriteWithoutData,
     kNoSubmission,     kOutOfOrder,      kNoCompletion,   kLaterOneEnds,
     kSubmittedAgain,   kTooManyOpen,     kCaptureEnds,    kTransferEndsEarly,
     kEndsEarly,        kEndsInLine,      kNoBytesBelow,   kStraceShowsMore,
     kSomeBytes,        kCutBehind,       kOtherNumber,    kTooLong,
     kTooLongToCount,   kMayBeCut,        kLineCut,        kLineCutBehind,
     kFewerThanAsked,   kMoreThanAsked,   kAskedAlone,     kSaidUnlogged,
     kTransferBehind,   kPieceOfTransfer, kBytesUnlogged,  kBytesOfNothing,
     kNoDigits,         kStrayDigits,     kWhichFailed,    kStartedAnew,
     kNoHandshake,      kOddCopies,       kXmlUnended,     kXmlEndMissing,
     kXmlDiffers,       kCallBrokenOff,   kCallNamePart,   kAnotherCall,
     kDataUnlogged,     kResultUnlogged,  kLinesLeftOut});

}  // namespace mtkrig::traces::gaps
