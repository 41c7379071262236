// The header of usbmon, byte by byte as Documentation/usb/usbmon.rst lays it out.

#include "traces/formats/usbmon.h"

#include <gtest/gtest.h>

#include "capture_builder.h"

namespace mtkrig::traces {
namespace {

using protocol::Endian;

const Bytes kLittle = {
    0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,  // id
    'S',                                             // type
    0x02,                                            // xfer_type: control
    0x80,                                            // epnum
    0x07,                                            // devnum
    0x03, 0x01,                                      // busnum
    0x00,                                            // flag_setup
    '<',                                             // flag_data
    0x01, 0x02, 0x03, 0x04, 0x00, 0x00, 0x00, 0x00,  // ts_sec
    0x40, 0xe2, 0x01, 0x00,                          // ts_usec
    0x8d, 0xff, 0xff, 0xff,                          // status -115
    0x12, 0x00, 0x00, 0x00,                          // length
    0x05, 0x00, 0x00, 0x00,                          // len_cap
    0x80, 0x06, 0x00, 0x01, 0x00, 0x00, 0x12, 0x00,  // setup
    0x0a, 0x00, 0x00, 0x00,                          // interval
    0x0b, 0x00, 0x00, 0x00,                          // start_frame
    0x00, 0x02, 0x00, 0x00,                          // xfer_flags
    0x0c, 0x00, 0x00, 0x00,                          // ndesc
};

TEST(Usbmon, ReadsEveryField) {
  const auto header = ParseUsbmon(kLittle, Endian::kLittle);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->id, 0x1122334455667788U);
  EXPECT_EQ(header->type, 'S');
  EXPECT_EQ(header->transfer, TransferType::kControl);
  EXPECT_EQ(header->endpoint, 0x80);
  EXPECT_TRUE(header->in());
  EXPECT_EQ(header->device, 7);
  EXPECT_EQ(header->bus, 0x0103);
  EXPECT_EQ(header->flag_setup, 0);
  EXPECT_EQ(header->flag_data, '<');
  EXPECT_EQ(header->seconds, 0x04030201);
  EXPECT_EQ(header->microseconds, 123456);
  EXPECT_EQ(header->status, -115);
  EXPECT_EQ(header->length, 18U);
  EXPECT_EQ(header->captured, 5U);
  EXPECT_EQ(header->setup, (std::array<std::uint8_t, 8>{0x80, 6, 0, 1, 0, 0, 18, 0}));
  EXPECT_EQ(header->interval, 10);
  EXPECT_EQ(header->start_frame, 11);
  EXPECT_EQ(header->transfer_flags, 0x200U);
  EXPECT_EQ(header->descriptors, 12U);
}

TEST(Usbmon, WritesTheSameBytes) {
  const auto header = ParseUsbmon(kLittle, Endian::kLittle);
  ASSERT_TRUE(header.has_value());
  const auto stored = StoreUsbmon(*header, Endian::kLittle);
  EXPECT_EQ(Bytes(stored.begin(), stored.end()), kLittle);
}

TEST(Usbmon, ReadsCapturesOfBigEndianMachines) {
  Bytes big = kLittle;
  const auto swap = [&](std::ptrdiff_t at, std::ptrdiff_t size) {
    std::reverse(big.begin() + at, big.begin() + at + size);
  };
  for (const auto& [at, size] : {std::pair{0, 8},
                                 {12, 2},
                                 {16, 8},
                                 {24, 4},
                                 {28, 4},
                                 {32, 4},
                                 {36, 4},
                                 {48, 4},
                                 {52, 4},
                                 {56, 4},
                                 {60, 4}}) {
    swap(at, size);
  }
  const auto header = ParseUsbmon(big, Endian::kBig);
  ASSERT_TRUE(header.has_value());
  const auto stored = StoreUsbmon(*header, Endian::kLittle);
  EXPECT_EQ(Bytes(stored.begin(), stored.end()), kLittle);
}

TEST(Usbmon, TheShortHeaderHasNoTail) {
  const auto header = ParseUsbmon(protocol::ByteSpan(kLittle).first(48), Endian::kLittle);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->setup[1], 6);
  EXPECT_EQ(header->interval, 0);
}

TEST(Usbmon, RefusesWhatIsNoHeader) {
  EXPECT_FALSE(ParseUsbmon(protocol::ByteSpan(kLittle).first(47), Endian::kLittle).has_value());
  Bytes filler = kLittle;
  filler[8] = '@';  // the kernel's mark for the unused end of its ring buffer
  EXPECT_FALSE(ParseUsbmon(filler, Endian::kLittle).has_value());
  Bytes transfer = kLittle;
  transfer[9] = 4;
  EXPECT_FALSE(ParseUsbmon(transfer, Endian::kLittle).has_value());
}

}  // namespace
}  // namespace mtkrig::traces
