#include "master/server.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "master/message_io.hpp"

namespace libre::master {
namespace {

using Clock = std::chrono::steady_clock;

// The connection keeps itself alive while somebody calls it now and then.
constexpr std::chrono::milliseconds longest_wait{1000};
// Without a stream for so long nobody is at work.
constexpr std::chrono::milliseconds quiet{500};
// How often one turn may take in bytes of the connection before the clients have theirs.
constexpr int most_servings = 64;

// When so many connections bring something, others are let in one by one.
constexpr std::size_t most_busy = 32;
constexpr std::chrono::milliseconds admission_pause{20};
// One that has brought nothing for so long is not busy.
constexpr std::chrono::milliseconds busy_span{20};

std::string to_json_text(const Error& error) { return to_json(error); }

}  // namespace

Server::Server(transport::Multiplexer& connection, ServerOptions options)
    : connection_(connection),
      options_(std::move(options)),
      spares_(connection),
      since_(now()),
      idle_since_(Clock::now()) {}

Result<std::unique_ptr<Server>> Server::open(transport::Multiplexer& connection,
                                             ServerOptions options) {
  std::unique_ptr<Server> server(new Server(connection, std::move(options)));
  if (!server->options_.agent_socket.empty()) {
    server->spares_.prepare(server->options_.agent_socket);
    auto hurry = connection.begin_command("true", {});
    if (hurry && (*hurry)->advance()) server->hurry_ = *std::move(hurry);
  }
  LIBRE_TRY(server->listening_, listen_at(server->options_.socket));
  struct stat status {};
  ::stat(server->options_.socket.c_str(), &status);
  server->inode_ = status.st_ino;
  return server;
}

Server::~Server() { retire(); }

bool Server::is_ours() const {
  struct stat status {};
  return ::lstat(options_.socket.c_str(), &status) == 0 && status.st_ino == inode_;
}

void Server::retire() {
  if (listening_ && is_ours()) ::unlink(options_.socket.c_str());
  listening_.reset();
}

std::size_t Server::streams() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(clients_, [](const Client& client) { return client.has_stream(); }));
}

Status Server::status() const {
  Status status;
  status.instance = options_.instance;
  status.pid = ::getpid();
  status.since = since_;
  status.streams = static_cast<std::int64_t>(streams());
  status.spares = static_cast<std::int64_t>(spares_.size());
  if (status.streams == 0)
    status.idle = std::chrono::duration<double>(Clock::now() - idle_since_).count();
  status.idle_limit = std::chrono::duration<double>(options_.idle_limit).count();
  return status;
}

Result<void> Server::run() {
  while (!stopped_) {
    LIBRE_CHECK(wait());
    spares_.look();
    hurry_server();
    admit_waiting();
    for (auto& client : clients_) go_on_opening(client);
    std::erase_if(abandoned_, [](const auto& channel) {
      const auto open = channel->advance();
      return !open || *open;
    });
    hungry_ = move_all() || connection_.has_heard();
    forget_finished();
    if (streams() > 0)
      idle_since_ = Clock::now();
    else if (!listening_ || Clock::now() - idle_since_ >= options_.idle_limit)
      return {};
  }
  return {};
}

// OpenSSH's server sends small packets at once (TCP_NODELAY) only after a session has run a command;
// before that, each but the first waits until we have acknowledged the one before it, which is a round
// trip. So a command that does nothing is run once. Its channel is asked for together with the first
// streams, and the command goes out together with the first request: no round trip is spent on it. Its
// channel is closed when nobody waits for anything.
void Server::hurry_server() {
  if (!hurry_) return;
  const bool agent_is_asked = spares_.any_open() || spares_.size() == 0;
  const auto runs = agent_is_asked ? hurry_->advance() : Result<bool>(false);
  if (!runs) {
    hurry_.reset();
  } else if (*runs && streams() == 0 && Clock::now() - idle_since_ >= quiet) {
    const auto ended = hurry_->exit_now();
    if (!ended || *ended) hurry_.reset();
  }
}

