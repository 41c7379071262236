#pragma once

// The names of the protocol base that every file of the harness uses.

#include "protocol/base/bytes.h"
#include "protocol/base/error.h"
#include "protocol/base/result.h"
#include "protocol/base/sha256.h"

namespace mtkrig::harness {

using protocol::ByteSpan;
using protocol::Error;
using protocol::ErrorCode;
using protocol::Ok;
using protocol::Result;
using protocol::Sha256;

}  // namespace mtkrig::harness
