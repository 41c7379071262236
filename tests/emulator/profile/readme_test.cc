// The profiles that emulator/profiles/README.md shows are profiles.

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "emulator/profile/profile_loader.h"

namespace mtkrig::emulator {
namespace {

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> YamlBlocks(const std::string& text) {
  constexpr std::string_view kBegin = "\n```yaml\n";
  std::vector<std::string> blocks;
  for (std::size_t at = text.find(kBegin); at != std::string::npos; at = text.find(kBegin, at)) {
    at += kBegin.size();
    blocks.push_back(text.substr(at, text.find("\n```", at) + 1 - at));
  }
  return blocks;
}

TEST(ProfilesReadme, ItsExamplesLoad) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("mtkrig_readme_" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "my-boot.img") << "ANDROID!";
  const std::vector<std::string> blocks =
      YamlBlocks(ReadAll(MTKRIG_SOURCE_DIR "/emulator/profiles/README.md"));
  EXPECT_GE(blocks.size(), 2U);
  for (const std::string& block : blocks) {
    const auto profile = LoadProfile(block, folder, "readme.yaml");
    EXPECT_TRUE(profile.has_value()) << profile.error().Describe() << "\n" << block;
  }
  std::filesystem::remove_all(folder);
}

TEST(ProfilesReadme, ItsFirstExampleIsThePhoneThatItDescribes) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("mtkrig_readme1_" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "my-boot.img") << "ANDROID!";
  const auto blocks = YamlBlocks(ReadAll(MTKRIG_SOURCE_DIR "/emulator/profiles/README.md"));
  ASSERT_FALSE(blocks.empty());
  const auto profile = LoadProfile(blocks.front(), folder, "readme.yaml");
  ASSERT_TRUE(profile.has_value()) << profile.error().Describe();
  EXPECT_EQ(profile->chip, "MT6582");
  EXPECT_EQ(profile->mode, BootMode::kBrom);
  EXPECT_EQ(profile->security.target_config, 7U);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mtkrig::emulator