Result<void> Server::wait() {
  std::vector<pollfd> fds = {{connection_.fd(), connection_.poll_events(), 0},
                             {listening_.get(), POLLIN, 0}};
  for (const auto& client : clients_) {
    if (client.splice)
      fds.push_back({client.splice->client_matters() ? client.splice->client_fd() : -1,
                     client.splice->client_events(), 0});
    else
      fds.push_back({client.fd.get(), static_cast<short>(client.is_opening() ? 0 : POLLIN), 0});
  }
  auto left = std::min(longest_wait, options_.idle_limit);
  if (std::ranges::any_of(clients_, [](const Client& client) { return client.waits.has_value(); }))
    left = admission_pause;
  const int ready = ::poll(fds.data(), fds.size(), hungry_ ? 0 : static_cast<int>(left.count()));
  if (ready < 0 && errno != EINTR) return system_error("the master cannot wait", errno);
  // A turn that only clients asked for leaves the connection alone; but it must show its life in time.
  const bool quiet_there = ready > 0 && fds[0].revents == 0 && !connection_.has_heard();
  if (!quiet_there || Clock::now() - served_ >= longest_wait) LIBRE_CHECK(serve_connection());
  if (ready <= 0) return {};
  std::size_t at = 2;
  for (auto& client : clients_) {
    const short revents = fds[at++].revents;
    if (client.splice)
      client.splice->client_is(revents);
    else if (client.is_opening() && (revents & (POLLHUP | POLLERR)))
      client.done = true;
    else if (!client.is_opening() && revents)
      listen_to(client);
  }
  if (fds[1].revents) accept_all();
  return {};
}

Result<void> Server::serve_connection() {
  served_ = Clock::now();
  for (int i = 0; i < most_servings; ++i) {
    LIBRE_CHECK(connection_.serve());
    pollfd more{connection_.fd(), POLLIN, 0};
    if (::poll(&more, 1, 0) <= 0) break;
  }
  return {};
}

void Server::accept_all() {
  for (;;) {
    Fd fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    // Where descriptors are short the connection stays in the queue until a client has left.
    if (!fd) return;
    clients_.push_back(Client{std::move(fd)});
    listen_to(clients_.back());  // most have asked by now
  }
}

void Server::listen_to(Client& client) {
  char buffer[16 * 1024];
  const auto got = ::recv(client.fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    client.done = true;
    return;
  }
  client.asked.append(buffer, static_cast<std::size_t>(got));
  while (!client.done && !client.has_stream()) {
    const auto message = take_message(client.asked);
    if (message && !*message) return;
    const auto request = message ? from_json<Request>(**message) : Result<Request>(message.error());
    if (!request) {
      client.done = true;
      return;
    }
    carry_out(client, *request);
  }
}

void Server::carry_out(Client& client, const Request& request) {
  if (request.version != own_version()) {
    // Two installations take turns on one laptop, or one was replaced: the one that works now goes on.
    reply(client, {to_json_text({Errc::version, "the shared connection is of another version",
                                 own_version() + " and " + request.version})});
    client.done = true;
    retire();
    return;
  }
  if (request.verb == Verb::status) {
    Reply answer;
    answer.status = status();
    return reply(client, answer);
  }
  if (request.verb == Verb::hello || request.verb == Verb::stop) {
    stopped_ = stopped_ || request.verb == Verb::stop;
    if (stopped_) retire();  // nobody comes any more who would find us leaving
    return reply(client, {});
  }
  client.tcp = request.verb == Verb::tcp;
  if (!client.tcp) return begin_stream(client, request);
  client.waits = request;  // behind those that wait already; admit_waiting() comes in the same turn
  client.number = ++arrivals_;
}

