#include "bootstrap/connect.hpp"

#include "base/random.hpp"
#include "base/text.hpp"
#include "bootstrap/agent_reply.hpp"
#include "bootstrap/bridge.hpp"
#include "bootstrap/conversation.hpp"
#include "bootstrap/install.hpp"
#include "bootstrap/script.hpp"
#include "transport/local.hpp"

namespace libre::bootstrap {
namespace {

bool holds_for(const Facts& known, const ReachOptions& options) {
  return !known.socket.empty() && known.identity == options.bundle.identity &&
         known.root == options.remote_root;
}

// Nothing but the caller's own wishes ends the search for the agent.
bool is_final(const Error& error) {
  return error.code == Errc::interrupted || error.code == Errc::timed_out;
}

// SSH servers say the same for "forbidden" and for "nobody listens".
bool may_be_forbidden(const Error& error) {
  return error.code == Errc::denied || error.code == Errc::refused ||
         error.code == Errc::not_found || error.code == Errc::unsupported;
}

Facts facts_of(const StartedAgent& started, const ReachOptions& options) {
  Facts facts;
  facts.socket = started.facts.socket;
  facts.agent = started.path;
  facts.identity = started.bundle.identity;
  facts.root = options.remote_root;
  facts.home = started.facts.home;
  facts.uid = started.facts.uid;
  facts.host = started.facts.host;
  facts.platform = started.bundle.platform;
  facts.entry = started.entry;
  return facts;
}

ScriptTerms terms_of(const Bundle& bundle, const ReachOptions& options) {
  return {random_id(20), bundle.identity, bundle.version, bundle.size, options.remote_root};
}

Result<std::unique_ptr<Stream>> open_known(transport::Transport& transport,
                                           const ReachOptions& options, const Wait& wait) {
  const Facts& known = options.known;
  if (!known.bridged) return transport.open_socket(known.socket, wait);
  // The account's rc files may have changed: a bridge that does not begin is not waited for long.
  Wait patient = wait;
  patient.deadline = wait.deadline.or_earlier(Deadline::after(2 * options.patience));
  auto stream =
      open_bridge(transport, terms_of(options.bundle, options), known.agent, known.entry, patient);
  if (!stream && stream.error().code == Errc::timed_out && !wait.deadline.passed())
    return Error{Errc::disconnected, "the bridge to the agent does not begin"};
  return stream;
}

Result<std::string> absolute_root(const std::string& root) {
  if (root.empty() || root.starts_with('/')) return root;
  LIBRE_TRY(const auto home, home_directory(process_environment()));
  const auto expanded = expand_tilde(root, home);
  return (expanded.is_absolute() ? expanded : home / expanded).string();
}

// What `re-agent start` of this machine answers.
Result<StartedAgent> start_here(const ReachOptions& options, const Wait& wait) {
  LIBRE_TRY(const auto root, absolute_root(options.remote_root));
  const std::string marker = random_id(20);
  const std::string program = options.bundle.path.string();
  LIBRE_TRY(const auto command,
            transport::start_local({{program, "start", "--root", root, "--marker", marker}}));
  command->end_writing();
  MarkedReader reader(*command, marker);
  const auto line = reader.next(wait);
  if (!line && !reader.ended()) return line.error();
  if (!line)
    return Error{Errc::protocol, "the agent does not start on this machine",
                 noise_of(reader, *command)};
  LIBRE_TRY(auto facts, parse_agent_line(*line, "this machine"));
  return StartedAgent{std::move(facts), program, options.bundle, entry_login};
}

}  // namespace

Result<AgentLink> reach_agent(transport::Transport& transport, const ReachOptions& options,
                              const Wait& wait) {
  if (holds_for(options.known, options)) {
    auto stream = open_known(transport, options, wait);
    if (stream) return AgentLink{std::move(*stream), options.known};
    if (is_final(stream.error())) return std::move(stream).error();
    options.log.info("no agent where it was: " + stream.error().message);
  }
  if (options.observer)
    options.observer->status("looking for the agent on " + transport.describe());
  InstallOptions install{options.bundle,   options.bundle_for, terms_of(options.bundle, options),
                         options.observer, options.log,        options.patience};
  LIBRE_TRY(const auto started, start_agent(transport, install, wait));
  Facts facts = facts_of(started, options);
  auto stream = transport.open_socket(facts.socket, wait);
  if (!stream && may_be_forbidden(stream.error())) {
    options.log.info("no forward to the agent's socket: " + stream.error().message);
    facts.bridged = true;
    stream =
        open_bridge(transport, terms_of(started.bundle, options), facts.agent, facts.entry, wait);
  }
  if (!stream) return std::move(stream).error();
  return AgentLink{std::move(*stream), std::move(facts), started.installed};
}

Result<AgentLink> reach_local_agent(const ReachOptions& options, const Wait& wait) {
  if (holds_for(options.known, options)) {
    auto stream = connect_unix(options.known.socket, wait);
    if (stream) return AgentLink{std::move(*stream), options.known};
    if (is_final(stream.error())) return std::move(stream).error();
  }
  LIBRE_TRY(const auto started, start_here(options, wait));
  LIBRE_TRY(auto stream, connect_unix(started.facts.socket, wait));
  return AgentLink{std::move(stream), facts_of(started, options)};
}

}  // namespace libre::bootstrap
