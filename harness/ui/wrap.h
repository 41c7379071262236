#pragma once

// Text and tables that adapt to a terminal. A terminal of its own would cut words in two, and rows
// of a table would run into each other. What goes into a file or a pipe is not wrapped: lines there
// are for grep(1) and for other programs.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mtkrig::harness {

// Columns of a terminal, asked anew at each use; nothing for a file or a pipe.
using TerminalColumns = std::function<std::optional<std::size_t>()>;

// Breaks lines at blanks, so that they have at most `columns`; without these the text stays as it
// is. What continues a line is indented as far as the second of two parts that stand apart in it
// (an option and its description), if that leaves room, or else a little more than the line.
// Words that are longer than a line, such as hashes and paths, stay whole, to be copied; so do
// commands that stand in lines of their own.
std::string WrapLines(std::string_view text, std::optional<std::size_t> columns);

struct Table {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> numbers;  // columns that are right-aligned
  bool has_heading = true;           // in the first row
  std::size_t indent = 0;            // blanks before every line
};

// As FormatTable() of harness/text.h where that fits. Otherwise cells of several words are broken
// into lines; and where that is not enough, each row becomes a paragraph of its first cell and,
// below, the others with their headings. Nothing is left out.
std::string FitTable(const Table& table, std::optional<std::size_t> columns);

}  // namespace mtkrig::harness
