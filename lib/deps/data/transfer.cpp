#include "deps/data/transfer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/files.hpp"
#include "base/text.hpp"
#include "deps/environment/machine.hpp"

namespace libre::deps {
namespace fs = std::filesystem;
namespace {

constexpr int patience = 5;  // attempts that bring nothing, one after the other

std::string first_line_of(const fs::path& file) {
  const auto text = read_file(file, 64 * 1024);
  const auto lines = split_lines(text.value_or(""));
  return lines.empty() ? std::string() : lines.front();
}

void drop(const fs::path& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

}  // namespace

// What belongs to the work on a file is hidden beside it: ".corpus.tar.part".
fs::path Transfer::path(std::string_view prefix, std::string_view suffix) const {
  return tools_.directory / (std::string(prefix) + file_.name + std::string(suffix));
}

std::uint64_t Transfer::part_size() const {
  std::error_code failure;
  const auto size = fs::file_size(path(".", ".part"), failure);
  return failure ? 0 : size;
}

void Transfer::step() {
  while (pid_ == 0 && !ended() && Clock::now() >= due_) {
    if (phase_ == Phase::begin)
      begin();
    else if (phase_ == Phase::fetch)
      fetch();
    else if (phase_ == Phase::place)
      place();
    else if (phase_ == Phase::unpack)
      unpack();
    else if (phase_ == Phase::settle)
      settle();
    else
      return;
  }
}

void Transfer::take(Exit exit) {
  pid_ = 0;
  switch (phase_) {
    case Phase::fetch:
      return fetched(exit);
    case Phase::check_old:
    case Phase::check_new:
      return checked(exit);
    case Phase::unpack:
      if (exit.ok())
        phase_ = Phase::settle;
      else
        end(false, "cannot be unpacked: " + last_words());
      return;
    default:
      return;
  }
}

void Transfer::begin() {
  std::error_code failure;
  const bool there = fs::exists(path(""), failure);
  if (there && !tools_.force) {
    fetched_ = "is there already";
    if (!file_.sha256.empty()) {
      phase_ = Phase::check_old;
      return check(path(""));
    }
    phase_ = Phase::unpack;
    return;
  }
  if (tools_.force) drop(path(".", ".part"));
  phase_ = Phase::fetch;
}

void Transfer::fetch() {
  began_at_ = part_size();
  began_ = Clock::now();
  resumed_ = resumed_ || began_at_ > 0;
  const auto known = parse_response(read_file(path(".", ".headers"), 1 << 20).value_or(""));
  drop(path(".", ".answer"));
  start(fetch_argv(tools_.fetcher, {.url = file_.url,
                                    .part = path(".", ".part").string(),
                                    .headers = path(".", ".answer").string(),
                                    .offset = began_at_,
                                    .validator = known.validator}),
        {}, Phase::fetch);
}

void Transfer::fetched(Exit exit) {
  const auto answer = read_file(path(".", ".answer"), 1 << 20).value_or("");
  const auto response = parse_response(answer);
  std::error_code ignored;
  if (response.status == 200 || response.status == 206)
    fs::rename(path(".", ".answer"), path(".", ".headers"), ignored);
  if (is_final_answer(response.status))
    return end(false, "the server answers " + std::to_string(response.status));
  const auto size = part_size();
  if (size != began_at_) failures_ = 0;
  const bool short_of = response.total && size < *response.total;
  if (!exit.ok() || short_of || (response.total && size > *response.total)) {
    // An attempt to go on that brought nothing though the server was there: it cannot go on from here.
    const bool stuck = began_at_ > 0 && size <= began_at_ && response.status != 0;
    return retry(exit.ok() ? "the connection ended too early" : last_words(), stuck);
  }
  fetched_ = "fetched, " + human_bytes(size);
  phase_ = Phase::place;
  if (file_.sha256.empty()) return;
  phase_ = Phase::check_new;
  check(path(".", ".part"));
}

void Transfer::check(const fs::path& file) {
  const auto program = find_program(tools_.variables, "sha256sum");
  if (!program.empty()) return start({program, "--", file.string()}, path(".", ".sum"), phase_);
  const auto python = find_program(tools_.variables, "python3");
  constexpr char sum[] =
      "import hashlib,sys\nh=hashlib.sha256()\nf=open(sys.argv[1],'rb')\n"
      "for b in iter(lambda:f.read(1<<20),b''):h.update(b)\nprint(h.hexdigest())";
  if (!python.empty()) return start({python, "-c", sum, file.string()}, path(".", ".sum"), phase_);
  end(false, "cannot be compared with its sha256: there is no sha256sum and no python3 here");
}

void Transfer::checked(Exit exit) {
  const auto sum = first_line_of(path(".", ".sum")).substr(0, 64);
  drop(path(".", ".sum"));
  if (!exit.ok()) return end(false, "cannot be read to compare its sha256: " + last_words());
  const bool right = sum == file_.sha256;
  if (phase_ == Phase::check_old) {
    if (!right)
      return end(false,
                 "is there already, and is not what its sha256 says; --force fetches it anew");
    phase_ = Phase::unpack;
    return;
  }
  if (right) {
    phase_ = Phase::place;
    return;
  }
  // What was put together of several attempts may be of two versions.
  if (resumed_) return retry("what came in pieces is not what its sha256 says", true);
  drop(path(".", ".part"));
  end(false, "is not what its sha256 says: it has " + sum + ", so it is thrown away");
}

void Transfer::place() {
  if (::rename(path(".", ".part").c_str(), path("").c_str()) != 0)
    return end(false, system_error("cannot be put in its place", errno).describe());
  drop(path(".", ".unpacked"));
  phase_ = Phase::unpack;
}

void Transfer::unpack() {
  const auto archive = tools_.unpack ? archive_of(file_.name) : Archive::none;
  std::error_code failure;
  const auto stamp = trim(first_line_of(path(".", ".unpacked")));
  if (archive == Archive::none) return end(true, fetched_);
  if (!stamp.empty() && fs::exists(tools_.directory / stamp, failure))
    return end(true, fetched_ + ", and is unpacked already");
  const auto folder = path(".", ".unpacking");
  drop(folder);
  if (auto made = make_directories(folder); !made) return end(false, made.error().describe());
  const auto file = path("").string();
  const auto plain = folder / unpacked_name(file_.name);
  const auto use = [&](const char* name) { return find_program(tools_.variables, name); };
  const auto stream = [&](const char* name) {
    start({use(name), "-dc", file}, plain, Phase::unpack);
  };
  switch (archive) {
    case Archive::tar:
      return start({use("tar"), "-xf", file, "-C", folder.string()}, {}, Phase::unpack);
    case Archive::zip:
      if (const auto unzip = use("unzip"); !unzip.empty())
        return start({unzip, "-q", file, "-d", folder.string()}, {}, Phase::unpack);
      return start({use("python3"), "-m", "zipfile", "-e", file, folder.string()}, {},
                   Phase::unpack);
    case Archive::gz:
      return stream("gzip");
    case Archive::bz2:
      return stream("bzip2");
    case Archive::xz:
      return stream("xz");
    case Archive::zst:
      return stream("zstd");
    case Archive::none:
      break;
  }
}

// Moves what was unpacked into data/: itself, where it is one thing, else a folder with all of it.
void Transfer::settle() {
  const auto folder = path(".", ".unpacking");
  std::vector<fs::path> entries;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), last; !failure && entry != last;
       entry.increment(failure))
    entries.push_back(entry->path());
  const bool one = entries.size() == 1;
  const auto target =
      tools_.directory / (one ? entries[0].filename() : fs::path(unpacked_name(file_.name)));
  if (fs::exists(fs::symlink_status(target, failure)) && !tools_.force) {
    drop(folder);
    return end(false,
               "is not unpacked: " + printable(target.filename().string()) + " is in the way");
  }
  drop(target);
  fs::rename(one ? entries[0] : folder, target, failure);
  if (failure) return end(false, "cannot be unpacked: " + failure.message());
  drop(folder);
  (void)write_file_atomic(path(".", ".unpacked"), target.filename().string() + "\n", 0644);
  end(true, fetched_ + ", unpacked to " + printable(target.filename().string()));
}

