#pragma once

// A corpus that is made in a folder of its own, and recordings to make it of.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/harness/temporary_directory.h"
#include "tests/traces/corpus/corpus_checks.h"

namespace mtkrig::traces::test {

class ToTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(Corpus()); }
  std::string Path(std::string_view name) const { return (directory_ / name).string(); }
  std::string Corpus() const { return Path("corpus"); }
  std::vector<CorpusSession> Sessions() const {
    const auto list = LoadCorpusList(Corpus() + "/corpus.yaml");
    EXPECT_TRUE(list) << list.error().Describe();
    return list ? list->sessions : std::vector<CorpusSession>();
  }
  void CheckAll() const {
    for (const CorpusSession& session : Sessions()) {
      SCOPED_TRACE(session.trace);
      CheckAsPhone(session, Corpus());
      CheckAsHost(session, Corpus());
      CheckAgainstItself(session, Corpus());
      CheckUnderstood(session, Corpus());
      CheckLoosened(session, Corpus());
    }
  }
  // A readback of two small ranges and the table, recorded.
  std::string Recorded(const std::string& phone, std::vector<std::string> more = {}) const {
    const std::string file = Path(phone + " session.pcapng");
    std::vector<std::string> arguments = {
        "readback",  "-q",      "-d", "emulator:" + phone, "-o",
        Path("out"), "--trace", file, "--range",           "EMMC_USER:0x988000+0x40000=x.bin"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const CommandResult result = Mtkrig(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.text;
    return file;
  }

  harness::TemporaryDirectory directory_;
};

}  // namespace mtkrig::traces::test
