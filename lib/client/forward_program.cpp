#include "client/forward_program.hpp"

#include <libre/version.hpp>

#include "master/message_io.hpp"

namespace libre::client {
namespace {

constexpr auto patience = std::chrono::seconds(10);  // with the starter

Result<Forward> open(Stream& starter, Stop& stop) {
  LIBRE_TRY(auto start, master::receive<StartForward>(starter, {Deadline::after(patience)}));
  if (start.version != version)
    return Error{Errc::version, "libre-forward is of another version",
                 std::string(version) + " and " + start.version, "install re again"};
  const ConnectOptions options{.timeout = std::chrono::milliseconds(start.timeout_ms),
                               .stop = &stop};
  start.request.background = true;
  return Forward::open(start.config, options, std::move(start.request));
}

}  // namespace

bool run_forward(Fd socket, Stop& stop) {
  auto starter = std::make_unique<FdStream>(std::move(socket));
  auto forward = open(*starter, stop);
  ForwardStarted answer;
  if (forward)
    answer.info = forward->info();
  else
    answer.error = to_json(forward.error());
  const auto told = master::send(*starter, answer, {Deadline::after(patience)});
  starter.reset();
  // Nobody would know of it.
  if (!forward || !told) return false;
  (void)forward->run();
  return true;
}

}  // namespace libre::client
