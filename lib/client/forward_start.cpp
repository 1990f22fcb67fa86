// libre/forward.hpp: forwards of other processes, begun, listed and ended.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>

#include <libre/version.hpp>

#include <algorithm>

#include "base/process.hpp"
#include "base/text.hpp"
#include "client/forward_program.hpp"
#include "client/forward_record.hpp"
#include "client/link.hpp"
#include "master/message_io.hpp"
#include "master/start.hpp"

namespace libre {

using client::ForwardStarted;
using client::StartForward;

namespace {

constexpr auto start_patience = std::chrono::seconds(10);  // with what needs no network
constexpr auto longest_goodbye = std::chrono::seconds(5);  // then it is killed

bool is_named(const ForwardInfo& info, std::string_view which) {
  if (which == "all" || which == std::to_string(info.id)) return true;
  return std::ranges::any_of(
      info.lines, [&](const ForwardSpec& line) { return which == std::to_string(line.port); });
}

// An id is meant before a port.
std::vector<ForwardInfo> named(const std::vector<ForwardInfo>& all, std::string_view which) {
  std::vector<ForwardInfo> found;
  for (const auto& info : all)
    if (which == std::to_string(info.id)) return {info};
  std::ranges::copy_if(all, std::back_inserter(found),
                       [&](const ForwardInfo& info) { return is_named(info, which); });
  return found;
}

void end(const ForwardInfo& info) {
  const auto holder = client::holder_of(info);
  const auto limit = Deadline::after(longest_goodbye);
  if (is_alive(holder)) ::kill(holder.pid, SIGTERM);
  while (is_alive(holder)) {
    if (limit.passed()) ::kill(holder.pid, SIGKILL);
    (void)wait_for(-1, 0, {Deadline::after(std::chrono::milliseconds(5))});
  }
}

}  // namespace

Result<ForwardInfo> start_forward(const InstanceConfig& config, const ConnectOptions& options,
                                  const ForwardRequest& request) {
  LIBRE_TRY(const auto program, master::find_program(process_environment(), "libre-forward"));
  // Logs in where nobody has: afterwards nobody can be asked.
  LIBRE_TRY(const auto link, client::Link::open(config, options, true));
  LIBRE_TRY(auto pair, make_socketpair());
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  LIBRE_TRY(const pid_t child, spawn({.argv = {program.string()},
                                      .directory = "/",
                                      .in = pair.second.get(),
                                      .out = null.get(),
                                      .err = null.get(),
                                      .new_session = true}));
  pair.second.reset();
  LIBRE_TRY(const auto exit, wait_exit(child, {Deadline::after(start_patience)}));
  if (!exit.ok()) return Error{Errc::internal, "cannot start libre-forward"};
  FdStream holder(std::move(pair.first));
  const Wait wait{Deadline::after(options.timeout + start_patience), &link->stop().stop_waker()};
  const StartForward start{version, config, request, options.timeout.count()};
  LIBRE_CHECK(master::send(holder, start, wait));
  auto answer = master::receive<ForwardStarted>(holder, wait);
  if (!answer && answer.error().code == Errc::disconnected)
    return Error{Errc::internal, "libre-forward ended at its start"};
  if (!answer) return std::move(answer).error();
  if (!answer->error.empty()) return error_from_json(answer->error);
  return std::move(answer->info);
}

Result<std::vector<ForwardInfo>> list_forwards() { return client::read_forward_records(); }

Result<std::vector<ForwardInfo>> stop_forwards(std::string_view which) {
  LIBRE_TRY(const auto all, list_forwards());
  auto chosen = named(all, which);
  if (chosen.empty() && which != "all")
    return Error{Errc::not_found, fmt::format("there is no forward {}", printable(which)),
                 all.empty() ? "there is none at all" : "", "re forward --list"};
  for (const auto& info : chosen) end(info);
  return chosen;
}

}  // namespace libre
