#include "harness/ui/wrap.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "harness/text.h"
#include "harness/ui/shorten.h"

namespace mtkrig::harness {
namespace {

constexpr std::string_view kGap = "  ";  // between the columns of a table
constexpr std::size_t kContinuation = 2;
// Less than this is no room for text: it is then the terminal that cuts.
constexpr std::size_t kLeastColumns = 16;

// The last column stays free: some terminals begin a new line when it is written.
std::size_t Usable(std::size_t columns) {
  return std::max(columns, kLeastColumns + 1) - 1;
}

std::vector<std::string_view> SplitAt(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// Lines of at most `columns`, or of one word.
std::vector<std::string> BreakWords(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  for (const std::string_view word : SplitAt(text, ' ')) {
    if (word.empty()) continue;
    if (lines.empty() || Columns(lines.back()) + 1 + Columns(word) > columns) {
      lines.emplace_back(word);
    } else {
      lines.back() += ' ';
      lines.back() += word;
    }
  }
  if (lines.empty()) lines.emplace_back();
  return lines;
}

// `start`, the words of `text`, and `indent` blanks before each further line. What stands apart in
// the text does so within a line.
std::string Fill(std::string_view start, std::string_view text, std::size_t indent,
                 std::size_t columns) {
  std::string filled(start);
  std::size_t used = Columns(start);
  bool is_first = true;
  std::size_t blanks = 1;
  for (const std::string_view word : SplitAt(text, ' ')) {
    if (word.empty()) {
      blanks = kGap.size();
      continue;
    }
    if (!is_first && used + blanks + Columns(word) > columns) {
      filled += '\n' + std::string(indent, ' ');
      used = indent;
    } else if (!is_first) {
      filled.append(blanks, ' ');
      used += blanks;
    }
    filled += word;
    used += Columns(word);
    is_first = false;
    blanks = 1;
  }
  return filled;
}

bool IsCommand(std::string_view line) {
  return line.starts_with("  mtkrig ");
}

std::string WrapLine(std::string_view line, std::size_t columns) {
  const bool is_blank = line.find_first_not_of(' ') == std::string_view::npos;
  if (Columns(line) <= columns || is_blank || IsCommand(line)) return std::string(line);
  const std::size_t first = line.find_first_not_of(' ');
  const std::string start(line.substr(0, first));
  const std::size_t indent = std::min(first + kContinuation, columns / 2);
  // A description whose option stands in the line before.
  if (first > columns / 2) {
    constexpr std::size_t kBelow = kContinuation * 2;
    return Fill(std::string(kBelow, ' '), line.substr(first), kBelow, columns);
  }
  const std::size_t apart = line.find(kGap, first);
  const std::size_t second =
      apart == std::string_view::npos ? apart : line.find_first_not_of(' ', apart);
  if (second == std::string_view::npos) return Fill(start, line.substr(first), indent, columns);
  const std::size_t below = Columns(line.substr(0, second));
  if (below <= columns / 2) {
    return Fill(line.substr(0, second), line.substr(second), below, columns);
  }
  return Fill(start, line.substr(first, apart - first), indent, columns) + '\n' +
         Fill(std::string(indent, ' '), line.substr(second), indent, columns);
}

std::vector<std::size_t> WidthsOf(const Table& table) {
  std::vector<std::size_t> widths;
  for (const auto& row : table.rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Columns(row[i]));
  }
  return widths;
}

std::size_t TotalOf(const std::vector<std::size_t>& widths) {
  const std::size_t gaps = widths.empty() ? 0 : (widths.size() - 1) * kGap.size();
  return std::accumulate(widths.begin(), widths.end(), gaps);
}

bool IsNumber(const Table& table, std::size_t column) {
  return std::find(table.numbers.begin(), table.numbers.end(), column) != table.numbers.end();
}

// How narrow a column can be with its words whole, and such that it still reads as text.
std::size_t LeastWidth(const Table& table, std::size_t column, std::size_t width) {
  constexpr std::size_t kLeastText = 12;
  if (IsNumber(table, column)) return width;
  std::size_t least = std::min(width, kLeastText);
  for (const auto& row : table.rows) {
    if (column >= row.size()) continue;
    for (const std::string_view word : SplitAt(row[column], ' ')) {
      least = std::max(least, Columns(word));
    }
  }
  return least;
}

// Takes columns from the widest ones first. False when there are not enough.
bool Shrink(const Table& table, std::vector<std::size_t>& widths, std::size_t columns) {
  std::vector<std::size_t> least;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    least.push_back(LeastWidth(table, i, widths[i]));
  }
  while (TotalOf(widths) > columns) {
    std::size_t widest = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const bool can = widths[i] > least[i];
      if (can && (widest == widths.size() || widths[i] > widths[widest])) widest = i;
    }
    if (widest == widths.size()) return false;
    --widths[widest];
  }
  return true;
}

