#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "harness/commands/chip_check.h"
#include "harness/commands/command.h"
#include "harness/commands/device_session.h"
#include "harness/commands/readback_job.h"
#include "harness/output/preflight.h"
#include "harness/text.h"
#include "protocol/layout/compare.h"
#include "protocol/layout/linear_space.h"
#include "protocol/layout/number.h"
#include "protocol/layout/plan.h"
#include "protocol/layout/scatter.h"
#include "protocol/layout/text.h"

namespace mtkrig::harness {
namespace {

using protocol::PartitionTable;
using protocol::PlannedRead;
using protocol::RangeSpec;
using protocol::ScatterFile;
using protocol::StorageSizes;

struct Options {
  DeviceOptions device;
  std::string scatter_file;
  std::optional<std::string> directory;  // -o
  std::vector<std::string> names;
  std::vector<std::string> range_texts;
  bool all = false;
  bool resume = false;
  bool force = false;

  std::filesystem::path folder() const { return directory.value_or("."); }
};

// What was asked for, with the files that were named along the way.
struct Request {
  Options options;
  std::optional<ScatterFile> scatter;
  std::vector<RangeSpec> ranges;

  bool has_linear_range() const {
    return std::any_of(ranges.begin(), ranges.end(),
                       [](const RangeSpec& range) { return !range.region; });
  }
};

// Where partitions are, and what linear addresses mean.
struct Layout {
  PartitionTable table;
  protocol::LinearSpace linear;
};

// Behind -o DIR a file is in DIR or below: what leads out of it would be written where nobody looks
// for it. Without -o the path is the user's own, wherever it leads.
Result<void> CheckStaysBelow(const std::filesystem::path& file, const std::string& directory) {
  const bool leads_out =
      file.is_absolute() ||
      std::any_of(file.begin(), file.end(), [](const auto& part) { return part == ".."; });
  if (!leads_out) return Ok();
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("{} leads out of {}, the folder of -o", Printable(file.string()),
                           Printable(directory)))
      .WithHint("name the file plainly, or leave -o out and give its whole path");
}

// One run writes into one folder, which holds its manifest. The file of a range may name that
// folder itself: EMMC_USER:0x0+4G=backup/user.bin is -o backup and user.bin.
Result<void> TakeFolderFromRanges(std::vector<RangeSpec>& ranges, Options& options) {
  for (const RangeSpec& range : ranges) {
    if (options.directory) TRY(CheckStaysBelow(range.file_name, *options.directory));
  }
  std::optional<std::filesystem::path> folder;
  if (!options.names.empty() || options.all) folder.emplace();
  for (RangeSpec& range : ranges) {
    const std::filesystem::path path(range.file_name);
    if (folder && *folder != path.parent_path()) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("{} lies in another folder than the rest", Printable(path.string())))
          .WithHint("one run writes into one folder: name it with -o DIR, and the files plainly");
    }
    folder = path.parent_path();
    range.file_name = path.filename().string();
  }
  if (!folder || folder->empty()) return Ok();
  options.directory = (options.folder() / *folder).string();
  return Ok();
}

Result<Request> ReadRequest(CommandContext& context, const Options& options) {
  Request request{options, std::nullopt, {}};
  if (options.names.empty() && options.range_texts.empty() && !options.all) {
    return Error(ErrorCode::kInvalidArgument, "nothing to read was named")
        .WithHint(
            "name partitions (BOOTIMG RECOVERY), a --range, or --all; `mtkrig blockmap` lists "
            "them");
  }
  if (options.all && !options.names.empty()) {
    return Error(ErrorCode::kInvalidArgument, "--all reads every partition: no names are needed");
  }
  for (const std::string& text : options.range_texts) {
    TRY_ASSIGN(RangeSpec range, protocol::ParseRangeSpec(text));
    request.ranges.push_back(std::move(range));
  }
  TRY(TakeFolderFromRanges(request.ranges, request.options));
  if (!options.scatter_file.empty()) {
    TRY_ASSIGN(request.scatter, protocol::LoadScatter(options.scatter_file));
    for (const protocol::ScatterWarning& warning : request.scatter->warnings) {
      context.console.Warn(warning.text, options.scatter_file, warning.line);
    }
    const auto about_layout = options.all
                                  ? protocol::CheckScatter(*request.scatter, {})
                                  : protocol::CheckScatterFor(*request.scatter, options.names);
    for (const protocol::ScatterWarning& warning : about_layout) {
      context.console.Warn(warning.text, options.scatter_file, warning.line);
    }
  }
  return request;
}

// Names that the phone's storage gives, whatever its table or the scatter file lists.
bool NeedsPhone(const std::string& name) {
  constexpr std::array<std::string_view, 3> kAlways = {"preloader", "pgpt", "sgpt"};
  return protocol::FlashRegionFromName(name).has_value() ||
         std::any_of(kAlways.begin(), kAlways.end(), [&](std::string_view always) {
           return protocol::EqualsIgnoringCase(always, name);
         });
}

