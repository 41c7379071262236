#include "harness/commands/preloader_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "harness/text.h"
#include "protocol/base/input_file.h"
#include "protocol/engine/legacy_emi.h"

namespace mtkrig::harness {
namespace {

// Preloaders are some 100 to 500 KiB.
constexpr std::uint64_t kMaxPreloaderBytes = 0x1000000;

constexpr std::string_view kOwnPreloader =
    "Read its own preloader from the phone: plug it in with no key held, so that it is in "
    "preloader mode, run `mtkrig readback PRELOADER` with the same --device and --da, and give the "
    "file that this writes with --preloader. In that mode everything else can be read, too.";

}  // namespace

Result<std::vector<std::uint8_t>> ReadPreloaderFile(const std::string& path) {
  TRY_ASSIGN(
      std::vector<std::uint8_t> image,
      protocol::ReadInputFile(path, {.max_bytes = kMaxPreloaderBytes, .kind = "preloader file"}));
  const Result<protocol::EmiSettings> settings = protocol::FindEmiSettings(image);
  if (settings) return image;
  return Error(settings.error().code(), fmt::format("{}: {}", path, settings.error().message()))
      .WithHint(
          "give the preloader file of exactly this phone model (preloader_*.bin); a phone in "
          "preloader mode needs none");
}

std::string PreloaderModel(ByteSpan preloader) {
  // "MTK_BLOADER_INFO_v10" in a field of 27 bytes; the name, in one of 61, follows.
  constexpr std::string_view kTitle = "MTK_BLOADER_INFO_v";
  constexpr std::size_t kTitleField = 27;
  constexpr std::size_t kNameField = 61;
  const auto title = std::search(preloader.begin(), preloader.end(), kTitle.begin(), kTitle.end());
  const auto left = static_cast<std::size_t>(preloader.end() - title);
  if (left < kTitleField + kNameField) return {};
  const auto field =
      preloader.subspan(preloader.size() - left).subspan(kTitleField).first(kNameField);
  const auto end = std::find(field.begin(), field.end(), std::uint8_t{0});
  const std::string name(field.begin(), end);
  return Printable(name) == name ? name : std::string();
}

Error ExplainDramSetUp(Error error, const std::string& path, ByteSpan preloader) {
  if (path.empty()) {
    error.WithHint(
        fmt::format("{} The preloader_*.bin of its firmware does as well.", kOwnPreloader));
    return error;
  }
  const std::string model = PreloaderModel(preloader);
  error.WithHint(
      fmt::format("{} has the memory settings of {}; this phone needs those of its own "
                  "model and memory chip. {}",
                  path, model.empty() ? "a phone that it does not name" : model, kOwnPreloader));
  return error;
}

}  // namespace mtkrig::harness
