#include "protocol/wire/boot_mode.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/wire/brom.h"
#include "traces/decode/decoders.h"

namespace mtkrig::traces {
namespace {

namespace boot_mode = protocol::boot_mode;
namespace brom = protocol::brom;

constexpr std::array kNames = {boot_mode::kFastboot,     boot_mode::kMeta,
                               boot_mode::kAdvancedMeta, boot_mode::kFactory,
                               boot_mode::kFactoryMenu,  boot_mode::kNormalBoot};
constexpr std::array kAnswers = {
    boot_mode::kFastbootAnswer,        boot_mode::kMetaAnswer,
    boot_mode::kAdvancedMetaAnswer,    boot_mode::kFactoryAnswer,
    boot_mode::kFactoryMenuAnswer,     boot_mode::kNormalBootAnswer,
    boot_mode::kOldAdvancedMetaAnswer, boot_mode::kForbiddenAnswer,
};
constexpr std::size_t kLongestText = boot_mode::kDisconnect.size();

// Whether `text` is what a side says next. Does not wait.
bool IsNext(const Conversation& line, Direction side, std::string_view text) {
  std::array<std::uint8_t, kLongestText> bytes{};
  const std::size_t known = line.Look(side, std::span(bytes).first(text.size()));
  return known == text.size() && std::equal(text.begin(), text.end(), bytes.begin());
}

template <std::size_t kCount>
std::string_view NextOf(const Conversation& line, Direction side,
                        const std::array<std::string_view, kCount>& texts) {
  const auto* const found =
      std::ranges::find_if(texts, [&](std::string_view text) { return IsNext(line, side, text); });
  return found == texts.end() ? std::string_view() : *found;
}

// READY may still come, from before the phone has read the name.
Task<void> SkipReady(Conversation& line) {
  for (;;) {
    co_await line.Await(kPhone, brom::kReady.size());
    std::array<std::uint8_t, brom::kReady.size()> bytes{};
    line.Look(kPhone, bytes);
    if (bytes != brom::kReady) co_return;
    co_await line.Take(kPhone, bytes.size());
  }
}

}  // namespace

bool IsBootMode(const Conversation& line) {
  return !NextOf(line, kHost, kNames).empty();
}

Task<void> DecodeBootMode(Conversation& line) {
  const std::string_view name = NextOf(line, kHost, kNames);
  line.Begin(Layer::kHandshake, "boot mode");
  line.Field("mode", name);
  co_await line.Take(kHost, name.size());
  co_await SkipReady(line);
  if (!IsNext(line, kPhone, boot_mode::kNormalBootAnswer)) {
    co_await line.Await(kPhone, boot_mode::kNameSize);
  }
  const std::string_view answer = NextOf(line, kPhone, kAnswers);
  if (answer.empty()) co_await line.Unexpected("the phone answers something else");
  line.Field("answer", answer);
  co_await line.Take(kPhone, answer.size());
  if (answer == boot_mode::kForbiddenAnswer) {
    line.Problem(Outcome::kRefused, "a secured phone forbids this mode");
  }
  if (line.TransferLeft(kHost) == boot_mode::kParameterSize) {
    co_await line.Take(kHost, boot_mode::kParameterSize);
  }
  // The host may close the port without a word.
  line.Whole();
  const Direction side = co_await line.First();
  if (side == kHost && IsNext(line, kHost, boot_mode::kDisconnect)) {
    co_await line.Take(kHost, boot_mode::kDisconnect.size());
  }
  line.End();
}

}  // namespace mtkrig::traces
