// Asks one machine how it is, once or again and again over one connection. Owned by one thread; silent()
// and give_up() may be called from others.
#pragma once
#include <atomic>
#include <memory>

#include <libre/probe.hpp>

#include "client/figures_store.hpp"
#include "client/link.hpp"

namespace libre::client {

class MachineProbe {
 public:
  // All are borrowed.
  MachineProbe(const InstanceConfig& instance, const ProbeOptions& options);

  // Connects where there is no connection yet. Takes at most options.timeout, and ends sooner when
  // given up, with the problem Errc::interrupted.
  MachineReport ask();

  // True while nothing of SSH has come from the machine, nor has it been found unreachable.
  bool silent() const { return silent_; }
  void give_up() { stop_.request(); }

 private:
  // Hears only whether there is a sign of life.
  class Listener final : public Observer {
   public:
    explicit Listener(std::atomic<bool>& silent) : silent_(silent) {}
    void status(const std::string&) override {
      // The first step is told before the machine is called, the second after it has shown its key.
      if (++steps_ > 1) silent_ = false;
    }

   private:
    std::atomic<bool>& silent_;
    int steps_ = 0;
  };

  Result<MachineFigures> question(Deadline deadline);
  Result<void> connect();

  const InstanceConfig& instance_;
  const ProbeOptions& options_;
  probe::ProbeQuery query_;
  std::optional<FiguresStore> store_;
  std::atomic<bool> silent_ = true;
  Listener listener_{silent_};
  Stop stop_;
  std::unique_ptr<Link> link_;
};

// What is asked of a machine: its disk where the project's mirror is, and what of the project is there.
probe::ProbeQuery query_for(const InstanceConfig& instance, const Project* project);

}  // namespace libre::client
