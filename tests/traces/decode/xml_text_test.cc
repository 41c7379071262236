#include "traces/decode/xml_text.h"

#include <gmock/gmock.h>

#include <string>

namespace mtkrig::traces {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Leaves(std::string_view text, std::size_t most = 100) {
  std::vector<std::string> shown;
  for (const XmlLeaf& leaf : FindXmlLeaves(text, most)) {
    EXPECT_NE(text.substr(leaf.offset, leaf.length).find(leaf.value), std::string_view::npos);
    shown.push_back(std::string(leaf.name) + "=" + std::string(leaf.value));
  }
  return shown;
}

TEST(XmlText, FindsElementsWithoutElementsInThem) {
  EXPECT_THAT(Leaves("<?xml version=\"1.0\"?><da><version>1.0</version><arg>\n  <key> DA.SLA </key>"
                     "<item key=\"x\">ON</item><none></none></arg></da>"),
              ElementsAre("version=1.0", "key=DA.SLA", "item=ON", "none="));
  EXPECT_EQ(FindXmlValue("<a><b>1</b><b>2</b></a>", "b"), "1");
  EXPECT_EQ(FindXmlValue("<a><b>1</b></a>", "a"), "");
}

TEST(XmlText, SurvivesWhatIsDamaged) {
  EXPECT_THAT(Leaves(""), IsEmpty());
  EXPECT_THAT(Leaves("<"), IsEmpty());
  EXPECT_THAT(Leaves("<>x</>"), IsEmpty());
  EXPECT_THAT(Leaves("no tags > at all"), IsEmpty());
  EXPECT_THAT(Leaves("<a>1</b><c>2</c"), IsEmpty());
  EXPECT_THAT(Leaves("<a/><!-- x --><b>1</b>"), ElementsAre("b=1"));
  EXPECT_THAT(Leaves("<a>1</a><a>2</a><a>3</a>", 2), ElementsAre("a=1", "a=2"));
}

}  // namespace
}  // namespace mtkrig::traces
