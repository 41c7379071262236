#include "device/doctor.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/device/fake_root.h"

namespace mtkrig::device {
namespace {

using testing::FakeRoot;
using ::testing::HasSubstr;

constexpr const char* kRules =
    "SUBSYSTEM==\"usb|tty\", ATTRS{idVendor}==\"0e8d\", TAG+=\"uaccess\"\n";

class DoctorTest : public ::testing::Test {
 protected:
  DoctorTest() {
    root_.Folder("sys/bus/usb/devices");
    root_.Folder("dev/bus/usb/001");
    root_.File("run/udev/control", "");
    // What systemd brings along: all nodes belong to root, and the tag works up to here.
    root_.File("usr/lib/udev/rules.d/50-udev-default.rules",
               "SUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_device\", MODE=\"0664\"\n"
               "KERNEL==\"tty[A-Z]*[0-9]\", GROUP=\"dialout\"\n");
    root_.File("usr/lib/udev/rules.d/73-seat-late.rules",
               "TAG==\"uaccess\", ENV{MAJOR}!=\"\", RUN{builtin}+=\"uaccess\"\n");
    host_.root = root_.path();
    host_.groups = {"plugdev", "dialout"};
    host_.may_write = [](const std::filesystem::path&) {
      return true;
    };
  }
  // The first check of this name.
  Check Find(const std::string& name) {
    for (const Check& check : RunDoctor(host_)) {
      if (check.name == name) return check;
    }
    ADD_FAILURE() << "no check " << name;
    return {};
  }

