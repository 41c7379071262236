#include "traces/redact/printed_numbers.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>
#include <optional>
#include <span>
#include <string>

#include "traces/redact/imei.h"
#include "traces/redact/spelling.h"

namespace mtkrig::traces {
namespace {

// A dash of three bytes, with a blank on either side.
constexpr std::size_t kMostMarks = 5;
constexpr std::string_view kMarks = " \t-./()[]_";
// Behind a word that says what follows.
constexpr std::string_view kMoreMarks = " \t-./()[]_:,;=#+'\"";

using Row = std::vector<TextPlace>;  // of groups of digits
using Groups = std::span<const TextPlace>;

bool IsAlnum(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Whether two groups with this between them may be of one number.
bool Joins(std::string_view between, std::string_view marks) {
  return between.size() <= kMostMarks && std::all_of(between.begin(), between.end(), [&](char c) {
           return marks.find(c) != std::string_view::npos || static_cast<unsigned char>(c) > 0x7f;
         });
}

// The rows of groups from `from` on. A word that has other characters than digits ends one.
std::vector<Row> RowsOf(std::string_view line, std::size_t from, std::string_view marks) {
  std::vector<Row> rows;
  Row row;
  const auto end_row = [&] {
    if (!row.empty()) rows.push_back(std::move(row));
    row.clear();
  };
  for (std::size_t at = from; at < line.size();) {
    if (!IsAlnum(line[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < line.size() && IsAlnum(line[end])) ++end;
    const std::string_view word = line.substr(at, end - at);
    const bool number = std::all_of(word.begin(), word.end(), IsDigit);
    if (!row.empty()) {
      const std::size_t last = row.back().at + row.back().length;
      if (!number || !Joins(line.substr(last, at - last), marks)) end_row();
    }
    if (number) row.push_back({at, end - at});
    at = end;
  }
  end_row();
  return rows;
}

std::size_t CountDigits(Groups groups) {
  return std::accumulate(
      groups.begin(), groups.end(), std::size_t{0},
      [](std::size_t sum, const TextPlace& group) { return sum + group.length; });
}

DigitPlaces PlacesOf(Groups groups) {
  DigitPlaces places;
  for (const TextPlace& group : groups) {
    for (std::size_t i = 0; i < group.length; ++i) places.push_back(group.at + i);
  }
  return places;
}

bool AreImei(std::string_view line, Groups groups) {
  std::string digits;
  for (const TextPlace& group : groups) digits += line.substr(group.at, group.length);
  return IsImei(digits);
}

// How many of the groups in front are an IMEI in one of the forms that it is printed in: by type,
// place of assembly, serial number and check digit, or in equal parts.
std::size_t ImeiInFront(std::string_view line, Groups groups) {
  static const auto kForms = std::to_array<std::vector<std::size_t>>(
      {{15}, {2, 6, 6, 1}, {6, 2, 6, 1}, {8, 6, 1}, {14, 1}, {3, 3, 3, 3, 3}, {4, 4, 4, 3}});
  for (const std::vector<std::size_t>& form : kForms) {
    const bool fits =
        groups.size() >= form.size() && std::equal(form.begin(), form.end(), groups.begin(),
                                                   [](std::size_t length, const TextPlace& group) {
                                                     return group.length == length;
                                                   });
    if (fits && AreImei(line, groups.first(form.size()))) return form.size();
  }
  return 0;
}

// How many of the groups in front have so many digits together; 0 if that ends within a group.
std::size_t GroupsOf(Groups groups, std::size_t digits) {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < groups.size() && sum < digits; ++i) {
    sum += groups[i].length;
    if (sum == digits) return i + 1;
  }
  return 0;
}

}  // namespace

std::vector<DigitPlaces> FindPrintedImeis(std::string_view line) {
  std::vector<DigitPlaces> found;
  for (const Row& row : RowsOf(line, 0, kMarks)) {
    if (CountDigits(row) == kImeiDigits && AreImei(line, row)) {
      found.push_back(PlacesOf(row));
      continue;
    }
    for (Groups rest = row; !rest.empty();) {
      const std::size_t count = ImeiInFront(line, rest);
      if (count > 0) found.push_back(PlacesOf(rest.first(count)));
      rest = rest.subspan(std::max<std::size_t>(count, 1));
    }
  }
  return found;
}

std::vector<DigitPlaces> FindPrintedNumbers(std::string_view line, std::size_t from,
                                            std::size_t fewest, std::size_t usual,
                                            std::size_t most) {
  std::vector<DigitPlaces> found;
  for (const Row& row : RowsOf(line, from, kMoreMarks)) {
    std::size_t left = CountDigits(row);
    for (Groups rest = row; left >= fewest;) {
      std::size_t count = left <= most ? rest.size() : GroupsOf(rest, usual);
      for (std::size_t digits = most; count == 0 && digits >= fewest; --digits) {
        count = GroupsOf(rest, digits);
      }
      if (count > 0) found.push_back(PlacesOf(rest.first(count)));
      const Groups passed = rest.first(std::max<std::size_t>(count, 1));
      left -= CountDigits(passed);
      rest = rest.subspan(passed.size());
    }
  }
  return found;
}

}  // namespace mtkrig::traces
