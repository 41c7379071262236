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

// Few kinds, again and again: their packets are known by the second time.
std::vector<Urb> Kinds(std::mt19937_64& random) {
  std::vector<Urb> kinds;
  for (std::size_t count = 1 + random() % 6; kinds.size() < 2 * count;) {
    if (random() % 2 == 0) {
      kinds.push_back(InSubmit(1, 64));
      kinds.push_back(InComplete(1, SomeBytes(random)));
    } else {
      kinds.push_back(OutSubmit(1, SomeBytes(random)));
      kinds.push_back(OutComplete(1, kinds.back().length));
    }
  }
  return kinds;
}

// A file whose blocks are the same again and again but for their numbers and times; in some of them
// one bit is another. `apart` as above.
Bytes Repeated(std::uint64_t seed, bool apart) {
  std::mt19937_64 random(seed);
  Endian endian = seed % 3 == 0 ? Endian::kBig : Endian::kLittle;
  const std::vector<Urb> kinds = Kinds(random);
  Bytes file;
  std::uint64_t ticks = 0;
  std::uint64_t id = 0;
  for (int section = 0; section < 2; ++section) {
    // 1 is Ethernet, whose packets are none of ours whatever they look like.
    const std::uint16_t link = random() % 4 == 0 ? 189 : (random() % 8 == 0 ? 1 : 220);
    const int resolution = random() % 2 == 0 ? 9 : 6;
    PcapngBuilder begin(endian);
    begin.Section({"mtkrig.trace: 1"});
    // A later section may describe none that its packets name.
    const std::size_t interfaces = section == 0 ? 2 : random() % 3;
    for (std::size_t i = 0; i < interfaces; ++i) begin.Interface(link, i == 0 ? resolution : 6);
    file.insert(file.end(), begin.bytes().begin(), begin.bytes().end());
    for (int transfer = 0; transfer < 60; ++transfer) {
      const std::size_t kind = random() % 3 == 0 ? random() % (kinds.size() / 2) : 0;
      const bool other = random() % 4 == 0;
      const std::uint32_t interface = random() % 8 == 0 ? 1 : 0;
      ++id;
      for (std::size_t packet = 0; packet < 2; ++packet) {
        Urb urb = kinds[2 * kind + packet];
        urb.id = id;
        const std::size_t header = link == 189 ? 48 : 64;
        PcapngBuilder block(endian);
        block.Enhanced(UsbmonBytes(urb, endian, header), ++ticks, interface);
        Bytes bytes = block.bytes();
        // Anywhere in usbmon's header, the data, or the block's own fields behind its total.
        if (other && random() % 2 == 0) {
          const std::size_t bit = 64 + random() % (8 * (bytes.size() - 12));
          bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        }
        file.insert(file.end(), bytes.begin(), bytes.end());
        PcapngBuilder unknown(endian);
        if (apart) unknown.Block(0x0bad, Bytes(4));
        file.insert(file.end(), unknown.bytes().begin(), unknown.bytes().end());
      }
    }
    if (seed % 5 == 0) endian = endian == Endian::kBig ? Endian::kLittle : Endian::kBig;
  }
  return file;
}

TEST(WholeTransfer, KnownPacketsAreReadAsUnknownOnes) {
  std::size_t events = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const ReadTrace beside = ReadBytes(Repeated(seed, false));
    const ReadTrace apart = ReadBytes(Repeated(seed, true));
    ASSERT_EQ(beside.events.size(), apart.events.size()) << "seed " << seed;
    for (std::size_t i = 0; i < beside.events.size(); ++i) {
      // Offsets, which texts of gaps name, are others by what stands between.
      const Event& event = beside.events[i];
      if (event.kind == EventKind::kGap) {
        EXPECT_EQ(apart.events[i].kind, EventKind::kGap) << "seed " << seed << ", event " << i;
        continue;
      }
      EXPECT_TRUE(Same(event, apart.events[i])) << "seed " << seed << ", event " << i;
      EXPECT_EQ(event.packet, apart.events[i].packet) << "seed " << seed << ", event " << i;
      EXPECT_EQ(event.latency, apart.events[i].latency) << "seed " << seed << ", event " << i;
    }
    events += beside.events.size();
  }
  EXPECT_GT(events, 8000U);
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
