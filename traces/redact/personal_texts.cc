#include "traces/redact/personal_texts.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "traces/redact/imei.h"
#include "traces/redact/named_identities.h"

namespace mtkrig::traces {
namespace {

constexpr std::string_view kName = "user";
constexpr std::string_view kMail = "user@example.org";
constexpr std::string_view kPrompt = "user@host";
// Longer ones are neither, and looking further takes time.
constexpr std::size_t kLongestSerial = 64;
constexpr std::size_t kLongestMailPart = 128;
// What is shorter says little, and is other things more often.
constexpr std::size_t kShortestSerial = 6;
constexpr std::size_t kFewestPhoneDigits = 8;
constexpr std::size_t kMostPhoneDigits = 15;
constexpr std::size_t kMacBytes = 6;
constexpr std::size_t kShortestName = 3;
constexpr std::size_t kMaxNames = 64;

// "/home/" and the like, and what environments call a person or a computer: a name follows. What
// follows the last two is no word to look for elsewhere.
struct HomeFolder {
  std::string_view before;
  bool names_people;
};
constexpr std::array<HomeFolder, 11> kHomeFolders = {{{"/home/", true},
                                                      {"/Users/", true},
                                                      {"\\Users\\", true},
                                                      {"\\Documents and Settings\\", true},
                                                      {"/media/", false},
                                                      {"/run/user/", false},
                                                      {"USER=", true},
                                                      {"LOGNAME=", true},
                                                      {"USERNAME=", true},
                                                      {"HOSTNAME=", true},
                                                      {"COMPUTERNAME=", true}}};

// Names of accounts, and words of ours, that tell nothing of anybody.
constexpr std::array<std::string_view, 24> kNobody = {
    "user", "users", "root",    "public", "default", "shared",   "admin",   "guest",
    "home", "build", "builder", "work",   "test",    "phone",    "mtkrig",  "emulator",
    "usb",  "usbip", "serial",  "replay", "command", "readback", "scatter", "identify"};

// Words in front of a serial number, without case and without what is between their parts.
constexpr std::array<std::string_view, 11> kSerialWords = {
    "serial", "serialno", "serialnumber", "iserial", "iserialnumber", "sn",
    "imei",   "deviceid", "udid",         "imsi",    "iccid"};
constexpr std::array<std::string_view, 6> kPhoneWords = {"tel",     "telephone", "phonenumber",
                                                         "phoneno", "msisdn",    "mobile"};

bool IsAlnum(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsHex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}
char Lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}
std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return Lower(c); });
  return lower;
}

enum class Kind : std::uint8_t { kText, kMac, kMailbox, kShell };
struct Found {
  std::size_t at = 0;
  std::size_t length = 0;
  Kind kind = Kind::kText;
};

bool BeginsWord(std::string_view text, std::size_t at) {
  return at == 0 || !IsAlnum(text[at - 1]);
}

// "aa:bb:cc:dd:ee:ff", also with dashes, and no more pairs on either side.
std::optional<Found> MacAt(std::string_view text, std::size_t at) {
  constexpr std::size_t kLength = kMacBytes * 3 - 1;
  if (at + kLength > text.size()) return std::nullopt;
  const char separator = text[at + 2];
  if (separator != ':' && separator != '-') return std::nullopt;
  for (std::size_t i = 0; i < kLength; ++i) {
    const char c = text[at + i];
    if (i % 3 == 2 ? c != separator : !IsHex(c)) return std::nullopt;
  }
  const std::size_t end = at + kLength;
  if (end < text.size() && (IsAlnum(text[end]) || text[end] == separator)) return std::nullopt;
  if (at > 1 && text[at - 1] == separator && IsHex(text[at - 2])) return std::nullopt;
  return Found{at, kLength, Kind::kMac};
}

std::optional<Found> ImeiAt(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && IsDigit(text[end])) ++end;
  if (!IsImei(text.substr(at, end - at)) || (end < text.size() && IsAlnum(text[end]))) {
    return std::nullopt;
  }
  return Found{at, end - at, Kind::kText};
}

