#include "machine/messages.hpp"

#include "base/json_described.hpp"

namespace libre::machine {
BOOST_DESCRIBE_STRUCT(Tool, (), (path, version))
BOOST_DESCRIBE_STRUCT(ServerSettings, (),
                      (readable, max_sessions, use_dns, stream_local_forwarding, tcp_forwarding))
BOOST_DESCRIBE_STRUCT(MachineFacts, (),
                      (system, clock, home, home_writable, home_problem, disk_free, disk_total,
                       inodes_free, inodes_total, shell, profile_seconds, python, has_venv, has_pip,
                       uv, nvidia_smi, gpu_driver, server))
BOOST_DESCRIBE_STRUCT(KeyReport, (), (added, file, notice))
BOOST_DESCRIBE_STRUCT(LookRequest, (), ())
BOOST_DESCRIBE_STRUCT(AuthorizeRequest, (), (line))
}  // namespace libre::machine

LIBRE_JSON(libre::machine::MachineFacts)
LIBRE_JSON(libre::machine::KeyReport)
LIBRE_JSON(libre::machine::LookRequest)
LIBRE_JSON(libre::machine::AuthorizeRequest)