// 1 PiB, some five hundred times what eMMC can address.
constexpr std::uint64_t kLargestStorage = std::uint64_t{1} << 50;

// As much of the plan as is known without the phone: it finds a misspelt name, an existing file or
// a full disk before the user reaches for the cable.
Result<std::vector<PreflightFile>> Preview(const Request& request) {
  std::vector<PreflightFile> files;
  if (request.scatter && !request.options.all) {
    const PartitionTable table = request.scatter->TableFor({});
    std::vector<std::string> known;
    for (const std::string& name : request.options.names) {
      const std::array<std::string, 1> one = {name};
      const Result<std::vector<PlannedRead>> plan = protocol::PlanPartitions(table, {}, one);
      if (plan) known.push_back(name);
      if (!plan && plan.error().code() == ErrorCode::kNotFound && !NeedsPhone(name)) {
        return plan.error();
      }
    }
    TRY_ASSIGN(const auto plan, protocol::PlanPartitions(table, {}, known));
    for (const PlannedRead& read : plan) files.push_back({read.file_name, read.range.length});
  }
  if (!request.scatter && !request.options.all) {
    std::set<std::string> typed;
    for (const std::string& name : request.options.names) {
      auto file = protocol::FileNameOfTyped(name);
      // What two names of one partition are read into is one file.
      if (file && typed.insert(*file).second) files.push_back({*std::move(file), std::nullopt});
    }
  }
  for (const RangeSpec& range : request.ranges) {
    // A length that no phone has is a slip in the range, whatever the disk has room for: the plan
    // says so once the size of the region is known.
    const bool plausible = range.length <= kLargestStorage;
    files.push_back({range.file_name, plausible ? std::optional(range.length) : std::nullopt});
  }
  return files;
}

Result<void> Preflight(const Options& options, std::vector<PreflightFile> files) {
  return CheckOutputs({options.folder(), std::move(files), options.force, options.resume});
}

// Where the scatter file and the phone's own table disagree on what is about to be read.
void WarnOfDisagreement(CommandContext& context, const Request& request,
                        const PartitionTable& scatter, const PartitionTable& phone,
                        const StorageSizes& sizes) {
  PartitionTable wanted = scatter;
  if (!request.options.all) {
    wanted.partitions.clear();
    for (const std::string& name : request.options.names) {
      const protocol::Partition* partition = scatter.Find(name);
      if (partition != nullptr) wanted.partitions.push_back(*partition);
    }
  }
  for (const auto& difference : protocol::CompareLayouts(wanted, phone, sizes)) {
    if (difference.kind == protocol::DifferenceKind::kExtra) continue;
    context.console.Warn(difference.text, request.options.scatter_file, difference.line);
  }
}

// The layout that names and LINEAR: refer to: the scatter file's, or the phone's own. Other ranges
// need none.
Result<Layout> ChooseLayout(CommandContext& context, const Request& request,
                            DeviceSession& device) {
  const Options& options = request.options;
  const protocol::Session& session = device.session();
  const StorageSizes& sizes = session.storage().sizes;
  const bool needs_table = !options.names.empty() || options.all || request.has_linear_range();
  if (!request.scatter && !needs_table) return Layout();
  Result<PartitionTable> phone = device.ReadPartitionTable();
  if (!phone && phone.error().code() == ErrorCode::kCancelled) return phone.error();
  if (!request.scatter) {
    const bool can_do_without = options.all && !request.has_linear_range();
    if (!phone && !can_do_without) return phone.error();
    if (phone) return Layout{*phone, protocol::LinearSpaceOfPhone(*phone, sizes)};
    context.console.Warn(
        fmt::format("the phone's partition table cannot be read ({}): its storage "
                    "is read as a whole",
                    phone.error().Describe()));
    return Layout();
  }
  if (const auto chip = CompareChip(*request.scatter, session.identity())) {
    context.console.Warn(chip->text, options.scatter_file, chip->line);
  }
  Layout layout;
  layout.table = request.scatter->TableFor(sizes);
  layout.linear = protocol::LinearSpaceOfScatter(request.scatter->BlockFor(sizes).linear);
  if (phone) {
    WarnOfDisagreement(context, request, layout.table, *phone, sizes);
    if (!layout.linear.known()) layout.linear = protocol::LinearSpaceOfPhone(*phone, sizes);
  } else {
    context.console.Note(fmt::format("the phone's own table cannot be compared with {}: {}",
                                     options.scatter_file, phone.error().Describe()));
  }
  return layout;
}

