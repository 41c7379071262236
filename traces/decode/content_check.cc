#include "traces/decode/content_check.h"

#include <utility>

#include "traces/decode/content_holder.h"

namespace mtkrig::traces {

ContentCheck::ContentCheck(Open a, Open b) : open_a_(std::move(a)), open_b_(std::move(b)) {}

ContentCheck::~ContentCheck() = default;

ContentVerdict ContentCheck::Compare(const Step& a, const Step& b, std::string_view name) {
  const bool a_is_whole = a.missing.bytes == 0;
  const Step& whole = a_is_whole ? a : b;
  const Step& cut = a_is_whole ? b : a;
  std::unique_ptr<ContentHolder>& holder = a_is_whole ? whole_a_ : whole_b_;
  if (!holder) {
    Result<std::unique_ptr<TraceReader>> of_whole = (a_is_whole ? open_a_ : open_b_)();
    Result<std::unique_ptr<TraceReader>> of_cut = (a_is_whole ? open_b_ : open_a_)();
    // It could be read a moment ago; what is not known is told as that.
    if (!of_whole || !of_cut) return {};
    holder = std::make_unique<ContentHolder>(*std::move(of_whole), *std::move(of_cut));
  }
  ContentHolder::Found found = holder->Compare(whole, cut);
  ContentVerdict verdict;
  if (found.difference) {
    std::string& in_a = a_is_whole ? found.difference->whole : found.difference->cut;
    std::string& in_b = a_is_whole ? found.difference->cut : found.difference->whole;
    verdict.difference = {std::string(name), std::move(in_a), std::move(in_b)};
  } else if (found.same == cut.content_bytes) {
    verdict.known = ContentVerdict::Known::kSame;
  } else if (found.same + found.sampled == cut.content_bytes) {
    verdict.known = ContentVerdict::Known::kSamples;
  }
  return verdict;
}

}  // namespace mtkrig::traces
