#include "harness/ui/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/harness/manual_clock.h"

namespace mtkrig::harness {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr std::uint64_t kMiB = 0x100000;

ProgressView HalfWay() {
  ProgressView view;
  view.label = "boot.img";
  view.done = 3 * kMiB;
  view.total = 6 * kMiB;
  view.bytes_per_second = 1.5 * static_cast<double>(kMiB);
  view.time_left = seconds(2);
  return view;
}

TEST(RenderBar, ShowsShareAmountRateAndTimeLeft) {
  EXPECT_EQ(RenderBar(HalfWay(), 79),
            "boot.img  50% [==========>          ]  3.0 MiB of 6.0 MiB  1.5 MiB/s  0:02 left");
}

TEST(RenderBar, CountsFilesWhenThereAreSeveral) {
  ProgressView view = HalfWay();
  view.index = 2;
  view.count = 5;
  EXPECT_THAT(RenderBar(view, 100), ::testing::StartsWith("[2/5] boot.img  50% ["));
}

TEST(RenderBar, GivesUpBarThenAmountThenRateOnANarrowTerminal) {
  EXPECT_EQ(RenderBar(HalfWay(), 60), "boot.img  50%  3.0 MiB of 6.0 MiB  1.5 MiB/s  0:02 left");
  EXPECT_EQ(RenderBar(HalfWay(), 40), "boot.img  50%  1.5 MiB/s  0:02 left");
  EXPECT_EQ(RenderBar(HalfWay(), 20), "boot.img  50%");
  EXPECT_EQ(RenderBar(HalfWay(), 4), "boot");
}

TEST(RenderBar, SaysOneHundredOnlyOfAWholeFile) {
  ProgressView view;
  view.label = "x";
  view.total = 1000000;
  view.done = 999999;
  EXPECT_THAT(RenderBar(view, 79), HasSubstr(" 99%"));
  view.done = 1000000;
  EXPECT_THAT(RenderBar(view, 79), HasSubstr("100%"));
}

TEST(RenderBar, TakesAnEmptyFile) {
  ProgressView view;
  view.label = "x";
  EXPECT_THAT(RenderBar(view, 79), HasSubstr("100%"));
}

TEST(RateMeter, ForgetsWhatIsLongerAgoThanItsWindow) {
  ManualClock clock;
  RateMeter meter;
  EXPECT_EQ(meter.bytes_per_second(), 0);
  meter.Record(clock.Now(), 0);
  clock.SleepFor(seconds(100));
  meter.Record(clock.Now(), 100);
  EXPECT_NEAR(meter.bytes_per_second(), 1, 0.01);
  for (std::uint64_t i = 1; i <= 6; ++i) {
    clock.SleepFor(seconds(1));
    meter.Record(clock.Now(), 100 + 1000 * i);
  }
  EXPECT_NEAR(meter.bytes_per_second(), 1000, 1);
}

class ProgressOnScreen : public ::testing::Test {
 protected:
  Progress Make(ProgressStyle style) {
    return {out_, clock_, style, [] {
              return std::size_t{80};
            }};
  }
  ManualClock clock_;
  std::ostringstream out_;
};

TEST_F(ProgressOnScreen, LinesComeAtTheStartAtEachTenthAndAtTheEnd) {
  Progress progress = Make(ProgressStyle::kLines);
  progress.StartJob(1, 4 * kMiB);
  progress.StartFile("boot.img", 4 * kMiB, 0);
  for (int i = 0; i < 4; ++i) {
    clock_.SleepFor(milliseconds(500));
    progress.Advance(kMiB);
  }
  progress.FinishFile();
  EXPECT_EQ(out_.str(),
            "boot.img: reading 4.0 MiB\n"
            "boot.img: 20 %\n"
            "boot.img: 50 %\n"
            "boot.img: 70 %\n"
            "boot.img: done in 2.0 s, 2.0 MiB/s\n");
}

TEST_F(ProgressOnScreen, LinesOfAResumedFileBeginWhereItContinues) {
  Progress progress = Make(ProgressStyle::kLines);
  progress.StartJob(1, 10 * kMiB);
  progress.StartFile("boot.img", 10 * kMiB, 8 * kMiB);
  clock_.SleepFor(seconds(1));
  progress.Advance(kMiB);
  progress.Advance(kMiB);
  progress.FinishFile();
  EXPECT_EQ(out_.str(),
            "boot.img: reading 10.0 MiB, continuing at 8.0 MiB\n"
            "boot.img: 90 %\n"
            "boot.img: done in 1.0 s, 2.0 MiB/s\n");
}

TEST_F(ProgressOnScreen, BarIsRedrawnTenTimesASecondAtMost) {
  Progress progress = Make(ProgressStyle::kBar);
  progress.StartJob(1, 1000 * kMiB);
  progress.StartFile("boot.img", 1000 * kMiB, 0);
  const std::size_t first = out_.str().size();
  for (int i = 0; i < 99; ++i) {
    clock_.SleepFor(milliseconds(1));
    progress.Advance(kMiB);
  }
  EXPECT_EQ(out_.str().size(), first);
  clock_.SleepFor(milliseconds(1));
  progress.Advance(kMiB);
  EXPECT_GT(out_.str().size(), first);
  EXPECT_THAT(out_.str(), EndsWith("  100.0 MiB of 1000.0 MiB  1000.0 MiB/s  0:01 left"));
}

TEST_F(ProgressOnScreen, TimeLeftIsThatOfTheWholeJob) {
  Progress progress = Make(ProgressStyle::kBar);
  progress.StartJob(2, 20 * kMiB);
  progress.StartFile("a", 10 * kMiB, 0);
  clock_.SleepFor(seconds(1));
  progress.Advance(kMiB);
  EXPECT_THAT(out_.str(), EndsWith("1.0 MiB/s  0:19 left"));
}

TEST_F(ProgressOnScreen, BarLeavesTheScreenWhenItsFileIsDone) {
  Progress progress = Make(ProgressStyle::kBar);
  progress.StartJob(1, kMiB);
  progress.StartFile("a", kMiB, 0);
  progress.Advance(kMiB);
  progress.FinishFile();
  EXPECT_THAT(out_.str(), EndsWith("\r\x1b[K"));
}

TEST_F(ProgressOnScreen, AnInterruptedBarStaysWithALineOfItsOwn) {
  Progress progress = Make(ProgressStyle::kBar);
  progress.StartJob(1, kMiB);
  progress.StartFile("a", kMiB, 0);
  progress.Interrupt();
  EXPECT_THAT(out_.str(), EndsWith("\n"));
}

TEST_F(ProgressOnScreen, NothingAtAllWhenAskedFor) {
  Progress progress = Make(ProgressStyle::kNone);
  progress.ShowStatus("handshake");
  progress.StartJob(1, kMiB);
  progress.StartFile("a", kMiB, 0);
  progress.Advance(kMiB);
  progress.FinishFile();
  progress.Interrupt();
  EXPECT_EQ(out_.str(), "");
}

}  // namespace
}  // namespace mtkrig::harness
