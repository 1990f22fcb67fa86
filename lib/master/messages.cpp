#include "master/messages.hpp"

#include <libre/version.hpp>

#include "base/json_described.hpp"

namespace libre::transport {
BOOST_DESCRIBE_ENUM(HostKeyPolicy, ask, strict, accept_new, off)
BOOST_DESCRIBE_STRUCT(SshTarget, (),
                      (name, host, port, user, password, identity_files, explicit_identities,
                       identities_only, identity_agent, proxy_command, via, user_known_hosts,
                       global_known_hosts, host_keys, host_key_alias, connect_timeout,
                       alive_interval, alive_count))
}  // namespace libre::transport

namespace libre::master {
BOOST_DESCRIBE_ENUM(Verb, hello, agent, tcp, execute, status, stop)
BOOST_DESCRIBE_ENUM(Topic, status, notice, secret, line, confirm, ready, failed)
BOOST_DESCRIBE_STRUCT(Request, (),
                      (version, verb, path, host, port, command, terminal, columns, rows, raw))
BOOST_DESCRIBE_STRUCT(Status, (), (instance, pid, since, streams, spares, idle, idle_limit))
BOOST_DESCRIBE_STRUCT(Reply, (), (error, status, round_trip))
BOOST_DESCRIBE_STRUCT(StartRequest, (),
                      (version, target, directory, timeout_ms, idle_limit_ms, agent_socket,
                       may_ask))
BOOST_DESCRIBE_STRUCT(Note, (), (topic, text))
BOOST_DESCRIBE_STRUCT(Answer, (), (text, yes, error))

std::string own_version() { return std::string(version) + "/1"; }

}  // namespace libre::master

LIBRE_JSON(libre::transport::SshTarget)
LIBRE_JSON(libre::master::Request)
LIBRE_JSON(libre::master::Reply)
LIBRE_JSON(libre::master::StartRequest)
LIBRE_JSON(libre::master::Note)
LIBRE_JSON(libre::master::Answer)