void Transfer::start(std::vector<std::string> argv, const fs::path& out, Phase phase) {
  phase_ = phase;
  if (argv[0].empty())
    return end(false, "cannot be unpacked: the program for that is not on this machine");
  const auto open = [](const fs::path& file) {
    return Fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  };
  const Fd said = open(path(".", ".said"));
  const Fd to = out.empty() ? Fd() : open(out);
  if (!said || (!out.empty() && !to))
    return end(false,
               system_error("cannot write into " + tools_.directory.string(), errno).describe());
  const auto pid = spawn({.argv = std::move(argv),
                          .environment = tools_.variables,
                          .out = to ? to.get() : said.get(),
                          .err = said.get()});
  if (!pid) return end(false, pid.error().describe());
  pid_ = *pid;
}

void Transfer::retry(const std::string& why, bool anew) {
  if (anew) {
    drop(path(".", ".part"));
    drop(path(".", ".headers"));
    resumed_ = false;
  }
  if (++failures_ >= patience) return end(false, why);
  phase_ = Phase::fetch;
  due_ = Clock::now() + std::chrono::milliseconds(500) * (1 << (failures_ - 1));
}

void Transfer::end(bool good, std::string outcome) {
  phase_ = good ? Phase::done : Phase::failed;
  outcome_ = std::move(outcome);
  for (const char* suffix : {".said", ".answer", ".sum"}) drop(path(".", suffix));
  // Without a part there is nothing to go on with.
  if (part_size() == 0)
    for (const char* suffix : {".part", ".headers"}) drop(path(".", suffix));
  drop(path(".", ".unpacking"));
}

std::string Transfer::last_words() const {
  // wget tells its troubles among the headers.
  for (const char* suffix : {".said", ".answer"}) {
    const auto lines = split_lines(read_file(path(".", suffix), 1 << 20).value_or(""));
    for (auto line = lines.rbegin(); line != lines.rend(); ++line)
      if (!trim(*line).empty()) return printable(trim(*line));
  }
  return "it ended without a word";
}

std::string Transfer::progress() const {
  if (phase_ != Phase::fetch || pid_ == 0) return {};
  const auto size = part_size();
  const auto total = parse_response(read_file(path(".", ".answer"), 1 << 20).value_or("")).total;
  const std::chrono::duration<double> since = Clock::now() - began_;
  const auto brought = size > began_at_ ? size - began_at_ : 0;
  return fetch_line(size, total, static_cast<double>(brought) / std::max(since.count(), 0.1));
}

}  // namespace libre::deps
