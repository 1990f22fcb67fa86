// What tests look at from outside: directory trees, running programs, processes of an agent; and a
// disk that is small enough to fill.
#pragma once
#include <map>

#include "support/laptop.hpp"

namespace libre::testing {

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}
std::size_t count_of(std::string_view text, std::string_view part);

std::string noise(std::size_t size);  // bytes that compress badly, other ones each time

// Relative path → kind, permissions and content of everything below a directory.
using TreeImage = std::map<std::string, std::string>;
TreeImage image_of(const std::filesystem::path& directory);
// The same without what `re` keeps for itself: what a sync makes equal on both sides.
TreeImage code_of(const std::filesystem::path& directory);

bool is_json(const std::string& text);  // as `python3 -m json.tool` sees it

// A `re` at work in the laptop's project; its outputs grow in files. Killed at the end of the scope.
class Running {
 public:
  Running(const Laptop& laptop, std::vector<std::string> words, int in = -1);
  ~Running();
  Running(const Running&) = delete;
  pid_t pid() const { return pid_; }
  void signal(int number) const;
  std::string out() const;
  std::string err() const;
  std::filesystem::path out_file() const { return out_; }
  Exit wait();  // 60 s at most, then it throws

 private:
  std::filesystem::path out_, err_;
  pid_t pid_ = -1;
};

// A tmpfs of `bytes` on `directory` (made where missing). Needs root: throws without.
class SmallDisk {
 public:
  SmallDisk(std::filesystem::path directory, std::uint64_t bytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  void resize(std::uint64_t bytes) const;

 private:
  std::filesystem::path directory_;
};

// Processes of the laptop's machine that run `re-agent VERB …`, e.g. "serve" or "supervise".
std::vector<pid_t> agents_of(const Laptop& laptop, std::string_view verb);
// Kills them with SIGKILL and waits until they are gone; how many there were.
std::size_t kill_agents(const Laptop& laptop, std::string_view verb);
// Whether any process of the machine has `text` in its command line.
bool is_running_there(const Laptop& laptop, std::string_view text);

std::filesystem::path job_folder(const Laptop& laptop, const std::string& id);

}  // namespace libre::testing
