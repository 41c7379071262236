#pragma once

// Texts that say nothing of a phone or its owner, whoever wrote them: those in which every word is
// one of a list, and all numbers together are worth less than four bytes. Nothing is looked for in
// them, so there is no spelling that could be missed: what is not known to be harmless is not.
//
// The words are those that mtkrig itself writes (names of steps, commands and options, areas of
// flash, chips), names of partitions and tools, and those of the agents' own texts.

#include <cstddef>
#include <string>
#include <string_view>

namespace mtkrig::traces {

// Longer texts are none of those.
inline constexpr std::size_t kLongestHarmless = 1024;

// A byte's number counts as a byte, one of a sector's or page's multiples without the zeros behind
// it. "mt6577" is a word, and so is what was blanked before (packet_texts.h): "xxxx".
bool IsHarmlessText(std::string_view text);

// The name of a phase: the same, and the reads of a session whatever their range.
bool IsHarmlessPhase(std::string_view name);

// What of the text of a gap a reader of ours wrote: all of it, what stands in front of a quotation,
// or nothing.
std::string HarmlessGap(std::string_view text);

// Of the text that names a tool: the tool that it names, or nothing.
std::string HarmlessTool(std::string_view tool);

// The kind of device that a moniker names, and a word in place of which one it is, unless that is
// harmless.
std::string HarmlessMoniker(std::string_view moniker);

}  // namespace mtkrig::traces
