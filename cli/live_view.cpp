#include "cli/live_view.hpp"

#include <unistd.h>

#include "cli/commands/terminal_job.hpp"
#include "cli/ui/json.hpp"
#include "cli/ui/machines.hpp"
#include "cli/ui/stamps.hpp"

#include <libre/text.hpp>

namespace cli {

using libre::Result;

namespace {

// The terminal's other screen, which leaves no trace on the one that it covers.
class OtherScreen {
 public:
  explicit OtherScreen(Screen& screen) : screen_(screen) {
    (void)screen_.out("\x1b[?1049h\x1b[?25l").has_value();
  }
  ~OtherScreen() { (void)screen_.out("\x1b[?25h\x1b[?1049l").has_value(); }
  OtherScreen(const OtherScreen&) = delete;

 private:
  Screen& screen_;
};

// True where somebody wants to leave.
bool reads_the_end(int keyboard) {
  char keys[64];
  const ssize_t got = ::read(keyboard, keys, sizeof keys);
  for (ssize_t i = 0; i < got; ++i)
    if (keys[i] == 'q' || keys[i] == 'Q' || keys[i] == 3) return true;  // 3: Ctrl-C as a key
  return got == 0;
}

Result<void> draw(Context& context, const libre::MachineWatch& watch) {
  const bool keys = ::isatty(STDIN_FILENO) == 1;
  const RawTerminal raw(keys);
  const OtherScreen other(context.screen);
  for (;;) {
    const auto window = window_size();
    LIBRE_CHECK(context.screen.out(live_frame(watch.now(), window.columns, window.rows,
                                              time_of_day(), context.screen.colour())));
    const auto woken =
        context.signals.wait(keys ? STDIN_FILENO : -1, std::chrono::milliseconds(500));
    if (woken == Signals::Woken::stopped) return {};
    if (woken == Signals::Woken::readable && reads_the_end(STDIN_FILENO)) return {};
  }
}

Result<void> print_rounds(Context& context, const std::vector<libre::InstanceConfig>& machines,
                          libre::ProbeOptions options, std::chrono::milliseconds every) {
  options.max_age = 0;
  options.stop = &context.signals.stop();
  for (;;) {
    const auto machines_now = libre::probe_machines(machines, options);
    if (!machines_now && machines_now.error().code == libre::Errc::interrupted) return {};
    LIBRE_CHECK(machines_now);
    LIBRE_CHECK(context.screen.out(context.globals.json
                                       ? json_document({{"machines", json_array(*machines_now)}})
                                       : machine_table(*machines_now, 0).table.render(0)));
    if (context.signals.wait(-1, every) == Signals::Woken::stopped) return {};
  }
}

}  // namespace

Result<int> show_live(Context& context, std::vector<libre::InstanceConfig> machines,
                      const libre::ProbeOptions& options, std::chrono::milliseconds every) {
  if (context.screen.out_is_terminal() && !context.globals.json) {
    const libre::MachineWatch watch(std::move(machines), options, every);
    LIBRE_CHECK(draw(context, watch));
  } else {
    LIBRE_CHECK(print_rounds(context, machines, options, every));
  }
  return 0;
}

}  // namespace cli
