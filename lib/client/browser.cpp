// open_in_browser(): by way of a page that leads on, because arguments can be read by everybody.
#include <fcntl.h>

#include <libre/web_app.hpp>

#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/process.hpp"
#include "master/place.hpp"

namespace libre {

bool open_in_browser(const std::string& url) {
  const auto env = process_environment();
  if (!env("DISPLAY") && !env("WAYLAND_DISPLAY")) return false;
  const auto home = home_directory(env);
  if (!home) return false;
  const auto directory = master::runtime_folder('b', *home, env);
  const auto page = directory / "open.html";
  // The address is of our own making: nothing in it has a meaning in HTML.
  const std::string text = "<meta http-equiv=\"refresh\" content=\"0; url=" + url + "\">\n";
  if (!make_private_directory(directory.parent_path()) || !make_private_directory(directory) ||
      !write_file_atomic(page, text))
    return false;
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const auto opener = spawn({.argv = {"xdg-open", page.string()},
                             .out = null.get(),
                             .err = null.get(),
                             .new_session = true});
  if (!opener) return false;
  constexpr auto patience = std::chrono::seconds(5);  // some openers stay as long as the browser
  const auto exit = wait_exit(*opener, {Deadline::after(patience)});
  return !exit || exit->ok();
}

}  // namespace libre
