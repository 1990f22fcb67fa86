// The façade: an Instance is one machine, reached; its member functions are what `re` can do.
//
//   libre::Config config = *libre::load_config();
//   auto instance = libre::Instance::connect(*libre::find_instance(config, "gpu1"), {});
//   auto job = instance->submit({.argv = {"python3", "train.py"}});
//   auto end = instance->follow({.job = std::to_string(job->id), .follow = true}, print);
//
// Calls block until they are done; a Stop ends them early with Errc::interrupted. An Instance belongs
// to one thread at a time (Stop may be used from any thread and from signal handlers).
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <libre/config.hpp>
#include <libre/data.hpp>
#include <libre/deps.hpp>
#include <libre/job.hpp>
#include <libre/keys.hpp>
#include <libre/observer.hpp>
#include <libre/project.hpp>
#include <libre/result.hpp>
#include <libre/sync.hpp>

namespace libre {

// Ends blocking calls from elsewhere. Stays stopped until cleared.
class Stop {
 public:
  Stop();
  ~Stop();
  void request() noexcept;  // any thread; async-signal-safe
  void clear() noexcept;
  bool requested() const noexcept;
  // Ends nothing: makes a call that follows a job ask RunOptions::window again. Async-signal-safe.
  void nudge() noexcept;

  struct State;  // for libre itself
  State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

struct ConnectOptions {
  std::chrono::milliseconds timeout = std::chrono::seconds(20);  // for the whole of one connecting
  // How long a connection that broke is opened again before a call fails. Unset: `timeout` for short
  // questions; as long as it takes for what goes on where it was (log, run, attach, sync, push, pull).
  std::optional<std::chrono::milliseconds> give_up{};
  Observer* observer = nullptr;  // borrowed, may be null
  Prompter* prompter = nullptr;  // borrowed; null refuses every question
  Stop* stop = nullptr;          // borrowed; ends any call of this instance
  // Only over a connection that is open already (master.hpp), or to `local`: never logs in and never asks.
  // Errc::unreachable where there is none.
  bool only_open = false;
  bool trace = false;  // diagnostics on stderr (`re --verbose`)
};

// Receives log bytes in order. An error ends the follow with it. A sink must not use the Instance that
// feeds it.
using LogSink = std::function<Result<void>(const LogChunk&)>;
// Told once, before any byte: the job that was chosen, as it stands, and the offset where reading begins.
using LogBegin = std::function<Result<void>(const JobInfo& job, std::uint64_t offset)>;

struct WindowSize {
  std::uint32_t columns = 0, rows = 0;
  bool operator==(const WindowSize&) const = default;
};

struct RunOptions {
  int stdin_fd = -1;      // passed to the job until its end of file; -1 = none
  bool pass_stop = true;  // the first Stop sends SIGINT to the job, the second one detaches
  bool escape = false;    // of a job with a terminal: "~." at the beginning of a line detaches, and
                          // "~~" is one "~"
  // The size of the window that shows a job with a terminal. Asked, by the thread that follows, at the
  // beginning and after each Stop::nudge; a new size is passed on to the job.
  std::function<WindowSize()> window{};
};

struct WatchOptions {
  // A burst of changes is over when nothing has changed for `quiet`, and at the latest `longest` after
  // it began.
  std::chrono::milliseconds quiet{150}, longest{1000};
  // The connection broke; it is opened again, with pauses, for as long as it takes. May be empty.
  std::function<void(const Error&)> disconnected{};
};

class Instance {
 public:
  // Reaches the machine and its agent, installing the agent where it is not there yet.
  static Result<Instance> connect(const InstanceConfig& config, const ConnectOptions& options);
  Instance(Instance&&) noexcept;
  Instance& operator=(Instance&&) noexcept;
  ~Instance();

  const InstanceConfig& config() const;

  // --- jobs ---------------------------------------------------------------------------------
  // Starts a job. Where spec.key is empty one is made; a connection that breaks before the answer
  // came is opened again and the same key sent, so the job starts once.
  Result<JobInfo> submit(JobSpec spec);
  Result<std::vector<JobInfo>> list(const JobFilter& filter);
  Result<JobInfo> find(const std::string& job, const std::string& project = {});
  // Ends whole process trees: SIGTERM, `grace`, SIGKILL. Already ended jobs are reported as such.
  Result<std::vector<KillReport>> kill(const std::vector<std::uint64_t>& jobs,
                                       std::chrono::milliseconds grace = std::chrono::seconds(10));
  // Delivers log bytes; with query.follow until the job has ended. Heals broken connections by
  // itself: no byte comes twice, none is missing, and "last" stays the job that it was at first.
  // Returns the job as it was at the end.
  Result<JobInfo> log(const LogQuery& query, const LogSink& sink, const LogBegin& begin = {});
  // submit + follow, with stdin and Stop passed on. Errc::interrupted where the caller detached;
  // the job goes on and its id is in `started`.
  Result<JobInfo> run(JobSpec spec, const RunOptions& options, const LogSink& sink,
                      const std::function<void(const JobInfo&)>& started = {});
  // Follows a job that runs already: `query` says which and from where. Where it was started with a
  // stdin, options.stdin_fd goes on after what the job has got; whoever fed it before is refused from
  // then on. Otherwise as run().
  Result<JobInfo> attach(LogQuery query, const RunOptions& options, const LogSink& sink,
                         const LogBegin& begin = {});

