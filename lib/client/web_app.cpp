#include <libre/web_app.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.hpp"
#include "client/http_get.hpp"
#include "client/link.hpp"
#include "forward/messages.hpp"

namespace libre {

using client::answer_limit;
using client::Link;

namespace {

constexpr auto look_pause = std::chrono::milliseconds(100);
constexpr auto http_limit = std::chrono::seconds(10);
constexpr auto kill_grace = std::chrono::seconds(10);
constexpr int most_ports = 4;  // tried, where others take them before the program does

// Of a job's argv: {"sh", "-c", script, kind, port, token file, arguments…}.
constexpr std::size_t port_at = 4, arguments_at = 6;

std::vector<std::string> argv_of(const WebApp& app, const forward::AppPlace& place) {
  std::vector<std::string> argv{
      "sh", "-c", app.script, app.kind, std::to_string(place.port), place.token_file};
  argv.insert(argv.end(), app.arguments.begin(), app.arguments.end());
  return argv;
}

// Where the job listens, if it is one of this app.
std::optional<int> port_of(const JobInfo& job, const WebApp& app) {
  const auto& argv = job.spec.argv;
  if (job.spec.kind != app.kind || argv.size() < arguments_at || is_final(job.state)) return {};
  const bool same = std::equal(argv.begin() + arguments_at, argv.end(), app.arguments.begin(),
                               app.arguments.end());
  if (app.told_apart && !same) return {};
  int port = 0;
  std::from_chars(argv[port_at].data(), argv[port_at].data() + argv[port_at].size(), port);
  return port > 0 ? std::optional(port) : std::nullopt;
}

}  // namespace

struct OpenWebApp::State {
  InstanceConfig config;
  ConnectOptions options;
  WebApp app;
  std::optional<Instance> instance;
  std::unique_ptr<Link> link;
  forward::AppPlace place;
  JobInfo job;
  bool was_running = false, has_ended = false, is_taken = false;  // the last: the port over there
  std::optional<Forward> own;                                     // else another process holds it
  ForwardInfo forward;
  std::string url;