// Digits with single characters between them, as people write numbers.
std::optional<Found> NumberAt(std::string_view text, std::size_t at, std::size_t fewest) {
  std::size_t digits = 0;
  std::size_t end = at;
  std::size_t last = at;  // behind the last digit
  if (end < text.size() && text[end] == '+') ++end;
  for (; end < text.size(); ++end) {
    const char c = text[end];
    if (IsDigit(c)) {
      last = end + 1;
      if (++digits > kMostPhoneDigits) return std::nullopt;
    } else if (std::string_view(" -./()").find(c) == std::string_view::npos || end - last > 1) {
      break;
    }
  }
  if (digits < fewest || (last < text.size() && IsAlnum(text[last]))) {
    return std::nullopt;
  }
  return Found{at, last - at, Kind::kText};
}

// "anna@example.org", and "anna@laptop" as shells greet with.
std::optional<Found> MailAt(std::string_view text, std::size_t at) {
  const auto in = [&](std::size_t place, std::string_view marks) {
    return place < text.size() &&
           (IsAlnum(text[place]) || marks.find(text[place]) != std::string_view::npos);
  };
  std::size_t end = at;
  while (in(end, "._%+-") && end - at < kLongestMailPart) ++end;
  if (end == at || end + 1 >= text.size() || text[end] != '@' || IsDigit(text[at])) {
    return std::nullopt;
  }
  const std::size_t host = ++end;
  while (in(end, ".-") && end - host < kLongestMailPart) ++end;
  while (end > host && !IsAlnum(text[end - 1])) --end;
  if (end == host || IsDigit(text[host]) || in(end, "_")) return std::nullopt;
  const bool dot = text.substr(host, end - host).find('.') != std::string_view::npos;
  return Found{at, end - at, dot ? Kind::kMailbox : Kind::kShell};
}

// Where the word ends that begins at `at`, or nothing.
std::optional<std::size_t> EndOfWord(std::string_view text, std::size_t at, std::string_view word) {
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool gap =
        i > 0 && at < text.size() && std::string_view("_- /").find(text[at]) != std::string::npos;
    if (gap) ++at;
    if (at >= text.size() || Lower(text[at]) != word[i]) return std::nullopt;
    ++at;
  }
  if (at < text.size() && IsAlnum(text[at])) return std::nullopt;
  return at;
}

std::size_t BehindMarks(std::string_view text, std::size_t at) {
  constexpr std::string_view kMarks = " \t:=#\"'(.[]";
  return std::min(text.find_first_not_of(kMarks, at), text.size());
}

template <std::size_t kCount>
std::optional<std::size_t> BehindWord(std::string_view text, std::size_t at,
                                      const std::array<std::string_view, kCount>& words) {
  std::optional<std::size_t> behind;
  for (const std::string_view word : words) {
    if (Lower(text[at]) != word.front()) continue;
    const auto end = EndOfWord(text, at, word);
    if (end.has_value() && *end > behind.value_or(0)) behind = end;
  }
  if (!behind.has_value()) return behind;
  std::size_t at_value = BehindMarks(text, *behind);
  if (text.substr(at_value, 3) == "is ") at_value = BehindMarks(text, at_value + 3);
  return at_value;
}

// A serial number: letters and digits, not a word, and no small number. What is hex digits alone
// and long enough belongs to the identities in hex.
std::optional<Found> SerialAt(std::string_view text, std::size_t at) {
  std::size_t end = at;
  std::size_t digits = 0;
  bool letters = false;
  bool hex = true;
  for (; end < text.size() && end - at <= kLongestSerial; ++end) {
    const char c = text[end];
    const bool inside =
        (c == '-' || c == '_') && end > at && end + 1 < text.size() && IsAlnum(text[end + 1]);
    if (!IsAlnum(c) && !inside) break;
    digits += IsDigit(c) ? 1 : 0;
    letters = letters || (!IsDigit(c) && !inside);
    hex = hex && IsHex(c);
  }
  const std::size_t length = end - at;
  const bool number = !letters && length < kFewestNamedDigits;
  const bool in_hex = hex && length >= kFewestNamedDigits;
  if (length < kShortestSerial || length > kLongestSerial || digits < 2 || number || in_hex) {
    return std::nullopt;
  }
  if (text.substr(at, 2) == "0x") return std::nullopt;
  return Found{at, length, Kind::kText};
}