Result<std::vector<PlannedRead>> MakePlan(const Request& request, const Layout& layout,
                                          const StorageSizes& sizes) {
  std::vector<PlannedRead> plan;
  if (request.options.all) {
    TRY_ASSIGN(plan, protocol::PlanFullBackup(layout.table, sizes));
  } else if (!request.options.names.empty()) {
    TRY_ASSIGN(plan, protocol::PlanPartitions(layout.table, sizes, request.options.names));
  }
  for (PlannedRead& read : plan) {
    if (read.linear_address) continue;
    read.linear_address = layout.linear.space.LinearOf({read.range.region, read.range.offset});
  }
  for (const RangeSpec& range : request.ranges) {
    TRY_ASSIGN(PlannedRead read, protocol::PlanRange(range, sizes, layout.linear));
    plan.push_back(std::move(read));
  }
  return plan;
}

Result<void> ReadPlan(CommandContext& context, const Request& request, DeviceSession& device) {
  const Options& options = request.options;
  protocol::Session& session = device.session();
  TRY(device.StartAgent());
  TRY_ASSIGN(const Layout layout, ChooseLayout(context, request, device));
  TRY_ASSIGN(const auto plan, MakePlan(request, layout, session.storage().sizes));
  ReadbackJobOptions job_options{options.folder(), options.resume, options.force, nullptr};
  if (device.replay() != nullptr) {
    job_options.of_recording = [&device](Error error) {
      return device.Fitted(std::move(error));
    };
  }
  TRY_ASSIGN(Manifest manifest,
             ReadbackJob::TakeUpManifest(job_options, session.identity(), session.storage()));
  std::vector<PreflightFile> files;
  files.reserve(plan.size());
  for (const PlannedRead& read : plan) files.push_back({read.file_name, read.range.length});
  TRY(Preflight(options, std::move(files)));
  TRY(MakeDirectory(options.folder()));
  ReadbackJob job(context, session, job_options, std::move(manifest));
  Result<void> outcome = job.Run(plan);
  job.PrintSummary();
  return outcome;
}

Result<int> Run(CommandContext& context, const Options& options) {
  TRY_ASSIGN(const Request request, ReadRequest(context, options));
  TRY_ASSIGN(std::vector<PreflightFile> preview, Preview(request));
  TRY(Preflight(request.options, std::move(preview)));
  if (!options.force) TRY(ReadManifest(request.options.folder()));
  DeviceOptions device_options = options.device;
  device_options.trace.overwrite = options.force;
  TRY_ASSIGN(const auto device, DeviceSession::Prepare(context, device_options));
  TRY(device->RequireAgent());
  TRY(device->Connect());
  const Result<void> outcome = ReadPlan(context, request, *device);
  if (!outcome) {
    device->Abandon();
    return outcome.error();
  }
  device->Finish();
  TRY(device->Conclude());
  return 0;
}

constexpr const char* kFooter = R"(Examples:
  mtkrig readback --device emulator:mt6577 -o out BOOTIMG RECOVERY
  mtkrig readback -d emulator:mt6577 --scatter MT6577_scatter.txt -o out boot
  mtkrig readback -d emulator:mt6592 --range EMMC_USER:0x0+0x200=mbr.bin
  mtkrig readback -d emulator:mt6577 --range LINEAR:0xf88000+6M=boot.img
  mtkrig readback -d emulator:mt6582 -o backup --all
  mtkrig readback -d emulator:mt6582 -o backup --all --resume

)"
                                "A range is REGION:START+LENGTH=FILE. Regions: EMMC_USER, "
                                "EMMC_BOOT_1, EMMC_BOOT_2, NAND, ..., or LINEAR for addresses of "
                                "the linear space, of the scatter file or where the phone's own "
                                "table tells (`mtkrig blockmap` shows whether it does). Write "
                                "numbers with 0x or with K, M, G: what can be read in two ways "
                                "(988000, 1e3, 512B) is refused. FILE may name folders, which are "
                                "below that of -o; without -o it may be any path.";

}  // namespace

void AddReadback(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<Options>();
  CLI::App& command =
      AddCommand(app, line, "readback", "Read partitions or ranges of a phone into files",
                 [options](CommandContext& context) { return Run(context, *options); });
  AddDeviceOptions(command, options->device);
  command
      .add_option("-s,--scatter", options->scatter_file,
                  "Take the layout from a scatter file instead of the phone's own table")
      ->type_name("FILE");
  command.add_option("-o,--output", options->directory, "Folder for the images; made if missing")
      ->type_name("DIR");
  command.add_option("--range", options->range_texts, "Read a range of the flash; repeatable")
      ->type_name("REGION:START+LENGTH=FILE")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  command.add_flag("--all", options->all, "Everything, boot areas included: the full backup");
  command.add_flag("--resume", options->resume, "Continue what an interrupted run left behind");
  command.add_flag("--force", options->force, "Overwrite existing files, the recording too");
  command.add_option("NAME", options->names, "Partitions, as in BOOTIMG RECOVERY")->type_name("");
  command.footer(kFooter);
}

}  // namespace mtkrig::harness
