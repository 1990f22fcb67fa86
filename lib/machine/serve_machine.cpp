#include "machine/serve_machine.hpp"

#include "machine/messages.hpp"

namespace libre::machine {

void serve_machine(rpc::Service& service, Machine& machine) {
  service.on<LookRequest, MachineFacts>("machine.look",
                                        [&machine](const LookRequest&, rpc::Call& call) {
                                          return machine.look({Deadline::never(), &call.waker()});
                                        });
  service.on<AuthorizeRequest, KeyReport>("machine.authorize",
                                          [&machine](const AuthorizeRequest& request, rpc::Call&) {
                                            return machine.authorize(request.line, {});
                                          });
}

}  // namespace libre::machine
