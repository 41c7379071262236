#include "traces/decode/latency_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "traces/decode/step_text.h"

namespace mtkrig::traces {
namespace {

constexpr double kWidth = 860;
constexpr double kHeight = 420;
constexpr double kLeft = 70;
constexpr double kRight = 24;
constexpr double kTop = 84;
constexpr double kBottom = 64;
constexpr double kChartHeight = kHeight - kTop - kBottom;
constexpr double kRoomForTick = 48;
constexpr double kGap = 0.12;  // of a bar's place, left and right of it

// By layer, in the order of the enumeration; told apart also by those who see few colours.
constexpr std::array<std::string_view, TraceStatistics::kLayers> kColors = {
    "#8c8c8c", "#56b4e9", "#0072b2", "#009e73", "#e69f00", "#d55e00", "#cc79a7", "#444444"};

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        // XML has no other control characters.
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    }
  }
  return out;
}

// "2 us", "50 ms", "1 s": the ends of bars.
std::string TickText(Duration end) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(end).count();
  if (us < 1000) return fmt::format("{} us", us);
  if (us < 1'000'000) return fmt::format("{} ms", us / 1000);
  return fmt::format("{} s", us / 1'000'000);
}

class Chart {
 public:
  Chart(const TraceStatistics& statistics, std::string_view title)
      : statistics_(statistics), title_(title) {
    const auto bars = statistics.total().latency.bars();
    for (std::size_t bar = 0; bar < bars.size(); ++bar) {
      if (bars[bar] == 0) continue;
      if (highest_ == 0) first_ = bar;
      last_ = bar;
      highest_ = std::max(highest_, bars[bar]);
    }
    // A bar of air on either side, and never so few that they become planks.
    first_ = first_ == 0 ? 0 : first_ - 1;
    last_ = std::min({std::max(last_ + 1, first_ + 7), LatencyHistogram::kBars - 1});
  }

  std::string Draw() {
    Put("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
        "height=\"{1}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\">\n",
        kWidth, kHeight);
    Put("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
    Text(kLeft, 28, "start", "#111111", title_, "font-size=\"17\" font-weight=\"bold\"");
    DrawSubtitle();
    DrawGrid();
    for (std::size_t bar = first_; bar <= last_; ++bar) DrawBar(bar);
    DrawAxis();
    DrawMark(statistics_.total().latency.Quantile(0.5), "median");
    DrawMark(statistics_.total().latency.Quantile(0.99), "p99");
    DrawLegend();
    out_ += "</svg>\n";
    return std::move(out_);
  }

 private:
  template <typename... Args>
  void Put(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }
  void Text(double x, double y, std::string_view anchor, std::string_view color,
            std::string_view text, std::string_view more = "") {
    Put("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" fill=\"{}\" {}>{}</text>\n", x, y,
        anchor, color, more, Escaped(text));
  }

  double BarWidth() const {
    return (kWidth - kLeft - kRight) / static_cast<double>(last_ - first_ + 1);
  }
  double BarX(std::size_t bar) const {
    return kLeft + static_cast<double>(bar - first_) * BarWidth();
  }
  double Y(double count) const {
    const double top = highest_ == 0 ? 1 : static_cast<double>(highest_) * 1.08;
    return kTop + kChartHeight * (1 - count / top);
  }

  void DrawSubtitle() {
    const LatencyHistogram& all = statistics_.total().latency;
    const std::string text =
        all.count() == 0
            ? "no answers to measure"
            : fmt::format("{} answers of the phone: {} to {}, median {}, p99 {}", all.count(),
                          DurationText(all.least()), DurationText(all.most()),
                          DurationText(all.Quantile(0.5)), DurationText(all.Quantile(0.99)));
    Text(kLeft, 47, "start", "#555555", text);
  }

  // Lines at round numbers: four of them or so.
  void DrawGrid() {
    const auto highest = static_cast<double>(std::max<std::uint64_t>(highest_, 1));
    const double decade = std::pow(10, std::floor(std::log10(highest)));
    double step = decade;
    if (highest / decade < 2.5) step = decade / 2;
    if (highest / decade > 5) step = decade * 2;
    step = std::max(step, 1.0);
    const int lines = static_cast<int>(highest * 1.08 / step);
    for (int i = 0; i <= lines; ++i) {
      const double count = i * step;
      Put("<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#e4e4e4\"/>\n", kLeft,
          kWidth - kRight, Y(count), Y(count));
      Text(kLeft - 8, Y(count) + 4, "end", "#555555", fmt::format("{:.0f}", count));
    }
  }

  void DrawBar(std::size_t bar) {
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < TraceStatistics::kLayers; ++i) {
      const std::uint64_t count = statistics_.layer(static_cast<Layer>(i)).latency.bars()[bar];
      if (count == 0) continue;
      const double bottom = Y(static_cast<double>(below));
      const double top = Y(static_cast<double>(below + count));
      Put("<rect x=\"{:.1f}\" y=\"{:.2f}\" width=\"{:.1f}\" height=\"{:.2f}\" fill=\"{}\"/>\n",
          BarX(bar) + kGap * BarWidth(), top, BarWidth() * (1 - 2 * kGap), bottom - top,
          kColors.at(i));
      below += count;
    }
    if (below > 0) {
      Text(BarX(bar) + BarWidth() / 2, Y(static_cast<double>(below)) - 4, "middle", "#333333",
           fmt::format("{}", below), "font-size=\"11\"");
    }
  }

