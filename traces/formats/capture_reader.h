#pragma once

// A pcapng or pcap capture as the trace of one phone.

#include <memory>
#include <string>

#include "traces/formats/byte_source.h"
#include "traces/model/trace_stream.h"

namespace mtkrig::traces {

// Requires that `content` looks like pcapng or pcap. `device` as in OpenOptions (open_trace.h).
Result<std::unique_ptr<TraceReader>> OpenCapture(const Content& content, const std::string& device);

}  // namespace mtkrig::traces
