// web.py: an index of packages and files for the tests of dependencies and data.
#pragma once
#include "support/evidence.hpp"

namespace libre::testing {

class Web {
 public:
  Web();
  ~Web();
  Web(const Web&) = delete;
  std::string url(std::string_view path) const;  // "/a.bin" → "http://127.0.0.1:PORT/a.bin"
  std::string index() const { return url("/simple"); }
  void write(std::string_view name, std::string_view content) const { home_.write(name, content); }
  void add_wheel(const std::string& name, const std::string& version,
                 const std::vector<std::string>& requirements = {}) const;
  // The next answer for each file ends after `bytes`; 0 = none does any more.
  void cut_after(std::uint64_t bytes) const;
  std::string requests() const { return home_.read(".log"); }  // "/path range" a line
  std::filesystem::path file(std::string_view name) const { return home_ / name; }

 private:
  Home home_{};
  pid_t pid_ = -1;
  int port_ = 0;
};

}  // namespace libre::testing
