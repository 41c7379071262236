#pragma once

// Task<T>: a lazily started coroutine that is awaited once, by another coroutine. The emulated
// phone's firmware and the decoders of recorded conversations are written in these.
//
// Control goes from one coroutine to the next through ResumeTask(), which resumes them one after
// the other from one place. Symmetric transfer would be the language's way, but g++ makes it a tail
// call only when it optimises: in a debug build a flood of commands would overflow the stack.
//
// A Task owns its frame: destroying a suspended Task destroys everything that it awaits, which is
// how a phone is unplugged at any await point, and how a decoder gives up. No Task ever resumes
// after its owner is gone.

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace mtkrig::protocol {

template <typename T>
class Task;

namespace task_internal {

// Who runs once the coroutine that runs now has suspended. Set and taken within one ResumeTask().
inline thread_local std::coroutine_handle<> next = nullptr;

// Where a finished coroutine goes: back to the one that awaits it, or to its resumer.
struct FinalAwaiter {
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> self) const noexcept {
    next = self.promise().continuation;
  }
  void await_resume() const noexcept {}
};

struct PromiseBase {
  std::coroutine_handle<> continuation = nullptr;

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  // Nothing of ours throws; what reaches this point is a lack of memory.
  void unhandled_exception() const noexcept { std::terminate(); }
};

template <typename T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object() noexcept;
  void return_value(T result) { value.emplace(std::move(result)); }
  T TakeResult() { return std::move(*value); }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void TakeResult() const noexcept {}
};

}  // namespace task_internal

// Runs `coroutine`, those that it awaits and those that await it, until one of them waits for
// something other than a Task.
inline void ResumeTask(std::coroutine_handle<> coroutine) {
  while (coroutine) {
    coroutine.resume();
    coroutine = std::exchange(task_internal::next, nullptr);
  }
}

template <typename T>
class [[nodiscard]] Task {
 public:
  using promise_type = task_internal::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      Destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() { Destroy(); }

  // Runs a root task until it first suspends.
  void Start() { ResumeTask(handle_); }

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> awaiting) noexcept {
    handle_.promise().continuation = awaiting;
    task_internal::next = handle_;
  }
  T await_resume() { return handle_.promise().TakeResult(); }

 private:
  void Destroy() noexcept {
    if (handle_) handle_.destroy();
    handle_ = nullptr;
  }

  Handle handle_ = nullptr;
};

namespace task_internal {

template <typename T>
Task<T> Promise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

}  // namespace task_internal

}  // namespace mtkrig::protocol