void Server::begin_stream(Client& client, const Request& request) {
  if (auto opened = open_stream(client, request); !opened)
    return reply(client, {to_json_text(opened.error())});
  if (!client.tcp) return;
  client.brought = admitted_ = Clock::now();
  ++busy_;
}

// OpenSSH's server reads ahead for each connection as far as our window goes, a little for each in turn, and copies
// all of that again with each little: hundreds that bring much at the same time cost it many times the work of a
// few. So where many are busy a new one waits until one of them has nothing more to bring, or for a moment.
bool Server::crowded() const {
  return busy_ >= most_busy && Clock::now() - admitted_ < admission_pause;
}

void Server::admit_waiting() {
  const auto now = Clock::now();
  busy_ = static_cast<std::size_t>(std::ranges::count_if(clients_, [&](const Client& client) {
    return client.tcp && !client.waits && now - client.brought < busy_span;
  }));
  std::vector<Client*> waiting;
  for (auto& client : clients_)
    if (client.waits && !client.done) waiting.push_back(&client);
  std::ranges::sort(waiting, {}, &Client::number);
  for (auto* client : waiting) {
    if (crowded()) return;
    begin_stream(*client, *std::exchange(client->waits, std::nullopt));
  }
}

Result<void> Server::open_stream(Client& client, const Request& request) {
  // The first who comes after a pause may come from another network: the connection must show its life.
  LIBRE_CHECK(connection_.check_alive());
  client.framed = request.verb == Verb::execute && !request.raw;
  if (request.verb == Verb::agent) {
    LIBRE_TRY(client.opening, spares_.take(request.path));
    client.used_spare = request.path;
  } else if (request.verb == Verb::tcp) {
    LIBRE_TRY(client.opening.channel, connection_.begin_tcp(request.host, request.port));
  } else {
    std::optional<transport::Terminal> terminal;
    if (!request.terminal.empty())
      terminal = transport::Terminal{request.terminal, {request.columns, request.rows}};
    LIBRE_TRY(client.opening.channel, connection_.begin_command(request.command, terminal));
  }
  return {};
}

void Server::go_on_opening(Client& client) {
  if (!client.opening.channel || client.done) return;
  const auto open = client.opening.channel->advance();
  if (open && !*open) return;
  const std::chrono::duration<double> round_trip =
      connection_.round_trip().value_or(std::chrono::nanoseconds(0));
  reply(client, open ? Reply{.round_trip = round_trip.count()} : Reply{to_json_text(open.error())});
  auto stream = std::move(client.opening);
  client.opening = {};
  if (!open || client.done) return;
  client.splice = std::make_unique<Splice>(std::move(client.fd), std::move(stream.channel),
                                           std::move(stream.early), client.framed);
}

bool Server::move_all() {
  bool more = false;
  const auto now = Clock::now();
  for (auto& client : clients_) {
    if (!client.splice) continue;
    const bool may_send = (connection_.poll_events() & POLLOUT) == 0;
    more = client.splice->move(may_send) || more;
    if (client.splice->brought()) client.brought = now;
    if (!client.used_spare.empty() && client.splice->has_sent())
      spares_.prepare(std::exchange(client.used_spare, {}));
  }
  // Who was first now is last the next time.
  if (clients_.size() > 1) clients_.splice(clients_.end(), clients_, clients_.begin());
  return more;
}

void Server::forget_finished() {
  for (auto it = clients_.begin(); it != clients_.end();) {
    const bool over = it->done || (it->splice && it->splice->finished());
    if (over && it->opening.channel) abandoned_.push_back(std::move(it->opening.channel));
    it = over ? clients_.erase(it) : std::next(it);
  }
}

void Server::reply(Client& client, const Reply& answer) {
  const auto bytes = encode_message(to_json(answer));
  // The socket's buffer is empty but for this: whoever cannot take it does not read at all.
  const auto put = ::send(client.fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (put != static_cast<ssize_t>(bytes.size())) client.done = true;
}

}  // namespace libre::master
