#include "emulator/profile/profile_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "emulator/flash/copy_on_write_flash.h"
#include "emulator/flash/preloader_image.h"
#include "emulator/profile/config_node.h"
#include "emulator/profile/config_reader.h"
#include "emulator/profile/layout_loader.h"
#include "emulator/profile/shipped_profiles.h"
#include "emulator/profile/storage_loader.h"

namespace mtkrig::emulator {

using protocol::Ok;
using protocol::Result;

namespace {

Result<void> LoadMode(ConfigReader& root, Profile& profile) {
  std::string mode = "preloader";
  TRY(root.Get("mode", mode));
  if (mode != "brom" && mode != "preloader") {
    return root.ErrorAt("mode", fmt::format("is '{}'; choose brom or preloader", mode));
  }
  profile.mode = mode == "brom" ? BootMode::kBrom : BootMode::kPreloader;
  return Ok();
}

Result<void> LoadIdentity(const ConfigNode* node, Profile& profile) {
  ConfigReader reader(node, "identity");
  reader.Require("hw_code");
  TRY(reader.Get("hw_code", profile.hw_code));
  profile.agent_hw_code = profile.hw_code;
  TRY(reader.Get("agent_hw_code", profile.agent_hw_code));
  TRY(reader.Get("hw_sub_code", profile.hw_sub_code));
  TRY(reader.Get("hw_version", profile.hw_version));
  TRY(reader.Get("sw_version", profile.sw_version));
  TRY(reader.Get("has_hw_sw_version", profile.has_hw_sw_version));
  TRY(reader.Get("brom_version", profile.brom_version));
  TRY(reader.Get("preloader_version", profile.preloader_version));
  TRY(reader.Get("me_id", profile.me_id));
  TRY(reader.Get("soc_id", profile.soc_id));
  TRY(reader.Get("preloader_capability", profile.preloader_capability));
  TRY(reader.Get("write_status", profile.write_status));
  return reader.Finish();
}

Result<void> LoadUsbIdentity(const ConfigNode* node, std::string title, UsbIdentity& usb,
                             bool* communication_first) {
  ConfigReader reader(node, std::move(title));
  TRY(reader.Get("vendor_id", usb.vendor_id));
  TRY(reader.Get("product_id", usb.product_id));
  TRY(reader.Get("manufacturer", usb.manufacturer));
  TRY(reader.Get("product", usb.product));
  TRY(reader.Get("serial", usb.serial));
  TRY(reader.Get("high_speed", usb.high_speed));
  if (communication_first != nullptr) TRY(reader.Get("communication_first", *communication_first));
  return reader.Finish();
}

Result<void> LoadUsb(const ConfigNode* node, Profile& profile) {
  // What nearly every phone shows. A boot ROM has no strings.
  profile.brom_usb.product_id = 0x0003;
  profile.preloader_usb.product_id = 0x2000;
  profile.preloader_usb.manufacturer = "MediaTek Inc";
  profile.preloader_usb.product = "MT65xx Preloader";
  ConfigReader reader(node, "usb");
  TRY(LoadUsbIdentity(reader.Child("brom"), "usb.brom", profile.brom_usb, nullptr));
  UsbIdentity& preloader = profile.preloader_usb;
  TRY(LoadUsbIdentity(reader.Child("preloader"), "usb.preloader", preloader,
                      &preloader.communication_first));
  TRY(reader.Get("zero_length_packets", profile.zero_length_packets));
  TRY(reader.Get("strict_packets", profile.strict_packets));
  TRY(reader.Get("preloader_lifetime_ms", profile.preloader_lifetime_ms));
  TRY(reader.Get("ready_interval_ms", profile.ready_interval_ms));
  TRY(reader.Get("preloader_swallows_first_byte", profile.preloader_swallows_first_byte));
  return reader.Finish();
}

Result<void> LoadSecurity(const ConfigNode* node, Profile& profile) {
  ConfigReader reader(node, "security");
  TRY(reader.Get("target_config", profile.security.target_config));
  TRY(reader.Get("accepted_signature_prefix", profile.security.accepted_signature_prefix));
  return reader.Finish();
}

Result<void> LoadWatchdog(const ConfigNode* node, Profile& profile) {
  ConfigReader reader(node, "memory.watchdog");
  TRY(reader.Get("mode_register", profile.watchdog.mode_register));
  TRY(reader.Get("period_ms", profile.watchdog.period_ms));
  return reader.Finish();
}

Result<void> LoadMemory(const ConfigNode* node, Profile& profile) {
  ConfigReader reader(node, "memory");
  reader.Require("loadable");
  TRY(reader.Get("registers", profile.registers));
  TRY(reader.Get("power_registers", profile.power_registers));
  TRY(reader.Get("peripheral_space", profile.peripheral_space));
  TRY(reader.Get("loadable", profile.loadable));
  TRY(reader.Get("stage2_loadable", profile.stage2_loadable));
  TRY(LoadWatchdog(reader.Child("watchdog"), profile));
  TRY(reader.Get("dma_engine", profile.dma_engine));
  TRY(reader.Get("internal_ram", profile.internal_ram_bytes));
  TRY(reader.Get("external_ram", profile.external_ram_bytes));
  TRY(reader.Finish());
  if (profile.loadable.empty()) {
    return reader.ErrorAt("loadable",
                          "is empty, so that no agent could be loaded; name the chip's RAM, such "
                          "as [[0x200000, 0x23ffff]]");
  }
  return Ok();
}

Result<void> LoadDram(const ConfigNode* node, Profile& profile) {
  ConfigReader reader(node, "agent.dram");
  std::uint32_t version = 0;
  TRY(reader.Get("emi_version", version));
  if (reader.Has("emi_version")) {
    const std::uint32_t record = DramRecordSize(version);
    if (record == 0) {
      return reader.ErrorAt("emi_version",
                            fmt::format("is {}; emulated phones know 0, 10 to 13, 15 to 17, 20 "
                                        "and 21, the number behind MTK_BLOADER_INFO_v",
                                        version));
    }
    profile.dram.emi_version = version;
    profile.dram.settings_length = record;
  }
  TRY(reader.Get("settings_length", profile.dram.settings_length));
  if (profile.dram.settings_length == 0 || profile.dram.settings_length > kMaxDramSettings) {
    return reader.ErrorAt("settings_length",
                          fmt::format("is {:#x} bytes; write 1 to {:#x}",
                                      profile.dram.settings_length, kMaxDramSettings));
  }
  return reader.Finish();
}

Result<void> LoadAgent(const ConfigNode* node, Profile& profile) {
  ConfigReader reader(node, "agent");
  TRY(reader.Get("major", profile.da_major));
  TRY(reader.Get("minor", profile.da_minor));
  TRY(reader.Get("baseband_chip", profile.da_baseband_chip));
  TRY(reader.Get("config_extra_bytes", profile.stage2.extra_bytes));
  TRY(reader.Get("words_after_ready", profile.stage2.words_after_ready));
  TRY(reader.Get("nand_id_count", profile.report.nand_id_count));
  TRY(reader.Get("stage1_nand_id_count", profile.report.stage1_nand_id_count));
  TRY(LoadDram(reader.Child("dram"), profile));
  TRY(reader.Get("nand_size_is_32_bit", profile.report.nand_size_is_32_bit));
  TRY(reader.Get("extra_word_before_pass_info", profile.report.extra_word_before_pass_info));
  return reader.Finish();
}

// Takes out of the base what must not be mixed with what the profile itself says: a layout of its
// own replaces the base's, and with it the contents, which name partitions; a content replaces that
// of the same partition.
void DropReplaced(ConfigNode& base, const ConfigNode& own) {
  if (own.Find("layout") != nullptr) {
    base.Erase("layout");
    base.Erase("contents");
  }
  const ConfigNode* contents = own.Find("contents");
  const auto it = std::find(base.keys.begin(), base.keys.end(), "contents");
  if (contents == nullptr || it == base.keys.end()) return;
  ConfigNode& base_contents = base.children[static_cast<std::size_t>(it - base.keys.begin())];
  for (const std::string& partition : contents->keys) {
    // Partitions are the same whatever their case.
    const std::vector<std::string> base_keys = base_contents.keys;
    for (const std::string& key : base_keys) {
      if (SameName(key, partition)) base_contents.Erase(key);
    }
  }
}

// The tree of the text, over the tree of the shipped profile that it is based on, if any.
Result<ConfigNode> ParseWithBase(std::string_view text, std::string_view name) {
  TRY_ASSIGN(ConfigNode own, ParseYaml(text, name));
  if (own.kind == ConfigNode::Kind::kNull) own.line = 1;  // it stands nowhere
  if (own.kind != ConfigNode::Kind::kMap) {
    return own.ErrorHere(
        fmt::format("{}a profile is a map of keys and values, such as 'based_on: mt6577'; see "
                    "emulator/profiles/README.md",
                    own.kind == ConfigNode::Kind::kNull ? "there is nothing in this file; " : ""));
  }
  std::string base_name;
  ConfigReader reader(&own, "the profile");
  TRY(reader.Get("based_on", base_name));
  if (base_name.empty()) return own;
  const EmbeddedProfile* base = FindEmbeddedProfile(base_name);
  if (base == nullptr) {
    std::vector<std::string> names;
    for (const EmbeddedProfile& profile : EmbeddedProfiles()) names.emplace_back(profile.name);
    const std::string_view guess = ClosestName(base_name, names);
    return reader.ErrorAt(
        "based_on",
        fmt::format("names '{}', which is not a shipped profile; {}known are: {}", base_name,
                    guess.empty() ? "" : fmt::format("did you mean '{}'? ", guess),
                    EmbeddedProfileNames()));
  }
  TRY_ASSIGN(ConfigNode merged, ParseYaml(base->text, base->name));
  DropReplaced(merged, own);
  MergeConfig(merged, own);
  return merged;
}

// Everything of the file but its flash: what the phone is.
Result<StorageArea> LoadPhone(ConfigReader& root, std::string_view name, Profile& profile,
                              FlashImage& image, std::uint64_t& seed) {
  std::string base_name;  // merged already
  for (const auto* key : {"chip", "identity", "memory", "storage"}) root.Require(key);
  root.Know({"based_on", "chip", "description", "mode", "identity", "usb", "security", "memory",
             "agent", "storage", "layout", "contents"});
  // First of all: what a mistyped section leaves out would be told as missing otherwise.
  TRY(root.Finish());
  profile.name = std::filesystem::path(name).stem().string();
  TRY(root.Get("based_on", base_name));
  TRY(root.Get("chip", profile.chip));
  TRY(root.Get("description", profile.description));
  TRY(LoadMode(root, profile));
  TRY(LoadIdentity(root.Child("identity"), profile));
  TRY(LoadUsb(root.Child("usb"), profile));
  TRY(LoadSecurity(root.Child("security"), profile));
  TRY(LoadMemory(root.Child("memory"), profile));
  TRY(LoadAgent(root.Child("agent"), profile));
  return LoadStorage(root.Child("storage"), profile, image, seed);
}

// Sizes of all partitions. Where the layout is that of the base, what does not fit it is the
// storage that the profile itself gives.
Result<void> ResolveLayout(const ConfigNode& tree, const FlashImage& image, Layout& layout) {
  auto resolved = ResolveSizes(layout, image);
  if (resolved.has_value()) return Ok();
  const ConfigNode* storage = tree.Find("storage");
  const ConfigNode* of_layout = tree.Find("layout");
  if (storage == nullptr || of_layout == nullptr || of_layout->source == tree.source ||
      storage->source != tree.source) {
    return std::move(resolved).error();
  }
  return storage->Locate(resolved.error(), "the layout of the base does not fit this storage: ")
      .WithHint("Give the storage the size that the base has, or the profile a layout of its own.");
}

Result<LoadedProfile> LoadTree(const ConfigNode& tree, const std::filesystem::path& base_dir,
                               std::string_view name) {
  LoadedProfile loaded;
  Profile& profile = loaded.profile;
  auto image = std::make_shared<FlashImage>();
  std::uint64_t& seed = loaded.seed;

  ConfigReader root(&tree, "the profile");
  TRY_ASSIGN(const StorageArea main_area, LoadPhone(root, name, profile, *image, seed));
  TRY_ASSIGN(Layout layout, LoadLayout(root.Child("layout"), base_dir, main_area));
  TRY_ASSIGN(const auto contents, LoadContents(root.Child("contents"), base_dir));
  TRY(ResolveLayout(tree, *image, layout));
  TRY(FillFlash(layout, contents, seed, *image, profile));
  loaded.partitions = std::move(layout.partitions);
  loaded.image = std::move(image);
  return loaded;
}

}  // namespace

Result<LoadedProfile> LoadProfileWithLayout(std::string_view text,
                                            const std::filesystem::path& base_dir,
                                            std::string_view name) {
  TRY_ASSIGN(const ConfigNode tree, ParseWithBase(text, name));
  return LoadTree(tree, base_dir, name);
}

std::shared_ptr<const Profile> NewPhone(const LoadedProfile& loaded) {
  auto phone = std::make_shared<Profile>(loaded.profile);
  phone->flash = std::make_shared<CopyOnWriteFlash>(loaded.image);
  return phone;
}

Result<Profile> LoadProfile(std::string_view text, const std::filesystem::path& base_dir,
                            std::string_view name) {
  TRY_ASSIGN(LoadedProfile loaded, LoadProfileWithLayout(text, base_dir, name));
  loaded.profile.flash = std::make_shared<CopyOnWriteFlash>(loaded.image);
  return std::move(loaded.profile);
}

}  // namespace mtkrig::emulator
