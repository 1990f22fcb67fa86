// The figures of a machine as JSON, for the files that write it: lib/probe/messages.cpp for the wire,
// lib/client/messages.cpp for what is kept and shown.
#pragma once
#include <libre/figures.hpp>

#include "base/json_described.hpp"
#include "probe/probe_host.hpp"

namespace libre {
BOOST_DESCRIBE_STRUCT(GpuUser, (), (pid, user, command, memory, job))
BOOST_DESCRIBE_STRUCT(Gpu, (),
                      (index, mig_instance, uuid, vendor, model, memory_total, memory_used,
                       memory_free, utilisation, temperature, power, divided, users, claimed_by))
BOOST_DESCRIBE_STRUCT(MachineFigures, (),
                      (age, cores, load_1, load_5, load_15, cpu_busy, memory_total,
                       memory_available, disk_place, disk_total, disk_free, driver, cuda,
                       gpu_problem, gpus, found, environment))
}  // namespace libre

namespace libre::probe {
BOOST_DESCRIBE_STRUCT(ProbeQuery, (), (directory, look_for, project_id, max_age, patience_ms))
}  // namespace libre::probe
