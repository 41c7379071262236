#include "device/udev_rules.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "device/usb_ids.h"
#include "tests/device/fake_root.h"

namespace mtkrig::device {
namespace {

using ::testing::ElementsAre;
using testing::FakeRoot;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr UsbId kPreloader = {0x0e8d, 0x2000};

std::vector<UdevFile> Files(std::string_view text) {
  return {{.path = "/r/60-x.rules", .readable = true, .lines = ParseUdevRules(text)}};
}
UdevOutcome OfPhone(std::string_view text, UsbId id = kPreloader) {
  return ApplyUdevRules(Files(text), UdevPhone(id));
}
UdevOutcome OfTty(std::string_view text) {
  return ApplyUdevRules(Files(text), UdevPhoneTty(kPreloader));
}
// The only value that the mode can have; "?" if there are several, "" if no rule gives one.
std::string ModeOf(const UdevOutcome& outcome) {
  if (outcome.mode.empty()) return "";
  return outcome.mode.size() == 1 ? outcome.mode.front().value : "?";
}
std::string Mode(std::string_view text) {
  return ModeOf(OfPhone(text));
}

TEST(UdevText, ReadsKeysAttributesOperatorsAndValues) {
  const auto lines = ParseUdevRules(
      "# a comment\n"
      "\n"
      "  ATTR{idVendor}==\"0e8d\", KERNEL!=\"x\",MODE:=\"0660\" TAG-=\"a \\\"b\\\"\"\n");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].number, 3);
  ASSERT_EQ(lines[0].tokens.size(), 4U);
  EXPECT_EQ(lines[0].tokens[0].key, "ATTR");
  EXPECT_EQ(lines[0].tokens[0].attribute, "idVendor");
  EXPECT_EQ(lines[0].tokens[0].op, UdevOperator::kEqual);
  EXPECT_EQ(lines[0].tokens[0].value, "0e8d");
  EXPECT_EQ(lines[0].tokens[1].op, UdevOperator::kUnequal);
  EXPECT_EQ(lines[0].tokens[2].op, UdevOperator::kFinal);
  EXPECT_EQ(lines[0].tokens[3].op, UdevOperator::kRemove);
  EXPECT_EQ(lines[0].tokens[3].value, "a \"b\"");
}

TEST(UdevText, JoinsLinesThatGoOn) {
  const auto lines = ParseUdevRules(
      "SUBSYSTEM==\"usb\", \\\n"
      "# a comment in between\n"
      "  MODE=\"0666\"\n"
      "GROUP=\"x\" \\");
  ASSERT_EQ(lines.size(), 1U) << "what has no end is none";
  EXPECT_EQ(lines[0].tokens.size(), 2U);
}

TEST(UdevText, DropsWhatUdevDrops) {
  for (const char* line :
       {"MODE=0666", "MODE\"0666\"", "MODE=\"0666", "MODE", "MODE==\"0666\"", "SUBSYSTEM=\"usb\"",
        "GOTO==\"x\"", "LABEL+=\"x\"", "ATTRS{x}=\"1\"", "ATTR{x==\"1\"", "BUS==\"usb\"",
        "SYSFS{idVendor}==\"0e8d\"", "=\"x\"", "KERNEL=~\"x\""}) {
    EXPECT_THAT(ParseUdevRules(std::string(line) + ", GROUP=\"plugdev\"\n"), IsEmpty()) << line;
  }
  EXPECT_THAT(ParseUdevRules(std::string(20000, ' ') + "\n" + "GROUP=\"" + std::string(20000, 'x') +
                             "\"\n"),
              IsEmpty());
}

TEST(UdevText, GoesThroughFilesByNameWhateverTheirFolder) {
  FakeRoot root;
  root.File("etc/udev/rules.d/70-b.rules", "GROUP=\"etc\"\n");
  root.File("run/udev/rules.d/70-b.rules", "GROUP=\"run\"\n");
  root.File("usr/lib/udev/rules.d/60-a.rules", "GROUP=\"lib\"\n");
  root.File("run/udev/rules.d/80-c.rules", "GROUP=\"run\"\n");
  root.File("usr/lib/udev/rules.d/80-c.rules", "GROUP=\"lib\"\n");
  root.File("etc/udev/rules.d/README", "GROUP=\"no\"\n");
  root.Link("etc/udev/rules.d/90-d.rules", "/dev/null");
  root.File("usr/lib/udev/rules.d/90-d.rules", "GROUP=\"lib\"\n");
  std::vector<std::string> seen;
  for (const UdevFile& file : ReadUdevRules(root.path())) {
    seen.push_back(file.path + (file.lines.empty() ? " off" : ""));
  }
  EXPECT_THAT(seen,
              ElementsAre("/usr/lib/udev/rules.d/60-a.rules", "/etc/udev/rules.d/70-b.rules",
                          "/run/udev/rules.d/80-c.rules", "/etc/udev/rules.d/90-d.rules off"));
}

