// Serving phones in software, and the control socket, as a user types it.

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

class CommandEmulate : public Command {
 protected:
  std::string Control() const { return (directory_ / "control").string(); }
  std::vector<std::string> ServeLine(const std::vector<std::string>& more) const {
    std::vector<std::string> line = {"emulate", "--usbip", "127.0.0.1:0", "--control", Control()};
    line.insert(line.end(), more.begin(), more.end());
    return Line(line);
  }
  // For command lines that are refused: a server that starts after all would not end by itself.
  ProcessResult Refused(const std::vector<std::string>& more) const {
    Process server(ServeLine(more));
    if (server.ReadErrorUntil("control socket:")) {
      ADD_FAILURE() << "it serves";
      server.Signal(SIGINT);
    }
    return server.Wait();
  }
};

TEST_F(CommandEmulate, ALifetimeThatIsNoTimeIsRefused) {
  for (const char* lifetime : {"nan", "inf", "-inf", "-1", "1e400", "1e3", "0x10", "2,5", "2.5s",
                               "", " 1", "1000001", "0.0001", "99999999999999999999"}) {
    const ProcessResult result = Refused({"-p", "mt6580", std::string("--lifetime=") + lifetime});
    EXPECT_EQ(result.exit_code, kExitUsage) << lifetime << ": " << result.err;
    EXPECT_THAT(result.err, HasSubstr("--lifetime")) << lifetime;
  }
}

TEST_F(CommandEmulate, AScheduleThatDoesNothingIsRefused) {
  for (const char* schedule : {" ", "repeat@10", "plug"}) {
    const ProcessResult result = Refused({"-p", "mt6580", "--schedule", schedule});
    EXPECT_EQ(result.exit_code, kExitUsage) << schedule << ": " << result.err;
    EXPECT_THAT(result.err, HasSubstr("the schedule has")) << schedule;
  }
}

TEST_F(CommandEmulate, AnEmptyControlPathIsRefused) {
  const ProcessResult served =
      RunProcess(Line({"emulate", "-p", "mt6580", "--usbip", "127.0.0.1:0", "--control", ""}));
  EXPECT_EQ(served.exit_code, kExitUsage) << served.err;
  const ProcessResult asked = Mtkrig({"emulate", "ctl", "--control", "", "status"});
  EXPECT_EQ(asked.exit_code, kExitUsage) << asked.err;
}

TEST_F(CommandEmulate, AnEmptyNameForTheAgentsIsRefused) {
  for (const std::vector<std::string>& phones : {std::vector<std::string>(), {"-p", "mt6580"}}) {
    std::vector<std::string> more = {"--write-da", ""};
    more.insert(more.end(), phones.begin(), phones.end());
    const ProcessResult result = Refused(more);
    EXPECT_EQ(result.exit_code, kExitUsage) << result.err;
    EXPECT_THAT(result.err, HasSubstr("the value of --write-da is empty"));
  }
}

TEST_F(CommandEmulate, AddressesThatAreNoneAreRefused) {
  for (const char* address : {"127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:x",
                              "[::1", "[::1]3240", "[]:3240", "::1:", "localhorst"}) {
    const ProcessResult result =
        Mtkrig({"emulate", "--control", Control(), "-p", "mt6580", "--usbip", address});
    EXPECT_EQ(result.exit_code, kExitUsage) << address << ": " << result.err;
    EXPECT_THAT(result.err, Not(HasSubstr("--usbip: "))) << address;
  }
}

TEST_F(CommandEmulate, APortAloneIsOneOfThisMachine) {
  for (const char* address : {"0", "localhost:0", ":0"}) {
    Process server(
        Line({"emulate", "-p", "mt6580", "--json", "--control", Control(), "--usbip", address}));
    ASSERT_TRUE(server.ReadErrorUntil("control socket:")) << address << server.Wait().err;
    server.Signal(SIGINT);
    const ProcessResult result = server.Wait();
    const std::string where = Json(result)["results"]["usbip"];
    EXPECT_EQ(where.substr(0, 10), "127.0.0.1:") << address;
    EXPECT_NE(where, "127.0.0.1:3240") << address;
    EXPECT_THAT(result.err, Not(HasSubstr("everybody"))) << address;
  }
}

TEST_F(CommandEmulate, WarnsWhereEverybodyCanTakeThePhone) {
  Process server(
      Line({"emulate", "-p", "mt6580", "--json", "--control", Control(), "--usbip", "0.0.0.0:0"}));
  ASSERT_TRUE(server.ReadErrorUntil("control socket:"));
  server.Signal(SIGINT);
  const ProcessResult result = server.Wait();
  EXPECT_THAT(result.err, HasSubstr("everybody who reaches any address of this machine"));
  EXPECT_THAT(result.err, HasSubstr("attach -r 127.0.0.1 -b 1-1"));
  EXPECT_THAT(result.err, Not(HasSubstr("attach -r 0.0.0.0")));
  const std::string device = Json(result)["results"]["phones"][0]["device"];
  EXPECT_THAT(device, HasSubstr("usbip:127.0.0.1:"));
}

