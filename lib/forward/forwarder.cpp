#include "forward/forwarder.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "forward/accepting.hpp"
#include "forward/journey.hpp"
#include "forward/resolve.hpp"

namespace libre::forward {
namespace {

Error in_use(const ForwardSpec& spec, Error error) {
  if (error.code != Errc::exists) return error;
  error.message = fmt::format("port {} is in use here", spec.port);
  if (const auto free = listen_tcp(spec.bind, spec.port, false))
    error.hint =
        fmt::format("{} is free: {}:{}:{}", free->port, free->port, spec.host, spec.host_port);
  return error;
}

}  // namespace

Result<std::unique_ptr<Forwarder>> Forwarder::start(std::vector<ForwardSpec>& specs, bool local,
                                                    std::function<void()> news) {
  std::unique_ptr<Forwarder> forwarder(new Forwarder(std::move(news)));
  LIBRE_TRY(forwarder->loop_, Loop::create());
  LIBRE_CHECK(forwarder->listen(specs, local));
  try {
    forwarder->thread_ = std::thread([loop = forwarder->loop_.get()] { (void)loop->run(); });
  } catch (const std::system_error& failure) {
    return Error{Errc::io, "cannot start a thread", failure.what()};
  }
  return forwarder;
}

Forwarder::~Forwarder() {
  if (loop_) loop_->stop();
  if (thread_.joinable()) thread_.join();
}

Result<void> Forwarder::listen(std::vector<ForwardSpec>& specs, bool local) {
  for (auto& spec : specs) {
    Line& line = *lines_.emplace_back(std::make_unique<Line>());
    if (spec.reverse || local) {
      LIBRE_TRY(line.here, resolve(spec.host, spec.host_port));
    }
    if (!spec.reverse) {
      auto listening = listen_tcp(spec.bind, spec.port, spec.exact);
      if (!listening) return in_use(spec, std::move(listening).error());
      spec.port = listening->port;
      for (auto& socket : listening->sockets)
        loop_->add(std::make_unique<Accepting>(std::move(socket), [this, &line](Fd fd) {
          loop_->add(std::make_unique<Journey>(*this, line, Opening(Socket{std::move(fd)}), 0));
        }));
    }
    line.spec = spec;
  }
  return {};
}

void Forwarder::use(Way way) {
  {
    const std::lock_guard lock(mutex_);
    current_ = {std::move(way), current_.number + 1, false};
    last_notice_.clear();
  }
  loop_->wake();
}

void Forwarder::arrived(std::size_t index, std::uint64_t connection) {
  if (index >= lines_.size()) return;
  Line& line = *lines_[index];
  loop_->add(std::make_unique<Journey>(*this, line, Opening(line.here), connection));
}

bool Forwarder::lost() const { return current().lost; }

Forwarder::Current Forwarder::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void Forwarder::lose(std::uint64_t number) {
  {
    const std::lock_guard lock(mutex_);
    if (current_.number != number || current_.lost) return;
    current_.lost = true;
  }
  news_();
}

void Forwarder::tell(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (error.message == last_notice_) return;
    last_notice_ = error.message;
    notices_.push_back(error);
  }
  news_();
}

std::vector<Error> Forwarder::notices() {
  const std::lock_guard lock(mutex_);
  return std::exchange(notices_, {});
}

}  // namespace libre::forward
