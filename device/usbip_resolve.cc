#include "device/usbip_resolve.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace mtkrig::device::usbip {
namespace {

void FreeAddresses(addrinfo* addresses) {
  if (addresses != nullptr) ::freeaddrinfo(addresses);
}

addrinfo Wanted(int flags) {
  addrinfo wanted = {};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV | flags;
  return wanted;
}

// What the asking and the looking thread share; the last of the two takes it away.
class Inquiry {
 public:
  Inquiry(std::string host, std::string service, LookUp look_up)
      : host_(std::move(host)),
        service_(std::move(service)),
        look_up_(std::move(look_up)),
        done_(::eventfd(0, EFD_CLOEXEC)) {}

  int done_fd() const { return done_.get(); }

  void Run() {
    const addrinfo wanted = Wanted(0);
    addrinfo* found = nullptr;
    const int status = look_up_(host_.c_str(), service_.c_str(), &wanted, &found);
    const int error_number = errno;
    {
      const std::lock_guard lock(mutex_);
      status_ = status;
      error_number_ = error_number;
      if (status == 0) addresses_.reset(found);
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(done_.get(), &one, sizeof(one));
  }

  // When done_fd() can be read.
  Result<AddressList> Take() {
    const std::lock_guard lock(mutex_);
    if (status_ == 0) return std::move(addresses_);
    const std::string reason =
        status_ == EAI_SYSTEM ? ErrnoText(error_number_) : std::string(::gai_strerror(status_));
    const bool unknown = status_ == EAI_NONAME || status_ == EAI_NODATA;
    if (unknown) {
      return Error(ErrorCode::kNotFound, fmt::format("there is no host \"{}\": {}", host_, reason))
          .WithHint("check its spelling, or give its address: usbip:192.0.2.7/1-1");
    }
    return Error(ErrorCode::kTransport,
                 fmt::format("the name of the host \"{}\" cannot be looked up: {}", host_, reason))
        .WithHint("check this machine's network, or give the host's address: usbip:192.0.2.7/1-1");
  }

 private:
  const std::string host_;
  const std::string service_;
  const LookUp look_up_;
  const UniqueFd done_;
  std::mutex mutex_;
  int status_ = EAI_AGAIN;
  int error_number_ = 0;
  AddressList addresses_{nullptr, &FreeAddresses};
};

}  // namespace

Result<AddressList> Resolve(const std::string& host, std::uint16_t port, const Deadline& deadline,
                            const Cancellation* cancellation, const LookUp& look_up) {
  const std::string service = std::to_string(port);
  const addrinfo numeric = Wanted(AI_NUMERICHOST);
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), service.c_str(), &numeric, &found) == 0) {
    return AddressList(found, &FreeAddresses);
  }
  const auto inquiry = std::make_shared<Inquiry>(host, service, look_up);
  try {
    std::thread([inquiry] { inquiry->Run(); }).detach();
  } catch (const std::system_error& error) {
    return Error(ErrorCode::kIo,
                 fmt::format("no thread to look \"{}\" up: {}", host, error.what()));
  }
  while (true) {
    pollfd wait = {.fd = inquiry->done_fd(), .events = POLLIN, .revents = 0};
    if (PollFds({&wait, 1}, deadline.left(), cancellation)) return inquiry->Take();
    if (IsCancelled(cancellation)) return CancelledError();
    if (deadline.passed()) break;
  }
  return Error(ErrorCode::kTimeout,
               fmt::format("the name service does not say in time where \"{}\" is", host))
      .WithHint("check this machine's network, or give the host's address: usbip:192.0.2.7/1-1");
}

}  // namespace mtkrig::device::usbip
