// What notes and facts that stay tell of a phone and its owner, beyond identities in hex.

#include "traces/redact/personal_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "tests/traces/redact/redact_testing.h"
#include "traces/redact/computer_names.h"
#include "traces/redact/named_identities.h"

namespace mtkrig::traces {
namespace {

using test::RedactEvents;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A recording of two texts: a comment and a fact.
std::vector<std::string> RedactTexts(const std::string& comment, const std::string& about = "") {
  SessionFacts facts;
  if (!about.empty()) facts.comments = {about};
  std::vector<Event> events = test::Events("> a0\n< 5f\n");
  events.push_back(TextEvent(EventKind::kComment, comment));
  const test::Redacted redacted = RedactEvents(events, facts, {.keep_notes = true});
  return {redacted.events.back().text, about.empty() ? "" : redacted.facts.comments.at(0)};
}

std::string RedactText(const std::string& comment) {
  return RedactTexts(comment)[0];
}

TEST(PersonalTexts, SerialNumbersOfLettersAndDigitsGo) {
  for (const char* text :
       {"serial: R58M12ABCDE", "Serial number = R58M12ABCDE", "iSerial: R58M12ABCDE",
        "S/N R58M12ABCDE", "serialno:\"R58M12ABCDE\"", "ro.serialno=R58M12ABCDE, done",
        "the SN is: sn R58M12ABCDE", "Serial no. R58M12ABCDE", "serial number is R58M12ABCDE",
        "[ro.serialno]: [R58M12ABCDE]", "  iSerial                 3 R58M12ABCDE"}) {
    EXPECT_THAT(RedactText(text), AllOf(Not(HasSubstr("R58M12ABCDE")), HasSubstr("X0000000001")))
        << text;
  }
  EXPECT_EQ(RedactText("serial: HT-A1B2-77"), "serial: X000000001");
}

// Whether its letters end at F is chance.
TEST(PersonalTexts, SerialNumbersOfHexDigitsGoBehindTheSameWords) {
  for (const char* text :
       {"S/N 123456789A", "S/N: 4567891230AB", "s/n=123456789a", "iSerial 3 4567891230AB",
        "iSerialNumber: 4567891230AB", "UDID 123456789A", "serial 123456789A", "IMEI/SN 123456789A",
        "S/N 12345678"}) {
    const std::string redacted = RedactText(text);
    EXPECT_EQ(redacted.size(), std::string_view(text).size());
    EXPECT_THAT(redacted, AllOf(Not(HasSubstr("4567")), Not(HasSubstr("6789A")),
                                Not(HasSubstr("6789a")), Not(HasSubstr("30AB"))))
        << text;
  }
}

TEST(PersonalTexts, ASerialNumberHasOneSubstituteEverywhere) {
  std::vector<Event> events = test::Events("> a0\n< 5f\n");
  events.push_back(TextEvent(EventKind::kComment, "R58M12ABCDE answers"));
  SessionFacts facts;
  facts.comments = {"serial: R58M12ABCDE"};
  const test::Redacted redacted = RedactEvents(events, facts, {.keep_notes = true});
  EXPECT_EQ(redacted.facts.comments.at(0), "serial: X0000000001");
  EXPECT_EQ(redacted.events.back().text, "X0000000001 answers");
}

TEST(PersonalTexts, MacAddressesGoWithoutAWordInFront) {
  const std::vector<std::string> texts =
      RedactTexts("wlan0 3c:5a:b4:01:9e:7f up", "bt 3C-5A-B4-01-9E-7F, 02:00:00:00:00:00");
  EXPECT_THAT(texts[0], AllOf(HasSubstr("wlan0 "), HasSubstr(" up"), Not(HasSubstr("3c:5a"))));
  EXPECT_THAT(texts[1], AllOf(Not(HasSubstr("3C-5A")), Not(HasSubstr("02:00:00"))));
  // The same address is the same in both.
  std::string first = texts[0].substr(6, 17);
  std::string second = texts[1].substr(3, 17);
  for (char& c : first) c = c == ':' ? '-' : static_cast<char>(std::toupper(c));
  EXPECT_EQ(first, second);
}

TEST(PersonalTexts, NumbersOfCardsAndRadiosBehindTheirNamesGo) {
  for (const char* text :
       {"IMSI: 262011234567890", "ICCID 8949020000123456789", "WLAN MAC 3c5ab4019e7f",
        "bt_addr=3C5AB4019E7F", "android_id: 9774d56d682e549c"}) {
    const std::string redacted = RedactText(text);
    EXPECT_EQ(redacted.size(), std::string_view(text).size());
    for (const char* value : {"2620112", "345678", "5ab401", "5AB401", "d56d682e"}) {
      EXPECT_THAT(redacted, Not(HasSubstr(value))) << text;
    }
  }
  EXPECT_EQ(RedactText("ICCID 8949020000123456789"), "ICCID 0000000000000000001");
}

TEST(PersonalTexts, NamesOfEnvironmentsGoWhereverTheyStand) {
  const std::vector<std::string> texts =
      RedactTexts("USER=anna HOSTNAME=annas-laptop LOGNAME=anna", "of Anna at annas-laptop");
  EXPECT_EQ(texts[0], "USER=user HOSTNAME=user LOGNAME=user");
  EXPECT_EQ(texts[1], "of user at user");
}

TEST(PersonalTexts, PhoneNumbersAndImeisGo) {
  for (const char* text :
       {"call +49 170 1234567 please", "tel: 0170/1234567", "Phone number: (0170) 123-4567",
        "490154203237518 is its IMEI", "IMEI: 49-015420-323751-8", "IMEI1 490154203237518"}) {
    const std::string redacted = RedactText(text);
    EXPECT_THAT(redacted, AllOf(Not(HasSubstr("1234567")), Not(HasSubstr("123-4567")),
                                Not(HasSubstr("4901542")), Not(HasSubstr("015420"))))
        << text;
  }
}

// Digits stay digits, and the last one checks the others.
TEST(PersonalTexts, AnImeiBecomesAnotherOne) {
  EXPECT_EQ(RedactText("490154203237518 is its IMEI"), "000000000000018 is its IMEI");
  EXPECT_EQ(RedactText("IMEI: 490154203237518"), "IMEI: 000000000000018");
  EXPECT_EQ(RedactText("IMEI = 49-015420-323751-8"), "IMEI = 00-000000-000001-8");
  EXPECT_EQ(RedactText("imei 49015420323751"), "imei 00000000000001");
  EXPECT_EQ(RedactText("IMEI: 4901542032375180"), "IMEI: 0000000000000001");
  const std::vector<std::string> texts =
      RedactTexts("IMEI: 490154203237518", "serial 1234, 490154203237518");
  EXPECT_THAT(texts[1], HasSubstr(texts[0].substr(6)));
}

// As boxes, labels and screens print it; the marks stay.
TEST(PersonalTexts, AnImeiGoesHoweverItIsPrinted) {
  for (const auto& [text, made] : std::vector<std::pair<std::string, std::string>>{
           {"49-015420-323751-8", "00-000000-000001-8"},
           {"label 49 015420 323751 8, red", "label 00 000000 000001 8, red"},
           {"1. 49 015420 323751 8 on it", "1. 00 000000 000001 8 on it"},
           {"490154/20/323751/8", "000000/00/000001/8"},
           {"490 154 203 237 518", "000 000 000 000 018"},
           {"4 9 0 1 5 4 2 0 3 2 3 7 5 1 8", "0 0 0 0 0 0 0 0 0 0 0 0 0 1 8"},
           {"49\u2013015420\u2013323751\u20138", "00\u2013000000\u2013000001\u20138"},
           {"IMEI: 4 9 0 1 5 4 2 0 3 2 3 7 5 1 8", "IMEI: 0 0 0 0 0 0 0 0 0 0 0 0 0 1 8"},
           {"IMEI 490154/20/323751/8", "IMEI 000000/00/000001/8"},
           {"IMEI (49) 0154203237518", "IMEI (00) 0000000000018"},
           {"IMEI 1: 490154203237518", "IMEI 1: 000000000000018"},
           {"IMEI2: 49 015420 323751 8", "IMEI2: 00 000000 000001 8"},
           // Without its check digit, or with another one, or with a version.
           {"IMEI 49 015420 323751", "IMEI 00 000000 000001"},
           {"IMEI 49:015420:323751:3", "IMEI 00:000000:000001:8"},
           {"IMEISV 490154/20/323751/01", "IMEISV 000000/00/000000/01"},
           {"IMSI 262 01 1234567890", "IMSI 000 00 0000000018"},
           {"ICCID 894 902 000 012 345 678 9", "ICCID 000 000 000 000 000 000 1"}}) {
    EXPECT_EQ(RedactText(text), made);
  }
}

TEST(PersonalTexts, NumbersThatAreNoImeiStay) {
  for (const char* text : {"49 015420 323751 7", "4901 54203 237518 0 1", "2024 05 01 12 00 00 5",
                           "179 0 7634944 1 2 3", "490154203237518e", "49:015420:323751:8"}) {
    EXPECT_EQ(RedactText(text), text);
  }
}

TEST(PersonalTexts, MailAddressesAndPromptsGo) {
  EXPECT_EQ(RedactText("ask anna.b@mail.example.de, please"), "ask user@example.org, please");
  EXPECT_EQ(RedactText("anna@thinkpad:~$ sudo mtk"), "user@host:~$ sudo mtk");
}

TEST(PersonalTexts, NamesOfHomeFoldersGoWhereverTheyStand) {
  const std::vector<std::string> texts =
      RedactTexts("Alice's phone, alice_boot.img, malice stays",
                  "command: readback --scatter /home/alice/alice-backup/MT6577.txt");
  EXPECT_EQ(texts[1], "command: readback --scatter /home/user/user-backup/MT6577.txt");
  EXPECT_EQ(texts[0], "user's phone, user_boot.img, malice stays");
  for (const char* path :
       {R"(C:\Users\anna\x)", R"("C:\\Users\\anna\\x")", "/home//anna/x", "C:/Users/anna/x",
        R"(C:\Documents and Settings\anna\x)", R"(C:\Users\anna maria\x)", "/run/media/anna/x"}) {
    EXPECT_THAT(RedactText(path),
                AllOf(Not(HasSubstr("anna")), Not(HasSubstr("maria")), HasSubstr("user")))
        << path;
  }
}

TEST(PersonalTexts, AddressesAndHostsOfComputersGo) {
  EXPECT_EQ(RedactText("from 10.0.0.7, 192.168.178.250:3240."), "from 192.0.2.1, 192.0.2.1:3240.");
  EXPECT_EQ(RedactText("identify -d usbip:10.0.0.7/1-1"), "identify -d usbip:host/1-1");
  EXPECT_EQ(RedactText("usbip:annas-laptop.lan:3240/1-1 usbip:[fe80::1%eth0]/2-1"),
            "usbip:host/1-1 usbip:host/2-1");
  for (const char* text : {"127.0.0.1:3240", "usbip:127.0.0.1/1-1", "usbip:localhost:3240/1-1",
                           "version 1.2.3.4.5", "0.12.3", "1.2.3.256", "v1.2.3.4", "1.2.3.4b",
                           "usbip: a/b", "usbip:mt6580", "usbip:host/1"}) {
    EXPECT_EQ(RedactText(text), text);
  }
}

TEST(PersonalTexts, AddressesOfVersionSixGo) {
  for (const auto& [text, made] : std::vector<std::pair<std::string, std::string>>{
           {"from fe80::3e5a:b4ff:fe01:9e7f%eth0.", "from 2001:db8::1."},
           {"http://[2003:e7::1]:3240/", "http://[2001:db8::1]:3240/"},
           {"2003:00e7:5702:0a00:3e5a:b4ff:fe01:9e7f up", "2001:db8::1 up"},
           {"inet6 2003:e7::/64, 64:ff9b::10.0.0.7", "inet6 2001:db8::1/64, 2001:db8::1"},
           {"FD12:3456:789A::1", "2001:db8::1"},
           {"::ffff:10.0.0.7", "2001:db8::1"}}) {
    EXPECT_EQ(RedactText(text), made);
  }
  for (const char* text :
       {"::1", "::", "[::1]:3240", "12:34:56", "a:b:c:d", "std::abc", "abc::def_g", "1:2:3:4:5:6:7",
        "01:23:45:67:89:ab:cd:ef", "1:2:3:4:5:6:7:8:9", "fe80::1::2", "12345::1", "2001:db8::1"}) {
    EXPECT_EQ(RedactText(text), text);
  }
}

TEST(PersonalTexts, OtherTextsStay) {
  for (const char* text :
       {"Serial link auth: NO", "serial port 115200", "serial:/dev/ttyACM0", "read 512@0x1000",
        "EMMC_USER:0x988000+6291456", "12:34:56 and 2024-05-01", "the tel is off",
        "123456789012345 bytes", "/home/user/x of a user", "ff:ff:ff:ff:ff:ff", "at 0x10007000",
        "00 11 22 33 44 55 66", "05:ff:a0", "7 devices + 12345 bytes"}) {
    EXPECT_EQ(RedactText(text), text);
  }
}

TEST(PersonalTexts, TheHostOfAMonikerGoes) {
  SessionFacts facts;
  facts.moniker = "usbip:annas-laptop.lan:3240/1-1";
  EXPECT_EQ(RedactEvents(test::Events("> a0\n< 5f\n"), facts).facts.moniker, "usbip:host/1-1");
}

TEST(PersonalTexts, ASerialPortByTheNameOfItsPhoneGoes) {
  SessionFacts facts;
  facts.moniker = "serial:/dev/serial/by-id/usb-MediaTek_Phone_R58M12ABCDQ-if00";
  EXPECT_EQ(RedactEvents(test::Events("> a0\n< 5f\n"), facts).facts.moniker, "serial:port");
  facts.moniker = "serial:/dev/ttyACM0";
  EXPECT_EQ(RedactEvents(test::Events("> a0\n< 5f\n"), facts).facts.moniker, facts.moniker);
}

TEST(PersonalTexts, TakesLittleTimeWhateverATextIsMadeOf) {
  const std::clock_t begun = std::clock();  // of the processor, whoever else has it
  for (const char* piece : {"a.", "sn-", "+1 ", "/home/", "aa:", "a@", "/home/a@b /media/", "1-",
                            "imei 1 ", "49 ", "a::", "1:"}) {
    std::string text;
    while (text.size() < (std::size_t{1} << 16)) text += piece;
    SecretTable secrets;
    PeoplesNames names;
    LearnPersonal(text, secrets, names);
    std::string made = text;
    ReplacePersonal(secrets, text, made);
    ReplaceNames(names, made);
    ReplaceComputers(made);
    LearnNamedIdentities(text, secrets);
    ReplaceNamedIdentities(secrets, text);
  }
  EXPECT_LT(std::clock() - begun, 30 * CLOCKS_PER_SEC);
}

}  // namespace
}  // namespace mtkrig::traces
