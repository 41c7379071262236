#include "harness/trace/test_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "traces/redact/harmless_text.h"

namespace mtkrig::harness {

namespace fs = std::filesystem;

std::string FreeTestName(const std::string& file, const std::string& corpus) {
  std::string name = TestNameOf(file);
  if (!name.empty() && traces::IsHarmlessText(name)) return name;
  for (std::size_t number = 1;; ++number) {
    std::string neutral = fmt::format("report-{}", number);
    const std::string path = (fs::path(corpus) / kReportsFolder / neutral).string();
    std::error_code ignored;
    const bool there = std::any_of(
        kTraceSuffixes.begin(), kTraceSuffixes.end(),
        [&](std::string_view suffix) { return fs::exists(path + std::string(suffix), ignored); });
    if (!there) return neutral;
  }
}

std::string TestNameOf(const std::string& file) {
  fs::path path = fs::path(file).filename();
  if (path.extension() == ".zst") path = path.stem();
  std::string name;
  for (const char c : path.stem().string()) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && std::isalnum(byte) != 0;
    if (plain) {
      name += static_cast<char>(std::tolower(byte));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (name.ends_with('-')) name.pop_back();
  return name;
}

std::string FindCorpus() {
  std::error_code failed;
  fs::path folder = fs::current_path(failed);
  while (!failed && !folder.empty()) {
    const fs::path corpus = folder / "traces" / "corpus";
    if (fs::exists(corpus / "corpus.yaml", failed)) return corpus.string();
    if (folder == folder.parent_path()) break;
    folder = folder.parent_path();
  }
  return {};
}

}  // namespace mtkrig::harness
