#pragma once

// The exchanges of the xml agent: commands of the host, and what the phone asks for while they run.

#include <string>
#include <string_view>
#include <vector>

#include "traces/decode/packets.h"

namespace mtkrig::traces {

// A packet's text, and whether the recording has all of it.
struct XmlText {
  std::string text;  // without the zeros behind it
  bool whole = true;
  Data data;  // as it came
};

// The next packet of a side as text. It counts as told; RestOfXml() says what was not.
Task<XmlText> TakeXmlText(Packets& packets, Direction side, std::string_view what);
// A short answer: OK or ERR. False if it is ERR, which then is a problem of the step; anything else
// is unexpected. What follows OK@ goes into `value`.
// `told`: the value becomes a field, or says nothing.
Task<bool> TakeShortAnswer(Packets& packets, Direction side, std::string_view what,
                           std::string& value, bool told = false);
// What is not in `told` becomes part of Step::rest: views into `text`, in any order, of which those
// that do not show their bytes as they are count as not told. Nothing, where it was cut.
void RestOfXml(Conversation& line, const XmlText& text, std::vector<std::string_view> told);

// A command of the host, until its CMD:END is answered. Requires that its packet is next.
Task<void> DecodeXmlCommand(Packets& packets);
// A command of the phone outside of the host's: CMD:START, or what is left over. Requires that its
// packet is next.
Task<void> DecodeXmlRequest(Packets& packets);

// What a file is to a reader, by the command that moves it.
enum class XmlFile : std::uint8_t {
  kContent,   // of flash
  kAgent,     // code
  kSecret,    // signatures, fuses
  kDocument,  // XML
};
XmlFile XmlFileOf(std::string_view command);

// After CMD:DOWNLOAD-FILE and CMD:UPLOAD-FILE; `request` is the phone's text.
Task<void> TakeDownloadFile(Packets& packets, const std::string& request, XmlFile file);
Task<void> TakeUploadFile(Packets& packets, const std::string& request, XmlFile file);

}  // namespace mtkrig::traces
