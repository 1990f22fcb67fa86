// Jobs: commands that run on an instance, watched by the agent there.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace libre {

// What to run. A value; sending it twice with the same key starts it once.
struct JobSpec {
  std::string key{};   // idempotency key, made by the client: random_id(16)
  std::string name{};  // for people; need not be unique
  std::string
      kind{};  // what made it: "" = a command of the user, else "install", "data", "notebook" …
  std::string project{};     // the project's name, for people; "" for none
  std::string project_id{};  // Project::id: tells projects of one name apart
  std::string directory{};  // where it runs: absolute, or relative to the home directory; "" = home
  std::vector<std::string> argv{};  // run as it is, byte for byte …
  std::string command{};  // … or one string for the user's shell; exactly one of both is set
  std::map<std::string, std::string> environment{};  // on top of the login environment
  bool with_stdin = false;        // a stdin will be sent (JobHost::write_stdin); else /dev/null
  bool separate_streams = false;  // tell stdout from stderr (their order is then approximate);
                                  // otherwise both are one pipe and their order is exact
  bool terminal = false;          // run on a pseudo terminal
  std::uint32_t columns = 80, rows = 24;
  std::string shell{};     // runs there instead of the login shell: a path, or a name on
                           // PATH; "" = the login shell
  std::string log_link{};  // a symlink to the job's log is put here, relative to directory
  std::uint32_t gpus = 0;  // this many GPUs are claimed for it as long as it lives, and no other …
  std::uint64_t gpu_memory = 0;  // … each with so many bytes free; 0 = any
};

enum class JobState {
  starting,  // accepted, the supervisor is about to run it
  running,
  succeeded,  // ended with code 0
  failed,     // ended with another code, or by a signal that we did not send, or could not start
  killed,     // ended because somebody asked us to
  lost,       // its machine rebooted or its supervisor died: how it ended is not known
};
bool is_final(JobState state);
const char* name_of(JobState state);

// How a job ended. Field `lost` and `spawn_error` exclude a code.
struct JobEnd {
  int code = 0;               // exit code, where signal is 0
  int signal = 0;             // what killed the command, or 0
  std::string lost{};         // why nothing is known: "the machine was restarted"
  std::string spawn_error{};  // why it could not be started: "no such file: trian.py"
  std::string log_error{};    // why the log is incomplete: "no space left on device"
  double ended = 0;           // Unix time
  double user_seconds = 0, system_seconds = 0;
  std::uint64_t peak_memory = 0;  // bytes, of its largest process
  std::string killed_by{};        // who asked, "" for nobody
  // As a shell would report it: the code, 128 + signal, 127 for spawn_error, 1 for lost.
  int shell_code() const;
};

struct JobInfo {
  std::uint64_t id = 0;  // counts up per instance and user; never used twice
  JobSpec spec{};
  JobState state = JobState::starting;
  double submitted = 0;  // Unix time
  double started = 0;    // Unix time, 0 = not yet
  std::optional<JobEnd> end{};
  std::int64_t pid = 0;             // of the command, 0 = not known
  std::uint64_t log_size = 0;       // bytes
  std::vector<std::string> gpus{};  // the names (uuid) of the GPUs that it was given
};

struct JobFilter {
  std::string project{};  // a project's id or its name, "" = all; two projects may have one
                          // name, but no name is another's id, since those are random
  bool only_live = false;
  std::uint64_t limit = 0;  // all live ones and the newest `limit` that have ended; 0 = all
};

// Names jobs: "12" (an id), "last" (the newest of the user's own), or a name (the newest of it).
struct LogQuery {
  std::string job = "last";
  std::string project{};     // narrows "last" and names; an id or a name, as in JobFilter
  std::uint64_t offset = 0;  // first byte wanted
  std::string offset_of{};  // offset holds for the job of this JobSpec::key only, and where its log
                            // is that long; else reading begins at byte 0. "" = for any job
  double since = 0;         // Unix time: only what came then or later, 0 = all
  std::optional<std::uint64_t> last_lines{};  // only the last n lines, of those that filter takes
  std::string filter{};                       // only lines that contain this text
  bool times = false;                         // tell when each piece came: LogChunk::time
  bool follow = false;                        // go on until the job ends …
  double every = 0;  // … with new bytes at most every so many seconds; the job's end comes at once
};

struct LogChunk {
  std::uint64_t offset = 0;  // of its first byte in the log
  std::string bytes{};
  int stream = 0;          // 0 = both in one, 1 = stdout, 2 = stderr
  std::uint64_t next = 0;  // LogQuery::offset of a query that goes on after this chunk. With a
                           // filter and separate streams it may lie before the chunk, where a
                           // line of the other stream is still open: then lines may come
                           // twice, but none is skipped
  double time = 0;         // when it came (Unix time, to 50 ms); 0 = not asked for
};

struct KillReport {
  std::uint64_t id = 0;
  bool was_live = false;
  bool gone = false;            // verified: no process of it is left
  std::uint64_t processes = 0;  // how many were ended
};

}  // namespace libre
