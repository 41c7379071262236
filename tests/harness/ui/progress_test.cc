#include "harness/ui/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "harness/text.h"
#include "harness/ui/shorten.h"
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
  EXPECT_EQ(RenderBar(HalfWay(), 4), "boo…");
}

// A field report: at 40 columns a long name took rate and time left off the line.
TEST(RenderBar, ShortensALongNameRatherThanDropRateAndTimeLeft) {
  ProgressView view = HalfWay();
  view.label = "preloader_and_dsp_bl.img";
  EXPECT_EQ(RenderBar(view, 39), "preloa…l.img  50%  1.5 MiB/s  0:02 left");
  view.index = 3;
  view.count = 8;
  EXPECT_EQ(RenderBar(view, 39), "[3/8] pre…mg  50%  1.5 MiB/s  0:02 left");
  EXPECT_EQ(RenderBar(view, 59), "[3/8] preloader_and_dsp_bl.img  50%  1.5 MiB/s  0:02 left");
  view.index = 13;
  view.count = 24;
  view.time_left = seconds(3700);
  EXPECT_EQ(RenderBar(view, 39), "prel….img  50%  1.5 MiB/s  1:01:40 left");
  EXPECT_EQ(RenderBar(view, 30), "prelo…l.img  50%  1:01:40 left");
  EXPECT_EQ(RenderBar(view, 12), "pre…img  50%");
}

TEST(RenderBar, FitsAnyWidthAndNeverCutsACharacter) {
  ProgressView view = HalfWay();
  view.label = "sauvegarde-télé-zoé-été.img";
  view.count = 12;
  for (std::size_t width = 0; width < 120; ++width) {
    const std::string line = RenderBar(view, width);
    EXPECT_LE(Columns(line), width) << line;
    EXPECT_EQ(Printable(line), line) << width;
    if (width >= 12) {
      EXPECT_THAT(line, HasSubstr(" 50%")) << width;
    }
    if (width >= 30) {
      EXPECT_THAT(line, HasSubstr("0:02 left")) << width;
    }
    if (width >= 39) {
      EXPECT_THAT(line, HasSubstr("1.5 MiB/s")) << width;
    }
  }
}

TEST(RenderBar, NamesDoNotDriveTheTerminal) {
  ProgressView view = HalfWay();
  view.label = "a\x1b[2Jb";
  EXPECT_THAT(RenderBar(view, 79), ::testing::StartsWith("a?[2Jb  50%"));
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

// A field report: of a finished file --resume said "reading 6.0 MiB, continuing at 6.0 MiB".
TEST(ProgressLines, OfAWholeFileSayThatItWasChecked) {
  std::ostringstream out;
  ManualClock clock;
  Progress progress(out, clock, ProgressStyle::kLines, [] { return std::size_t{80}; });
  progress.StartJob(2, 8 * kMiB);
  progress.StartFile("boot.img", 6 * kMiB, 6 * kMiB);
  progress.FinishFile();
  progress.StartFile("lk.bin", 2 * kMiB, kMiB);
  progress.Advance(kMiB);
  progress.FinishFile();
  EXPECT_EQ(out.str(),
            "boot.img: whole already, 6.0 MiB checked\n"
            "lk.bin: reading 2.0 MiB, continuing at 1.0 MiB\n"
            "lk.bin: done\n");
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
  Progress Make(ProgressStyle style, std::size_t width = 80) {
    return {out_, clock_, style, [width] {
              return width;
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

// A field report: at 40 columns the line of the agent's upload showed no percentage.
TEST_F(ProgressOnScreen, AStatusGivesWayToItsPercentage) {
  Progress progress = Make(ProgressStyle::kBar, 40);
  progress.ShowStatus("send DA: stage 1, 0xc8c0 bytes at 0x00200000 ...", 35);
  EXPECT_EQ(out_.str(), "\r\x1b[Ksend DA: stage 1, 0xc8c0 bytes at… 35 %");
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
