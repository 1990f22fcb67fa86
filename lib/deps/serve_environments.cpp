#include "deps/serve_environments.hpp"

namespace libre::deps {
namespace {

Result<rpc::Answer> serve_stage(Environments& environments, rpc::Call& call) {
  LIBRE_TRY(const auto request, from_json<StageRequest>(call.header()));
  std::map<std::string, std::string> files;
  std::string_view rest = call.body();
  for (const auto& [name, size] : request.files) {
    if (size > rest.size())
      return Error{Errc::protocol, "files are shorter than they are said to be"};
    files[name] = rest.substr(0, size);
    rest.remove_prefix(size);
  }
  LIBRE_TRY(auto place, environments.stage(request.project_id, request.id, files,
                                           {Deadline::never(), &call.waker()}));
  return rpc::Answer{to_json(StageReply{std::move(place)})};
}

}  // namespace

void serve_environments(rpc::Service& service, Environments& environments) {
  service.on<UseRequest, EnvironmentInfo>(
      "environments.use", [&](const UseRequest& request, rpc::Call& call) {
        return environments.use(request.project_id, request.id, {Deadline::never(), &call.waker()});
      });
  service.on("environments.stage",
             [&](rpc::Call& call) { return serve_stage(environments, call); });
}

}  // namespace libre::deps
