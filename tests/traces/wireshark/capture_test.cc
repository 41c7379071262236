// Captures as other programs make them: usbmon of both link types, other devices in between, phones
// that enumerate again, ids of other vendors.

#include <gmock/gmock.h>

#include <algorithm>

#include "dissection.h"

namespace mtkrig::traces {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

constexpr std::uint32_t kMicrosecondMagic = 0xa1b2c3d4;

// The transfers of a session as usbmon reports them.
std::vector<Urb> Urbs(const std::vector<Event>& events) {
  std::vector<Urb> urbs;
  std::uint64_t id = 0x1000;
  for (const Event& event : events) {
    if (event.kind != EventKind::kBytes) continue;
    ++id;
    if (event.direction == Direction::kToPhone) {
      urbs.push_back(OutSubmit(id, event.bytes));
      urbs.push_back(OutComplete(id, static_cast<std::uint32_t>(event.bytes.size())));
    } else {
      urbs.push_back(InSubmit(id, 512));
      urbs.push_back(InComplete(id, event.bytes));
      // Readers that ask for multiples of a packet see these.
      urbs.push_back(InSubmit(id, 512));
      urbs.push_back(InComplete(id, {}));
    }
  }
  return urbs;
}

class WiresharkCapture : public WiresharkTest {
 protected:
  std::string Write(const Bytes& bytes, std::string_view name = "capture") {
    std::string path = directory_ / name;
    SpillAll(path, bytes);
    return path;
  }
  static std::vector<Urb> Session() { return Urbs(WireSession("preloader")); }
  static std::vector<std::string> Commands(const std::string& capture,
                                           const std::string& options = "") {
    return FieldLines(capture, "mtk.cmd.name", "-e mtk.cmd.name", options);
  }
  static std::vector<std::string> All() {
    return {"GET_HW_CODE",       "GET_HW_SW_VER",     "GET_BL_VER", "GET_VERSION",
            "GET_TARGET_CONFIG", "WRITE32",           "SEND_DA",    "JUMP_DA",
            "USB_CHECK_STATUS",  "SDMMC_SWITCH_PART", "READ",       "FINISH"};
  }
};

TEST_F(WiresharkCapture, OfBothLinkTypes) {
  const std::vector<Urb> urbs = At(3, 9, Join({Descriptor(1, 0x0e8d, 0x2000), Session()}));
  for (const std::uint32_t link_type : {220U, 189U}) {
    SCOPED_TRACE(link_type);
    const std::string capture =
        Write(Pcap(urbs, protocol::Endian::kLittle, kMicrosecondMagic, link_type));
    EXPECT_EQ(Commands(capture), All());
    EXPECT_THAT(InfoLines(capture, "mtk.raw || mtk.expert.unexpected"), IsEmpty());
  }
}

// Without descriptors, what is said is all there is to go by.
TEST_F(WiresharkCapture, WithoutDescriptors) {
  EXPECT_EQ(Commands(Write(Pcapng(Session()))), All());
  std::vector<Urb> silent = Session();
  silent.erase(silent.begin(), silent.begin() + 4);  // READY
  EXPECT_EQ(Commands(Write(Pcapng(silent))), All());
}

TEST_F(WiresharkCapture, OfAnotherVendor) {
  EXPECT_EQ(Commands(Write(Pcapng(At(1, 4, Join({Descriptor(1, 0x1004, 0x6000), Session()}))))),
            All());
  // No ids of a phone's, but its answer to a handshake.
  std::vector<Urb> unknown = Session();
  unknown.erase(unknown.begin(), unknown.begin() + 4);
  EXPECT_EQ(Commands(Write(Pcapng(At(1, 4, Join({Descriptor(1, 0x1234, 0x5678), unknown}))))),
            All());
}

// What others say is left to others.
TEST_F(WiresharkCapture, LeavesOtherDevicesAlone) {
  std::vector<Urb> urbs;
  for (const Bytes& bytes : {Bytes{0xa0}, Bytes{'A', 'T', '\r'}, Bytes{0xfd}, Bytes{0xc0, 0}}) {
    urbs.push_back(OutSubmit(1, bytes));
    urbs.push_back(OutComplete(1, static_cast<std::uint32_t>(bytes.size())));
    urbs.push_back(InSubmit(2, 64));
    urbs.push_back(InComplete(2, {0x00, 0x01}));
  }
  EXPECT_THAT(
      InfoLines(Write(Pcapng(At(1, 6, Join({Descriptor(9, 0x0403, 0x6001), urbs})))), "mtk"),
      IsEmpty());
  // Nothing known: the first byte may be a handshake, until it is answered.
  EXPECT_THAT(InfoLines(Write(Pcapng(At(1, 6, urbs))), "mtk"), ElementsAre("1 handshake a0"));
}

TEST_F(WiresharkCapture, OfTwoPhonesAtOnce) {
  const std::vector<Urb> one = At(1, 4, Join({Descriptor(1, 0x0e8d, 0x2000), Session()}));
  const std::vector<Urb> two = At(2, 4, Join({Descriptor(2, 0x0e8d, 0x2000), Session()}));
  std::vector<Urb> mixed;
  for (std::size_t i = 0; i < one.size(); ++i) {
    mixed.push_back(one[i]);
    mixed.push_back(two[i]);
  }
  const std::string capture = Write(Pcapng(mixed));
  EXPECT_EQ(FieldLines(capture, "mtk.cmd.name && usb.bus_id == 1", "-e mtk.cmd.name"), All());
  EXPECT_EQ(FieldLines(capture, "mtk.cmd.name && usb.bus_id == 2", "-e mtk.cmd.name"), All());
}

// The agent's stage 2 under a new address, where it goes on with its commands.
TEST_F(WiresharkCapture, GoesOnAfterEnumeration) {
  std::vector<Event> events = Transfers(WireSession("preloader"));
  const auto check = std::find_if(events.begin(), events.end(),
                                  [](const Event& event) { return event.bytes == Bytes{0x72}; });
  const std::vector<Event> first(events.begin(), check);
  const std::vector<Event> second(check, events.end());
  const std::vector<Event> port = {BytesEvent(Direction::kToPhone, Bytes{0x70}),
                                   BytesEvent(Direction::kToPhone, Bytes{0x01}),
                                   BytesEvent(Direction::kToHost, Bytes{0x5a})};
  const std::string capture =
      Write(Pcapng(Join({At(1, 4, Join({Descriptor(1, 0x0e8d, 0x2000), Urbs(first), Urbs(port)})),
                         At(1, 5, Join({Descriptor(2, 0x0e8d, 0x2001), Urbs(second)}))})));
  EXPECT_THAT(FieldLines(capture, "mtk.cmd.name && usb.device_address == 5",
                         "-e mtk.stage -e mtk.cmd.name"),
              ElementsAre("DA stage 2 USB_CHECK_STATUS", "DA stage 2 SDMMC_SWITCH_PART",
                          "DA stage 2 READ", "DA stage 2 FINISH"));
  EXPECT_THAT(InfoLines(capture, "mtk.raw || mtk.ahead"), IsEmpty());
}

// A boot ROM that becomes a preloader under the same address begins anew.
TEST_F(WiresharkCapture, BeginsAnewWithOtherIds) {
  std::vector<Urb> cut = Session();
  cut.resize(60);  // in the middle of a command
  const std::string capture = Write(Pcapng(At(
      1, 4, Join({Descriptor(1, 0x0e8d, 0x0003), cut, Descriptor(2, 0x0e8d, 0x2000), Session()}))));
  EXPECT_THAT(InfoLines(capture, "mtk.expert.resync || mtk.raw"), IsEmpty());
  EXPECT_THAT(FieldLines(capture, "mtk.loader", "-e mtk.loader"), ElementsAre("BROM", "preloader"));
}

// A capture whose packets stop at the limit of usbmon, with no trace of the rest in their lengths.
TEST_F(WiresharkCapture, TakesLengthsFromUsbmon) {
  std::vector<Event> events = Transfers(Recording("mt6577"));
  std::vector<Urb> urbs;
  for (Urb& urb : Urbs(events)) {
    if (urb.data.size() > 1000) {
      urb.length = static_cast<std::uint32_t>(urb.data.size());
      urb.data.resize(1000);
    }
    urbs.push_back(urb);
  }
  const std::string capture = Write(Pcapng(urbs));
  EXPECT_THAT(Commands(capture), Contains("FINISH"));
  EXPECT_THAT(InfoLines(capture, "mtk.expert.missing || mtk.raw || mtk.expert.resync"), IsEmpty());
}

TEST_F(WiresharkCapture, ShowsFailedTransfers) {
  std::vector<Urb> urbs = At(1, 4, Join({Descriptor(1, 0x0e8d, 0x2000), Session()}));
  std::vector<Urb> stall = At(1, 4, {InSubmit(7, 512), InComplete(7, {}, -32)});
  const std::string capture = Write(Pcapng(Join({urbs, stall})));
  EXPECT_THAT(FieldLines(capture, "mtk.transfer_error", "-e mtk.transfer_error"),
              ElementsAre("-32"));
}

TEST_F(WiresharkCapture, CanBeLeftAlone) {
  const std::string capture = Write(Pcapng(Session()));
  EXPECT_THAT(InfoLines(capture, "mtk", "-o mtk.enabled:FALSE"), IsEmpty());
  EXPECT_THAT(InfoLines(capture, "mtk"), Not(IsEmpty()));
}

}  // namespace
}  // namespace mtkrig::traces
