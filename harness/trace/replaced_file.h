#pragma once

// A file that is being written under its final name, and the older one whose name it may have
// taken: unless the new one is accepted, everything is as before.

#include <cstdint>
#include <optional>
#include <string>

namespace mtkrig::harness {

class ReplacedFile {
 public:
  // Before the new file is made. A regular file of this name gets another one beside it for as long
  // as this lives, "NAME.PID.0.old", and stays there if the program dies. `replace`: whether the
  // new file may take the name of one.
  ReplacedFile(std::string path, bool replace);
  // Undo(), unless Accept() was called.
  ~ReplacedFile();
  ReplacedFile(const ReplacedFile&) = delete;
  ReplacedFile& operator=(const ReplacedFile&) = delete;

  // The file of this name is the new one now.
  void Made() { made_ = Identify(path_); }
  // The new one stays, and the older one goes.
  void Accept();
  // Removes the new one and gives the older one its name back. False where the name is another
  // file's by now; that one stays.
  bool Undo();
  // Whether there is an older one.
  bool replaces() const { return !older_.empty(); }

 private:
  // Which file it is, whatever has its name meanwhile.
  struct Identity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    friend bool operator==(const Identity&, const Identity&) = default;
  };
  static std::optional<Identity> Identify(const std::string& path);

  std::string path_;
  std::string older_;  // its other name; empty where there is none
  std::optional<Identity> made_;
  bool ended_ = false;
};

}  // namespace mtkrig::harness
