#include "protocol/base/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace mtkrig::protocol {
namespace {

struct Gate {
  std::coroutine_handle<> waiting = nullptr;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) noexcept { waiting = self; }
  void await_resume() const noexcept {}
};

// Counts how many of these are alive.
struct Witness {
  explicit Witness(int* count) : alive(count) { ++*alive; }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { --*alive; }
  int* alive;
};

Task<std::string> Name(Gate& gate, int* alive) {
  const Witness witness(alive);
  co_await gate;
  co_return "inner";
}

Task<void> Outer(Gate& gate, int* alive, std::string* out) {
  const Witness witness(alive);
  const std::string name = co_await Name(gate, alive);
  *out = name;
}

TEST(Task, RunsNothingBeforeItIsStarted) {
  Gate gate;
  int alive = 0;
  std::string out;
  const Task<void> task = Outer(gate, &alive, &out);
  EXPECT_EQ(alive, 0);
}

TEST(Task, ResumesWhoAwaitsIt) {
  Gate gate;
  int alive = 0;
  std::string out;
  Task<void> task = Outer(gate, &alive, &out);
  task.Start();
  EXPECT_EQ(alive, 2);
  EXPECT_EQ(out, "");
  ResumeTask(gate.waiting);
  EXPECT_EQ(out, "inner");
  EXPECT_EQ(alive, 0);
}

TEST(Task, DestroysWhatItAwaits) {
  Gate gate;
  int alive = 0;
  std::string out;
  {
    Task<void> task = Outer(gate, &alive, &out);
    task.Start();
    EXPECT_EQ(alive, 2);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Task, MovesAndReplaces) {
  Gate first;
  Gate second;
  int alive = 0;
  std::string out;
  Task<void> task = Outer(first, &alive, &out);
  task.Start();
  Task<void> other = Outer(second, &alive, &out);
  other.Start();
  EXPECT_EQ(alive, 4);
  task = std::move(other);
  EXPECT_EQ(alive, 2);
  ResumeTask(second.waiting);
  EXPECT_EQ(out, "inner");
}

Task<int> Count(int n) {
  co_return n;
}

Task<void> Sum(int times, long* sum) {
  for (int i = 0; i < times; ++i) {
    const int n = co_await Count(i);
    *sum += n;
  }
}

TEST(Task, NeedsNoStackForManyAwaitsInARow) {
  long sum = 0;
  Task<void> task = Sum(200'000, &sum);
  task.Start();
  EXPECT_EQ(sum, 19'999'900'000);
}

}  // namespace
}  // namespace mtkrig::protocol
