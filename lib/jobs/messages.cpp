#include "jobs/messages.hpp"

#include "base/json_described.hpp"

namespace libre {
BOOST_DESCRIBE_ENUM(JobState, starting, running, succeeded, failed, killed, lost)
BOOST_DESCRIBE_STRUCT(JobSpec, (),
                      (key, name, project, project_id, directory, argv, command, environment,
                       with_stdin, separate_streams, terminal, columns, rows, shell, log_link, kind,
                       gpus, gpu_memory))
BOOST_DESCRIBE_STRUCT(JobEnd, (),
                      (code, signal, lost, spawn_error, log_error, ended, user_seconds,
                       system_seconds, peak_memory, killed_by))
BOOST_DESCRIBE_STRUCT(JobInfo, (), (id, spec, state, submitted, started, end, pid, log_size, gpus))
BOOST_DESCRIBE_STRUCT(JobFilter, (), (project, only_live, limit))
BOOST_DESCRIBE_STRUCT(LogQuery, (),
                      (job, project, offset, offset_of, since, last_lines, filter, times, follow,
                       every))
BOOST_DESCRIBE_STRUCT(LogChunk, (), (offset, bytes, stream, next, time))
BOOST_DESCRIBE_STRUCT(KillReport, (), (id, was_live, gone, processes))
}  // namespace libre

namespace libre::jobs {
BOOST_DESCRIBE_STRUCT(GpuGrant, (), (names, variable))
BOOST_DESCRIBE_STRUCT(Submitted, (), (id, spec, submitted, boot_id, gpus))
BOOST_DESCRIBE_STRUCT(RunState, (),
                      (supervisor_pid, supervisor_start, boot_id, started, pid, pid_start,
                       killed_by, kill_asked, notice))
BOOST_DESCRIBE_STRUCT(Nothing, (), ())
BOOST_DESCRIBE_STRUCT(JobList, (), (jobs))
BOOST_DESCRIBE_STRUCT(FindRequest, (), (job, project))
BOOST_DESCRIBE_STRUCT(KillRequest, (), (jobs, grace_ms))
BOOST_DESCRIBE_STRUCT(KillReply, (), (reports))
BOOST_DESCRIBE_STRUCT(SignalRequest, (), (job, signal))
BOOST_DESCRIBE_STRUCT(StdinRequest, (), (job, writer, offset, end))
BOOST_DESCRIBE_STRUCT(ClaimRequest, (), (job, writer))
BOOST_DESCRIBE_STRUCT(ClaimReply, (), (received))
BOOST_DESCRIBE_STRUCT(ResizeRequest, (), (job, columns, rows))
BOOST_DESCRIBE_STRUCT(LogEvent, (), (offset, stream, next, time))
BOOST_DESCRIBE_STRUCT(LogBeginEvent, (), (offset, job))
BOOST_DESCRIBE_STRUCT(ControlRequest, (),
                      (verb, grace_ms, who, signal, writer, offset, end, columns, rows))
BOOST_DESCRIBE_STRUCT(ControlReply, (), (error, message, gone, processes, received))
}  // namespace libre::jobs

LIBRE_JSON(libre::JobSpec)
LIBRE_JSON(libre::JobEnd)
LIBRE_JSON(libre::JobInfo)
LIBRE_JSON(libre::JobFilter)
LIBRE_JSON(libre::LogQuery)
LIBRE_JSON(libre::LogChunk)
LIBRE_JSON(libre::KillReport)
LIBRE_JSON(libre::jobs::Submitted)
LIBRE_JSON(libre::jobs::RunState)
LIBRE_JSON(libre::jobs::Nothing)
LIBRE_JSON(libre::jobs::JobList)
LIBRE_JSON(libre::jobs::FindRequest)
LIBRE_JSON(libre::jobs::KillRequest)
LIBRE_JSON(libre::jobs::KillReply)
LIBRE_JSON(libre::jobs::SignalRequest)
LIBRE_JSON(libre::jobs::StdinRequest)
LIBRE_JSON(libre::jobs::ClaimRequest)
LIBRE_JSON(libre::jobs::ClaimReply)
LIBRE_JSON(libre::jobs::ResizeRequest)
LIBRE_JSON(libre::jobs::LogEvent)
LIBRE_JSON(libre::jobs::LogBeginEvent)
LIBRE_JSON(libre::jobs::ControlRequest)
LIBRE_JSON(libre::jobs::ControlReply)
