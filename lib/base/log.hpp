// Diagnostic log of a process: the agent's file, or stderr under `re --verbose`. Not for talking to
// people (that is Observer) and never given a secret.
#pragma once
#include <filesystem>
#include <memory>
#include <string_view>

#include <libre/result.hpp>

namespace libre {

class Log {
 public:
  static Log nowhere();
  static Log to_stderr();
  // Appends; starts a new file at 1 MiB and keeps one old one.
  static Result<Log> to_file(const std::filesystem::path& path);

  void info(std::string_view text) const;
  void warn(std::string_view text) const;
  void error(std::string_view text) const;

 private:
  struct Sink;
  explicit Log(std::shared_ptr<Sink> sink) : sink_(std::move(sink)) {}
  std::shared_ptr<Sink> sink_;  // shared by the copies that modules hold; may be null
};

}  // namespace libre
