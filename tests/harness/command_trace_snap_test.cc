// Recordings of huge reads are small (--snap), over USB/IP too, and replay with the content that
// stands elsewhere.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "harness/exit_codes.h"
#include "tests/harness/command_fixture.h"

namespace mtkrig::harness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A readback of 32 GiB in a few MiB: in 32 at most without compression, and in 8 with.
constexpr double kMostPlain = 1024;
constexpr double kMostCompressed = 256;

class CommandTraceSnap : public Command {
 protected:
  std::string File(std::string_view name) const { return (directory_ / name).string(); }
  double Size(std::string_view name) const {
    return static_cast<double>(std::filesystem::file_size(File(name)));
  }
  // Reads the first so many MiB of a phone, and records it as `name`.
  void Record(int mebibytes, const std::string& device, const std::string& name) const {
    const ProcessResult result =
        Mtkrig({"readback", "-d", device, "--da", Agents(), "--range", Range(mebibytes), "-o",
                Out(), "--force", "--quiet", "--trace", File(name), "--snap", "64"});
    ASSERT_EQ(result.exit_code, kExitSuccess) << result.err;
  }
  static std::string Range(int mebibytes) {
    return fmt::format("EMMC_USER:0x0+{}M=part.bin", mebibytes);
  }
  // The same over USB/IP, recorded at both ends.
  void RecordServed(int mebibytes, const std::string& client, const std::string& served) const {
    Process server(Line({"emulate", "-p", "mt6580", "--usbip", "127.0.0.1:0", "--control",
                         File("control"), "--trace", File(served), "--snap", "64"}));
    ASSERT_TRUE(server.ReadErrorUntil("control socket:"));
    Record(mebibytes, "usbip:" + ServedAt(server) + "/1-1", client);
    server.Signal(SIGINT);
    EXPECT_EQ(server.Wait().exit_code, kExitSuccess);
  }
  void Compress(const std::string& name) const {
    ASSERT_EQ(Mtkrig({"trace", "convert", File(name), File(name + ".zst"), "--quiet"}).exit_code,
              kExitSuccess);
  }
  // Of recordings of 4 and 20 MiB: what each further MiB of a readback adds.
  void ExpectSmall(const std::string& of_4, const std::string& of_20) const {
    Compress(of_4);
    Compress(of_20);
    const double plain = (Size(of_20) - Size(of_4)) / 16;
    const double compressed = (Size(of_20 + ".zst") - Size(of_4 + ".zst")) / 16;
    EXPECT_LT(plain, kMostPlain) << of_20;
    EXPECT_LT(compressed, kMostCompressed) << of_20;
    EXPECT_GT(compressed, 16) << of_20 << ": there is a digest of every MiB";
    std::printf("%s: %.0f bytes for each MiB, %.0f compressed\n", of_20.c_str(), plain, compressed);
  }
};

TEST_F(CommandTraceSnap, AReadbackInProcessIsRecordedInAThousandthOfItsSize) {
  Record(4, "emulator:mt6580", "4.pcapng");
  Record(20, "emulator:mt6580", "20.pcapng");
  ExpectSmall("4.pcapng", "20.pcapng");
}

// Drivers ask for 512 bytes or 16 KiB at a time, and each such piece once took 250 bytes.
TEST_F(CommandTraceSnap, SoIsOneOverUsbIpAtEitherEnd) {
  RecordServed(4, "4.pcapng", "4s.pcapng");
  RecordServed(20, "20.pcapng", "20s.pcapng");
  ExpectSmall("4.pcapng", "20.pcapng");
  ExpectSmall("4s.pcapng", "20s.pcapng");
}

TEST_F(CommandTraceSnap, WhatWasJoinedReplaysInBothDirections) {
  RecordServed(4, "s.pcapng", "t.pcapng");
  std::filesystem::copy_file(Out("part.bin"), directory_ / "image");
  for (const char* name : {"s", "t"}) {
    Spill(directory_ / (std::string(name) + ".replay.yaml"),
          "ignore: [ready]\ncontents:\n  - {area: user, file: image}\n");
    const std::string trace = File(std::string(name) + ".pcapng");
    const ProcessResult phone = Mtkrig({"readback", "-d", "replay:" + trace, "--da", Agents(),
                                        "--range", Range(4), "-o", Out(), "--force", "--quiet"});
    EXPECT_EQ(phone.exit_code, kExitSuccess) << name << ": " << phone.err;
    EXPECT_EQ(Slurp(Out("part.bin")), Slurp(File("image"))) << name;
    const ProcessResult host = Mtkrig({"replay-host", trace, "-d", "emulator:mt6580"});
    EXPECT_EQ(host.exit_code, kExitSuccess) << name << ": " << host.err;
    // A packet is one step, its checksum verified or not to be told.
    const ProcessResult shown = Mtkrig({"trace", "show", trace});
    EXPECT_THAT(shown.out, AllOf(HasSubstr("READ  storage eMMC  part user  address 0x0  length "
                                           "0x400000  4.0 MiB"),
                                 Not(HasSubstr("unexpected"))))
        << name;
  }
  EXPECT_EQ(Mtkrig({"trace", "diff", File("s.pcapng"), File("t.pcapng")}).exit_code, kExitSuccess);
}

// It was exit status 17, and advice to try another cable.
TEST_F(CommandTraceSnap, AnotherImageThanTheRecordedOneIsTheFilesFault) {
  Record(4, "emulator:mt6580", "s.pcapng");
  std::string image = Slurp(Out("part.bin"));
  // Beside the sample that the digest is of.
  image[(2 << 20) + 7 * 512 + 100] ^= 1;
  Spill(directory_ / "image", image);
  Spill(directory_ / "s.replay.yaml", "contents:\n  - {area: user, file: image}\n");
  const ProcessResult result =
      Mtkrig({"readback", "-d", "replay:" + File("s.pcapng"), "--da", Agents(), "--range", Range(4),
              "-o", Out(), "--force", "--quiet"});
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kInvalidInput)) << result.err;
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("is not what was recorded"),
                    HasSubstr("Name the image of the recorded phone"), Not(HasSubstr("cable"))));
}

}  // namespace
}  // namespace mtkrig::harness
