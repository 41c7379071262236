// Transfers whose packets stand side by side are read at once, and must come out as those do whose
// packets are far apart.

#include <gtest/gtest.h>

#include <random>

#include "trace_testing.h"

namespace mtkrig::traces {
namespace {

using protocol::Endian;

// A recording of ours; `apart` puts a block that readers pass over behind each packet.
Bytes Recording(const std::vector<Urb>& urbs, Endian endian, std::uint16_t link, bool apart) {
  constexpr std::uint32_t kUnknownBlock = 0x0bad;
  PcapngBuilder file(endian);
  file.Section({"mtkrig.trace: 1"}).Interface(link);
  std::uint64_t ticks = 0;
  for (const Urb& urb : urbs) {
    file.Enhanced(UsbmonBytes(urb, endian, link == 189 ? 48 : 64), ++ticks);
    if (apart) file.Block(kUnknownBlock, Bytes(4));
  }
  return file.bytes();
}

Bytes SomeBytes(std::mt19937_64& random) {
  Bytes bytes(random() % 20);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

// A transfer, mostly as they should be, with its packets side by side.
void AddTransfer(std::mt19937_64& random, std::vector<Urb>& urbs) {
  const std::uint64_t id = 1 + random() % 3;
  const std::int32_t status = random() % 8 == 0 ? -32 : (random() % 8 == 0 ? -121 : 0);
  Urb submit = InSubmit(id, 64);
  Urb complete = InComplete(id, SomeBytes(random), status);
  if (random() % 2 == 0) {
    submit = OutSubmit(id, SomeBytes(random));
    const std::uint32_t taken = random() % 4 == 0 ? submit.length / 2 : submit.length;
    complete = OutComplete(id, taken, status);
  }
  switch (random() % 16) {
    case 0:
      submit.transfer = complete.transfer = 1;
      break;
    case 1:
      complete.endpoint ^= 3;
      break;
    case 2:
      complete.id ^= 4;
      break;
    case 3:
      complete.type = 'E';
      break;
    case 4:
      complete.device = 6;
      break;
    case 5:
      complete.length += 100;  // cut by who captured it
      submit.length += 100;
      break;
    case 6:
      complete.flag_data = submit.flag_data = 'D';
      complete.data.clear();
      submit.data.clear();
      break;
    default:
      break;
  }
  urbs.push_back(submit);
  urbs.push_back(complete);
}

TEST(WholeTransfer, IsWhatPairingMakesOfItsPackets) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<Urb> urbs;
    while (urbs.size() < 40) AddTransfer(random, urbs);
    // Some in flight together, some lost.
    for (int i = 0; i < 4 && seed % 2 == 0; ++i) {
      std::swap(urbs[random() % urbs.size()], urbs[random() % urbs.size()]);
    }
    if (seed % 3 == 0) urbs.erase(urbs.begin() + static_cast<std::ptrdiff_t>(random() % 40));
    const Endian endian = seed % 5 == 0 ? Endian::kBig : Endian::kLittle;
    const std::uint16_t link = seed % 7 == 0 ? 189 : 220;
    const ReadTrace beside = ReadBytes(Recording(urbs, endian, link, false));
    const ReadTrace apart = ReadBytes(Recording(urbs, endian, link, true));
    ASSERT_EQ(beside.lines, apart.lines) << "seed " << seed;
    ASSERT_EQ(beside.error, apart.error) << "seed " << seed;
    for (std::size_t i = 0; i < beside.events.size(); ++i) {
      EXPECT_TRUE(Same(beside.events[i], apart.events[i])) << "seed " << seed << ", event " << i;
      EXPECT_EQ(beside.events[i].packet, apart.events[i].packet) << "seed " << seed;
    }
  }
}

TEST(WholeTransfer, ItsEventStandsWhereItsBytesDo) {
  const std::vector<Urb> urbs = {OutSubmit(1, {0xa0}), OutComplete(1, 1), InSubmit(2, 8),
                                 InComplete(2, {0x5f})};
  const Bytes file = Recording(urbs, Endian::kLittle, 220, false);
  const ReadTrace trace = ReadBytes(file);
  ASSERT_EQ(trace.events.size(), 2U);
  EXPECT_EQ(trace.events[0].packet, 1U);
  EXPECT_EQ(trace.events[1].packet, 4U);
  // Block header, interface, time, two lengths; usbmon's header; the byte.
  EXPECT_EQ(file.at(trace.events[0].offset + 28 + 64), 0xa0);
  EXPECT_EQ(file.at(trace.events[1].offset + 28 + 64), 0x5f);
}

}  // namespace
}  // namespace mtkrig::traces
