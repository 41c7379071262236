#include <fmt/format.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <array>
#include <utility>

#include "traces/formats/byte_source.h"

namespace mtkrig::traces {
namespace {

constexpr std::array<std::uint8_t, 4> kZstdMagic = {0x28, 0xb5, 0x2f, 0xfd};
// 32 MiB: the decoder keeps the window in memory, and the file chooses its size.
constexpr int kMaxWindowLog = 25;
constexpr std::size_t kInputBytes = std::size_t{128} * 1024;

struct FreeDecoder {
  void operator()(ZSTD_DCtx* decoder) const { ZSTD_freeDCtx(decoder); }
};

class ZstdSource final : public ByteSource {
 public:
  static Result<std::unique_ptr<ByteSource>> Create(std::unique_ptr<ByteSource> inner,
                                                    const std::string& name) {
    std::unique_ptr<ZSTD_DCtx, FreeDecoder> decoder(ZSTD_createDCtx());
    if (!decoder || ZSTD_isError(ZSTD_DCtx_setParameter(decoder.get(), ZSTD_d_windowLogMax,
                                                        kMaxWindowLog)) != 0) {
      return Error(ErrorCode::kIo, "cannot start the Zstandard decoder");
    }
    return std::unique_ptr<ByteSource>(new ZstdSource(std::move(decoder), std::move(inner), name));
  }

  Result<std::size_t> Read(std::span<std::uint8_t> buffer) override {
    ZSTD_outBuffer output = {buffer.data(), buffer.size(), 0};
    if (failed_ != nullptr) return *failed_;
    // On to the end of the input at hand: each frame may hold a single byte.
    while (output.pos < output.size && !ended_) {
      const bool drained = input_.pos == input_.size;
      if (drained && !decoder_may_hold_more_) {
        if (output.pos > 0) break;
        TRY(Refill());
        if (ended_) break;
      }
      const std::size_t before = input_.pos;
      const std::size_t left = ZSTD_decompressStream(decoder_.get(), &output, &input_);
      if (ZSTD_isError(left) != 0) {
        failed_ = std::make_unique<Error>(Failed(left, before));
        if (output.pos == 0) return *failed_;
        break;
      }
      inside_frame_ = left != 0;
      // A full output buffer may hide more output that needs no more input.
      decoder_may_hold_more_ = output.pos == output.size;
    }
    return output.pos;
  }
  bool cut_short() const override { return inside_frame_; }

 private:
  ZstdSource(std::unique_ptr<ZSTD_DCtx, FreeDecoder> decoder, std::unique_ptr<ByteSource> inner,
             std::string name)
      : decoder_(std::move(decoder)), inner_(std::move(inner)), name_(std::move(name)) {}

  Result<void> Refill() {
    consumed_ += input_.size;
    TRY_ASSIGN(const std::size_t count, inner_->Read(bytes_));
    input_ = {bytes_.data(), count, 0};
    ended_ = count == 0;
    return Ok();
  }

  Error Failed(std::size_t code, std::size_t before) const {
    const std::uint64_t at = consumed_ + before;
    if (ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge) {
      return Error(ErrorCode::kUnsupported,
                   fmt::format("{} was compressed with a window of more than 32 MiB", name_))
          .WithHint("compress it again with `zstd -19`, without --long or --ultra");
    }
    return Error(ErrorCode::kInvalidInput, fmt::format("{}: damaged Zstandard data near byte {} of "
                                                       "the compressed file: {}",
                                                       name_, at, ZSTD_getErrorName(code)));
  }

  std::unique_ptr<ZSTD_DCtx, FreeDecoder> decoder_;
  std::unique_ptr<ByteSource> inner_;
  std::string name_;
  std::vector<std::uint8_t> bytes_ = std::vector<std::uint8_t>(kInputBytes);
  ZSTD_inBuffer input_ = {nullptr, 0, 0};
  std::uint64_t consumed_ = 0;     // of the compressed file, before what `input_` holds
  std::unique_ptr<Error> failed_;  // behind what was given
  bool decoder_may_hold_more_ = false;
  bool inside_frame_ = false;
  bool ended_ = false;
};

class ZstdContent final : public Content {
 public:
  explicit ZstdContent(std::shared_ptr<const Content> inner) : inner_(std::move(inner)) {}
  Result<std::unique_ptr<ByteSource>> Open() const override {
    TRY_ASSIGN(std::unique_ptr<ByteSource> source, inner_->Open());
    return ZstdSource::Create(std::move(source), inner_->name());
  }
  const std::string& name() const override { return inner_->name(); }

 private:
  std::shared_ptr<const Content> inner_;
};

}  // namespace

Result<std::shared_ptr<const Content>> Decompressed(std::shared_ptr<const Content> content) {
  TRY_ASSIGN(const std::unique_ptr<ByteSource> source, content->Open());
  std::array<std::uint8_t, kZstdMagic.size()> head{};
  std::size_t filled = 0;
  while (filled < head.size()) {
    TRY_ASSIGN(const std::size_t count, source->Read(std::span(head).subspan(filled)));
    if (count == 0) return content;
    filled += count;
  }
  if (head != kZstdMagic) return content;
  return std::shared_ptr<const Content>(std::make_shared<const ZstdContent>(std::move(content)));
}

}  // namespace mtkrig::traces
