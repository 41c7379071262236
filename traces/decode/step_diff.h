#pragma once

// StepDiff: where two sessions differ, step by step. Steps are paired by what they are, whatever
// transfers they came in; what one host does and another leaves out without consequence (READY,
// watchdog writes, polling; Step::incidental) is passed over, and a step that only one side has
// does not upset those behind it. Both traces are read once, in step, within a window of kWindow
// steps; where one is whole and the other was cut, their contents are read once more
// (content_check.h).

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "traces/decode/byte_comparison.h"
#include "traces/decode/step_reader.h"

namespace mtkrig::traces {

class ContentCheck;

// What StepDiffOptions::ignore may name beside fields.
inline constexpr std::string_view kIgnoreIdentity = "identity";
inline constexpr std::string_view kIgnoreContent = "content";
inline constexpr std::string_view kIgnoreOutcome = "outcome";
inline constexpr std::string_view kIgnoreBytes = "bytes";

struct StepDiffOptions {
  // Names of fields that may differ. kIgnoreIdentity stands for all of FieldKind::kIdentity and for
  // Step::rest that is of one phone, kIgnoreContent for content and its checksums, kIgnoreOutcome
  // for outcomes and how far those came that did not end well, kIgnoreBytes for all of Step::rest.
  std::vector<std::string> ignore;
  // Tells of contents of which one side has every byte and the other was cut; null: nobody does. It
  // must outlive the StepDiff, and is no other one's.
  ContentCheck* contents = nullptr;
};

struct StepDifference {
  // Steps that one side has and the other has not; or, if `fields` has any, one on each side.
  std::vector<Step> only_a;
  std::vector<Step> only_b;
  std::vector<FieldDifference> fields;
  // From here on nothing could be paired; the rest was not compared.
  bool lost = false;
  // The last pairs before, which were equal: as of A.
  std::vector<Step> before;
};

// Pairs that are alike, or differ in something else, whose contents or other bytes nobody can
// compare: the recordings were cut, and what they kept does not tell.
struct UnknownContents {
  std::uint64_t steps = 0;
  std::uint64_t bytes = 0;                       // of content in them
  std::map<std::string, std::uint64_t> reasons;  // how many steps each
  Step first_a;
  Step first_b;
};

// Pairs whose contents agree as far as the 16-bit sums of the phone and samples tell, and of which
// not every byte could be compared.
struct SummedContents {
  std::uint64_t steps = 0;
  std::uint64_t bytes = 0;
};

class StepDiff {
 public:
  static constexpr std::size_t kWindow = 64;
  static constexpr std::size_t kBefore = 3;
  static constexpr std::size_t kMaxNames = 1024;

  // What is known of a pair's contents; neither where they are the same.
  struct Content {
    std::optional<FieldDifference> difference;
    std::string_view unknown = {};  // why they cannot be compared
    bool by_sums = false;           // they are the same as far as sums tell
  };

  // The readers must outlive this.
  StepDiff(StepReader& a, StepReader& b, StepDiffOptions options);

  // The next difference, or nothing when there are no more. Errors are those of the traces.
  Result<std::optional<StepDifference>> Next();
  // Pairs that were compared so far.
  std::uint64_t compared() const { return compared_; }
  // How often two steps were compared field by field, which takes far longer than to tell them
  // apart by their digests.
  std::uint64_t looked_into() const { return looked_into_; }
  // Of those, whose contents or other bytes could not be compared. None are counted of what is
  // ignored.
  const UnknownContents& unknown_contents() const { return unknown_; }
  const SummedContents& summed_contents() const { return summed_; }
  // Of StepDiffOptions::ignore, what was the name of no field so far: a slip, most likely.
  std::vector<std::string> unmet_ignores() const;
  // The names of the fields so far, if anything is to be ignored; at most kMaxNames.
  const std::set<std::string>& field_names() const { return field_names_; }

 private:
  struct Entry {
    Step step;
    // Digests of what it is, and of all in it that must be the same, contents aside: most pairs are
    // told apart by them, and each step is held against all of the other window.
    std::size_t kind = 0;
    std::size_t whole = 0;
    // Of Step::rest; only where nothing of it is missing.
    std::optional<std::size_t> rest;
    // The last attachment since the step before.
    std::optional<Step> attached;
  };
  struct Side {
    StepReader& reader;
    std::deque<Entry> window;
    bool ended = false;
    std::optional<Step> attached;  // since the last step of the window
  };
  // How many steps of each side to skip, for those behind them to pair.
  struct Shift {
    std::size_t a = 0;
    std::size_t b = 0;
  };

  Result<void> Fill(Side& side);
  void NoteNames(const Step& step);
  std::size_t DigestOf(const Step& step, std::size_t kind) const;
  std::optional<std::size_t> DigestOfRest(const Step& step) const;
  bool Ignored(const StepField& field) const;
  bool Ignored(std::string_view name) const;
  bool Ignored(const RestBytes& rest) const;
  void CompareFields(const Step& a, const Step& b, std::vector<FieldDifference>& found) const;
  std::vector<FieldDifference> Compare(const Step& a, const Step& b) const;
  Content CompareContent(const Step& a, const Step& b) const;
  // The first difference of both directions, and why some bytes cannot be compared.
  BytesVerdict CompareRest(const Step& a, const Step& b) const;
  // What two attachments at the same place tell; neither is told again.
  std::optional<StepDifference> TakeOtherId(std::optional<Step>& a, std::optional<Step>& b) const;
  Content CheckContent(const Step& a, const Step& b) const;
  void CountContent(const Content& content, const Step& a, const Step& b);
  std::optional<Shift> FindShift(bool whole_steps) const;
  bool PairsFrom(std::size_t a, std::size_t b, bool whole_steps) const;
  StepDifference TakeUnpaired(const Shift& shift);
  bool TakePair(StepDifference& difference);
  void Pop(const Content& content, StepDifference* difference);

  Side a_;
  Side b_;
  const StepDiffOptions options_;
  std::deque<Step> before_;
  std::uint64_t compared_ = 0;
  mutable std::uint64_t looked_into_ = 0;
  UnknownContents unknown_;
  SummedContents summed_;
  std::set<std::string> field_names_;
  bool lost_ = false;
};

}  // namespace mtkrig::traces