// Each row with as many lines as its longest cell.
std::string BrokenTable(const Table& table, const std::vector<std::size_t>& widths) {
  std::vector<std::vector<std::string>> lines;
  for (const auto& row : table.rows) {
    std::vector<std::vector<std::string>> cells;
    std::size_t height = 1;
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells.push_back(BreakWords(row[i], widths[i]));
      height = std::max(height, cells.back().size());
    }
    for (std::size_t line = 0; line < height; ++line) {
      std::vector<std::string>& out = lines.emplace_back();
      for (const auto& cell : cells) out.push_back(line < cell.size() ? cell[line] : "");
      while (!out.empty() && out.back().empty()) out.pop_back();
    }
  }
  return FormatTable(lines, table.numbers);
}

// "  REGION EMMC_USER  OFFSET 0x988000": as many to a line as there is room for.
std::string Paragraph(const std::vector<std::string>& row, const std::vector<std::string>& heading,
                      std::size_t columns) {
  if (row.empty()) return "\n";
  std::string text = WrapLines(row.front(), columns + 1) + "\n";
  std::string line;
  const auto end_line = [&] {
    if (!line.empty()) text += WrapLines(line, columns + 1) + "\n";
    line.clear();
  };
  for (std::size_t i = 1; i < row.size(); ++i) {
    if (row[i].empty()) continue;
    std::string part = row[i];
    if (i < heading.size() && !heading[i].empty()) part = fmt::format("{} {}", heading[i], part);
    if (!line.empty() && Columns(line) + kGap.size() + Columns(part) > columns) end_line();
    line += std::string(kGap) + part;
  }
  end_line();
  return text;
}

std::string FitAtTheMargin(const Table& table, std::optional<std::size_t> columns) {
  std::vector<std::size_t> widths = WidthsOf(table);
  if (!columns || TotalOf(widths) <= Usable(*columns)) {
    return FormatTable(table.rows, table.numbers);
  }
  if (Shrink(table, widths, Usable(*columns))) return BrokenTable(table, widths);
  std::string text;
  const std::vector<std::string> none;
  const bool has_heading = table.has_heading && !table.rows.empty();
  for (std::size_t i = has_heading ? 1 : 0; i < table.rows.size(); ++i) {
    text += Paragraph(table.rows[i], has_heading ? table.rows.front() : none, Usable(*columns));
  }
  return text;
}

}  // namespace

std::string WrapLines(std::string_view text, std::optional<std::size_t> columns) {
  if (!columns) return std::string(text);
  std::string wrapped;
  for (const std::string_view line : SplitAt(text, '\n')) {
    if (!wrapped.empty() || line.data() != text.data()) wrapped += '\n';
    wrapped += WrapLine(line, Usable(*columns));
  }
  return wrapped;
}

std::string FitTable(const Table& table, std::optional<std::size_t> columns) {
  if (table.indent == 0) return FitAtTheMargin(table, columns);
  if (columns) columns = *columns - std::min(table.indent, *columns);
  const std::string fitted = FitAtTheMargin(table, columns);
  std::string text;
  for (std::size_t begin = 0; begin < fitted.size();) {
    const std::size_t end = std::min(fitted.find('\n', begin), fitted.size() - 1) + 1;
    if (fitted[begin] != '\n') text.append(table.indent, ' ');
    text.append(fitted, begin, end - begin);
    begin = end;
  }
  return text;
}

}  // namespace mtkrig::harness
