#include <fmt/format.h>

#include <array>
#include <utility>

#include "harness/commands/command.h"
#include "harness/commands/device_session.h"
#include "harness/output/manifest.h"
#include "harness/text.h"
#include "protocol/engine/chip_names.h"
#include "protocol/wire/brom.h"

namespace mtkrig::harness {
namespace {

using protocol::DeviceIdentity;
using protocol::StorageReport;
using Rows = std::vector<std::vector<std::string>>;

constexpr std::array<std::pair<std::uint32_t, std::string_view>, 8> kConfigBits = {{
    {protocol::brom::kSecureBoot, "secure boot"},
    {protocol::brom::kSlaRequired, "SLA: the host must authenticate"},
    {protocol::brom::kDaaRequired, "DAA: the download agent must be signed by the vendor"},
    {protocol::brom::kEppRequired, "EPP"},
    {protocol::brom::kRootCertRequired, "root certificate required"},
    {protocol::brom::kMemReadAuth, "memory reads need authentication"},
    {protocol::brom::kMemWriteAuth, "memory writes need authentication"},
    {protocol::brom::kCommandC8Blocked, "command C8 blocked"},
}};

std::string ConfigText(std::uint32_t target_config) {
  std::string text;
  for (const auto& [bit, meaning] : kConfigBits) {
    if ((target_config & bit) == 0) continue;
    if (!text.empty()) text += "; ";
    text += meaning;
  }
  return fmt::format("0x{:08x} ({})", target_config, text.empty() ? "not secured" : text);
}

void AddIds(const DeviceIdentity& identity, Rows& rows) {
  if (!identity.me_id.empty()) rows.push_back({"ME id", protocol::ToHex(identity.me_id)});
  if (!identity.soc_id.empty()) rows.push_back({"SoC id", protocol::ToHex(identity.soc_id)});
}

Rows IdentityRows(const DeviceIdentity& identity) {
  const bool brom = identity.mode == protocol::BootMode::kBrom;
  const std::string chip = protocol::ChipTitle(identity.hw_code, identity.hw_sub_code);
  Rows rows = {
      {"chip", chip.empty() ? "unknown" : chip},
      {"mode", brom ? "boot ROM" : "preloader"},
      {"hw code", fmt::format("{:04x}", identity.hw_code)},
      {"hw sub code", fmt::format("{:04x}", identity.hw_sub_code)},
      {"hw version", fmt::format("{:04x}", identity.hw_version)},
      {"sw version", fmt::format("{:04x}", identity.sw_version)},
  };
  if (brom) rows.push_back({"boot ROM version", fmt::format("{}", identity.brom_version)});
  if (!brom) rows.push_back({"preloader version", fmt::format("{}", identity.bootloader_version)});
  rows.push_back({"target config", ConfigText(identity.target_config)});
  AddIds(identity, rows);
  return rows;
}

void AddStorage(const StorageReport& storage, Rows& rows) {
  for (const auto& [region, size] : storage.sizes.regions) {
    if (size == 0) continue;
    rows.push_back({std::string(protocol::FlashRegionName(region)),
                    fmt::format("{} ({})", Hex(size), HumanBytes(size))});
  }
  if (!storage.cid.empty()) rows.push_back({"CID", protocol::ToHex(storage.cid)});
  if (storage.nand_page_size > 0) {
    rows.push_back({"NAND page",
                    fmt::format("{} + {} bytes", storage.nand_page_size, storage.nand_spare_size)});
  }
  rows.push_back(
      {"memory", fmt::format("{}, and {} in the chip", HumanBytes(storage.external_ram_bytes),
                             HumanBytes(storage.internal_ram_bytes))});
}

Result<void> Tell(CommandContext& context, const DeviceOptions& options, DeviceSession& device) {
  const DeviceIdentity& identity = device.session().identity();
  context.results["device"] = DeviceToJson(identity, nullptr);
  context.console.PrintTable({IdentityRows(identity), {}, false});
  if (!device.has_agent()) {
    context.console.Note(
        "the storage was not asked for: a download agent tells it, which --da FILE starts");
    return Ok();
  }
  // Where the memory is not set up, an agent cannot start without its settings, and a phone that
  // was asked to start it must be plugged in anew.
  if (identity.mode == protocol::BootMode::kBrom && options.preloader_file.empty()) {
    context.console.Note(
        "the storage was not asked for: in boot ROM mode the phone's memory is not set up, and the "
        "settings stand in the preloader file of this phone model. Give it with --preloader FILE, "
        "or start the phone in preloader mode (plug it in with no key held).");
    return Ok();
  }
  TRY(device.StartAgent());
  const StorageReport& storage = device.session().storage();
  context.results["device"] = DeviceToJson(identity, &storage);
  Rows rows;
  AddStorage(storage, rows);
  context.console.Print("\n");
  context.console.PrintTable({std::move(rows), {}, false});
  device.Finish();
  return Ok();
}

Result<int> Run(CommandContext& context, const DeviceOptions& options) {
  TRY_ASSIGN(const auto device, DeviceSession::Prepare(context, options));
  TRY(device->Connect());
  TRY(Tell(context, options, *device));
  TRY(device->Conclude());
  return 0;
}

}  // namespace

void AddIdentify(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<DeviceOptions>();
  CLI::App& command =
      AddCommand(app, line, "identify", "Tell what a phone is: chip, security, storage",
                 [options](CommandContext& context) { return Run(context, *options); });
  AddDeviceOptions(command, *options);
  command.footer("Example:\n  mtkrig identify --device emulator:mt6589");
}

}  // namespace mtkrig::harness
