// The configuration file, changed while nobody else does, and by hand.
#include <fcntl.h>
#include <unistd.h>

#include <libre/config.hpp>
#include <libre/config_edit.hpp>

#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/process.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

namespace libre {
namespace fs = std::filesystem;
namespace {

constexpr auto lock_limit = std::chrono::seconds(10);
constexpr auto lock_pause = std::chrono::milliseconds(10);

Result<fs::path> own_state() {
  const auto env = process_environment();
  LIBRE_TRY(const auto home, home_directory(env));
  const auto directory = state_home(env, home) / "re";
  LIBRE_CHECK(make_directories(directory, 0700));
  return directory;
}

// Held while the file is read, changed and written: of two changes at once none is lost.
Result<Fd> lock_config() {
  LIBRE_TRY(const auto directory, own_state());
  const auto deadline = Deadline::after(lock_limit);
  for (;;) {
    auto lock = lock_file(directory / "conf.lock");
    if (lock || lock.error().code != Errc::exists || deadline.passed()) return lock;
    (void)wait_for(-1, 0, {Deadline::after(lock_pause)});
  }
}

Result<std::string> text_or(const fs::path& file, const std::string& missing) {
  auto text = config_text(file);
  if (!text && text.error().code == Errc::not_found) return missing;
  return text;
}

// "code --wait" is a program and its argument; no shell reads it.
std::vector<std::string> editor_command() {
  const auto env = process_environment();
  std::string text = "vi";
  for (const char* name : {"EDITOR", "VISUAL"})
    if (const auto value = env(name)) text = *value;
  std::vector<std::string> words;
  for (auto& word : split(text, ' '))
    if (!word.empty()) words.push_back(std::move(word));
  return words;
}

Result<void> open_editor(const fs::path& file) {
  auto words = editor_command();
  if (words.empty()) words = {"vi"};
  words.push_back(file.string());
  SpawnOptions options;
  options.argv = words;
  options.in = STDIN_FILENO;
  auto pid = spawn(options);
  if (!pid) {
    Error error = std::move(pid).error();
    error.hint = "name an editor that is there: EDITOR=nano re conf edit";
    return error;
  }
  LIBRE_TRY(const Exit exit, wait_exit(*pid, {}));
  if (exit.ok()) return {};
  return Error{Errc::io, "the editor " + printable(words.front()) + " failed",
               "it ended with code " + std::to_string(exit.shell_code()),
               "nothing was changed; try again"};
}

Error kept(Error error, const fs::path& copy) {
  error.hint = "what you wrote is kept in " + copy.string();
  return error;
}

}  // namespace

Result<void> change_config(
    const std::function<Result<std::string>(const std::string& text)>& change,
    const std::string& missing) {
  LIBRE_TRY(const auto file, config_path());
  LIBRE_TRY(const Fd lock, lock_config());
  LIBRE_TRY(const std::string before, text_or(file, missing));
  LIBRE_TRY(const std::string after, change(before));
  LIBRE_CHECK(parse_config(after, file));
  return write_config(file, after);
}

Result<bool> edit_config(const std::function<Result<bool>(const Error& problem)>& again) {
  LIBRE_TRY(const auto file, config_path());
  LIBRE_TRY(const auto before, text_or(file, {}));
  LIBRE_TRY(const auto directory, own_state());
  const auto copy = directory / ("edit-" + random_id(8) + ".conf");
  const std::string begin = before.empty() ? sample_config() : before;
  LIBRE_CHECK(write_file_atomic(copy, begin, 0600));
  for (;;) {
    std::error_code ignored;
    if (auto opened = open_editor(copy); !opened) {
      // An editor that fails has usually written nothing; what it has written is kept.
      if (read_file(copy).value_or(begin) != begin) return kept(std::move(opened).error(), copy);
      fs::remove(copy, ignored);
      return std::move(opened).error();
    }
    LIBRE_TRY(const std::string after, read_file(copy));
    if (after == begin) {
      fs::remove(copy, ignored);
      return false;
    }
    if (const auto parsed = parse_config(after, copy); !parsed) {
      auto once_more = again(parsed.error());
      if (!once_more || !*once_more) return kept(parsed.error(), copy);
      continue;
    }
    LIBRE_TRY(const Fd lock, lock_config());
    LIBRE_TRY(const std::string now, text_or(file, {}));
    if (now != before)
      return kept({Errc::exists, "somebody else has changed " + file.string() + " meanwhile"},
                  copy);
    if (auto written = write_config(file, after); !written)
      return kept(std::move(written).error(), copy);
    fs::remove(copy, ignored);
    return true;
  }
}

}  // namespace libre
