#include "client/instance_state.hpp"

namespace libre {

Instance::Instance(std::unique_ptr<State> state) : state_(std::move(state)) {}
Instance::Instance(Instance&&) noexcept = default;
Instance& Instance::operator=(Instance&&) noexcept = default;
Instance::~Instance() = default;

Result<Instance> Instance::connect(const InstanceConfig& config, const ConnectOptions& options) {
  auto state = std::make_unique<State>();
  LIBRE_TRY(state->link, client::Link::open(config, options));
  return Instance(std::move(state));
}

const InstanceConfig& Instance::config() const { return state_->link->instance(); }

}  // namespace libre
