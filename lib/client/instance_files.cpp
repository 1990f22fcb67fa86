// The verbs of Instance that move files.
#include "client/instance_state.hpp"
#include "client/mirror_place.hpp"
#include "sync/remote_endpoint.hpp"
#include "sync/sync_project.hpp"
#include "sync/transfer.hpp"

namespace libre {

using client::Link;
using client::mirror_of;

namespace {

Error in_place_error(const Project& project) {
  return Error{Errc::usage, "there is nothing to copy: the project runs in place",
               "its mirror on the instance local is " + project.root.string() + " itself"};
}

}  // namespace

Result<std::string> Instance::mirror(const Project& project) {
  Link& link = *state_->link;
  if (link.is_in_place(project)) return project.root.string();
  return link.repeat([&](rpc::Connection& connection) -> Result<std::string> {
    sync::RemoteEndpoint endpoint(connection);
    LIBRE_TRY(const auto info,
              endpoint.find(mirror_of(project, link.instance()), link.wait(client::answer_limit)));
    return info.path;
  });
}

Result<SyncReport> Instance::sync(const Project& project, const SyncOptions& options) {
  Link& link = *state_->link;
  if (link.is_in_place(project)) return SyncReport{.dry_run = options.dry_run};
  return link.repeat(link.stream_patience(), [&](rpc::Connection& connection) {
    sync::RemoteEndpoint endpoint(connection);
    return sync::sync_project(project, endpoint, mirror_of(project, link.instance()),
                              link.instance().describe(), options, link.options().observer,
                              link.wait_forever());
  });
}

Result<TransferReport> Instance::push(const Project& project,
                                      const std::vector<std::string>& sources,
                                      const std::string& destination,
                                      const TransferOptions& options) {
  Link& link = *state_->link;
  if (link.is_in_place(project)) return in_place_error(project);
  const sync::BlockMemory blocks(project.state_directory() / "blocks");
  return link.repeat(link.stream_patience(), [&](rpc::Connection& connection) {
    sync::RemoteEndpoint endpoint(connection);
    return sync::push_files(endpoint, mirror_of(project, link.instance()), project.root, sources,
                            destination, link.options().observer, link.wait_forever(), options,
                            &blocks);
  });
}

Result<TransferReport> Instance::pull(const Project& project,
                                      const std::vector<std::string>& sources,
                                      const std::filesystem::path& destination,
                                      const TransferOptions& options) {
  Link& link = *state_->link;
  if (link.is_in_place(project)) return in_place_error(project);
  return link.repeat(link.stream_patience(), [&](rpc::Connection& connection) {
    sync::RemoteEndpoint endpoint(connection);
    return sync::pull_files(endpoint, mirror_of(project, link.instance()), sources,
                            project.root / destination, link.options().observer,
                            link.wait_forever(), options, project.state_directory() / "pulled");
  });
}

Result<std::vector<std::string>> Instance::paths(const Project& project,
                                                 const std::string& prefix) {
  Link& link = *state_->link;
  // What is typed means itself: a backslash before each byte that could be a wildcard.
  std::string pattern;
  for (const char c : prefix) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  sync::ListRequest request{.patterns = {pattern + "*"}, .shallow = true};
  LIBRE_TRY(auto* connection, link.shared());
  sync::RemoteEndpoint endpoint(*connection);
  request.mirror = link.is_in_place(project) ? sync::MirrorSpec{.path = project.root.string()}
                                             : mirror_of(project, link.instance());
  LIBRE_TRY(const auto listing, endpoint.list(request, link.wait(link.options().timeout)));
  std::vector<std::string> paths;
  for (const auto& match : listing.matches)
    paths.push_back(match.path + (match.directory ? "/" : ""));
  return paths;
}

}  // namespace libre
