#include "workshop.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/random.hpp"
#include "cut_stream.hpp"
#include "sync/serve_endpoint.hpp"

namespace workshop {

using namespace libre;

Scratch::Scratch() : path_(fs::temp_directory_path() / ("libre-sync-" + random_id(10))) {
  fs::create_directories(path_);
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void put(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

std::string get(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  if (in) out << in.rdbuf();
  return std::move(out).str();
}

std::string noise(std::mt19937& random, std::size_t size) {
  std::string bytes(size, ' ');
  for (std::size_t i = 0; i < size; i += 4) {
    const auto word = static_cast<std::uint32_t>(random());
    std::memcpy(&bytes[i], &word, std::min<std::size_t>(4, size - i));
  }
  return bytes;
}

std::string noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  return noise(random, size);
}

bool is_there(const fs::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

void age(const fs::path& file, int seconds) {
  timespec times[2]{};
  ::clock_gettime(CLOCK_REALTIME, &times[1]);
  times[1].tv_sec -= seconds;
  times[0] = times[1];
  REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
}

std::map<std::string, std::string> picture(const fs::path& root) {
  std::map<std::string, std::string> result;
  if (!fs::exists(root)) return result;
  for (auto item = fs::recursive_directory_iterator(root);
       item != fs::recursive_directory_iterator(); ++item) {
    const auto path = item->path().lexically_relative(root).native();
    const auto status = item->symlink_status();
    if (fs::is_symlink(status))
      result[path] = "l:" + fs::read_symlink(item->path()).native();
    else if (fs::is_directory(status)) {
      if (fs::is_empty(item->path())) result[path] = "d";
    } else if (fs::is_regular_file(status))
      result[path] =
          ((status.permissions() & fs::perms::owner_exec) != fs::perms::none ? "x:" : "f:") +
          get(item->path());
  }
  return result;
}

std::map<std::string, std::string> code_of(const fs::path& project) {
  auto all = picture(project);
  std::erase_if(all, [](const auto& item) { return item.first.starts_with(".recompute"); });
  return all;
}

std::vector<std::string> paths_of(const std::vector<SyncNote>& notes, SyncNote::Kind kind) {
  std::vector<std::string> paths;
  for (const auto& note : notes)
    if (note.kind == kind) paths.push_back(note.path);
  std::sort(paths.begin(), paths.end());
  return paths;
}

TransferReport pull(Bench& bench, const std::vector<std::string>& sources,
                    const fs::path& destination, const TransferOptions& options) {
  auto report = libre::sync::pull_files(bench.endpoint(), bench.spec, sources, destination, nullptr,
                                        {}, options);
  if (!report) FAIL(report.error().describe());
  return *report;
}

void serve_until_the_end(Stream& stream, const libre::sync::MirrorPlaces& places) {
  rpc::Service service;
  libre::sync::serve_endpoint(service, places, std::make_shared<libre::sync::MirrorLocks>());
  (void)rpc::serve(stream, service, Log::nowhere());
}

void with_cut_connection(Bench& bench, std::uint64_t budget, const Work& work) {
  auto pair = make_stream_pair();
  REQUIRE(pair);
  std::thread server([&] { serve_until_the_end(*pair->second, bench.places()); });
  auto connection =
      rpc::Connection::open(std::make_unique<CutStream>(std::move(pair->first), budget), {});
  if (connection) {
    libre::sync::RemoteEndpoint endpoint(*connection);
    work(endpoint);
    connection->close();
  } else {
    pair->second->close();
  }
  server.join();
}

void with_mortal_agent(Bench& bench, std::uint64_t microseconds, const Work& work) {
  auto pair = make_stream_pair();
  REQUIRE(pair);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    pair->first.reset();
    serve_until_the_end(*pair->second, bench.places());
    ::_exit(0);
  }
  pair->second.reset();
  std::thread killer([=] {
    ::usleep(static_cast<useconds_t>(microseconds));
    ::kill(child, SIGKILL);
  });
  auto connection = rpc::Connection::open(std::move(pair->first), {});
  if (connection) {
    libre::sync::RemoteEndpoint endpoint(*connection);
    work(endpoint);
  }
  killer.join();
  ::waitpid(child, nullptr, 0);
}

namespace {

// Counts how often its user turned from writing to reading.
class CountedStream final : public Stream {
 public:
  CountedStream(std::unique_ptr<Stream> inner, std::shared_ptr<std::uint64_t> turns)
      : inner_(std::move(inner)), turns_(std::move(turns)) {}
  Result<std::size_t> read(std::span<std::byte> buffer, const Wait& wait) override {
    auto size = inner_->read(buffer, wait);
    if (size && std::exchange(has_written_, false)) ++*turns_;
    return size;
  }
  Result<void> write(std::span<const std::byte> bytes, const Wait& wait) override {
    has_written_ = true;
    return inner_->write(bytes, wait);
  }
  void end_writing() override { inner_->end_writing(); }
  void close() noexcept override { inner_->close(); }

 private:
  std::unique_ptr<Stream> inner_;
  std::shared_ptr<std::uint64_t> turns_;
  bool has_written_ = false;
};

}  // namespace

Bench::Bench() {
  fs::create_directories(local() / ".recompute");
  fs::create_directories(scratch.path() / "home");
  project = {.root = local(), .name = "project", .id = "id1"};
  spec = {.path = "projects/project", .project_id = "id1", .project_name = "project"};
  auto pair = make_stream_pair();
  REQUIRE(pair);
  server_stream_ = std::move(pair->second);
  server_ = std::thread([this] { serve_until_the_end(*server_stream_, places()); });
  auto connection =
      rpc::Connection::open(std::make_unique<CountedStream>(std::move(pair->first), turns_), {});
  REQUIRE(connection);
  connection_ = std::make_unique<rpc::Connection>(std::move(*connection));
  endpoint_ = std::make_unique<libre::sync::RemoteEndpoint>(*connection_);
}

Bench::~Bench() {
  connection_->close();
  server_.join();
}

Result<SyncReport> Bench::try_sync(SyncOptions options) {
  return libre::sync::sync_project(project, *endpoint_, spec, "bench", options, nullptr, {});
}

SyncReport Bench::sync(SyncOptions options) {
  auto report = try_sync(options);
  if (!report) FAIL(report.error().describe());
  return *report;
}

}  // namespace workshop
