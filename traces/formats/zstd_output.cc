#include <fmt/format.h>
#include <zstd.h>

#include <optional>
#include <utility>

#include "traces/formats/trace_output.h"

namespace mtkrig::traces {
namespace {

// zstd's own default, made explicit: sessions are compressed while a phone waits.
constexpr int kLevel = 3;
// What a crash may cost, against what each flush costs in size.
constexpr std::size_t kFlushInterval = std::size_t{32} * 1024;

struct FreeEncoder {
  void operator()(ZSTD_CCtx* encoder) const { ZSTD_freeCCtx(encoder); }
};
using Encoder = std::unique_ptr<ZSTD_CCtx, FreeEncoder>;

class ZstdOutput final : public TraceOutput {
 public:
  ZstdOutput(Encoder encoder, std::unique_ptr<TraceOutput> inner)
      : encoder_(std::move(encoder)), inner_(std::move(inner)), room_(ZSTD_CStreamOutSize()) {}
  ~ZstdOutput() override { (void)EndFrame(); }
  ZstdOutput(const ZstdOutput&) = delete;
  ZstdOutput& operator=(const ZstdOutput&) = delete;

  Result<void> Append(ByteSpan record) override {
    inside_frame_ = true;
    unflushed_ += record.size();
    const bool flush = unflushed_ >= kFlushInterval;
    if (flush) unflushed_ = 0;
    return Run(record, flush ? ZSTD_e_flush : ZSTD_e_continue);
  }
  Result<void> Flush() override {
    TRY(EndFrame());
    return inner_->Flush();
  }

 private:
  Result<void> EndFrame() {
    if (!inside_frame_) return Ok();
    inside_frame_ = false;
    unflushed_ = 0;
    return Run({}, ZSTD_e_end);
  }

  Result<void> Run(ByteSpan record, ZSTD_EndDirective directive) {
    if (error_.has_value()) return *error_;
    ZSTD_inBuffer input = {record.data(), record.size(), 0};
    while (true) {
      ZSTD_outBuffer output = {room_.data(), room_.size(), 0};
      const std::size_t left = ZSTD_compressStream2(encoder_.get(), &output, &input, directive);
      if (ZSTD_isError(left) != 0) {
        error_ = Error(ErrorCode::kIo,
                       fmt::format("cannot compress the trace: {}", ZSTD_getErrorName(left)));
        return *error_;
      }
      if (output.pos > 0) TRY(Pass(ByteSpan(room_).first(output.pos)));
      const bool done = directive == ZSTD_e_continue ? input.pos == input.size : left == 0;
      if (done) return Ok();
    }
  }

  Result<void> Pass(ByteSpan compressed) {
    Result<void> passed = inner_->Append(compressed);
    // The encoder's state is ahead of the file now: nothing can follow.
    if (!passed) error_ = passed.error();
    return passed;
  }

  Encoder encoder_;
  std::unique_ptr<TraceOutput> inner_;
  std::vector<std::uint8_t> room_;
  std::size_t unflushed_ = 0;
  bool inside_frame_ = false;
  std::optional<Error> error_;
};

}  // namespace

Result<std::unique_ptr<TraceOutput>> CompressedOutput(std::unique_ptr<TraceOutput> inner) {
  Encoder encoder(ZSTD_createCCtx());
  if (!encoder ||
      ZSTD_isError(ZSTD_CCtx_setParameter(encoder.get(), ZSTD_c_compressionLevel, kLevel)) != 0) {
    return Error(ErrorCode::kIo, "cannot start the Zstandard encoder");
  }
  return std::unique_ptr<TraceOutput>(
      std::make_unique<ZstdOutput>(std::move(encoder), std::move(inner)));
}

}  // namespace mtkrig::traces
