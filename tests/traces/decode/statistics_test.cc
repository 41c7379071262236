#include <gtest/gtest.h>

#include <memory>

#include "tests/traces/decode/decode_testing.h"
#include "traces/decode/latency_svg.h"
#include "traces/decode/trace_statistics.h"

namespace mtkrig::traces::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(LatencyHistogram, QuantilesAndBars) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.Quantile(0.5), Duration::zero());
  for (int i = 1; i <= 1000; ++i) histogram.Add(microseconds(i));
  EXPECT_EQ(histogram.count(), 1000U);
  EXPECT_EQ(histogram.least(), microseconds(1));
  EXPECT_EQ(histogram.most(), microseconds(1000));
  EXPECT_NEAR(static_cast<double>(histogram.Quantile(0.5).count()), 500e3, 500e3 / 8);
  EXPECT_NEAR(static_cast<double>(histogram.Quantile(0.99).count()), 990e3, 990e3 / 8);
  // 1 us; below 5, 10, 20 ... us.
  EXPECT_EQ(histogram.bars()[0], 0U);
  EXPECT_EQ(histogram.bars()[1], 1U);
  EXPECT_EQ(histogram.bars()[2], 3U);
  EXPECT_EQ(histogram.bars()[9], 500U);
  EXPECT_EQ(histogram.bars()[10], 1U);
}

TEST(LatencyHistogram, ExtremesAreCounted) {
  LatencyHistogram histogram;
  histogram.Add(Duration(-5));
  histogram.Add(Duration::max());
  EXPECT_EQ(histogram.least(), Duration::zero());
  EXPECT_EQ(histogram.most(), Duration::max());
  EXPECT_EQ(histogram.bars()[0], 1U);
  EXPECT_EQ(histogram.bars().back(), 1U);
}

std::unique_ptr<TraceStatistics> StatisticsOf(std::string_view wire) {
  auto statistics = std::make_unique<TraceStatistics>();
  for (const Event& event : EventsOf(wire)) statistics->Add(event);
  statistics->Finish();
  return statistics;
}

constexpr std::string_view kSession =
    "@ phase handshake\n[+1s] > a0\n[+1ms] < 5f\n[+1ms] > 0a\n[+1ms] < f5\n> 50\n< af\n> 05\n< fa\n"
    "@ phase identify\n[+10ms] > fd\n[+4ms] < fd\n[+1ms] < 6580 0000\n";

TEST(TraceStatistics, ByPhaseAndLayer) {
  const auto made = StatisticsOf(kSession);
  const TraceStatistics& statistics = *made;
  EXPECT_EQ(statistics.total().bytes_to_phone, 5U);
  EXPECT_EQ(statistics.total().bytes_to_host, 9U);
  EXPECT_EQ(statistics.total().steps, 2U);
  EXPECT_EQ(statistics.total().latency.count(), 5U);
  EXPECT_EQ(statistics.total().latency.most(), milliseconds(4));
  ASSERT_EQ(statistics.phases().size(), 3U);
  EXPECT_EQ(statistics.phases()[1]->name, "handshake");
  EXPECT_EQ(statistics.phases()[1]->flow.bytes_to_phone, 4U);
  EXPECT_EQ(statistics.phases()[2]->name, "identify");
  EXPECT_EQ(statistics.phases()[2]->flow.transfers_to_host, 2U);
  EXPECT_EQ(statistics.phases()[2]->flow.time, milliseconds(15));
  EXPECT_EQ(statistics.layer(Layer::kBrom).bytes_to_host, 5U);
  EXPECT_EQ(statistics.layer(Layer::kHandshake).latency.count(), 4U);
}

TEST(TraceStatistics, ManyPhasesAreBounded) {
  TraceStatistics statistics;
  for (int i = 0; i < 1000; ++i) {
    statistics.Add(TextEvent(EventKind::kPhase, "phase " + std::to_string(i)));
    statistics.Add(BytesEvent(Direction::kToPhone, Bytes{0xfd}));
  }
  statistics.Finish();
  EXPECT_EQ(statistics.phases().size(), TraceStatistics::kMaxPhases);
  EXPECT_EQ(statistics.phases().back()->name, "(others)");
  EXPECT_EQ(statistics.total().bytes_to_phone, 1000U);
}

TEST(LatencySvg, IsAChartWithTitleBarsAndLegend) {
  const std::string svg = LatencySvg(*StatisticsOf(kSession), "a <b> & \"c\".pcapng");
  EXPECT_TRUE(svg.starts_with("<svg xmlns="));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_NE(svg.find("a &lt;b&gt; &amp; \"c\".pcapng"), std::string::npos);
  EXPECT_NE(svg.find(">handshake</text>"), std::string::npos);
  EXPECT_NE(svg.find(">boot ROM</text>"), std::string::npos);
  EXPECT_NE(svg.find(">median</text>"), std::string::npos);
}

TEST(LatencySvg, OfNothingIsAChartToo) {
  const std::string svg = LatencySvg(*StatisticsOf("> fd\n"), "empty");
  EXPECT_NE(svg.find("no answers to measure"), std::string::npos);
}

}  // namespace
}  // namespace mtkrig::traces::test
