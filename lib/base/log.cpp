#include "base/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace libre {

struct Log::Sink {
  spdlog::logger logger;
};

namespace {

spdlog::logger make_logger(spdlog::sink_ptr sink) {
  spdlog::logger logger("re", std::move(sink));
  logger.set_pattern("%Y-%m-%dT%H:%M:%S.%e %P %l %v");
  logger.flush_on(spdlog::level::info);
  return logger;
}

}  // namespace

Log Log::nowhere() { return Log(nullptr); }

Log Log::to_stderr() {
  return Log(
      std::make_shared<Sink>(Sink{make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>())}));
}

Result<Log> Log::to_file(const std::filesystem::path& path) {
  try {
    auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path.string(), 1u << 20, 1);
    return Log(std::make_shared<Sink>(Sink{make_logger(std::move(sink))}));
  } catch (const spdlog::spdlog_ex& problem) {
    return Error{Errc::io, "cannot write the log " + path.string(), problem.what()};
  }
}

void Log::info(std::string_view text) const {
  if (sink_) sink_->logger.info("{}", text);
}
void Log::warn(std::string_view text) const {
  if (sink_) sink_->logger.warn("{}", text);
}
void Log::error(std::string_view text) const {
  if (sink_) sink_->logger.error("{}", text);
}

}  // namespace libre
