// Replays the whole corpus in both directions, as its list says: the recorded phone to the command
// that finds it, and the recorded host to a phone in software. Each session is also its own other
// side once.
//
// MTKRIG_CORPUS names another folder than traces/corpus/.

#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "tests/traces/corpus/corpus_checks.h"

namespace mtkrig::traces {
namespace {

std::string Corpus() {
  const char* other = std::getenv("MTKRIG_CORPUS");
  return other != nullptr && *other != '\0' ? other : MTKRIG_CORPUS_FOLDER;
}

std::string InCorpus(std::string_view path) {
  return (std::filesystem::path(Corpus()) / path).string();
}

protocol::Result<CorpusList> List() {
  return LoadCorpusList(InCorpus("corpus.yaml"));
}

std::vector<CorpusSession> Sessions() {
  const auto list = List();
  return list ? list->sessions : std::vector<CorpusSession>();
}

class Replayed : public ::testing::TestWithParam<CorpusSession> {};

// Its name is that of the trace: --gtest_filter='*/mt6577'.
INSTANTIATE_TEST_SUITE_P(Corpus, Replayed, ::testing::ValuesIn(Sessions()), [](const auto& tested) {
  std::string name = tested.param.name();
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
});
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Replayed);

TEST_P(Replayed, AsAPhone) {
  test::CheckAsPhone(GetParam(), Corpus());
}
TEST_P(Replayed, AsAHost) {
  test::CheckAsHost(GetParam(), Corpus());
}
TEST_P(Replayed, AgainstItself) {
  test::CheckAgainstItself(GetParam(), Corpus());
}
TEST_P(Replayed, IsLoosenedAsTheListSays) {
  test::CheckLoosened(GetParam(), Corpus());
}
TEST_P(Replayed, IsUnderstood) {
  test::CheckUnderstood(GetParam(), Corpus());
}

TEST(Corpus, HasAListThatCanBeRead) {
  const auto list = List();
  ASSERT_TRUE(list) << list.error().Describe();
  EXPECT_FALSE(list->sessions.empty());
}

TEST(Corpus, ListsEveryTraceInItsFolder) {
  std::set<std::string> listed;
  for (const CorpusSession& session : Sessions()) listed.insert(InCorpus(session.trace));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(Corpus())) {
    const std::string path = entry.path().string();
    const bool trace = path.ends_with(".wire") || path.ends_with(".pcapng") ||
                       path.ends_with(".pcapng.zst") || path.ends_with(".wire.zst");
    if (trace) {
      EXPECT_TRUE(listed.contains(path)) << path << " is in no item of corpus.yaml";
    }
  }
}

}  // namespace
}  // namespace mtkrig::traces