TEST(UdevRules, ComparesWithAlternativesAndPatterns) {
  EXPECT_EQ(Mode("ATTR{idProduct}==\"0003|2000|2001\", MODE=\"0666\""), "0666");
  EXPECT_EQ(Mode("ATTR{idProduct}==\"200?\", MODE=\"0666\""), "0666");
  EXPECT_EQ(Mode("ATTR{idProduct}==\"2[0-9]*\", MODE=\"0666\""), "0666");
  EXPECT_EQ(Mode("ATTR{idProduct}==\"200\", MODE=\"0666\""), "");
  EXPECT_EQ(Mode("ATTR{idProduct}!=\"0003|2001\", MODE=\"0666\""), "0666");
  EXPECT_EQ(Mode("ATTR{idProduct}!=\"0003|2000\", MODE=\"0666\""), "");
  EXPECT_EQ(Mode("KERNEL==\"[0-9]*-[0-9]*\", MODE=\"0666\""), "0666");
  EXPECT_EQ(Mode("KERNEL==\"tty*\", MODE=\"0666\""), "");
  EXPECT_EQ(Mode("ENV{DEVTYPE}==\"usb_interface\", MODE=\"0666\""), "");
  EXPECT_EQ(Mode("ENV{PRODUCT}==\"e8d/2000/*\", MODE=\"0666\""), "0666");
  EXPECT_EQ(Mode("ACTION==\"add|change\", MODE=\"0666\""), "0666");
}

TEST(UdevRules, LooksAtParentsOneAtATime) {
  // Of the tty nothing but a parent has ids, and vendor and product must be the same one's.
  EXPECT_EQ(ModeOf(OfTty("ATTRS{idVendor}==\"0e8d\", ATTRS{idProduct}==\"2000\", MODE=\"0666\"")),
            "0666");
  EXPECT_EQ(ModeOf(OfTty("ATTR{idVendor}==\"0e8d\", MODE=\"0666\"")), "");
  EXPECT_EQ(ModeOf(OfTty("ATTRS{idVendor}==\"1d6b\", ATTRS{idProduct}==\"2000\", MODE=\"0666\"")),
            "");
  EXPECT_EQ(ModeOf(OfTty("SUBSYSTEMS==\"usb\", DRIVERS==\"cdc_acm\", MODE=\"0666\"")), "0666");
  // A trap of udev's: some parent always is another vendor's, the root hub at least.
  EXPECT_EQ(Mode("ATTRS{idVendor}!=\"0e8d\", MODE=\"0666\""), "0666");
  EXPECT_EQ(Mode("ATTR{idVendor}!=\"0e8d\", MODE=\"0666\""), "");
}

TEST(UdevRules, TheLastAssignmentCountsUnlessOneWasFinal) {
  EXPECT_EQ(Mode("MODE=\"0666\"\nMODE=\"0600\""), "0600");
  EXPECT_EQ(Mode("MODE:=\"0666\"\nMODE=\"0600\""), "0666");
  EXPECT_EQ(Mode("PROGRAM==\"x\", MODE:=\"0666\"\nMODE=\"0600\""), "?");
  EXPECT_EQ(Mode("PROGRAM==\"x\", MODE=\"0666\"\nMODE=\"0600\""), "0600");
}

TEST(UdevRules, TagsComeAndGo) {
  EXPECT_EQ(OfPhone("TAG+=\"uaccess\"").tagged, Truth::kYes);
  EXPECT_EQ(OfPhone("TAG=\"uaccess\"").tagged, Truth::kYes);
  EXPECT_EQ(OfPhone("TAG+=\"uaccess\"\nTAG-=\"uaccess\"").tagged, Truth::kNo);
  EXPECT_EQ(OfPhone("TAG+=\"uaccess\"\nTAG=\"seat\"").tagged, Truth::kNo);
  EXPECT_EQ(OfPhone("TAG+=\"uaccess\"\nTAG+=\"seat\"").tagged, Truth::kYes);
  EXPECT_EQ(OfPhone("PROGRAM==\"x\", TAG+=\"uaccess\"").tagged, Truth::kPerhaps);
  const char* acts = "TAG==\"uaccess\", RUN{builtin}+=\"uaccess\"\n";
  EXPECT_EQ(OfPhone(std::string("TAG+=\"uaccess\"\n") + acts).seat_access, Truth::kYes);
  EXPECT_EQ(OfPhone(std::string(acts) + "TAG+=\"uaccess\"\n").seat_access, Truth::kNo);
}

