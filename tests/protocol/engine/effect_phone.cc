#include "tests/protocol/engine/effect_phone.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/base/bytes.h"
#include "tests/protocol/engine/guard_bench.h"

namespace mtkrig::protocol {

EffectPhone::EffectPhone(Agent agent) : agent_(agent) {
  Handshake(0);
}

std::string_view EffectPhone::NameOf(Agent agent) {
  switch (agent) {
    case Agent::kTrusting:
      return "Trusting";
    case Agent::kRefusesRead:
      return "RefusesRead";
    case Agent::kKnowsLittle:
      break;
  }
  return "KnowsLittle";
}

std::vector<std::vector<std::uint8_t>> EffectPhone::SessionOfMt6580() {
  return {
      Hex("a0"),
      Hex("0a"),
      Hex("50"),
      Hex("05"),
      Hex("fd"),
      Hex("fc"),
      Hex("fe"),
      Hex("ff"),
      Hex("d8"),
      Hex("d4"),
      Hex("10007000"),
      Hex("00000001"),
      Hex("22000064"),
      Hex("d7"),
      Hex("00200000"),
      Hex("00000004"),
      Hex("00000000"),
      Hex("01020304"),
      Hex("d5"),
      Hex("00200000"),
      Hex("5a"),
      Hex(kMt6580Config),
      Hex("80000000 00000004 00001000"),
      Hex("0a0b0c0d"),
      Hex("5a"),
  };
}

std::vector<std::vector<std::uint8_t>> EffectPhone::CommandsOfAgent() {
  return {
      Hex("72"),
      Hex("7a 10001000"),
      Hex("60"),
      Hex("08"),
      Hex("d6 0c 02 0000000000000000 0000000000000006"),
      Hex("00000004"),
      Hex("5a"),
      Hex("5a"),
      Hex("a5"),
      Hex("5a"),
      Hex("5a"),
      Hex("d8 10002000"),
  };
}

std::vector<std::vector<std::uint8_t>> EffectPhone::AmbiguousCommands() {
  return {
      Hex("7a 61d40000"),
      Hex("d8 00d46200"),
      Hex("df 0c 01 00 00610000 00d40000 00000000"),
      Hex("d6 0c 01 0000000000000000 0000000000000006"),
      Hex("d6 0c 02 ffffffffffffff00 0000000000000006"),
  };
}

std::vector<std::vector<std::uint8_t>> EffectPhone::EvilCommands() {
  return {
      Hex("d4 02 00 00 00 0000000000000000 0000000000100000"),
      Hex("62 02 08 0000000000000000 0000000000000004 00000004"),
      Hex("61 00 08 0000000000000000 0000000000000004 08 03"),
      Hex("7b 10007000 22000064"),
      Hex("d7 10007000 2200"),
      Hex("a0"),
      Hex("a4"),
      Hex("51"),
      Hex("de"),
      Hex("f6"),
      Hex("9c"),
      Hex("db 00000000 00 00 01 01"),
  };
}

Result<std::size_t> EffectPhone::DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) {
  if (out_.empty()) {
    clock_.SleepFor(timeout);
    return Error(ErrorCode::kTimeout, "nothing came");
  }
  const std::size_t count = std::min(buffer.size(), out_.size());
  std::copy_n(out_.begin(), count, buffer.begin());
  out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

Result<void> EffectPhone::DoWrite(std::span<const std::uint8_t> data, Duration /*timeout*/) {
  for (const std::uint8_t byte : data) {
    in_.push_back(byte);
    if (in_.size() < wanted_) continue;
    const Bytes taken = std::exchange(in_, {});
    const Handler handler = std::exchange(handler_, nullptr);
    handler(taken);
  }
  return Ok();
}

void EffectPhone::Want(std::size_t count, Handler handler) {
  wanted_ = count;
  handler_ = std::move(handler);
}

void EffectPhone::Say(const Bytes& bytes) {
  out_.insert(out_.end(), bytes.begin(), bytes.end());
}

void EffectPhone::Handshake(std::size_t at) {
  static const Bytes kBytes = Hex("a00a5005");
  Want(1, [this, at](const Bytes& bytes) {
    if (bytes[0] != kBytes[at]) return Handshake(bytes[0] == kBytes[0] ? 0 : at);
    Say(Bytes{static_cast<std::uint8_t>(~bytes[0])});
    if (at + 1 == kBytes.size()) return BromLoop();
    Handshake(at + 1);
  });
}

void EffectPhone::BromLoop() {
  Want(1, [this](const Bytes& bytes) { BromCommand(bytes[0]); });
}

void EffectPhone::BromCommand(std::uint8_t command) {
  BromLoop();
  switch (command) {
    case 0xfd:
      return Say("fd 6580 0000");
    case 0xfc:
      return Say("fc 8a00 ca01 0001 0000");
    case 0xfe:
      return Say("01");
    case 0xff:
      return Say("05");
    case 0xd8:
      return Say("d8 00000000 0000");
    case 0xfb:
      return Say("fb 00000000 00000000");
    case 0xd0:
    case 0xd1:
    case 0xa2:
      Say(Bytes{command});
      return Want(4, [this, command](const Bytes& address) {
        Say(address);
        Want(4, [this, command](const Bytes& count) {
          Say(count);
          if (command != 0xa2) Say("0000");
          const std::uint64_t width = command == 0xd1 ? 4 : 2;
          Say(Repeat(0, std::min<std::uint64_t>(LoadBe<std::uint32_t>(count) * width, 0x2000)));
          if (command != 0xa2) Say("0000");
          BromLoop();
        });
      });
    case 0xd2:
    case 0xd4:
      Say(Bytes{command});
      return WriteRegisters(command == 0xd2 ? 2 : 4);
    case 0xd7:
      Say("d7");
      return SendDa();
    case 0xd5:
      Say("d5");
      return Want(4, [this](const Bytes& address) {
        Say(address);
        Say("0000");
        if (address != loaded_at_) effects_.push_back("jump to " + ToHex(address));
        Stage1();
      });
    case 0xe1:
    case 0xe7:
      Say(Bytes{command});
      return Say("00000000 0000");
    default:
      effects_.push_back(fmt::format("boot ROM command {:02x}", command));
  }
}

void EffectPhone::WriteRegisters(std::size_t width) {
  Want(4, [this, width](const Bytes& address) {
    Say(address);
    Want(4, [this, width, address](const Bytes& count) {
      Say(count);
      Say("0000");
      Want(width, [this, address, count](const Bytes& value) {
        Say(value);
        Say("0000");
        if (address != Hex("10007000") || count != Hex("00000001") || value != Hex("22000064")) {
          effects_.push_back("register " + ToHex(address) + " = " + ToHex(value));
        }
        BromLoop();
      });
    });
  });
}

void EffectPhone::SendDa() {
  Want(4, [this](const Bytes& address) {
    Say(address);
    Want(4, [this, address](const Bytes& length) {
      Say(length);
      Want(4, [this, address, length](const Bytes& signature) {
        Say(signature);
        Say("0000");
        const auto start = LoadBe<std::uint32_t>(address);
        const auto count = LoadBe<std::uint32_t>(length);
        if (start < 0x00100000 || count > 0x00200000 || start + count > 0x00300000) {
          effects_.push_back("agent of " + ToHex(length) + " to " + ToHex(address));
        }
        Want(std::max<std::size_t>(std::min<std::uint32_t>(count, 0x200000), 1),
             [this, address](const Bytes& data) {
               loaded_at_ = address;
               Bytes checksum(4);
               for (std::size_t i = 0; i < data.size(); ++i) checksum[1 - i % 2] ^= data[i];
               Say(checksum);
               BromLoop();
             });
      });
    });
  });
}

void EffectPhone::Stage1() {
  Say(kEmmcGreeting);
  Want(1, [this](const Bytes&) {
    Say("03 02 8d");
    Want(Hex(kMt6580Config).size(), [this](const Bytes&) {
      Say("00000000");
      Want(12, [this](const Bytes& header) {
        const auto address = LoadBe<std::uint32_t>(header);
        const auto length = LoadBe<std::uint32_t>(ByteSpan(header).subspan(4));
        if (address < 0x80000000 || address > 0x90000000 || length > 0x10000000) {
          effects_.push_back("stage 2 to " + ToHex(header));
        }
        Say("5a");
        Stage2Data(length, LoadBe<std::uint32_t>(ByteSpan(header).subspan(8)));
      });
    });
  });
}

void EffectPhone::Stage2Data(std::uint64_t left, std::uint64_t packet) {
  const std::uint64_t count = std::min(left, std::max<std::uint64_t>(packet, 1));
  Want(std::max<std::uint64_t>(count, 1), [this, left, count, packet](const Bytes&) {
    Say("5a");
    if (left > count) return Stage2Data(left - count, packet);
    Want(1, [this](const Bytes&) {
      Say("5a");
      Say(EmmcReport());
      in_agent_ = true;
      AgentLoop();
    });
  });
}

void EffectPhone::AgentLoop() {
  Want(1, [this](const Bytes& bytes) { AgentCommand(bytes[0]); });
}

void EffectPhone::AgentCommand(std::uint8_t command) {
  AgentLoop();
  if (agent_ == Agent::kKnowsLittle &&
      (command == 0x60 || command == 0x7a || command == 0xd8 || command == 0xdf)) {
    return Say("bb");
  }
  const auto back = [this](std::string_view answer) {
    return [this, answer](const Bytes&) {
      Say(answer);
      AgentLoop();
    };
  };
  switch (command) {
    case 0x72:
      return Say("5a 01");
    case 0x7a:
      return Want(4, back("00000000 5a"));
    case 0xd8:
      return Want(4, back("0000 5a"));
    case 0x60:
      Say("5a");
      return Want(1, back("5a"));
    case 0x70:
      return Want(1, back("5a"));
    case 0xa5:
      Say("5a 00000004");
      return Want(1, [this](const Bytes&) {
        Say("01020304");
        Want(1, [this](const Bytes&) { AgentLoop(); });
      });
    case 0xd6:
      return Want(18, [this](const Bytes& arguments) {
        const auto address = LoadBe<std::uint64_t>(ByteSpan(arguments).subspan(2));
        const auto length = LoadBe<std::uint64_t>(ByteSpan(arguments).subspan(10));
        if (agent_ == Agent::kRefusesRead) {
          Say("a5");
          return Want(1, [this](const Bytes&) {
            Say("00000c0c");
            AgentLoop();
          });
        }
        Say("5a");
        Want(4, [this, address, length](const Bytes& packet) {
          ReadData(address, length, LoadBe<std::uint32_t>(packet));
        });
      });
    case 0xd9:
      Say("5a");
      return Want(4, [this](const Bytes&) {
        Say("5a");
        Want(1, [this](const Bytes&) {
          effects_.emplace_back("a byte after FINISH");
          AgentLoop();
        });
      });
    case 0xdb:
      return Want(8, [this](const Bytes& arguments) {
        Say("5a");
        if (arguments[6] != 0 || arguments[7] != 1) effects_.emplace_back("watchdog with marks");
        AgentLoop();
      });
    case 0xdf:
      return Want(15, [this](const Bytes& arguments) {
        const auto length = LoadBe<std::uint32_t>(ByteSpan(arguments).subspan(7));
        Say("5a 00000800 00000040 00001000");
        Want(4, [this, length](const Bytes&) {
          Say("00000000");
          ReadData(0, length, 0x1000);
        });
      });
    default:
      UnknownAgentCommand(command);
  }
}

void EffectPhone::UnknownAgentCommand(std::uint8_t command) {
  // No agent has a command below this; what is none of those that read, above it, may do anything.
  constexpr std::uint8_t kLowestCommand = 0x51;
  if (agent_ != Agent::kTrusting && command < kLowestCommand) return Say("bb");
  effects_.push_back(fmt::format("agent command {:02x}", command));
}

void EffectPhone::ReadData(std::uint64_t address, std::uint64_t left, std::uint64_t packet) {
  constexpr std::uint64_t kMostAtOnce = 0x100000;
  const std::uint64_t count = std::min(left, packet);
  Bytes data(static_cast<std::size_t>(std::min(count, kMostAtOnce)));
  unsigned sum = 0;
  for (std::size_t i = 0; i < data.size() && address + i < flash_.size(); ++i) {
    data[i] = flash_[address + i];
    sum += data[i];
  }
  Say(data);
  Say(Bytes{static_cast<std::uint8_t>(sum >> 8), static_cast<std::uint8_t>(sum)});
  Want(1, [this, address, left, count, packet](const Bytes&) {
    if (count == 0 || left <= count) return AgentLoop();
    ReadData(address + count, left - count, packet);
  });
}

}  // namespace mtkrig::protocol
