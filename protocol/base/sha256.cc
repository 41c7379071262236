#include "protocol/base/sha256.h"

#include <openssl/evp.h>

#include <array>

namespace mtkrig::protocol {

void Sha256::Free::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  failed_ = !context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1;
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Update(ByteSpan data) {
  failed_ = failed_ || EVP_DigestUpdate(context_.get(), data.data(), data.size()) != 1;
}

Result<std::string> Sha256::HexDigest() const {
  const Error error(ErrorCode::kIo, "OpenSSL could not compute a SHA-256");
  if (failed_) return error;
  // Finishing destroys the state, so it is done to a copy.
  const std::unique_ptr<evp_md_ctx_st, Free> copy(EVP_MD_CTX_new());
  if (!copy || EVP_MD_CTX_copy_ex(copy.get(), context_.get()) != 1) return error;
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_DigestFinal_ex(copy.get(), digest.data(), &length) != 1) return error;
  return ToHex(ByteSpan(digest).first(length));
}

}  // namespace mtkrig::protocol