TEST_F(CommandEmulate, AReplugThatIsNoTimeIsRefused) {
  for (const char* replug : {"0", "-1", "soon", "", "1e9"}) {
    const ProcessResult result = Refused({"-p", "mt6580", std::string("--replug=") + replug});
    EXPECT_EQ(result.exit_code, kExitUsage) << replug << ": " << result.err;
    EXPECT_THAT(result.err, HasSubstr("--replug")) << replug;
  }
}

// What a phone does on its own: its seconds run without a host, and it comes again.
TEST_F(CommandEmulate, APhoneComesAndGoesByItself) {
  Process server(ServeLine(
      {"-p", "mt6580", "--lifetime", "0.05", "--lifetime-from", "plug", "--replug", "0.05"}));
  ASSERT_TRUE(server.ReadErrorUntil("control socket:"));
  bool was_there = false;
  bool was_away = false;
  for (int i = 0; i < 1000 && !(was_there && was_away); ++i) {
    const ProcessResult status = Mtkrig({"emulate", "ctl", "--control", Control(), "status"});
    (status.out.find(" 0e8d:2000 ") != std::string::npos ? was_there : was_away) = true;
  }
  EXPECT_TRUE(was_there);
  EXPECT_TRUE(was_away);
  server.Signal(SIGINT);
  EXPECT_EQ(server.Wait().exit_code, kExitSuccess);
}

TEST_F(CommandEmulate, JsonTellsTheStatusOfEachPhone) {
  Process server(ServeLine({"-p", "mt6580", "-p", "mt6577", "--lifetime", "0"}));
  ASSERT_TRUE(server.ReadErrorUntil("control socket:"));
  const auto ctl = [this](std::vector<std::string> words) {
    words.insert(words.begin(), {"emulate", "ctl", "--json", "--control", Control()});
    return Json(Mtkrig(words))["results"];
  };
  EXPECT_FALSE(ctl({"unplug", "1-2"}).contains("phones"));
  const nlohmann::json phones = ctl({"status"})["phones"];
  ASSERT_EQ(phones.size(), 2U);
  EXPECT_EQ(phones[0], (nlohmann::json{{"bus_id", "1-1"},
                                       {"profile", "mt6580"},
                                       {"mode", "preloader"},
                                       {"plugged", true},
                                       {"usb_id", "0e8d:2000"},
                                       {"imported", false}}));
  EXPECT_EQ(phones[1]["plugged"], false);
  EXPECT_TRUE(phones[1]["usb_id"].is_null());
  server.Signal(SIGINT);
  EXPECT_EQ(server.Wait().exit_code, kExitSuccess);
}

// The address is what --usbip may have behind it, and no command below emulate.
TEST_F(CommandEmulate, AMistakeBehindAnAddressIsNamed) {
  const ProcessResult result = Refused({"-p", "mt6580", "--speed", "warp"});
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.err, AllOf(HasSubstr("--speed"), Not(HasSubstr("has no command"))));
}

TEST_F(CommandEmulate, JsonTellsThePhonesThatWereServed) {
  Process server(ServeLine({"-p", "mt6580", "-p", "mt6577", "--json"}));
  ASSERT_TRUE(server.ReadErrorUntil("control socket:"));
  server.Signal(SIGINT);
  const ProcessResult result = server.Wait();
  EXPECT_EQ(result.exit_code, kExitSuccess) << result.err;
  const nlohmann::json results = Json(result)["results"];
  ASSERT_EQ(results["phones"].size(), 2U) << result.out;
  const std::string where = results["usbip"];
  EXPECT_EQ(results["phones"][0]["bus_id"], "1-1");
  EXPECT_EQ(results["phones"][0]["profile"], "mt6580");
  EXPECT_EQ(results["phones"][1]["bus_id"], "1-2");
  EXPECT_EQ(results["phones"][1]["profile"], "mt6577");
  EXPECT_EQ(results["phones"][1]["device"], "usbip:" + where + "/1-2");
  EXPECT_EQ(results["control"], Control());
}

TEST_F(CommandEmulate, ALineBreakInAWordIsNotASecondCommand) {
  Process server(ServeLine({"-p", "mt6580"}));
  ASSERT_TRUE(server.ReadErrorUntil("control socket:"));
  const auto ctl = [this](std::vector<std::string> words) {
    words.insert(words.begin(), {"emulate", "ctl", "--control", Control()});
    return Mtkrig(words);
  };
  const ProcessResult broken = ctl({"status\nunplug"});
  EXPECT_EQ(broken.exit_code, kExitUsage);
  EXPECT_THAT(broken.err, HasSubstr("one line"));
  EXPECT_THAT(ctl({"status"}).out, AllOf(HasSubstr(" plugged "), Not(HasSubstr("unplugged"))));
  EXPECT_EQ(ctl({"mode brom", "1-1"}).exit_code, kExitSuccess) << "blanks in a word are no harm";
  EXPECT_THAT(ctl({"status", "1-1"}).out, HasSubstr(" brom "));
  EXPECT_EQ(ctl({"status", "1-2"}).exit_code, kExitUsage);
  EXPECT_EQ(ctl({""}).exit_code, kExitUsage);
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait().exit_code, kExitSuccess);
}

