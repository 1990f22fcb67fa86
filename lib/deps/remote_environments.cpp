#include "deps/remote_environments.hpp"

#include "wire/frame.hpp"

namespace libre::deps {

Result<EnvironmentInfo> RemoteEnvironments::use(const std::string& project_id,
                                                const std::string& id, const Wait& wait) {
  LIBRE_TRY(const auto call, send_use(project_id, id, 0, wait));
  return used(call, wait);
}

Result<rpc::CallId> RemoteEnvironments::send_use(const std::string& project_id,
                                                 const std::string& id, rpc::CallId before,
                                                 const Wait& wait) {
  rpc::RequestOptions options;
  options.header = to_json(UseRequest{project_id, id});
  options.after = before;
  return connection_.send("environments.use", options, wait);
}

Result<EnvironmentInfo> RemoteEnvironments::used(rpc::CallId call, const Wait& wait) {
  LIBRE_TRY(const auto reply, connection_.wait_reply(call, wait));
  return from_json<EnvironmentInfo>(reply.header);
}

Result<std::string> RemoteEnvironments::stage(const std::string& project_id, const std::string& id,
                                              const std::map<std::string, std::string>& files,
                                              const Wait& wait) {
  StageRequest request{project_id, id, {}};
  rpc::RequestOptions options;
  for (const auto& [name, content] : files) {
    request.files.push_back({name, content.size()});
    options.body += content;
  }
  if (options.body.size() > wire::max_body)
    return Error{Errc::usage, "the files that say what the project needs are too large",
                 std::to_string(options.body.size()) + " bytes"};
  options.header = to_json(request);
  LIBRE_TRY(const auto call, connection_.send("environments.stage", options, wait));
  LIBRE_TRY(const auto reply, connection_.wait_reply(call, wait));
  LIBRE_TRY(auto staged, from_json<StageReply>(reply.header));
  return std::move(staged.place);
}

}  // namespace libre::deps