std::optional<Found> FoundAt(std::string_view text, std::size_t at) {
  if (text[at] == '+') return NumberAt(text, at, kFewestPhoneDigits);
  if (const auto mac = MacAt(text, at)) return mac;
  if (const auto imei = ImeiAt(text, at)) return imei;
  if (const auto mail = MailAt(text, at)) return mail;
  if (const auto serial = BehindWord(text, at, kSerialWords); serial && *serial < text.size()) {
    if (const auto found = SerialAt(text, *serial)) return found;
    // "iSerial  3 R58M12ABCDE": which string it is stands in front.
    std::size_t index_end = *serial;
    while (index_end < text.size() && IsDigit(text[index_end])) ++index_end;
    const bool index = index_end > *serial && index_end - *serial <= 3 && index_end < text.size() &&
                       text[index_end] == ' ';
    const std::size_t behind = index ? BehindMarks(text, index_end) : text.size();
    if (behind < text.size()) {
      if (const auto found = SerialAt(text, behind)) return found;
    }
  }
  if (const auto phone = BehindWord(text, at, kPhoneWords); phone && *phone < text.size()) {
    return NumberAt(text, *phone, kShortestSerial);
  }
  return std::nullopt;
}

// All that `text` has, in order and apart.
std::vector<Found> FindAll(std::string_view text) {
  std::vector<Found> all;
  for (std::size_t at = 0; at < text.size();) {
    const bool begins = (IsAlnum(text[at]) || text[at] == '+') && BeginsWord(text, at);
    const auto found = begins ? FoundAt(text, at) : std::nullopt;
    if (found.has_value()) all.push_back(*found);
    at = found.has_value() ? found->at + found->length : at + 1;
  }
  return all;
}

std::vector<std::uint8_t> MacBytes(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 3) {
    const std::string pair(text.substr(i, 2));
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(pair, nullptr, 16)));
  }
  return bytes;
}

std::string MadeMac(const SecretTable& secrets, std::string_view text) {
  const auto found = secrets.Find(MacBytes(text));
  const std::string hex = protocol::ToHex(found.value_or(std::vector<std::uint8_t>(kMacBytes)));
  const bool upper =
      std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'F'; });
  std::string made(text);
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (i % 3 == 2) continue;
    const char c = hex[i / 3 * 2 + i % 3];
    made[i] = upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
  }
  return made;
}

// The name that begins at `at`, behind any further separators.
struct NamePlace {
  std::size_t at = 0;
  std::size_t length = 0;
};
NamePlace NameAt(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == '/' || text[at] == '\\')) ++at;
  const std::size_t end = std::min(text.find_first_of("/\\ \"'\t\r\n", at), text.size());
  // "C:\Users\Anna Maria\x": a blank is part of it if the path goes on.
  const std::size_t whole = std::min(text.find_first_of("/\\\"'\t\r\n:", end), text.size());
  const bool goes_on = at > 0 && text[at - 1] == '\\' && whole < text.size() &&
                       text[whole] == '\\' && whole - at <= kLongestSerial;
  return {at, (goes_on ? whole : end) - at};
}

// Calls `use` with each place of a name in a path, and whether it is one of a person for certain.
void EachHomeFolder(std::string_view text, const std::function<void(const NamePlace&, bool)>& use) {
  for (const HomeFolder& folder : kHomeFolders) {
    for (std::size_t at = text.find(folder.before); at != std::string_view::npos;
         at = text.find(folder.before, at)) {
      const NamePlace name = NameAt(text, at + folder.before.size());
      if (name.length > 0) use(name, folder.names_people);
      at += folder.before.size();
    }
  }
}

