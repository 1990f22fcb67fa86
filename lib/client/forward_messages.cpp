#include <libre/forward.hpp>

#include "base/json_described.hpp"
#include "client/forward_program.hpp"

namespace libre {
BOOST_DESCRIBE_STRUCT(InstanceConfig, (),
                      (index, name, host, username, password, port, identity_file, proxy_jump,
                       shell, python, remote_root, remote_home, persist_minutes, local))
BOOST_DESCRIBE_STRUCT(ForwardSpec, (), (reverse, bind, port, exact, host, host_port))
BOOST_DESCRIBE_STRUCT(ForwardRequest, (), (specs, job, kind, background))
BOOST_DESCRIBE_STRUCT(ForwardInfo, (),
                      (id, instance, lines, job, kind, since, background, connected, problem, pid,
                       start_ticks, boot_id))
}  // namespace libre

namespace libre::client {
BOOST_DESCRIBE_STRUCT(StartForward, (), (version, config, request, timeout_ms))
BOOST_DESCRIBE_STRUCT(ForwardStarted, (), (error, info))
}  // namespace libre::client

LIBRE_JSON(libre::ForwardInfo)
LIBRE_JSON(libre::client::StartForward)
LIBRE_JSON(libre::client::ForwardStarted)
