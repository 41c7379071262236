// The manual page and the completions are written by hand. Here they are held against the command
// line itself, so that none of them falls behind.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <regex>
#include <set>
#include <sstream>

#include "harness/app.h"
#include "harness/commands/completion.h"
#include "harness/exit_codes.h"
#include "harness/version.h"
#include "tests/harness/manual_clock.h"
#include "tests/harness/temporary_directory.h"

namespace mtkrig::harness {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Word {
  enum class Kind { kCommand, kLongOption, kShortOption };
  Kind kind;
  std::string text;  // without dashes
};

void Collect(const CLI::App& app, std::vector<Word>& words) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      words.push_back({Word::Kind::kLongOption, name});
    }
    for (const std::string& name : option->get_snames()) {
      words.push_back({Word::Kind::kShortOption, name});
    }
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    words.push_back({Word::Kind::kCommand, command->get_name()});
    Collect(*command, words);
  }
}

std::vector<Word> AllWords() {
  CommandLine line;
  const std::unique_ptr<CLI::App> app = BuildApp(line);
  std::vector<Word> words;
  Collect(*app, words);
  EXPECT_GT(words.size(), 40U);
  return words;
}

bool HasWord(std::string_view text, const std::string& word) {
  const std::regex pattern("(^|[^A-Za-z0-9-])" + word + "($|[^A-Za-z0-9-])");
  return std::regex_search(text.begin(), text.end(), pattern);
}

std::string Dashed(const Word& word) {
  switch (word.kind) {
    case Word::Kind::kLongOption:
      return "--" + word.text;
    case Word::Kind::kShortOption:
      return "-" + word.text;
    case Word::Kind::kCommand:
      break;
  }
  return word.text;
}

TEST(Interface, BashCompletesEveryCommandAndOption) {
  for (const Word& word : AllWords()) {
    EXPECT_TRUE(HasWord(kBashCompletion, Dashed(word))) << Dashed(word);
  }
}

TEST(Interface, ZshCompletesEveryCommandAndOption) {
  for (const Word& word : AllWords()) {
    EXPECT_TRUE(HasWord(kZshCompletion, Dashed(word))) << Dashed(word);
  }
}

TEST(Interface, FishCompletesEveryCommandAndOption) {
  for (const Word& word : AllWords()) {
    const std::string written = word.kind == Word::Kind::kLongOption    ? "-l " + word.text
                                : word.kind == Word::Kind::kShortOption ? "-s " + word.text
                                                                        : word.text;
    EXPECT_TRUE(HasWord(kFishCompletion, written)) << written;
  }
}

TEST(Interface, ZshAndFishOfferCommonFlagsBeforeACommandToo) {
  const std::string zsh(kZshCompletion);
  const std::size_t before = zsh.find("_arguments -C");
  EXPECT_THAT(zsh.substr(before, zsh.find("->command", before) - before), HasSubstr("$common"));
  for (const char* flag : {"-l json", "-s q -l quiet", "-l no-progress", "-s v -l verbose"}) {
    EXPECT_THAT(std::string(kFishCompletion),
                HasSubstr(std::string("\ncomplete -c mtkrig ") + flag));
  }
}

TEST(Interface, TheManualPageHasEveryCommandOptionAndExitStatus) {
  const std::string page = Slurp(MTKRIG_SOURCE_DIR "/harness/man/mtkrig.1");
  for (const Word& word : AllWords()) {
    // mdoc writes --scatter as "Fl -scatter".
    const std::string written = word.kind == Word::Kind::kLongOption    ? "Fl -" + word.text
                                : word.kind == Word::Kind::kShortOption ? "Fl " + word.text
                                                                        : word.text;
    EXPECT_TRUE(HasWord(page, written)) << written;
  }
  for (const ExitCodeEntry& entry : ExitCodeTable()) {
    const std::string item = ".It " + std::to_string(entry.exit_code) + "\n";
    EXPECT_THAT(page, HasSubstr(item + std::string(entry.meaning) + "\n"));
  }
}

// The lines of the manual's SYNOPSIS on one command: between it and the next.
std::string SynopsisOf(const std::string& page, const std::string& command) {
  const std::size_t start = page.find("\n.Cm " + command + "\n", page.find(".Sh SYNOPSIS"));
  EXPECT_LT(start, page.find(".Sh DESCRIPTION")) << command;
  return page.substr(start + 1,
                     std::min(page.find("\n.Nm", start + 1), page.find("\n.Sh", start)) - start);
}

TEST(Interface, TheSynopsisHasEveryOptionOfEveryCommand) {
  const std::set<std::string> everywhere = {"help", "json", "quiet", "no-progress", "verbose"};
  const std::string page = Slurp(MTKRIG_SOURCE_DIR "/harness/man/mtkrig.1");
  int checked = 0;
  const std::function<void(const CLI::App&, const std::string&)> check =
      [&](const CLI::App& app, const std::string& path) {
        for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
          check(*command, path + (path.empty() ? "" : " ") + command->get_name());
        }
        if (path.empty() || app.get_require_subcommand_min() > 0) return;
        const std::string synopsis = SynopsisOf(page, path);
        for (const CLI::Option* option : app.get_options()) {
          for (const std::string& name : option->get_lnames()) {
            if (everywhere.contains(name)) continue;
            ++checked;
            EXPECT_TRUE(HasWord(synopsis, "Fl -" + name)) << path << " --" << name;
          }
        }
      };
  CommandLine line;
  check(*BuildApp(line), "");
  EXPECT_GT(checked, 30);
}

