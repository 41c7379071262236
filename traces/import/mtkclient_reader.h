#pragma once

// MtkclientLog: the reader behind MakeMtkclientLog(). Lines become messages in mtkclient_log.cc;
// what those become stands in mtkclient_messages.cc.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "traces/import/log_importer.h"
#include "traces/import/mixed_lines.h"
#include "traces/import/mtkclient_copies.h"
#include "traces/import/mtkclient_line.h"
#include "traces/import/xml_text.h"

namespace mtkrig::traces {

class MtkclientLog final : public LogImporter {
 public:
  MtkclientLog(std::unique_ptr<ByteSource> source, std::string name, std::size_t copies);

 protected:
  Result<void> TakeLine(LogLine& line) override;
  Result<void> TakeEnd() override;

 private:
  MtkclientLine Parse(std::string_view text);
  void TakeTransfer(const LogLine& line, const MtkclientLine& parsed);
  void TakeDigits(const LogLine& line, std::string_view text);
  void TakeStrayDigits(const LogLine& line, std::string_view text);
  void TakeOther(const LogLine& line, const MtkclientLine& parsed);
  void TakeMessage(const LogLine& line, const MtkclientLine& parsed);
  void TakeStart(const LogLine& line, std::string_view version);
  void TakeNote(const LogLine& line, std::string_view note);
  void TakeLeftOut(const LogLine& line);
  void CloseDigits();
  void Give(MtkclientMessage&& message);
  void GiveBytes(MtkclientMessage&& message);
  void GiveAsked(const MtkclientMessage& message);
  void TellOdd(const MtkclientMessage& message);
  void CloseXml();
  void TellUnread();

  MtkclientCopies copies_;
  // A message of digits that the next line may go on with.
  std::optional<MtkclientMessage> open_;
  HexCollector digits_;
  bool open_cut_ = false;
  bool open_unended_ = false;
  bool open_large_ = false;  // its digits are large letters
  bool blank_ = false;       // since its last line
  bool entities_ = false;
  MixedLines mixed_;
  std::string before_;  // the line above, if it said nothing: its end may be missing
  std::string joined_;
  std::string last_other_;
  // Of what was handed out.
  std::optional<MtkclientMessage> asked_;
  XmlText xml_;
  bool told_copies_ = false;
  bool handshake_seen_ = false;
};

}  // namespace mtkrig::traces
