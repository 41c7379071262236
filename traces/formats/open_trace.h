#pragma once

// Opening and creating traces in files of any format.

#include <memory>
#include <string>
#include <vector>

#include "traces/formats/byte_source.h"
#include "traces/model/trace_stream.h"

namespace mtkrig::traces {

struct OpenOptions {
  // Which device of a capture is the phone: "BUS:ADDRESS" or a port ("1-1.4"), each with all
  // enumerations that belong to it, or several BUS:ADDRESS with commas between, exactly these.
  // Empty: the phone of MediaTek, or else the only device with bulk traffic.
  // Of an strace log: the serial port's path, or its descriptor.
  std::string device;
  // One of FormatNames(), for content that could be several. Empty: by content.
  std::string format = {};
};

// "capture" (pcapng and pcap), "wire", and those of logs (traces/import/open_log.h).
std::vector<std::string> FormatNames();

// Opens pcapng, pcap (link types 220 and 189), .wire text, or a debug log of another tool
// (traces/import), each possibly compressed by zstd; the content says which, not the name.
// kNotFound, kPermissionDenied; kInvalidInput for a file of another format, damaged at its start,
// or a log without a transfer; kUnsupported; kInvalidArgument if several devices could be the
// phone, or several tools have written the log. Memory does not grow with the file.
Result<std::unique_ptr<TraceReader>> OpenTrace(const std::string& path,
                                               const OpenOptions& options = {});

// The same for content that stands elsewhere.
Result<std::unique_ptr<TraceReader>> OpenTraceContent(std::shared_ptr<const Content> content,
                                                      const OpenOptions& options);

struct CreateOptions {
  SessionFacts facts;
  bool overwrite = false;  // replace a regular file of this name
};

// Creates a trace; the suffix says in which format: .pcapng or .wire, each also with .zst behind.
// The file appears at once and grows with every event. kExists for anything that has the name
// (also a link or device node that leads nowhere), unless it is a regular file and may be replaced;
// kInvalidArgument for another suffix.
Result<std::unique_ptr<TraceWriter>> CreateTrace(const std::string& path,
                                                 const CreateOptions& options);

}  // namespace mtkrig::traces
