// Asking many machines at once how they are, and choosing one of them for a job.
//
// Each machine is asked in a thread of its own, with a deadline of its own, so that one that hangs holds up
// nobody; nobody is ever prompted: a machine that wants a password or does not show a known key is
// reported as such.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <libre/client.hpp>
#include <libre/figures.hpp>

namespace libre {

// One machine's answer, or why there is none.
struct MachineReport {
  std::string name{};              // of the instance
  std::string address{};           // "user@host:port", "local"
  bool asked = false;              // false: no answer yet (MachineWatch)
  std::optional<Error> problem{};  // why it has not answered; unset = `figures` hold
  double age = 0;                  // seconds since the figures were taken
  bool remembered = false;         // they are from before, see ProbeOptions::max_age
  double seconds = 0;              // how long it took to ask
  MachineFigures figures{};

  bool is_active() const { return asked && !problem; }
};

// One word for a machine's state, as tables show it: "active", "refused", "no answer", "unknown host",
// "host key", "no login", …
std::string status_of(const MachineReport& report);

struct ProbeOptions {
  std::chrono::milliseconds timeout = std::chrono::seconds(10);  // for each machine
  // A machine that does not even say that it is there (nothing of SSH has come) is given up when all
  // others have answered, and this time, or 1.15 times that of the slowest of them, has gone by.
  // 700 ms: two round trips, which its first word takes, to the other side of the world.
  std::chrono::milliseconds silence{700};
  double max_age = 0;  // seconds: figures remembered on this machine that are not older are answers
  const Project* project = nullptr;  // borrowed: its mirror's disk is measured, its data looked for
  Stop* stop = nullptr;              // borrowed
  bool trace = false;
};

// Asks all; returns them in the order of `machines`. `answered` is called in the calling thread as they
// come. Errc::interrupted where stopped; a machine that cannot be reached is no error.
Result<std::vector<MachineReport>> probe_machines(
    const std::vector<InstanceConfig>& machines, const ProbeOptions& options,
    const std::function<void(const MachineReport&)>& answered = {});

// Asks all again and again in the background, `every` so often, over connections that stay open.
class MachineWatch {
 public:
  MachineWatch(std::vector<InstanceConfig> machines, ProbeOptions options,
               std::chrono::milliseconds every);
  ~MachineWatch();  // ends the asking; waits for its threads, which end at once
  MachineWatch(const MachineWatch&) = delete;
  MachineWatch& operator=(const MachineWatch&) = delete;

  // As known at this moment, in the order of `machines`. A machine that has gone silent keeps its last
  // figures beside the problem.
  std::vector<MachineReport> now() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What a job needs of its machine.
struct Needs {
  std::uint32_t gpus = 0;
  std::uint64_t gpu_memory = 0;  // bytes free on each
  std::vector<std::string>
      name_patterns{};  // shell wildcards; one of them must match the name, none = any
};

// A machine's place in the order of choice.
struct Candidate {
  std::string name{};
  bool fits = false;
  std::vector<std::string> reasons{};  // why it stands where it stands; why it does not fit
};

// Orders machines for a job, the best first and those that do not fit last. What counts, in this order: not
// overloaded; the project's data there; its environment there; its code there; more free GPUs, where any
// are needed; less load for each core; the order of `machines`. Pure.
std::vector<Candidate> choose(const std::vector<MachineReport>& machines, const Needs& needs);

// The `machines` whose names match the patterns of `needs`.
std::vector<InstanceConfig> matching(const std::vector<InstanceConfig>& machines,
                                     const Needs& needs);

// "20G", "500 MB", "16GiB", "1e9": bytes, in powers of 1000 unless the unit says otherwise. Errc::usage
// where it is no amount.
Result<std::uint64_t> parse_bytes(std::string_view text);

// The word that stands for "the machine that fits best" where an instance is named.
inline constexpr const char* auto_instance = "auto";

// The instance that the last job of a project went to by choice; "" = none yet. Kept in .recompute/.
std::string last_choice(const Project& project);
Result<void> remember_choice(const Project& project, const std::string& instance);

}  // namespace libre
