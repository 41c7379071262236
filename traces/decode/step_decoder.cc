#include "traces/decode/step_decoder.h"

#include <fmt/format.h>

#include <utility>

#include "traces/decode/control_request.h"
#include "traces/decode/decoders.h"

namespace mtkrig::traces {
namespace {

std::string_view DirectionName(Direction direction) {
  return direction == Direction::kToHost ? "to the host" : "to the phone";
}

// A host that polls; the phone owes nothing yet.
bool IsPatience(const Event& event) {
  return event.direction == Direction::kToHost &&
         (event.failure == Failure::kTimeout || event.failure == Failure::kCancelled);
}

}  // namespace

StepDecoder::StepDecoder(const DecoderOptions& options)
    : line_({.steps = {.excerpts = options.excerpts, .digests = options.digests},
             .sums = options.sums,
             .spans = options.spans,
             .listener = options.listener}) {
  Restart(false, false);
}

StepDecoder::~StepDecoder() = default;

void StepDecoder::Restart(bool lost, bool stuck) {
  root_ = Task<void>();
  line_.TakeWaiter();
  taken_at_restart_ = line_.taken_bytes();
  root_ = DecodeConversation(line_, lost, stuck);
  root_.Start();
}

void StepDecoder::Run() {
  for (;;) {
    const Conversation::Progress progress = line_.Advance();
    if (progress == Conversation::Progress::kWaiting) {
      if (!line_.Overfull()) return;
      GiveUp("the other side does not go on");
    } else if (progress == Conversation::Progress::kBroken) {
      GiveUp(line_.broken());
    } else {
      protocol::ResumeTask(line_.TakeWaiter());
    }
  }
}

void StepDecoder::GiveUp(const std::string& problem) {
  line_.Problem(Outcome::kUnexpected, problem);
  line_.End();
  Restart(true, line_.taken_bytes() == taken_at_restart_);
}

void StepDecoder::Interrupt(Outcome outcome, std::string_view problem, bool lost) {
  if (line_.steps().open()) {
    if (!line_.steps().whole()) line_.Problem(outcome, problem);
    line_.End();
  }
  root_ = Task<void>();
  line_.TakeAllUnknown();
  patience_over_ = false;
  Restart(lost, false);
}

void StepDecoder::Add(const Event& event) {
  switch (event.kind) {
    case EventKind::kBytes:
      AddBytes(event);
      break;
    case EventKind::kFailure:
      AddFailure(event);
      break;
    case EventKind::kControl:
      line_.steps().AddFinished(ControlStep(event));
      break;
    case EventKind::kOther:
      break;
    case EventKind::kPhase:
      line_.steps().SetPhase(event.text);
      break;
    case EventKind::kComment:
      AddNote(event, "comment");
      break;
    case EventKind::kGap:
      Interrupt(Outcome::kIncomplete, "the recording has a gap", true);
      AddNote(event, "gap");
      break;
    case EventKind::kAttached:
    case EventKind::kDetached:
      AddPresence(event);
      break;
  }
}

void StepDecoder::AddBytes(const Event& event) {
  if (event.length == 0) return;
  const bool to_phone = event.direction == Direction::kToPhone;
  // A host that has waited in vain and speaks again expects no answer any more.
  if (to_phone && patience_over_ && line_.WaitsInVain()) {
    Interrupt(Outcome::kIncomplete, "the phone did not answer in the host's time", false);
  }
  patience_over_ = false;
  if (line_.TakeAtOnce(event)) {
    if (!line_.TakesMore()) Run();
    return;
  }
  line_.Push(event);
  Run();
  line_.Keep();
}

void StepDecoder::AddFailure(const Event& event) {
  if (event.direction == Direction::kToHost && event.length > 0) {
    line_.Push(event);
    Run();
    line_.Keep();
  }
  Step step = LineStep(event, fmt::format("transfer {}", DirectionName(event.direction)));
  step.fields.push_back({"failure", std::string(FailureName(event.failure))});
  if (!event.text.empty()) {
    step.fields.push_back({"text", ShortenedText(event.text), FieldKind::kIncidental});
  }
  if (IsPatience(event)) {
    step.incidental = true;
    step.outcome = Outcome::kOk;
    patience_over_ = true;
  } else {
    if (event.direction == Direction::kToPhone) line_.steps().AddOffered(step, event);
    step.outcome = Outcome::kFailed;
    step.problem = fmt::format("a transfer {} failed: {}", DirectionName(event.direction),
                               FailureName(event.failure));
    Interrupt(Outcome::kFailed, step.problem, true);
  }
  line_.steps().AddFinished(std::move(step));
}

void StepDecoder::AddNote(const Event& event, std::string_view name) {
  Step step = LineStep(event, name);
  if (event.kind == EventKind::kGap) {
    // Who looks for it in the file needs both.
    if (event.packet > 0) {
      step.fields.push_back({"packet", fmt::format("{}", event.packet), FieldKind::kIncidental});
    }
    if (event.offset > 0) {
      step.fields.push_back({"offset", fmt::format("{:#x}", event.offset), FieldKind::kIncidental});
    }
  }
  step.fields.push_back({"text", ShortenedText(event.text), FieldKind::kIncidental});
  step.incidental = true;
  line_.steps().AddFinished(std::move(step));
}

void StepDecoder::AddPresence(const Event& event) {
  const bool attached = event.kind == EventKind::kAttached;
  SessionState& state = line_.state();
  // One that was told to enumerate again goes on where it was.
  const bool same = state.expects_enumeration;
  Interrupt(Outcome::kIncomplete, attached ? "the phone enumerated" : "the phone went away", false);
  if (!same) state = SessionState{};
  if (attached) state.expects_enumeration = false;
  Step step = LineStep(event, attached ? "attached" : "detached");
  // Recordings of some kinds have it and others have not; what it did to the session shows there.
  step.incidental = true;
  if (event.usb_id) {
    step.fields.push_back(
        {"id", fmt::format("{:04x}:{:04x}", event.usb_id->vendor, event.usb_id->product)});
  }
  line_.steps().AddFinished(std::move(step));
}

Step StepDecoder::LineStep(const Event& event, std::string_view name) {
  Step step;
  step.layer = Layer::kLine;
  step.name = name;
  step.start = event.time;
  step.end = event.time;
  step.first_packet = event.packet;
  step.last_packet = event.packet;
  return step;
}

void StepDecoder::Finish() {
  if (std::exchange(finished_, true)) return;
  Interrupt(Outcome::kIncomplete, "the recording ends here", false);
}

bool StepDecoder::TakeStep(Step& step) {
  return line_.steps().Take(step);
}

void StepDecoder::TakeSpans(std::vector<Span>& spans) {
  line_.TakeSpans(spans);
}

Layer StepDecoder::layer() const {
  return line_.steps().layer();
}

}  // namespace mtkrig::traces
