#include "harness/moniker.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <regex>

#include "harness/text.h"

namespace mtkrig::harness {
namespace {

struct Scheme {
  MonikerKind kind;
  std::string_view name;
  std::string_view shape;
};

constexpr std::array<Scheme, 5> kSchemes = {{
    {MonikerKind::kEmulator, "emulator", "emulator:NAME or emulator:PATH, as in emulator:mt6577"},
    {MonikerKind::kUsb, "usb",
     "usb, usb:BUS-PORT as in usb:1-1.4, or usb:VENDOR:PRODUCT as in usb:0e8d:2000"},
    {MonikerKind::kUsbip, "usbip", "usbip:HOST[:PORT]/BUSID, as in usbip:127.0.0.1/1-1"},
    {MonikerKind::kSerial, "serial", "serial:PATH, as in serial:/dev/ttyACM0"},
    {MonikerKind::kReplay, "replay", "replay:FILE, as in replay:session.pcapng"},
}};

const Scheme& SchemeOf(MonikerKind kind) {
  return *std::find_if(kSchemes.begin(), kSchemes.end(),
                       [kind](const Scheme& scheme) { return scheme.kind == kind; });
}

bool ArgumentFits(MonikerKind kind, const std::string& argument) {
  static const std::regex port_path("[0-9]+-[0-9]+(\\.[0-9]+)*");
  static const std::regex ids("[0-9a-fA-F]{4}:[0-9a-fA-F]{4}");
  // A host's own devices are named by their port; its gadgets otherwise (usbip-vudc.0).
  static const std::regex usbip("[^/]+/[A-Za-z0-9][A-Za-z0-9._:-]{0,30}");
  switch (kind) {
    case MonikerKind::kUsb:
      return argument.empty() || std::regex_match(argument, port_path) ||
             std::regex_match(argument, ids);
    case MonikerKind::kUsbip:
      return std::regex_match(argument, usbip);
    case MonikerKind::kEmulator:
    case MonikerKind::kSerial:
    case MonikerKind::kReplay:
      return !argument.empty();
  }
  return false;
}

std::string AllShapes() {
  std::string text;
  for (const Scheme& scheme : kSchemes) {
    if (!text.empty()) text += "; ";
    text += scheme.shape;
  }
  return text;
}

bool LooksLikeChip(std::string_view text) {
  static const std::regex chip("mt[0-9]{4}[a-z]*", std::regex::icase);
  return std::regex_match(text.begin(), text.end(), chip);
}

std::string HintFor(std::string_view text, std::string_view scheme_text,
                    std::string_view argument) {
  if (LooksLikeChip(text)) return fmt::format("did you mean emulator:{}?", Printable(text));
  if (text.starts_with("/dev/")) return fmt::format("did you mean serial:{}?", Printable(text));
  if (text.ends_with(".pcapng") || text.ends_with(".pcap")) {
    return fmt::format("did you mean replay:{}?", Printable(text));
  }
  if (text.ends_with(".yaml") || text.ends_with(".yml")) {
    return fmt::format("did you mean emulator:{}?", Printable(text));
  }
  const auto* const nearest = std::min_element(
      kSchemes.begin(), kSchemes.end(), [scheme_text](const Scheme& a, const Scheme& b) {
        return EditDistance(a.name, scheme_text) < EditDistance(b.name, scheme_text);
      });
  // Half of the word may be wrong, not more (two letters changing places are two edits): "foo" is
  // nobody's typing of "usb".
  if (EditDistance(nearest->name, scheme_text) * 2 <= nearest->name.size() + 1) {
    return argument.empty()
               ? fmt::format("did you mean {}?", nearest->name)
               : fmt::format("did you mean {}:{}?", nearest->name, Printable(argument));
  }
  return fmt::format("a device is one of: {}", AllShapes());
}

}  // namespace

std::string Moniker::text() const {
  return argument.empty() ? std::string(MonikerScheme(kind))
                          : fmt::format("{}:{}", MonikerScheme(kind), argument);
}

std::string_view MonikerScheme(MonikerKind kind) {
  return SchemeOf(kind).name;
}

Result<Moniker> ParseMoniker(std::string_view text) {
  if (text.empty()) {
    return Error(ErrorCode::kInvalidArgument, "the device has an empty name")
        .WithHint(fmt::format("a device is one of: {}", AllShapes()));
  }
  const std::size_t colon = text.find(':');
  const std::string_view scheme_text = text.substr(0, colon);
  const std::string_view argument =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const auto* const scheme =
      std::find_if(kSchemes.begin(), kSchemes.end(),
                   [scheme_text](const Scheme& s) { return s.name == scheme_text; });
  if (scheme == kSchemes.end()) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("\"{}\" names no device", Printable(text)))
        .WithHint(HintFor(text, scheme_text, argument));
  }
  Moniker moniker{scheme->kind, std::string(argument)};
  if (!ArgumentFits(moniker.kind, moniker.argument)) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("\"{}\" names no device", Printable(text)))
        .WithHint(fmt::format("write {}", scheme->shape));
  }
  return moniker;
}

}  // namespace mtkrig::harness
