#pragma once

// Small pieces of text that several commands print.

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mtkrig::harness {

// "0x988000".
std::string Hex(std::uint64_t value);
// "6.0 MiB", "512 B": three significant digits at most, binary units.
std::string HumanBytes(std::uint64_t bytes);
// "0:07", "12:34", "1:02:03".
std::string HumanDuration(std::chrono::seconds duration);

// Columns padded to their widest cell; the last one is not padded. `right_aligned` lists columns
// that hold numbers. Ends in a newline unless there are no rows.
std::string FormatTable(std::span<const std::vector<std::string>> rows,
                        std::span<const std::size_t> right_aligned = {});

// The number of single-character edits that turn one text into the other, without regard to case.
std::size_t EditDistance(std::string_view a, std::string_view b);

// Names from a phone or a file must not drive the terminal: controls (C0, C1), marks that turn the
// direction of text, and bytes that are no UTF-8 become "?"; the rest stays.
std::string Printable(std::string_view text);

}  // namespace mtkrig::harness
