#include "bootstrap/bridge.hpp"

#include "bootstrap/agent_reply.hpp"
#include "bootstrap/conversation.hpp"
#include "bootstrap/install.hpp"

namespace libre::bootstrap {
namespace {

Error no_stream(const Error& reason, bool ended, const std::string& who, const std::string& noise) {
  if (!ended) return reason;
  return Error{Errc::disconnected, "the agent does not answer on " + who,
               noise.empty() ? "its command ended without a word" : "it printed: " + noise};
}

// The shell runs exactly the command that it is given, so stdin is free from the first byte.
Result<std::unique_ptr<Stream>> open_directly(transport::Transport& transport,
                                              const ScriptTerms& terms, const std::string& agent,
                                              const Wait& wait) {
  LIBRE_TRY(auto stream, transport.execute(bridge_command(terms, agent).line, wait));
  MarkedReader reader(*stream, terms.marker);
  const auto first = reader.next(wait);
  if (!first)
    return no_stream(first.error(), reader.ended(), transport.describe(),
                     noise_of(reader, *stream));
  LIBRE_CHECK(check_stream_line(*first, transport.describe()));
  return with_prefix(reader.take_rest(), std::move(stream));
}

Result<std::unique_ptr<Stream>> open_once(transport::Transport& transport, const ScriptTerms& terms,
                                          const std::string& agent, const std::string& entry,
                                          const Wait& wait) {
  const std::string who = transport.describe();
  if (entry == entry_login) return open_directly(transport, terms, agent, wait);
  if (entry != entry_stdin)
    return Error{Errc::unsupported, "cannot talk to the agent on " + who,
                 "the server forbids forwards to unix sockets, and an rc file of the login shell "
                 "starts another shell that reads all of its input before it runs anything",
                 "allow AllowStreamLocalForwarding there, or let the rc file start that shell only "
                 "for interactive logins"};
  LIBRE_TRY(auto conversation, Conversation::open(transport,
                                                  {connect_script(terms, agent, true), terms.marker,
                                                   std::chrono::milliseconds(-1)},
                                                  wait));
  LIBRE_CHECK(conversation.write(terms.marker + " go\n", wait));
  const auto first = conversation.next(wait);
  if (!first) return no_stream(first.error(), conversation.ended(), who, conversation.noise());
  LIBRE_CHECK(check_stream_line(*first, who));
  return std::move(conversation).take_stream();
}

// A server that grants one session (MaxSessions 1) frees it when the command before has ended over
// there, which is a moment after that command's last word has reached us.
constexpr std::chrono::milliseconds session_patience{500}, session_pause{20};

}  // namespace

BridgeCommand bridge_command(const ScriptTerms& terms, const std::string& agent) {
  return {command_line(connect_script(terms, agent, false), entry_login), terms.marker};
}

Result<std::unique_ptr<Stream>> open_bridge(transport::Transport& transport,
                                            const ScriptTerms& terms, const std::string& agent,
                                            const std::string& entry, const Wait& wait) {
  const auto patience = Deadline::after(session_patience);
  for (;;) {
    auto stream = open_once(transport, terms, agent, entry, wait);
    if (stream || stream.error().code != Errc::denied || patience.passed()) return stream;
    const auto paused = wait_for(-1, 0, {Deadline::after(session_pause), wait.waker});
    if (!paused && paused.error().code == Errc::interrupted) return paused.error();
  }
}

}  // namespace libre::bootstrap
