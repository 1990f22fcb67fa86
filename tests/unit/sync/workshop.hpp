// What the sync tests share: a scratch directory, small file operations, a project with an endpoint.
#pragma once
#include <libre/project.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "rpc/connection.hpp"
#include "sync/local_endpoint.hpp"
#include "sync/remote_endpoint.hpp"
#include "sync/sync_project.hpp"
#include "sync/transfer.hpp"

namespace workshop {

namespace fs = std::filesystem;

constexpr std::size_t megabyte = std::size_t{1} << 20;

using Random = std::mt19937;
inline std::size_t below(Random& random, std::size_t limit) { return random() % limit; }

// Removed with everything in it at the end.
class Scratch {
 public:
  Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void put(const fs::path& file, const std::string& content);  // makes its parents
std::string get(const fs::path& file);                       // "" where it is missing
std::string noise(std::mt19937& random, std::size_t size);   // does not get smaller on its way
std::string noise(std::size_t size, unsigned seed);
bool is_there(const fs::path& path);          // without following links
void age(const fs::path& file, int seconds);  // sets the mtime that far into the past

// Everything below a directory as text, one value per path: "f:content", "x:content" (executable),
// "l:target", "d" (empty directories only).
std::map<std::string, std::string> picture(const fs::path& root);

// The same of a project, without our own directory: what is brought if nothing is ignored.
std::map<std::string, std::string> code_of(const fs::path& project);

// The given notes' paths of one kind, sorted.
std::vector<std::string> paths_of(const std::vector<libre::SyncNote>& notes,
                                  libre::SyncNote::Kind kind);

// A project directory and an instance in one scratch directory; all syncs go through rpc.
class Bench {
 public:
  Bench();
  ~Bench();
  fs::path local() const { return scratch.path() / "project"; }
  fs::path mirror() const { return scratch.path() / "home/projects/project"; }
  libre::sync::Endpoint& endpoint() { return *endpoint_; }
  libre::sync::MirrorPlaces places() const {
    return {scratch.path() / "home", scratch.path() / "state"};
  }

  // How often the client has waited for an answer: the round trips so far.
  std::uint64_t turns() const { return *turns_; }

  libre::Result<libre::SyncReport> try_sync(libre::SyncOptions options = {});
  libre::SyncReport sync(libre::SyncOptions options = {});  // must succeed

  Scratch scratch;
  libre::Project project;
  libre::sync::MirrorSpec spec;

 private:
  std::shared_ptr<std::uint64_t> turns_ = std::make_shared<std::uint64_t>(0);
  std::unique_ptr<libre::Stream> server_stream_;
  std::unique_ptr<libre::rpc::Connection> connection_;
  std::unique_ptr<libre::sync::Endpoint> endpoint_;
  std::thread server_;
};

libre::TransferReport pull(Bench& bench, const std::vector<std::string>& sources,
                           const fs::path& destination,
                           const libre::TransferOptions& options = {});  // must succeed

}  // namespace workshop
