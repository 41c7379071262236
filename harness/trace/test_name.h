#pragma once

// What a regression test of a recording is called, and where it stands.

#include <array>
#include <string>
#include <string_view>

namespace mtkrig::harness {

// The folder of a corpus that has them, and what their recordings end with: as text if that is
// short.
inline constexpr std::string_view kReportsFolder = "reports";
inline constexpr std::array<std::string_view, 2> kTraceSuffixes = {".wire", ".pcapng.zst"};

// The name that a recording's file gives: lower-case letters, digits and dashes.
std::string TestNameOf(const std::string& file);

// The same where its words say nothing of a phone or a person; a name that is free in a corpus
// otherwise.
std::string FreeTestName(const std::string& file, const std::string& corpus);

// The corpus of the checkout that the current folder is in; empty outside of one.
std::string FindCorpus();

}  // namespace mtkrig::harness
