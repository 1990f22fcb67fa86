// What travels between RemoteProbeHost and serve_probe_host ("probe.figures"), and what the client keeps
// of it.
#pragma once
#include "base/json.hpp"
#include "probe/probe_host.hpp"
