#include "forward/relay.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <system_error>

#include "base/stream.hpp"
#include "forward/messages.hpp"
#include "forward/pump.hpp"
#include "wire/message.hpp"

namespace libre::forward {
namespace {

constexpr auto patience = std::chrono::minutes(1);  // with who asks nothing, or takes nothing

// One stream: it says where it leads, that opens, bytes are copied.
class Stream final : public Part {
 public:
  Stream(Relay& relay, Fd fd) : relay_(relay), fd_(std::move(fd)) {}

  void wait(std::vector<pollfd>& fds) const override {
    if (pump_) return pump_->wait(fds);
    // While the other side opens, what it says is for that one; only its end matters.
    fds.push_back({fd_.get(), static_cast<short>(opening_ ? 0 : POLLIN), 0});
    fds.push_back(opening_ ? opening_->wait() : pollfd{-1, 0, 0});
  }
  Deadline due() const override {
    return pump_ ? Deadline::never() : opening_ ? opening_->due() : give_up_;
  }
  void look(std::span<const pollfd> fds) override {
    if (pump_) return pump_->move(fds);
    if (opening_ && (fds[0].revents & (POLLHUP | POLLERR))) over_ = true;
    if (!opening_ && !over_) listen();
    if (opening_ && !over_) go_on();
  }
  bool over() const override { return over_ || (pump_ && pump_->over()); }

 private:
  void listen() {
    char buffer[4096];
    const auto got = ::recv(fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
      over_ = give_up_.passed();
      return;
    }
    over_ = got <= 0;
    if (over_) return;
    asked_.append(buffer, static_cast<std::size_t>(got));
    if (asked_.size() < stream_magic.size()) return;
    auto rest = asked_.substr(stream_magic.size());
    const auto message = wire::take_message(rest);
    if (message && !*message) return;
    const auto request =
        message ? from_json<StreamRequest>(**message) : Result<StreamRequest>(message.error());
    asked_ = std::move(rest);
    if (request)
      open(*request);
    else
      over_ = true;
  }

  void open(const StreamRequest& request) {
    if (request.connection != 0) {
      Fd kept = relay_.take(request.connection);
      if (!kept) return refuse({Errc::not_found, "the connection has not waited so long"});
      opening_.emplace(Socket{std::move(kept)});
      return;
    }
    auto addresses = numeric_addresses(request.host, request.port);
    if (addresses.empty())
      return refuse(
          {Errc::dns, "the agent cannot look up the name " + request.host,
           "the server forbids TCP forwards, and the agent knows numeric addresses only",
           "write the address, or set AllowTcpForwarding yes in the server's sshd_config"});
    opening_.emplace(std::move(addresses));
  }

  void go_on() {
    const auto open = opening_->advance();
    if (!open) return refuse(open.error());
    if (!*open) return;
    auto far = opening_->take();
    far.early = wire::encode_message(to_json(Answer{})) + far.early;
    pump_.emplace(Socket{std::move(fd_), std::move(asked_)}, std::move(far));
    pump_->start();
  }

  void refuse(const Error& error) {
    const auto bytes = wire::encode_message(to_json(Answer{to_json(error)}));
    (void)::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    over_ = true;
  }

  Relay& relay_;
  Fd fd_;
  std::string asked_;
  std::optional<Opening> opening_;
  std::optional<Pump> pump_;
  Deadline give_up_ = Deadline::after(patience);
  bool over_ = false;
};

}  // namespace

Result<std::unique_ptr<Relay>> Relay::start() {
  LIBRE_TRY(auto loop, Loop::create());
  std::unique_ptr<Relay> relay(new Relay(std::move(loop)));
  try {
    relay->thread_ = std::thread([loop = relay->loop_.get()] { (void)loop->run(); });
  } catch (const std::system_error& failure) {
    return Error{Errc::io, "cannot start a thread", failure.what()};
  }
  return relay;
}

Relay::~Relay() {
  loop_->stop();
  if (thread_.joinable()) thread_.join();
}

void Relay::serve(Fd stream) {
  (void)set_nonblocking(stream.get(), true);
  loop_->add(std::make_unique<Stream>(*this, std::move(stream)));
}

std::uint64_t Relay::keep(Fd connection) {
  const std::lock_guard lock(mutex_);
  std::erase_if(kept_, [](const auto& entry) { return entry.second.until.passed(); });
  kept_.insert({next_, Kept{std::move(connection), Deadline::after(patience)}});
  return next_++;
}

Fd Relay::take(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(number);
  if (found == kept_.end()) return {};
  Fd fd = std::move(found->second.fd);
  kept_.erase(found);
  return fd;
}

}  // namespace libre::forward
