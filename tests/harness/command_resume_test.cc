// Images and the manifest: what a run leaves that did not come to its end, and runs side by side.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "harness/exit_codes.h"
#include "harness/output/hash_file.h"
#include "tests/harness/command_fixture.h"

namespace mtkrig::harness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// What a run leaves that was killed, or whose disk was full, between an image's name and its entry.
class UnenteredImage : public Command {
 protected:
  UnenteredImage() {
    EXPECT_EQ(Mtkrig(Read({})).exit_code, 0);
    const auto manifest = nlohmann::json::parse(Slurp(Out("manifest.json")));
    const nlohmann::json& boot = manifest["files"][0];
    Spill(Out(".boot.img.part.json"), nlohmann::json({{"schema", "mtkrig-journal-1"},
                                                      {"tool_version", manifest["tool_version"]},
                                                      {"region", boot["region"]},
                                                      {"offset", boot["offset"]},
                                                      {"length", boot["size"]},
                                                      {"device", manifest["device_fingerprint"]},
                                                      {"bytes", boot["size"]},
                                                      {"sha256", boot["sha256"]}})
                                          .dump());
    std::filesystem::remove(Out("manifest.json"));
  }
  std::vector<std::string> Read(std::vector<std::string> more) const {
    std::vector<std::string> line = {"readback", "-d", "emulator:mt6577", "-o", Out(), "boot"};
    line.insert(line.end(), more.begin(), more.end());
    return line;
  }
};

TEST_F(UnenteredImage, IsCheckedAndEnteredByResume) {
  const ProcessResult result = Mtkrig(Read({"--resume", "--json"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(Json(result)["results"]["files"][0]["outcome"], "kept");
  const auto manifest = nlohmann::json::parse(Slurp(Out("manifest.json")));
  EXPECT_EQ(manifest["files"][0]["sha256"], HashFile(Out("boot.img"), nullptr)->sha256);
  EXPECT_FALSE(std::filesystem::exists(Out(".boot.img.part.json")));
  EXPECT_EQ(Mtkrig(Read({"--resume"})).exit_code, 0);
}

TEST_F(UnenteredImage, IsNotTrustedWhenItsBytesAreOthers) {
  std::string image = Slurp(Out("boot.img"));
  image[1000] = static_cast<char>(image[1000] ^ 1);
  Spill(Out("boot.img"), image);
  const ProcessResult result = Mtkrig(Read({"--resume"}));
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kExists));
  EXPECT_FALSE(std::filesystem::exists(Out("manifest.json")));
  EXPECT_EQ(Slurp(Out("boot.img")), image) << "and kept";
}

TEST_F(UnenteredImage, IsNotTakenForAnotherPhones) {
  std::string journal = Slurp(Out(".boot.img.part.json"));
  const std::size_t device = journal.find("\"device\":\"") + 10;
  journal[device] = journal[device] == 'a' ? 'b' : 'a';
  Spill(Out(".boot.img.part.json"), journal);
  EXPECT_EQ(Mtkrig(Read({"--resume"})).exit_code, ExitCodeOf(ErrorCode::kExists));
}

TEST_F(UnenteredImage, IsToldWithoutResume) {
  const ProcessResult result = Mtkrig(Read({}));
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kExists));
  EXPECT_THAT(result.err, HasSubstr("--resume checks and keeps it"));
}

TEST_F(Command, AManifestThatCannotBeWrittenLeavesAnImageThatResumeEnters) {
  const std::vector<std::string> read = {"readback", "-d", "emulator:mt6577", "-o", Out(), "boot"};
  std::filesystem::create_directories(Out());
  // No rename leads onto a folder: as a full disk, but for this file alone.
  std::filesystem::create_directories(Out(".manifest.json.new/x"));
  const ProcessResult failed = Mtkrig(read);
  EXPECT_NE(failed.exit_code, 0);
  EXPECT_THAT(failed.err, AllOf(HasSubstr("boot.img is whole, but not in the manifest"),
                                HasSubstr("--resume")));
  std::filesystem::remove_all(Out(".manifest.json.new"));
  std::vector<std::string> resume = read;
  resume.insert(resume.end(), {"--resume", "--json"});
  const ProcessResult resumed = Mtkrig(resume);
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(Json(resumed)["results"]["files"][0]["outcome"], "kept");
}

TEST_F(Command, TwoRunsIntoOneFolderEnterAllTheirFiles) {
  const std::vector<std::vector<std::string>> halves = {{"boot", "lk", "misc", "secro"},
                                                        {"recovery", "logo", "seccfg", "expdb"}};
  for (int round = 0; round < 3; ++round) {
    const std::string folder = Out(std::to_string(round));
    std::vector<std::unique_ptr<Process>> runs;
    for (const auto& names : halves) {
      std::vector<std::string> line = {"readback", "-d", "emulator:mt6577", "-o", folder, "-q"};
      line.insert(line.end(), names.begin(), names.end());
      runs.push_back(std::make_unique<Process>(Line(std::move(line))));
    }
    for (const auto& run : runs) {
      const ProcessResult result = run->Wait();
      EXPECT_EQ(result.exit_code, 0) << result.err;
    }
    const auto manifest = nlohmann::json::parse(Slurp(folder + "/manifest.json"));
    EXPECT_EQ(manifest["files"].size(), 8U) << "round " << round;
  }
}

}  // namespace
}  // namespace mtkrig::harness