TEST_F(CommandEmulate, NothingIsRecordedWhereNothingIsServed) {
  const std::string file = (directory_ / "s.pcapng").string();
  EXPECT_EQ(Refused({"-p", "mt9999", "--trace", file}).exit_code, ExitCodeOf(ErrorCode::kNotFound));
  EXPECT_EQ(Refused({"-p", "mt6580", "--schedule", "jump@1", "--trace", file}).exit_code,
            kExitUsage);
  EXPECT_EQ(Mtkrig({"emulate", "--control", Control(), "-p", "mt6580", "--usbip", "192.0.2.1:3240",
                    "--trace", file})
                .exit_code,
            ExitCodeOf(ErrorCode::kNotFound));
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(CommandEmulate, WritesTheAgentsThatItsPhonesTake) {
  const std::string agents = (directory_ / "agents.bin").string();
  const ProcessResult alone = Mtkrig({"emulate", "--write-da", agents, "--json"});
  EXPECT_EQ(alone.exit_code, kExitSuccess) << alone.err;
  EXPECT_EQ(Json(alone)["results"]["agent_file"], agents);
  // The same again is no harm, another file is.
  Process server(ServeLine({"-p", "mt6580", "--write-da", agents}));
  ASSERT_TRUE(server.ReadErrorUntil("control socket:"));
  const std::string phone = "usbip:" + ServedAt(server) + "/1-1";
  const ProcessResult without = Mtkrig({"readback", "-d", phone, "-o", Out(), "boot"});
  EXPECT_EQ(without.exit_code, kExitUsage);
  EXPECT_THAT(without.err, HasSubstr("mtkrig emulate --write-da FILE"));
  const ProcessResult read = Mtkrig({"readback", "-d", phone, "--da", agents, "-o", Out(), "boot"});
  EXPECT_EQ(read.exit_code, kExitSuccess) << read.err;
  // What is served may as well be a real phone.
  EXPECT_THAT(read.err, HasSubstr("these agents are for phones in software"));
  server.Signal(SIGINT);
  EXPECT_EQ(server.Wait().exit_code, kExitSuccess);
  const ProcessResult here = Mtkrig({"identify", "-d", "emulator:mt6580", "--da", agents});
  EXPECT_EQ(here.exit_code, kExitSuccess) << here.err;
  EXPECT_THAT(here.err, Not(HasSubstr("these agents")));

  Spill(directory_ / "agents.bin", "mine");
  const ProcessResult other = Refused({"-p", "mt6580", "--write-da", agents});
  EXPECT_EQ(other.exit_code, ExitCodeOf(ErrorCode::kExists)) << other.err;
  EXPECT_EQ(Slurp(directory_ / "agents.bin"), "mine");
}

TEST_F(CommandEmulate, NothingIsRecordedWhereNoHostCame) {
  const std::string file = (directory_ / "s.pcapng").string();
  for (int run = 0; run < 2; ++run) {
    Process server(ServeLine({"-p", "mt6580", "--trace", file}));
    ASSERT_TRUE(server.ReadErrorUntil("control socket:"));
    EXPECT_TRUE(std::filesystem::exists(file));
    server.Signal(SIGINT);
    const ProcessResult result = server.Wait();
    EXPECT_EQ(result.exit_code, kExitSuccess) << result.err;
    EXPECT_THAT(result.err, HasSubstr("nothing was carried, and " + file + " removed again"));
    EXPECT_FALSE(std::filesystem::exists(file));
  }
}

TEST_F(CommandEmulate, AnAddressOrFolderThatIsNotThereIsNotFound) {
  const auto told = [this](const std::string& address, const std::string& control) {
    return Mtkrig({"emulate", "-p", "mt6580", "--usbip", address, "--control", control});
  };
  const ProcessResult address = told("192.0.2.1:0", Control());
  EXPECT_EQ(address.exit_code, ExitCodeOf(ErrorCode::kNotFound)) << address.err;
  EXPECT_THAT(address.err,
              AllOf(HasSubstr("cannot listen on 192.0.2.1:0"),
                    HasSubstr("no address of this machine"), HasSubstr("127.0.0.1 is always one")));
  const std::string missing = (directory_ / "nodir" / "c").string();
  const ProcessResult folder = told("127.0.0.1:0", missing);
  EXPECT_EQ(folder.exit_code, ExitCodeOf(ErrorCode::kNotFound)) << folder.err;
  EXPECT_THAT(folder.err, AllOf(HasSubstr(missing), HasSubstr("make the folder first")));
  Spill(directory_ / "file", "");
  EXPECT_EQ(told("127.0.0.1:0", (directory_ / "file" / "c").string()).exit_code,
            ExitCodeOf(ErrorCode::kNotFound));
}

}  // namespace
}  // namespace mtkrig::harness
