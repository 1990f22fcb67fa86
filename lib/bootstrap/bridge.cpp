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
Result<std::unique_ptr<Stream>> open_directly(transport::Transport& transport, const ScriptTerms& terms,
                                              const std::string& agent, const Wait& wait) {
  const auto line = command_line(connect_script(terms, agent, false), entry_login);
  LIBRE_TRY(auto stream, transport.execute(line, wait));
  MarkedReader reader(*stream, terms.marker);
  const auto first = reader.next(wait);
  if (!first) return no_stream(first.error(), reader.ended(), transport.describe(), noise_of(reader, *stream));
  LIBRE_CHECK(check_stream_line(*first, transport.describe()));
  return with_prefix(reader.take_rest(), std::move(stream));
}

}  // namespace

Result<std::unique_ptr<Stream>> open_bridge(transport::Transport& transport, const ScriptTerms& terms,
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
  LIBRE_TRY(auto conversation,
            Conversation::open(transport,
                               {connect_script(terms, agent, true), terms.marker,
                                std::chrono::milliseconds(-1)},
                               wait));
  LIBRE_CHECK(conversation.write(terms.marker + " go\n", wait));
  const auto first = conversation.next(wait);
  if (!first) return no_stream(first.error(), conversation.ended(), who, conversation.noise());
  LIBRE_CHECK(check_stream_line(*first, who));
  return std::move(conversation).take_stream();
}

}  // namespace libre::bootstrap
