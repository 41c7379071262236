#pragma once

// StepDecoder: events of a trace in, steps and roles of bytes out. It knows the handshake, the
// commands of boot ROM and preloader, and the download agents; it is written from the wire's
// specification, and from neither the engine nor the emulator.
//
// It reads the two directions as streams of bytes, so it makes no difference how they were split
// into transfers. What does not fit is a step of Layer::kUnknown, and the decoder looks for the
// next handshake, command or packet to go on from. Memory is bounded, whatever comes.
//
//   StepDecoder decoder;
//   while (there is an event) {
//     decoder.Add(event);
//     while (decoder.TakeStep(step)) ...
//   }
//   decoder.Finish();
//   while (decoder.TakeStep(step)) ...

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "traces/decode/conversation.h"
#include "traces/decode/step.h"
#include "traces/model/event.h"

namespace mtkrig::traces {

struct DecoderOptions {
  bool excerpts = true;  // keep bytes for Step::excerpts
  bool sums = true;      // verify the checksums behind packets
  bool digests = true;   // of contents; without them decoding is faster
  bool spans = false;    // collect what TakeSpans() gives
  // Is told of all bytes; must outlive the decoder.
  TakenListener* listener = nullptr;
};

class StepDecoder {
 public:
  explicit StepDecoder(const DecoderOptions& options = {});
  ~StepDecoder();
  StepDecoder(const StepDecoder&) = delete;
  StepDecoder& operator=(const StepDecoder&) = delete;

  // Takes the next event. It need not outlive the call.
  void Add(const Event& event);
  // The trace has ended: what is under way becomes incomplete. Nothing may be added afterwards.
  void Finish();

  // The next finished step, in order of their ends. False when there is none for now. Take all of
  // them after each Add(): they are kept until they are taken.
  bool TakeStep(Step& step);
  // Appends the roles of what was understood since the last call, in order within each direction.
  // After Finish() every byte has had its role. At most kMaxPending bytes a direction, and what a
  // cut transfer has of them, are still without one before. Take them after each Add().
  void TakeSpans(std::vector<Span>& spans);

  // Of the step that is under way, or else of the last one.
  Layer layer() const;

 private:
  void AddBytes(const Event& event);
  void AddFailure(const Event& event);
  void AddPresence(const Event& event);
  void AddNote(const Event& event, std::string_view name);
  static Step LineStep(const Event& event, std::string_view name);

  void Run();
  // The decoder that was at work met what does not fit.
  void GiveUp(const std::string& problem);
  // Ends what is under way, for a reason that the phone or the recording gave. `lost`: what comes
  // next may be in the middle of something.
  void Interrupt(Outcome outcome, std::string_view problem, bool lost);
  void Restart(bool lost, bool stuck);

  Conversation line_;
  Task<void> root_;
  std::uint64_t taken_at_restart_ = 0;
  // A read of the host timed out, and it has not spoken since.
  bool patience_over_ = false;
  bool finished_ = false;
};

}  // namespace mtkrig::traces
