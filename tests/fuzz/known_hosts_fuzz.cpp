// known_hosts of any content: no key is accepted that does not stand in it.
#include "fuzz.hpp"
#include "transport/ssh/known_hosts.hpp"

using namespace libre::transport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = text_of(data, size);
  const auto entries = parse_known_hosts(text, "known_hosts");
  for (const auto& entry : entries) (void)fingerprint(entry.key);
  const HostKey key{"ssh-ed25519",
                    "AAAAC3NzaC1lZDI1NTE5AAAAIJ7fT3HqYg5kQ4xH0w1b6n0b8v2o1r6s9t3u5w7y9A1C"};
  const auto verdict = judge_host_key(entries, "gpu1.example.org", 2222, key);
  if (verdict.state == KeyState::known)
    must(text.find(key.blob) != std::string_view::npos, "a known key stands in the file");
  (void)known_key_types(entries, "gpu1.example.org", 2222);
  return 0;
}
