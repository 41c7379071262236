#pragma once

// What texts for people tell of a phone and its owner beyond identities in hex
// (named_identities.h): serial numbers of letters and digits behind the word "serial", MAC
// addresses, IMEIs, phone numbers, addresses of mail and of shell prompts, and the names of people
// in paths of their home folders.

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "traces/redact/secret_table.h"

namespace mtkrig::traces {

// Names of people, in small letters: each is one wherever it stands as a word of its own.
using PeoplesNames = std::set<std::string>;

// Adds what `text` has of them. A value has the same substitute wherever it occurs, also in the
// conversation.
void LearnPersonal(std::string_view text, SecretTable& secrets, PeoplesNames& names);

// Replaces it in `text`; what was not learnt, by zeros and X. `original` is the text as it was, of
// the same length: what is another already stays. Returns how many it replaced.
std::size_t ReplacePersonal(const SecretTable& secrets, std::string_view original,
                            std::string& text);

// Replaces the names in paths of home folders, and these names elsewhere, by "user".
std::size_t ReplaceNames(const PeoplesNames& names, std::string& text);

}  // namespace mtkrig::traces
