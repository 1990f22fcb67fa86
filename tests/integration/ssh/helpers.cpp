#include "helpers.hpp"

#include <doctest/doctest.h>

#include "base/files.hpp"

namespace libre::testing {

void Client::put(const std::string& name, const std::string& text) const {
  std::filesystem::create_directories((home() / name).parent_path());
  REQUIRE(write_file_atomic(home() / name, text));
}

Result<std::unique_ptr<transport::SshTransport>> connect(const Client& client,
                                                         const InstanceConfig& instance,
                                                         const transport::ConnectHooks& hooks) {
  LIBRE_TRY(const auto target, transport::resolve_ssh_target(instance, client.places()));
  return transport::connect_ssh(target, hooks, soon());
}

std::string read_all(Stream& stream) {
  std::string text;
  std::byte buffer[16 * 1024];
  for (;;) {
    const auto got = stream.read(buffer, soon());
    if (!got) FAIL(got.error().describe());
    if (*got == 0) return text;
    text += as_text(std::span(buffer).first(*got));
  }
}

std::string output_of(transport::SshTransport& transport, const std::string& command) {
  auto stream = transport.execute(command, soon());
  if (!stream) FAIL(stream.error().describe());
  return read_all(**stream);
}

}  // namespace libre::testing
