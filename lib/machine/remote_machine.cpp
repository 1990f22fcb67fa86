#include "machine/remote_machine.hpp"

#include "machine/messages.hpp"

namespace libre::machine {

Result<MachineFacts> RemoteMachine::look(const Wait& wait) {
  return rpc::call<MachineFacts>(connection_, "machine.look", LookRequest{}, wait);
}

Result<KeyReport> RemoteMachine::authorize(const std::string& line, const Wait& wait) {
  return rpc::call<KeyReport>(connection_, "machine.authorize", AuthorizeRequest{line}, wait);
}

}  // namespace libre::machine