  void DrawAxis() {
    const double y = kHeight - kBottom;
    Put("<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#333333\"/>\n", kLeft,
        kWidth - kRight, y, y);
    for (std::size_t bar = first_; bar < last_; ++bar) {
      const double x = BarX(bar + 1);
      Put("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" "
          "stroke=\"#333333\"/>\n",
          x, y, y + 4);
      // With little room only 1, 10, 100 are named.
      if (BarWidth() >= kRoomForTick || bar % 3 == 0) {
        Text(x, y + 18, "middle", "#333333", TickText(LatencyHistogram::BarEnd(bar)));
      }
    }
    Text(kLeft + (kWidth - kLeft - kRight) / 2, kHeight - 18, "middle", "#555555",
         "from the host's transfer to the phone's answer");
  }

  void DrawMark(Duration value, std::string_view name) {
    if (statistics_.total().latency.count() == 0) return;
    // Within its bar by logarithm, as the bars' ends are.
    std::size_t bar = 0;
    while (bar + 1 < LatencyHistogram::kBars && value >= LatencyHistogram::BarEnd(bar)) ++bar;
    const auto end = static_cast<double>(LatencyHistogram::BarEnd(bar).count());
    const double begin =
        bar == 0 ? end / 2 : static_cast<double>(LatencyHistogram::BarEnd(bar - 1).count());
    const double at = std::max(static_cast<double>(value.count()), begin);
    const double share = std::clamp(std::log(at / begin) / std::log(end / begin), 0.0, 1.0);
    const double x = BarX(bar) + share * BarWidth();
    Put("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\" stroke=\"#b00020\" "
        "stroke-dasharray=\"4 3\"/>\n",
        x, kTop - 8, kHeight - kBottom);
    Text(x, kTop - 12, "middle", "#b00020", name, "font-size=\"11\"");
  }

  void DrawLegend() {
    double x = kWidth - kRight;
    for (std::size_t i = TraceStatistics::kLayers; i-- > 0;) {
      const auto layer = static_cast<Layer>(i);
      if (statistics_.layer(layer).latency.count() == 0) continue;
      const std::string_view name = LayerName(layer);
      x -= static_cast<double>(name.size()) * 6.6 + 26;
      Put("<rect x=\"{:.1f}\" y=\"19\" width=\"11\" height=\"11\" fill=\"{}\"/>\n", x,
          kColors.at(i));
      Text(x + 16, 29, "start", "#333333", name);
    }
  }

  const TraceStatistics& statistics_;
  const std::string_view title_;
  std::size_t first_ = 0;
  std::size_t last_ = 0;
  std::uint64_t highest_ = 0;
  std::string out_;
};

}  // namespace

std::string LatencySvg(const TraceStatistics& statistics, std::string_view title) {
  return Chart(statistics, title).Draw();
}

}  // namespace mtkrig::traces
