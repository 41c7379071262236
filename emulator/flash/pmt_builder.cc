#include "emulator/flash/pmt_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "protocol/base/bytes.h"
#include "protocol/wire/legacy_da.h"

namespace mtkrig::emulator {

namespace legacy_da = protocol::legacy_da;
using protocol::ByteWriter;
using protocol::Endian;
using protocol::Error;
using protocol::ErrorCode;
using protocol::Ok;
using protocol::Result;
using protocol::StoreLe;

namespace {

constexpr std::uint32_t kSignatureV1 = 0x50547631;  // "PTv1"
constexpr std::uint32_t kMirrorV1 = 0x4d505431;     // "MPT1"
constexpr std::uint32_t kSignatureV3 = 0x50547633;  // "PTv3"
constexpr std::uint32_t kMirrorV3 = 0x4d505433;     // "MPT3"
constexpr std::size_t kSignatureSize = 4;
constexpr std::size_t kStateSize = 4;

struct Shape {
  std::size_t table_size;
  std::string_view version;  // with its final zero, or empty
  PmtFormat format;
  std::size_t tail_size;  // state and closing signature
};

Shape ShapeOf(PmtForm form, bool wide) {
  switch (form) {
    case PmtForm::kEnd10:
      return {0x1000, std::string_view("1.0\0", 4), PmtFormat::k64Bit, kSignatureSize};
    case PmtForm::kEnd11:
      return {0x1000, std::string_view("1.1\0", 4), PmtFormat::k64BitWithPart, kSignatureSize};
    case PmtForm::kNandV3:
      return {0x800, {}, PmtFormat::k32Bit, 0};
    case PmtForm::kPmtPartition:
      break;
  }
  return {0x800, {}, wide ? PmtFormat::k64Bit : PmtFormat::k32Bit, kStateSize + kSignatureSize};
}

std::uint32_t Signature(PmtForm form, bool mirror) {
  if (form == PmtForm::kNandV3) return mirror ? kMirrorV3 : kSignatureV3;
  return mirror ? kMirrorV1 : kSignatureV1;
}

Result<void> Check(PmtFormat format, const PmtRecord& record) {
  const auto refuse = [&](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("partition '{}' cannot stand in this PMT: {}", record.name, why));
  };
  if (record.name.size() >= legacy_da::kPmtNameSize) return refuse("its name is longer than 63");
  const std::uint64_t largest = std::max({record.size, record.offset, record.mask_flags});
  if (format == PmtFormat::k32Bit && largest > std::numeric_limits<std::uint32_t>::max()) {
    return refuse("its place or size needs more than 32 bits");
  }
  return Ok();
}

void PutRecord(ByteWriter& out, PmtFormat format, const PmtRecord& record) {
  std::array<std::uint8_t, legacy_da::kPmtNameSize> name = {};
  std::copy(record.name.begin(), record.name.end(), name.begin());
  out.PutBytes(name);
  if (format == PmtFormat::k32Bit) {
    out.Put(static_cast<std::uint32_t>(record.size))
        .Put(static_cast<std::uint32_t>(record.offset))
        .Put(static_cast<std::uint32_t>(record.mask_flags));
    return;
  }
  out.Put(record.size);
  if (format == PmtFormat::k64BitWithPart) out.Put(record.part_id);
  out.Put(record.offset).Put(record.mask_flags);
}

}  // namespace

std::size_t PmtTableSize(PmtForm form) {
  return ShapeOf(form, false).table_size;
}

Result<std::vector<std::uint8_t>> EncodePmtRecords(PmtFormat format,
                                                   std::span<const PmtRecord> records) {
  ByteWriter out(Endian::kLittle);
  if (format == PmtFormat::kNone) return out.Release();
  for (const PmtRecord& record : records) {
    TRY(Check(format, record));
    PutRecord(out, format, record);
  }
  return out.Release();
}

Result<std::vector<std::uint8_t>> BuildPmt(PmtForm form, bool wide, bool mirror,
                                           std::span<const PmtRecord> records) {
  const Shape shape = ShapeOf(form, wide);
  TRY_ASSIGN(const std::vector<std::uint8_t> entries, EncodePmtRecords(shape.format, records));
  const std::size_t entries_at = kSignatureSize + shape.version.size();
  if (entries_at + entries.size() + shape.tail_size > shape.table_size) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("a PMT of {:#x} bytes has no room for {} partitions", shape.table_size,
                             records.size()));
  }
  std::vector<std::uint8_t> table(shape.table_size);
  const std::uint32_t signature = Signature(form, mirror);
  StoreLe(std::span(table), signature);
  std::copy(shape.version.begin(), shape.version.end(), table.begin() + kSignatureSize);
  std::copy(entries.begin(), entries.end(), std::span(table).subspan(entries_at).begin());
  if (shape.tail_size > 0) StoreLe(std::span(table).last(kSignatureSize), signature);
  return table;
}

}  // namespace mtkrig::emulator