  FakeRoot root_;
  DoctorHost host_;
};

TEST_F(DoctorTest, FindsNothingWrongOnAHostThatIsSetUp) {
  root_.File("etc/udev/rules.d/60-mtkrig.rules", kRules);
  root_.Folder("sys/bus/usb/drivers/cdc_acm");
  for (const Check& check : RunDoctor(host_)) {
    EXPECT_EQ(check.level, CheckLevel::kOk) << check.name << ": " << check.detail;
    EXPECT_EQ(check.remedy, "");
    EXPECT_NE(check.detail, "");
  }
}

TEST_F(DoctorTest, AsksForUdevRules) {
  EXPECT_EQ(Find("udev rules").level, CheckLevel::kFailure);
  EXPECT_THAT(Find("udev rules").remedy, HasSubstr("60-mtkrig.rules"));
  // Rules of others for such phones will do; rules for other devices will not, nor comments.
  root_.File("usr/lib/udev/rules.d/51-other.rules", "ATTR{idVendor}==\"18d1\", MODE=\"0666\"\n");
  root_.File("usr/lib/udev/rules.d/52-off.rules", std::string("# ") + kRules);
  EXPECT_EQ(Find("udev rules").level, CheckLevel::kFailure);
  root_.File("usr/lib/udev/rules.d/53-phones.rules", kRules);
  EXPECT_EQ(Find("udev rules").level, CheckLevel::kOk);
  EXPECT_THAT(Find("udev rules").detail, HasSubstr("/usr/lib/udev/rules.d/53-phones.rules"));
}

TEST_F(DoctorTest, AFileOfRulesHidesThoseOfItsNameInFoldersBehind) {
  root_.File("usr/lib/udev/rules.d/60-mtkrig.rules", kRules);
  EXPECT_EQ(Find("udev rules").level, CheckLevel::kOk);
  // How an administrator switches a file off: a link to nowhere, or an empty one.
  root_.Link("etc/udev/rules.d/60-mtkrig.rules", "/dev/null");
  EXPECT_EQ(Find("udev rules").level, CheckLevel::kFailure);
}

TEST_F(DoctorTest, LooksPastWhatIsNoFileOfRules) {
  root_.Folder("etc/udev/rules.d/50-folder.rules");
  root_.Link("etc/udev/rules.d/51-loop.rules", "51-loop.rules");
  root_.Link("etc/udev/rules.d/52-dangling.rules", "nowhere");
  const std::string fifo = (root_.path() / "etc/udev/rules.d/53-fifo.rules").string();
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(Find("udev rules").level, CheckLevel::kFailure);
}

// ModemManager's own rules name the vendor, and have modems in them.
TEST_F(DoctorTest, AModemIsNotAMode) {
  root_.File("usr/lib/udev/rules.d/77-mm-mtk-port-types.rules",
             "ATTRS{idVendor}==\"0e8d\", ENV{ID_MM_MTK_MODEM}=\"1\"\n");
  EXPECT_EQ(Find("udev rules").level, CheckLevel::kFailure);
}

TEST_F(DoctorTest, DoesNotAskRootForRules) {
  host_.is_root = true;
  host_.groups.clear();
  EXPECT_EQ(Find("udev rules").level, CheckLevel::kWarning);
  EXPECT_EQ(Find("group plugdev").level, CheckLevel::kOk);
}

TEST_F(DoctorTest, SeesThatUdevdDoesNotRun) {
  std::filesystem::remove(root_.path() / "run/udev/control");
  EXPECT_EQ(Find("udev rules").level, CheckLevel::kWarning);
  EXPECT_THAT(Find("udev rules").detail, HasSubstr("udevd does not run"));
}

TEST_F(DoctorTest, ChecksTheGroups) {
  host_.groups = {"plugdev"};
  EXPECT_EQ(Find("group plugdev").level, CheckLevel::kOk);
  EXPECT_EQ(Find("group dialout").level, CheckLevel::kWarning);
  EXPECT_THAT(Find("group dialout").remedy, HasSubstr("adduser $USER dialout"));
}

TEST_F(DoctorTest, FearsModemManagerUnlessItLooksAway) {
  EXPECT_EQ(Find("ModemManager").level, CheckLevel::kOk);
  root_.File("proc/812/comm", "ModemManager\n");
  EXPECT_EQ(Find("ModemManager").level, CheckLevel::kFailure);
  EXPECT_THAT(Find("ModemManager").detail, HasSubstr("pid 812"));
  root_.File("etc/udev/rules.d/60-mtkrig.rules",
             std::string(kRules) + "ENV{ID_MM_DEVICE_IGNORE}=\"1\"\n");
  EXPECT_EQ(Find("ModemManager").level, CheckLevel::kOk);
  root_.File("etc/udev/rules.d/60-mtkrig.rules",
             std::string(kRules) + "ENV{ID_MM_DEVICE_IGNORE}=\"0\"\n");
  EXPECT_EQ(Find("ModemManager").level, CheckLevel::kFailure) << "0 is no";
  root_.File("etc/udev/rules.d/60-mtkrig.rules",
             std::string(kRules) + "ATTR{idProduct}==\"2000\", ENV{ID_MM_DEVICE_IGNORE}=\"1\"\n");
  EXPECT_EQ(Find("ModemManager").level, CheckLevel::kFailure) << "of one mode only";
  root_.File("etc/udev/rules.d/60-mtkrig.rules",
             std::string(kRules) + "PROGRAM==\"/bin/x\", ENV{ID_MM_DEVICE_IGNORE}=\"1\"\n");
  EXPECT_EQ(Find("ModemManager").level, CheckLevel::kWarning) << "who knows";
}

// A file that names the vendor, a mode and ModemManager, and does nothing of what it seems to.
TEST_F(DoctorTest, IsNotTakenInByRulesThatOnlyLookRight) {
  root_.File("proc/812/comm", "ModemManager\n");
  for (const char* rules : {
           // The ids are written in capitals, which udev compares as they are.
           "SUBSYSTEM==\"usb\", ATTR{idVendor}==\"0E8D\", MODE=\"0666\", "
           "ENV{ID_MM_DEVICE_IGNORE}=\"1\"\n",
           // Rights for root alone.
           "SUBSYSTEM==\"usb\", ATTR{idVendor}==\"0e8d\", MODE=\"0600\"\n",
           // Another product.
           "SUBSYSTEM==\"usb\", ATTR{idVendor}==\"0e8d\", ATTR{idProduct}==\"201c\", "
           "MODE=\"0666\", ENV{ID_MM_DEVICE_IGNORE}=\"1\"\n",
           // What is compared and what is assigned, taken for each other.
           "SUBSYSTEM=\"usb\", ATTR{idVendor}==\"0e8d\", MODE=\"0666\"\n",
           "SUBSYSTEM==\"usb\", ATTR{idVendor}==\"0e8d\", MODE==\"0666\"\n",
           // Everybody but phones.
           "SUBSYSTEM==\"usb\", ATTR{idVendor}!=\"0e8d\", MODE=\"0666\", "
           "ENV{ID_MM_DEVICE_IGNORE}=\"1\"\n",
           // A jump over all of it.
           "GOTO=\"end\"\nATTR{idVendor}==\"0e8d\", MODE=\"0666\", "
           "ENV{ID_MM_DEVICE_IGNORE}=\"1\"\nLABEL=\"end\"\n",
           // When the phone leaves.
           "ACTION==\"remove\", ATTR{idVendor}==\"0e8d\", MODE=\"0666\", "
           "ENV{ID_MM_DEVICE_IGNORE}=\"1\"\n",
       }) {
    root_.File("etc/udev/rules.d/60-mtkrig.rules", rules);
    EXPECT_EQ(Find("udev rules").level, CheckLevel::kFailure) << rules;
    EXPECT_EQ(Find("ModemManager").level, CheckLevel::kFailure) << rules;
  }
}

TEST_F(DoctorTest, NamesTheModesThatRulesForget) {
  root_.File("etc/udev/rules.d/60-phone.rules",
             "SUBSYSTEM==\"usb\", ATTR{idVendor}==\"0e8d\", ATTR{idProduct}==\"2000|2001\", "
             "MODE=\"0666\"\n");
  const Check check = Find("udev rules");
  EXPECT_EQ(check.level, CheckLevel::kFailure);
  EXPECT_THAT(check.detail, HasSubstr("open 0e8d:0003"));
  EXPECT_THAT(check.detail, ::testing::Not(HasSubstr("2000")));
}

TEST_F(DoctorTest, TellsThatATagComesTooLate) {
  root_.File("etc/udev/rules.d/99-phone.rules", kRules);
  const Check check = Find("udev rules");
  EXPECT_EQ(check.level, CheckLevel::kFailure);
  EXPECT_THAT(check.detail, HasSubstr("/etc/udev/rules.d/99-phone.rules:1"));
  EXPECT_THAT(check.detail, HasSubstr("before 73-seat-late.rules"));
  EXPECT_THAT(check.remedy, HasSubstr("60-"));
  // Rights by mode and group work wherever they stand.
  root_.File("etc/udev/rules.d/99-phone.rules",
             "SUBSYSTEM==\"usb\", ATTR{idVendor}==\"0e8d\", MODE=\"0660\", GROUP=\"plugdev\"\n");
  EXPECT_EQ(Find("udev rules").level, CheckLevel::kOk);
}

TEST_F(DoctorTest, TellsThatATagDoesNothingWithoutSystemd) {
  root_.File("etc/udev/rules.d/60-phone.rules", kRules);
  std::filesystem::remove(root_.path() / "usr/lib/udev/rules.d/73-seat-late.rules");
  EXPECT_EQ(Find("udev rules").level, CheckLevel::kFailure);
  EXPECT_THAT(Find("udev rules").detail, HasSubstr("needs 73-seat-late.rules"));
}

TEST_F(DoctorTest, NamesTheGroupThatRulesLetIn) {
  root_.File("etc/udev/rules.d/60-phone.rules",
             "SUBSYSTEM==\"usb\", ATTR{idVendor}==\"0e8d\", MODE=\"0660\", GROUP=\"plugdev\"\n");
  EXPECT_EQ(Find("udev rules").level, CheckLevel::kOk);
  EXPECT_THAT(Find("udev rules").detail, HasSubstr("group plugdev"));
  host_.groups.clear();
  EXPECT_EQ(Find("udev rules").level, CheckLevel::kFailure);
  EXPECT_THAT(Find("udev rules").remedy, HasSubstr("adduser $USER plugdev"));
}

TEST_F(DoctorTest, DoesNotGuessWhatOnlyUdevKnows) {
  for (const char* rules : {
           "SUBSYSTEM==\"usb\", PROGRAM==\"/usr/bin/is-phone\", MODE=\"0666\"\n",
           "SUBSYSTEM==\"usb\", ATTR{product}==\"MT65xx*\", MODE=\"0666\"\n",
           "SUBSYSTEM==\"usb\", KERNEL==\"1-1\", MODE=\"0666\"\n",
           "SUBSYSTEM==\"usb\", A_KEY_OF_LATER==\"x\", MODE=\"0666\"\n",
       }) {
    root_.File("etc/udev/rules.d/60-phone.rules", rules);
    const Check check = Find("udev rules");
    EXPECT_EQ(check.level, CheckLevel::kWarning) << rules;
    EXPECT_THAT(check.detail, HasSubstr("cannot tell")) << rules;
    EXPECT_THAT(check.detail, HasSubstr("/etc/udev/rules.d/60-phone.rules:1")) << rules;
  }
}

TEST_F(DoctorTest, ItsRemediesNeedNoCheckout) {
  root_.File("proc/812/comm", "ModemManager\n");
  root_.Phone("1-1.4", "2000", 12);
  host_.may_write = [](const std::filesystem::path&) {
    return false;
  };
  for (const Check& check : RunDoctor(host_)) {
    EXPECT_THAT(check.remedy, ::testing::Not(HasSubstr("ci/"))) << check.name;
  }
  EXPECT_THAT(Find("udev rules").remedy, HasSubstr("mtkrig doctor --udev-rules"));
}

TEST_F(DoctorTest, TellsWhoSitsElsewhereHowToOpenANode) {
  root_.File("etc/udev/rules.d/60-phone.rules",
             "SUBSYSTEM==\"usb\", ATTR{idVendor}==\"0e8d\", MODE=\"0660\", GROUP=\"plugdev\", "
             "TAG+=\"uaccess\"\n");
  host_.groups.clear();
  host_.may_write = [](const std::filesystem::path&) {
    return false;
  };
  root_.Phone("1-1.4", "2000", 12);
  EXPECT_EQ(Find("udev rules").level, CheckLevel::kOk);
  const Check check = Find("phone 0e8d:2000 (preloader) at 1-1.4");
  EXPECT_THAT(check.remedy, HasSubstr("adduser $USER plugdev"));
}

TEST_F(DoctorTest, WarnsOfBrltty) {
  root_.File("proc/77/comm", "brltty\n");
  EXPECT_EQ(Find("brltty").level, CheckLevel::kWarning);
}

TEST_F(DoctorTest, SaysWhenLibusbCanOpenNothing) {
  std::filesystem::remove_all(root_.path() / "dev/bus/usb");
  EXPECT_EQ(Find("/dev/bus/usb").level, CheckLevel::kFailure);
  EXPECT_THAT(Find("/dev/bus/usb").remedy, HasSubstr("--device /dev/bus/usb"));
  std::filesystem::remove_all(root_.path() / "sys/bus/usb");
  EXPECT_THAT(Find("/dev/bus/usb").detail, HasSubstr("no USB"));
}

TEST_F(DoctorTest, WarnsOfLittleMemoryForTransfers) {
  const std::string file = "sys/module/usbcore/parameters/usbfs_memory_mb";
  root_.File(file, "2\n");
  EXPECT_EQ(Find("usbfs memory").level, CheckLevel::kWarning);
  root_.File(file, "16\n");
  EXPECT_EQ(Find("usbfs memory").level, CheckLevel::kOk);
  root_.File(file, "0\n");
  EXPECT_EQ(Find("usbfs memory").level, CheckLevel::kOk);
}

TEST_F(DoctorTest, MentionsTheDriverThatSerialNeeds) {
  EXPECT_EQ(Find("driver cdc_acm").level, CheckLevel::kWarning);
  EXPECT_EQ(Find("driver cdc_acm").remedy, "sudo modprobe cdc_acm");
}

TEST_F(DoctorTest, LooksAtEveryPhone) {
  root_.Phone("1-1.4", "2000", 12, "12", "option");
  root_.File("proc/90/comm", "adb\n");
  root_.Link("proc/90/fd/3", "/dev/bus/usb/001/012");
  host_.may_write = [this](const std::filesystem::path& path) {
    return path != root_.path() / "dev/bus/usb/001/012";
  };
  std::vector<Check> checks;
  for (const Check& check : RunDoctor(host_)) {
    if (check.name == "phone 0e8d:2000 (preloader) at 1-1.4") checks.push_back(check);
  }
  ASSERT_EQ(checks.size(), 4U);
  EXPECT_EQ(checks[0].level, CheckLevel::kFailure);
  EXPECT_THAT(checks[0].detail, HasSubstr("cannot be opened"));
  EXPECT_EQ(checks[1].level, CheckLevel::kWarning);
  EXPECT_THAT(checks[1].detail, HasSubstr("option"));
  EXPECT_EQ(checks[2].level, CheckLevel::kFailure);
  EXPECT_THAT(checks[2].detail, HasSubstr("adb (pid 90)"));
  EXPECT_EQ(checks[3].level, CheckLevel::kWarning);
  EXPECT_THAT(checks[3].detail, HasSubstr("12 Mbit/s behind 1 hub"));
}

TEST(Doctor, RunsOnThisHost) {
  EXPECT_FALSE(RunDoctor(ThisHost()).empty());
}

}  // namespace
}  // namespace mtkrig::device
