#pragma once

// Identities in texts for people, by the word in front: "ME_ID: 7E92...", "EMMC CID = 15 01 00
// ...". Tools write them into their logs, whether or not the recording has the bytes.

#include <cstddef>
#include <string>
#include <string_view>

#include "traces/redact/secret_table.h"

namespace mtkrig::traces {

// Digits of one that is shorter say little, and are other numbers more often.
inline constexpr std::size_t kFewestNamedDigits = 8;

// Adds to `secrets` what stands behind such a word on its line: hex digits, at least
// kFewestNamedDigits, also with single blanks, colons or dashes between bytes.
void LearnNamedIdentities(std::string_view text, SecretTable& secrets);

// Replaces it, also what is too plain to be looked for elsewhere; what was not learnt becomes
// zeros. Returns how many it replaced.
std::size_t ReplaceNamedIdentities(const SecretTable& secrets, std::string& text);

}  // namespace mtkrig::traces
