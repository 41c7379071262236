// Whatever a host writes, and however it reads, the phone neither crashes nor leaks, takes no more
// than its window, and is as good as new after the next plug. Input: one byte that says how the
// phone starts, then pairs of a length byte and so many bytes that the host writes; a length of
// 0xff reads everything, 0xfe lets 100 ms pass, 0xfd pulls the cable.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "tests/emulator/phone/bench.h"

namespace {

using mtkrig::emulator::BootMode;
using mtkrig::emulator::Phone;
using mtkrig::emulator::Profile;
using mtkrig::emulator::test::Bench;
using mtkrig::emulator::test::TestProfile;

constexpr std::uint8_t kBrom = 1;
constexpr std::uint8_t kAtStage2 = 2;
constexpr std::uint8_t kSecured = 4;
constexpr std::uint8_t kWithNand = 8;

std::shared_ptr<Profile> ProfileFor(std::uint8_t start) {
  auto profile = TestProfile();
  // Small, so that erasing all of it is quick.
  auto& sizes = mtkrig::emulator::test::FlashOf(*profile).sizes;
  sizes[mtkrig::emulator::StorageArea::kEmmcUser] = 0x4000;
  sizes[mtkrig::emulator::StorageArea::kEmmcBoot1] = 0x1000;
  sizes[mtkrig::emulator::StorageArea::kEmmcBoot2] = 0x1000;
  if ((start & kBrom) != 0) profile->mode = BootMode::kBrom;
  if ((start & kSecured) != 0) profile->security.target_config = 0x7;
  if ((start & kWithNand) != 0) {
    sizes[mtkrig::emulator::StorageArea::kNand] = 0x4000;
    profile->nand_ids = {0x00ad, 0x00bc};
    profile->nand_page_size = 2048;
    profile->nand_spare_size = 64;
  }
  profile->watchdog.mode_register = 0x10007000;
  // A host may read all registers word by word: of this phone there are few.
  for (auto& range : profile->peripheral_space)
    range.last = std::min(range.last, range.first + 0xffff);
  return profile;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint8_t start = *data;
  Bench bench(ProfileFor(start));
  if ((start & kAtStage2) != 0) bench.StartStage2();
  mtkrig::protocol::ByteSpan script(data + 1, size - 1);
  while (!script.empty()) {
    const std::uint8_t action = script.front();
    script = script.subspan(1);
    if (action == 0xff) {
      bench.Output();
    } else if (action == 0xfe) {
      bench.Pass(std::chrono::milliseconds(100));
    } else if (action == 0xfd) {
      bench.phone.Reattach();
    } else {
      const auto written = script.first(std::min<std::size_t>(action, script.size()));
      if (bench.phone.HostWrote(written) > written.size()) std::abort();
      script = script.subspan(written.size());
    }
  }
  bench.phone.PlugIn();
  if (bench.phone.usb() == nullptr) std::abort();
  return 0;
}