  // The second half of run(): for a job that was started with stdin where options name one.
  Result<JobInfo> follow(const JobInfo& job, const RunOptions& options, const LogSink& sink);

  // --- a project's jobs ---------------------------------------------------------------------
  // As submit(), in the project's mirror as it is there: spec.directory is filled in.
  // Errc::exists where another project of the same name owns the mirror.
  Result<JobInfo> submit(const Project& project, JobSpec spec);
  // sync(), then that, in one exchange where not much has changed since the last time. `synced` is
  // called with the report before this returns, also where the job could not be started.
  Result<JobInfo> sync_and_submit(const Project& project, const SyncOptions& options, JobSpec spec,
                                  const std::function<void(const SyncReport&)>& synced = {});
  // That (without `sync`: submit()) and follow(), in one exchange where not much has changed.
  Result<JobInfo> run(const Project& project, const std::optional<SyncOptions>& sync, JobSpec spec,
                      const RunOptions& options, const LogSink& sink,
                      const std::function<void(const SyncReport&)>& synced = {},
                      const std::function<void(const JobInfo&)>& started = {});

  // --- a project's Python (deps.hpp) ----------------------------------------------------------
  // sync(), and asks for the environment of `wanted` in the same exchange; where it is there, new jobs of the
  // project get it from now on.
  Result<Prepared> prepare(const Project& project, const Dependencies& wanted,
                           const SyncOptions& options);
  // Makes that environment in a job, unless it is ready, and follows it as follow() does; one that is being made
  // is followed. The mirror must be there. Where it fails the error has pip's reason; nothing of it is left, and
  // what was there before still counts. Errc::interrupted where the job was ended, or the caller detached.
  Result<EnvironmentInfo> install(const Project& project, const Dependencies& wanted,
                                  const InstallOptions& options, const LogSink& sink,
                                  const std::function<void(const JobInfo&)>& started = {});

  // --- files --------------------------------------------------------------------------------
  // Makes the project's mirror equal to what is selected here.
  Result<SyncReport> sync(const Project& project, const SyncOptions& options);
  // sync(), and again whenever a selected file has changed, until a Stop. `synced` gets the report of
  // each sync, also of one that found nothing to do; an error of its own ends the watch with it.
  // Returns where the mirror has all that was seen to change; Errc::interrupted where the Stop came
  // before that. What a new connection cannot mend (a full disk, say) ends it with that error.
  Result<void> watch(const Project& project, const WatchOptions& options,
                     const std::function<Result<void>(const SyncReport&)>& synced);
  // Copies files and directories (globs allowed) to `destination` in the mirror, and back to
  // `destination` on this machine (relative: to the project's root). What is there already and equal is not sent again; what an
  // interrupted transfer left goes on where it was.
  Result<TransferReport> push(const Project& project, const std::vector<std::string>& sources,
                              const std::string& destination, const TransferOptions& options = {});
  Result<TransferReport> pull(const Project& project, const std::vector<std::string>& sources,
                              const std::filesystem::path& destination,
                              const TransferOptions& options = {});

  // Starts a job (JobSpec::kind "data") that fetches files into data/ of the project's mirror. What is there
  // whole is not fetched again, what broke off goes on where it was. The job fails where a file did not come, or
  // is not what its sha256 says; then nothing of it stands under its name. Errc::usage for an address that
  // cannot be meant, has a password in it, or gives two files one name.
  Result<JobInfo> download(const Project& project, const DataRequest& request);

  // The files and directories (these end with '/') of the mirror whose paths begin with `prefix`, up to
  // the next '/'. One question, answered within the connecting's timeout.
  Result<std::vector<std::string>> paths(const Project& project, const std::string& prefix);

  // Absolute path of the project's mirror over there; for `local` the project itself where it runs
  // in place. Errc::exists where another project of the same name owns it.
  Result<std::string> mirror(const Project& project);

  // Lets the owner of a public key log in there: one line more in ~/.ssh/authorized_keys, where it is not
  // in there already. Errc::usage where the text is no public key.
  Result<KeyInstall> authorize(const std::string& public_key);

  // A shell in `directory` on this terminal, and in that project's Python environment. Returns its exit code.
  Result<int> shell(const std::string& directory, const std::string& project_id = {});

 private:
  struct State;
  Result<std::string> describe_python(const Project& project);
  explicit Instance(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace libre