  Result<void> open(const Project& project, const WebAppOptions& settings, Deadline limit);
  Result<void> find_or_start(const Project& project, const WebAppOptions& settings);
  Result<void> lead_there(const WebAppOptions& settings);
  Result<void> wait_until(const std::function<Result<bool>()>& ready, Deadline limit);
  Result<forward::ListenerInfo> listener();
  Result<bool> listens();
  bool port_was_taken();
  Result<void> end();
  Result<bool> answers() const;
  Error why_it_ended(const JobInfo& ended);
};

Result<void> OpenWebApp::State::find_or_start(const Project& project,
                                              const WebAppOptions& settings) {
  const forward::AppRequest request{app.kind + "-" + project.id};
  place = {};
  auto got = link->repeat([&](rpc::Connection& connection) {
    return rpc::call<forward::AppPlace>(connection, "forward.app", request,
                                        link->wait(answer_limit));
  });
  if (!got) return std::move(got).error();
  place = *std::move(got);
  LIBRE_TRY(const auto jobs, instance->list({.project = project.id, .only_live = true}));
  for (const auto& candidate : jobs)
    if (const auto port = port_of(candidate, app)) {
      job = candidate;
      place.port = *port;
      was_running = true;
      return {};
    }
  JobSpec spec;
  spec.name = spec.kind = app.kind;
  spec.project = project.name;
  spec.project_id = project.id;
  spec.argv = argv_of(app, place);
  LIBRE_TRY(job, instance->sync_and_submit(project, {}, std::move(spec), settings.synced));
  return {};
}

Result<void> OpenWebApp::State::lead_there(const WebAppOptions& settings) {
  LIBRE_TRY(const auto others, list_forwards());
  for (const auto& other : others)
    if (other.background && other.job == job.id && other.instance == config.name &&
        (settings.port == 0 || other.lines.front().port == settings.port)) {
      forward = other;
      return {};
    }
  const int port = settings.port > 0 ? settings.port : app.port;
  ForwardRequest request{
      .specs = {{.port = port, .exact = settings.port > 0, .host_port = place.port}},
      .job = job.id,
      .kind = app.kind,
      .background = settings.background};
  // Over there it must be this very address: another user may listen on the other one of "localhost".
  request.specs.front().host = "127.0.0.1";
  if (settings.background) {
    LIBRE_TRY(forward, start_forward(config, options, request));
    return {};
  }
  LIBRE_TRY(auto opened, Forward::open(config, options, std::move(request)));
  forward = opened.info();
  own.emplace(std::move(opened));
  return {};
}

Result<forward::ListenerInfo> OpenWebApp::State::listener() {
  const forward::ListenerRequest request{place.port};
  return link->repeat([&](rpc::Connection& connection) {
    return rpc::call<forward::ListenerInfo>(connection, "forward.listener", request,
                                            link->wait(answer_limit));
  });
}

// Whoever else listens on the port over there must not be shown the token, nor take the job's place.
Result<bool> OpenWebApp::State::listens() {
  LIBRE_TRY(const auto found, listener());
  is_taken = found.listens && !found.ours;
  if (is_taken)
    return Error{Errc::exists,
                 fmt::format("port {} on {} was taken by somebody else", place.port, config.name),
                 {},
                 "try again: another port will be chosen"};
  return found.listens;
}

// Between the choice of a port and the program's bind(2) anybody may take it: another user, who is seen at once,
// or another program of this one, at which ours ends.
bool OpenWebApp::State::port_was_taken() {
  if (was_running) return false;
  if (is_taken) return true;
  if (!has_ended) return false;
  const auto found = listener();
  return found && found->listens;
}

Result<void> OpenWebApp::State::end() {
  const auto killed = instance->kill({job.id}, kill_grace);
  own.reset();
  if (forward.background && forward.id > 0) (void)stop_forwards(std::to_string(forward.id));
  forward = {};
  LIBRE_CHECK(killed);
  return {};
}

Result<void> OpenWebApp::State::open(const Project& project, const WebAppOptions& settings,
                                     Deadline limit) {
  has_ended = is_taken = false;
  job = {};
  LIBRE_CHECK(find_or_start(project, settings));
  // The port here is chosen when the one over there is taken: both may be on one machine.
  auto ready = wait_until([&] { return listens(); }, limit);
  if (ready) ready = lead_there(settings);
  if (ready) ready = wait_until([&] { return answers(); }, limit);
  return ready;
}

Result<bool> OpenWebApp::State::answers() const {
  // With the token, so that another program of the same user, which took the port first, is not meant.
  const auto path = app.token ? app.health + "?token=" + place.token : app.health;
  const auto status = client::http_status(forward.lines.front().port, path, link->wait(http_limit));
  return status && *status == 200;
}

Result<void> OpenWebApp::State::wait_until(const std::function<Result<bool>()>& ready,
                                           Deadline limit) {
  for (;;) {
    LIBRE_TRY(const bool done, ready());
    if (done) return {};
    LIBRE_TRY(const auto now, instance->find(std::to_string(job.id)));
    if (is_final(now.state)) return why_it_ended(now);
    if (limit.passed())
      return Error{Errc::timed_out,
                   fmt::format("{} does not answer", app.title),
                   {},
                   fmt::format("re log {}", job.id)};
    if (options.observer) options.observer->progress({.what = "waiting for " + app.title});
    const auto paused = wait_for(-1, 0, link->wait(look_pause));
    if (!paused && paused.error().code == Errc::interrupted) return paused;
  }
}

Error OpenWebApp::State::why_it_ended(const JobInfo& ended) {
  has_ended = true;
  std::string tail;
  (void)instance->log({.job = std::to_string(job.id), .last_lines = 5}, [&](const LogChunk& chunk) {
    tail += chunk.bytes;
    return Result<void>();
  });
  const auto said = printable(join(split_lines(trim(tail)), "; "));
  const bool missing = ended.end && ended.end->code == 127;
  if (missing)
    return {Errc::not_found, fmt::format("there is no {} on {}", app.title, config.name), said,
            "re install " + app.package};
  return {Errc::io, fmt::format("{} ended at its start (job {})", app.title, job.id), said,
          fmt::format("re log {}", job.id)};
}

OpenWebApp::OpenWebApp(std::unique_ptr<State> state) : state_(std::move(state)) {}
OpenWebApp::OpenWebApp(OpenWebApp&&) noexcept = default;
OpenWebApp& OpenWebApp::operator=(OpenWebApp&&) noexcept = default;
OpenWebApp::~OpenWebApp() = default;
const JobInfo& OpenWebApp::job() const { return state_->job; }
const ForwardInfo& OpenWebApp::forward() const { return state_->forward; }
bool OpenWebApp::was_running() const { return state_->was_running; }
const std::string& OpenWebApp::url() const { return state_->url; }

Result<OpenWebApp> OpenWebApp::open(const InstanceConfig& config, const ConnectOptions& options,
                                    const Project& project, const WebApp& app,
                                    const WebAppOptions& settings) {
  auto state = std::make_unique<State>();
  State& self = *state;
  self.config = config;
  self.options = options;
  self.app = app;
  LIBRE_TRY(self.instance, Instance::connect(config, options));
  LIBRE_TRY(self.link, Link::open(config, options));
  OpenWebApp opened(std::move(state));
  const auto limit = Deadline::after(settings.patience);
  auto ready = self.open(project, settings, limit);
  for (int tried = 1; !ready && tried < most_ports && self.port_was_taken(); ++tried) {
    if (options.observer)
      options.observer->notice(
          fmt::format("port {} on {} was taken by another program before {} began; trying another",
                      self.place.port, config.name, app.title));
    if (!self.end()) break;  // what is still there is ended below
    ready = self.open(project, settings, limit);
  }
  if (!ready) {
    if (options.stop) options.stop->clear();  // it is heeded: by this
    if (!self.was_running && self.job.id != 0) (void)opened.end();
    return std::move(ready).error();
  }
  self.url = fmt::format("http://localhost:{}/", self.forward.lines.front().port);
  if (app.token) self.url += "?token=" + self.place.token;
  return opened;
}

Result<bool> OpenWebApp::run() { return state_->own ? state_->own->run() : Result<bool>(false); }

Result<void> OpenWebApp::end() { return state_->end(); }

}  // namespace libre
