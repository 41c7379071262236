#include "protocol/layout/range_reader.h"

#include <fmt/format.h>

namespace mtkrig::protocol {

Result<std::vector<std::uint8_t>> ReadChecked(const RangeReader& reader, std::uint64_t offset,
                                              std::uint64_t length) {
  TRY_ASSIGN(std::vector<std::uint8_t> data, reader(offset, length));
  if (data.size() != length) {
    return Error(ErrorCode::kProtocol,
                 fmt::format("{} bytes were read where {} were asked for", data.size(), length))
        .AtOffset(offset);
  }
  return data;
}

}  // namespace mtkrig::protocol