// mtkrig's own rules jump to what concerns them, Android's over what does not.
TEST(UdevRules, JumpsForwardInBothStyles) {
  const char* positive =
      "SUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_device\", GOTO=\"id\"\n"
      "GOTO=\"end\"\n"
      "LABEL=\"id\"\n"
      "ATTR{idVendor}==\"0e8d\", GOTO=\"phone\"\n"
      "GOTO=\"end\"\n"
      "LABEL=\"phone\"\n"
      "MODE=\"0666\"\n"
      "LABEL=\"end\"\n";
  EXPECT_EQ(Mode(positive), "0666");
  EXPECT_EQ(ModeOf(OfPhone(positive, {0x18d1, 0x4ee7})), "");
  const char* negative =
      "SUBSYSTEM!=\"usb\", GOTO=\"end\"\n"
      "ATTR{idVendor}!=\"0e8d\", GOTO=\"not_mediatek\"\n"
      "ATTR{idProduct}==\"2000\", ENV{adb_user}=\"yes\"\n"
      "LABEL=\"not_mediatek\"\n"
      "ENV{adb_user}==\"yes\", MODE=\"0660\", GROUP=\"plugdev\"\n"
      "LABEL=\"end\"\n";
  EXPECT_EQ(Mode(negative), "0660");
  EXPECT_EQ(ModeOf(OfPhone(negative, {0x0e8d, 0x0003})), "");
  EXPECT_EQ(ModeOf(OfPhone(negative, {0x18d1, 0x2000})), "");
  EXPECT_EQ(ModeOf(OfTty(negative)), "");
}

TEST(UdevRules, AJumpThatDependsLeavesOnlyWhatItJumpsOverOpen) {
  const UdevOutcome outcome = OfPhone(
      "PROGRAM==\"x\", GOTO=\"a\"\n"
      "MODE=\"0666\"\n"
      "LABEL=\"a\"\n"
      "GROUP=\"plugdev\"\n");
  EXPECT_EQ(ModeOf(outcome), "?");
  ASSERT_EQ(outcome.group.size(), 1U);
  EXPECT_THAT(outcome.uncertain_at, HasSubstr("60-x.rules:2"));
  // Both ways lead past the mode.
  EXPECT_EQ(Mode("PROGRAM==\"x\", GOTO=\"a\"\nGOTO=\"b\"\nMODE=\"0666\"\nLABEL=\"a\"\nLABEL=\"b\""),
            "");
}

TEST(UdevRules, AJumpBackOrToNowhereIsNone) {
  EXPECT_EQ(Mode("LABEL=\"a\"\nGOTO=\"a\"\nMODE=\"0666\""), "0666");
  EXPECT_EQ(Mode("GOTO=\"nowhere\"\nMODE=\"0666\""), "0666");
  std::vector<UdevFile> files = Files("GOTO=\"a\"\nMODE=\"0666\"");
  files.push_back(Files("GROUP=\"x\"\nLABEL=\"a\"").front());
  EXPECT_EQ(ModeOf(ApplyUdevRules(files, UdevPhone(kPreloader))), "0666") << "of another file";
}

TEST(UdevRules, KnowsWhatUsbIdImportsAndNotWhatAProgramDoes) {
  EXPECT_EQ(Mode("ENV{ID_VENDOR_ID}==\"0e8d\", MODE=\"0666\""), "") << "not imported yet";
  EXPECT_EQ(Mode("IMPORT{builtin}=\"usb_id\"\nENV{ID_VENDOR_ID}==\"0e8d\", MODE=\"0666\""), "0666");
  EXPECT_EQ(Mode("IMPORT{builtin}=\"usb_id\"\nENV{adb_user}==\"yes\", MODE=\"0666\""), "");
  // systemd's own rule for cameras is on every machine.
  EXPECT_EQ(OfPhone("IMPORT{builtin}=\"usb_id\"\n"
                    "ENV{ID_USB_INTERFACES}==\"*:060101:*\", TAG+=\"uaccess\"")
                .tagged,
            Truth::kNo);
  EXPECT_EQ(Mode("IMPORT{program}=\"x\"\nENV{adb_user}==\"yes\", MODE=\"0666\""), "?");
}

TEST(UdevRules, OursLetUsersInAndModemManagerOut) {
  std::ifstream file(MTKRIG_UDEV_RULES);
  ASSERT_TRUE(file.is_open());
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const KnownUsbId& known : KnownUsbIds()) {
    SCOPED_TRACE(ToString(known.id));
    const UdevOutcome usb = OfPhone(text, known.id);
    EXPECT_EQ(ModeOf(usb), "0660");
    ASSERT_EQ(usb.group.size(), 1U);
    EXPECT_EQ(usb.group[0].value, "plugdev");
    EXPECT_EQ(usb.tagged, Truth::kYes);
    ASSERT_EQ(usb.environment.count("ID_MM_DEVICE_IGNORE"), 1U);
    const UdevOutcome tty = ApplyUdevRules(Files(text), UdevPhoneTty(known.id));
    ASSERT_EQ(tty.group.size(), 1U);
    EXPECT_EQ(tty.group[0].value, "dialout");
    EXPECT_EQ(tty.tagged, Truth::kYes);
  }
  const UdevOutcome other = OfPhone(text, {0x0e8d, 0x201d});
  EXPECT_EQ(ModeOf(other), "");
  EXPECT_EQ(other.tagged, Truth::kNo);
}

}  // namespace
}  // namespace mtkrig::device