TEST(Interface, EveryCommandHasADescription) {
  const std::function<void(const CLI::App&)> check = [&](const CLI::App& app) {
    EXPECT_FALSE(app.get_description().empty()) << app.get_name();
    const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty()) {
      EXPECT_FALSE(app.get_footer().empty()) << app.get_name();
    }
    for (const CLI::App* command : commands) check(*command);
  };
  CommandLine line;
  check(*BuildApp(line));
}

// The command in process, for what needs no phone.
class App : public ::testing::Test {
 protected:
  int Run(const std::vector<std::string>& arguments) {
    out_.str("");
    err_.str("");
    return RunApp(arguments, {out_, err_, clock_, cancellation_, {}});
  }
  std::ostringstream out_;
  std::ostringstream err_;
  ManualClock clock_;
  protocol::Cancellation cancellation_;
};

TEST_F(App, VersionAndHelpSucceed) {
  EXPECT_EQ(Run({"--version"}), 0);
  EXPECT_EQ(out_.str(), "mtkrig " + std::string(kVersion) + "\n");
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("Exit status:"));
  EXPECT_THAT(out_.str(), HasSubstr("mtkrig readback --device emulator:mt6577"));
  EXPECT_EQ(Run({"readback", "--help"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("--resume"));
  EXPECT_EQ(Run({"scatter", "check", "--help"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("Usage: mtkrig scatter check"));
  EXPECT_THAT(out_.str(), HasSubstr("FILE REQUIRED"));
}

// Footers were broken by hand, some at 90 columns, and broken once more by a terminal.
TEST_F(App, HelpFitsEightyColumnsInAPagerToo) {
  int checked = 0;
  const std::function<void(const CLI::App&, const std::vector<std::string>&)> check =
      [&](const CLI::App& command, const std::vector<std::string>& path) {
        std::vector<std::string> arguments = path;
        arguments.emplace_back("--help");
        EXPECT_EQ(Run(arguments), 0);
        std::istringstream lines(out_.str());
        for (std::string line; std::getline(lines, line); ++checked) {
          EXPECT_TRUE(line.size() < 80 || line.starts_with("  mtkrig ")) << line;
        }
        for (const CLI::App* below :
             command.get_subcommands([](const CLI::App*) { return true; })) {
          std::vector<std::string> longer = path;
          longer.push_back(below->get_name());
          check(*below, longer);
        }
      };
  CommandLine line;
  check(*BuildApp(line), {});
  EXPECT_GT(checked, 300);
}

TEST_F(App, AnUnknownCommandOrOptionIsAUsageError) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{},
        {"reedback"},
        {"readback", "--device"},
        {"readback", "boot"},
        {"blockmap", "--device", "emulator:mt6577", "--format", "xml"},
        {"scatter"},
        {"completion", "tcsh"}}) {
    EXPECT_EQ(Run(arguments), kExitUsage);
    EXPECT_THAT(err_.str(), HasSubstr("error: "));
    EXPECT_THAT(err_.str(), HasSubstr("hint: "));
    EXPECT_EQ(out_.str(), "");
  }
}

TEST_F(App, AUsageErrorIsADocumentTooWhenOneIsAskedFor) {
  EXPECT_EQ(Run({"readback", "--json", "--bogus"}), kExitUsage);
  const auto document = nlohmann::json::parse(out_.str());
  EXPECT_EQ(document["ok"], false);
  EXPECT_EQ(document["exit_code"], kExitUsage);
  EXPECT_EQ(document["error"]["code"], "invalid-argument");
}

TEST_F(App, CompletionPrintsTheScriptAndNothingElse) {
  EXPECT_EQ(Run({"completion", "fish", "--quiet"}), 0);
  EXPECT_EQ(out_.str(), kFishCompletion);
}

TEST_F(App, AnUnwritableOutputIsAFailure) {
  out_.setstate(std::ios::badbit);
  EXPECT_EQ(RunApp({"completion", "bash"}, {out_, err_, clock_, cancellation_, {}}),
            ExitCodeOf(ErrorCode::kIo));
  EXPECT_THAT(err_.str(), HasSubstr("standard output"));
}

TEST_F(App, ARealPhoneNeedsAnAgentAndThatIsSaidBeforeItIsWaitedFor) {
  const TemporaryDirectory directory;
  EXPECT_EQ(Run({"readback", "--device", "usb", "-o", directory.path().string(), "boot"}),
            kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--da FILE"));
  EXPECT_THAT(err_.str(), Not(HasSubstr("waiting")));
}

}  // namespace
}  // namespace mtkrig::harness
