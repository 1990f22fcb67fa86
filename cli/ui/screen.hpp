// Everything that `re` prints goes through here: data to stdout, talk to stderr, and a progress bar
// that is never in the way of either.
#pragma once
#include <string>
#include <string_view>

#include <libre/observer.hpp>

#include "cli/ui/colour.hpp"
#include "cli/ui/progress.hpp"

namespace cli {

class Screen final : public libre::Observer {
 public:
  struct Settings {
    bool quiet = false, verbose = false, json = false;
    std::string color = "auto";
  };
  Screen();
  ~Screen() override;
  void set(const Settings& settings) { settings_ = settings; }

  // Data. Errc::io where nobody reads any more.
  libre::Result<void> out(std::string_view text);
  libre::Result<void> out_to(int fd, std::string_view bytes);
  void talk(std::string_view line);  // for the person; not with --quiet
  // For the person: on a terminal one line that stays until something else is printed, and makes way for
  // the next one; elsewhere as talk().
  void standing_line(std::string_view line);
  void error(const libre::Error& error);  // always; as JSON with --json

  bool out_is_terminal() const { return out_terminal_; }
  bool err_is_terminal() const { return err_terminal_; }
  std::size_t width() const;  // of stdout: 0 where it is no terminal
  bool colour() const;        // on stdout
  std::string paint(std::string_view text, Colour colour) const;  // for stdout

  void status(const std::string& text) override;
  void notice(const std::string& text) override;
  void progress(const libre::Progress& progress) override;
  void outage(const libre::Outage& outage) override;
  void clear_progress();

 private:
  std::string paint_talk(std::string_view text, Colour colour) const;
  Settings settings_;
  bool out_terminal_, err_terminal_;
  bool bar_shown_ = false;  // the cursor is in a line to be wiped: a bar or a standing line
  std::string what_;
  ProgressClock clock_;
};

}  // namespace cli