// `text` with `by` in place of what stands at `places`, which are in order and apart.
std::string With(std::string_view text, const std::vector<NamePlace>& places, std::string_view by) {
  std::string made;
  std::size_t at = 0;
  for (const NamePlace& place : places) {
    made += text.substr(at, place.at - at);
    made += by;
    at = place.at + place.length;
  }
  made += text.substr(at);
  return made;
}

void LearnName(std::string_view text, PeoplesNames& names) {
  const std::string name = Lower(text);
  const bool word = std::all_of(name.begin(), name.end(), [](char c) {
    return IsAlnum(c) || std::string_view("._- ").find(c) != std::string_view::npos ||
           static_cast<unsigned char>(c) > 0x7f;
  });
  const bool nobody = std::find(kNobody.begin(), kNobody.end(), name) != kNobody.end();
  if (!word || nobody || name.size() < kShortestName || name.size() > kLongestSerial) return;
  if (names.size() < kMaxNames) names.insert(name);
}

// Where `name`, in small letters, is a word of its own in `lower`.
std::vector<NamePlace> WordsOf(std::string_view lower, std::string_view name) {
  std::vector<NamePlace> places;
  for (std::size_t at = lower.find(name); at != std::string_view::npos;
       at = lower.find(name, at + name.size())) {
    const std::size_t end = at + name.size();
    const bool word = BeginsWord(lower, at) && (end == lower.size() || !IsAlnum(lower[end]));
    if (word) places.push_back({at, name.size()});
  }
  return places;
}

}  // namespace

void LearnPersonal(std::string_view text, SecretTable& secrets, PeoplesNames& names) {
  for (const Found& found : FindAll(text)) {
    const std::string_view value = text.substr(found.at, found.length);
    if (found.kind == Kind::kMac) secrets.Substitute(MacBytes(value));
    if (found.kind == Kind::kText) secrets.SubstituteText(value);
    if (found.kind == Kind::kShell) LearnName(value.substr(0, value.find('@')), names);
  }
  EachHomeFolder(text, [&](const NamePlace& place, bool names_people) {
    if (names_people) LearnName(text.substr(place.at, place.length), names);
  });
}

std::size_t ReplacePersonal(const SecretTable& secrets, std::string_view original,
                            std::string& text) {
  std::string made;
  std::size_t at = 0;
  std::size_t replaced = 0;
  for (const Found& found : FindAll(original)) {
    const std::string_view value = original.substr(found.at, found.length);
    if (text.compare(found.at, found.length, value) != 0) continue;
    std::string by(found.kind == Kind::kMailbox ? kMail : kPrompt);
    if (found.kind == Kind::kMac) by = MadeMac(secrets, value);
    if (found.kind == Kind::kText) by = secrets.FindText(value);
    if (by == value) continue;
    made += text.substr(at, found.at - at);
    made += by;
    at = found.at + found.length;
    ++replaced;
  }
  made += text.substr(at);
  text = std::move(made);
  return replaced;
}

std::size_t ReplaceNames(const PeoplesNames& names, std::string& text) {
  std::vector<NamePlace> places;
  EachHomeFolder(text, [&](const NamePlace& place, bool) {
    if (text.compare(place.at, place.length, kName) != 0) places.push_back(place);
  });
  std::sort(places.begin(), places.end(),
            [](const NamePlace& a, const NamePlace& b) { return a.at < b.at; });
  // One folder may be found by two of its forms.
  const auto same = [](const NamePlace& a, const NamePlace& b) {
    return b.at < a.at + a.length;
  };
  places.erase(std::unique(places.begin(), places.end(), same), places.end());
  std::size_t replaced = places.size();
  if (!places.empty()) text = With(text, places, kName);
  for (const std::string& name : names) {
    const std::vector<NamePlace> words = WordsOf(Lower(text), name);
    replaced += words.size();
    if (!words.empty()) text = With(text, words, kName);
  }
  return replaced;
}

}  // namespace mtkrig::traces
