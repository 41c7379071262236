#pragma once

// SHA-256 by OpenSSL, fed piece by piece.

#include <memory>
#include <string>

#include "protocol/base/bytes.h"
#include "protocol/base/result.h"

struct evp_md_ctx_st;

namespace mtkrig::protocol {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void Update(ByteSpan data);
  // Lower-case hex of everything so far. More may follow. kIo if the library failed at any time.
  Result<std::string> HexDigest() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
  bool failed_ = false;
};

}  // namespace mtkrig::protocol
