#include "harness/trace/emulated_flash.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <utility>

#include "emulator/profile/layout_loader.h"
#include "emulator/profile/profile_loader.h"
#include "emulator/profile/shipped_profiles.h"

namespace mtkrig::harness {
namespace {

class EmulatedFlash final : public traces::ContentSource {
 public:
  EmulatedFlash(std::shared_ptr<const emulator::FlashImage> image, emulator::StorageArea area,
                std::string name)
      : image_(std::move(image)), area_(area), name_(std::move(name)) {}

  std::optional<std::uint64_t> size() const override { return image_->SizeOf(area_); }
  Result<void> Read(std::uint64_t offset, std::span<std::uint8_t> out) const override {
    image_->Read(area_, offset, out);
    return Ok();
  }
  std::string name() const override { return name_; }

 private:
  std::shared_ptr<const emulator::FlashImage> image_;
  emulator::StorageArea area_;
  std::string name_;
};

Result<std::shared_ptr<const emulator::FlashImage>> LoadImage(const std::string& phone) {
  if (phone.find('/') == std::string::npos && !phone.ends_with(".yaml")) {
    TRY_ASSIGN(const emulator::LoadedProfile* shipped, emulator::ShippedProfile(phone));
    return shipped->image;
  }
  const std::filesystem::path path(phone);
  TRY_ASSIGN(const std::string text, emulator::ReadTextFile(path));
  TRY_ASSIGN(const emulator::LoadedProfile loaded,
             emulator::LoadProfileWithLayout(text, path.parent_path(), path.string()));
  return loaded.image;
}

}  // namespace

Result<std::shared_ptr<const traces::ContentSource>> OpenEmulatedFlash(const std::string& phone,
                                                                       traces::FlashArea area) {
  TRY_ASSIGN(auto image, LoadImage(phone));
  // Areas have the same numbers on both sides: those of SDMMC_SWITCH_PART, and beyond.
  const auto number = static_cast<emulator::StorageArea>(area);
  if (image->SizeOf(number) == 0) {
    return Error(ErrorCode::kNotFound,
                 fmt::format("the phone {} has no area '{}'", phone, traces::FlashAreaName(area)));
  }
  return std::make_shared<EmulatedFlash>(
      std::move(image), number,
      fmt::format("{} of emulator:{}", traces::FlashAreaName(area), phone));
}

}  // namespace mtkrig::harness
