#include "forward/serve_forward.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "forward/address.hpp"
#include "forward/app_place.hpp"
#include "forward/messages.hpp"

namespace libre::forward {
namespace {

constexpr auto old_one_leaves = std::chrono::seconds(5);

// Who holds what: one call for each key.
class Holders {
 public:
  // Ends an older call of this key, and waits for its end.
  void begin(const std::string& key, rpc::Call& call) {
    const auto limit = Deadline::after(old_one_leaves);
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        auto& holder = calls_[key];
        if (!holder || limit.passed() || call.cancelled()) {
          holder = &call;
          return;
        }
        holder->cancel();
      }
      (void)wait_for(-1, 0, {Deadline::after(std::chrono::milliseconds(5)), &call.waker()});
    }
  }
  void end(const std::string& key, const rpc::Call& call) {
    const std::lock_guard lock(mutex_);
    if (const auto found = calls_.find(key); found != calls_.end() && found->second == &call)
      calls_.erase(found);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, rpc::Call*> calls_;
};

Result<std::vector<Listening>> listen_all(const HoldRequest& request, HoldEvent& begin) {
  std::vector<Listening> all;
  for (const auto& wanted : request.ports) {
    LIBRE_TRY(auto listening, listen_tcp(wanted.bind, wanted.port, wanted.exact));
    begin.ports.push_back(listening.port);
    all.push_back(std::move(listening));
  }
  return all;
}

Result<void> accept_all(int socket, int index, Relay& relay, rpc::Call& call) {
  for (;;) {
    Fd fd(::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (!fd && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
      (void)wait_for(-1, 0, {Deadline::after(std::chrono::milliseconds(100)), &call.waker()});
    if (!fd) return {};
    send_at_once(fd.get());
    HoldEvent event;
    event.index = index;
    event.connection = relay.keep(std::move(fd));
    LIBRE_CHECK(call.send_event(to_json(event)));
  }
}

// Until the client cancels or leaves.
Result<void> accept_until_cancelled(const std::vector<Listening>& all, Relay& relay,
                                    rpc::Call& call) {
  std::vector<pollfd> fds{{call.waker().fd(), POLLIN, 0}};
  std::vector<int> index;
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const auto& socket : all[i].sockets) {
      fds.push_back({socket.get(), POLLIN, 0});
      index.push_back(static_cast<int>(i));
    }
  for (;;) {
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR)
      return system_error("cannot wait for connections", errno);
    if (fds[0].revents) return {};
    for (std::size_t i = 1; i < fds.size(); ++i)
      if (fds[i].revents) LIBRE_CHECK(accept_all(fds[i].fd, index[i - 1], relay, call));
  }
}

Result<Nothing> hold(const HoldRequest& request, Holders& holders, Relay& relay, rpc::Call& call) {
  holders.begin(request.key, call);
  const auto held = [&]() -> Result<void> {
    HoldEvent begin;
    LIBRE_TRY(const auto all, listen_all(request, begin));
    LIBRE_CHECK(call.send_event(to_json(begin)));
    return accept_until_cancelled(all, relay, call);
  }();
  holders.end(request.key, call);
  LIBRE_CHECK(held);
  return Nothing{};
}

}  // namespace

void serve_forward(rpc::Service& service, Relay& relay, const std::filesystem::path& state) {
  service.on<HoldRequest, Nothing>(
      "forward.hold",
      [&relay, holders = std::make_shared<Holders>()](const HoldRequest& request, rpc::Call& call) {
        return hold(request, *holders, relay, call);
      });
  service.on<AppRequest, AppPlace>("forward.app", [state](const AppRequest& request, rpc::Call&) {
    return make_app_place(request, state);
  });
  service.on<ListenerRequest, ListenerInfo>(
      "forward.listener", [](const ListenerRequest& request, rpc::Call&) -> Result<ListenerInfo> {
        return find_listener(request.port);
      });
}

}  // namespace libre::forward
