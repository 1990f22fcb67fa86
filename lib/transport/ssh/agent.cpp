#include "transport/ssh/agent.hpp"

#include <algorithm>
#include <system_error>
#include <thread>

#include "transport/ssh/ssh_string.hpp"

namespace libre::transport {
namespace {

constexpr char identities_answer = 12;
constexpr std::uint32_t longest_message = 256 * 1024;  // as OpenSSH's agent has it

Result<std::string> read_message(Stream& stream, const Wait& wait) {
  LIBRE_TRY(const auto header, read_exactly(stream, 4, wait));
  std::string_view rest = header;
  const auto size = *take_ssh_number(rest);
  if (size == 0 || size > longest_message)
    return Error{Errc::protocol, "the agent sent a message of a wrong size"};
  return read_exactly(stream, size, wait);
}

Result<void> write_message(Stream& stream, std::string_view message, const Wait& wait) {
  std::string bytes;
  put_ssh_string(bytes, message);
  return stream.write(as_bytes(bytes), wait);
}

class FilteringDoor final : public AgentDoor {
 public:
  FilteringDoor(std::unique_ptr<Stream> agent, Fd client, Fd ours, AgentKeys keys, const Wait& wait)
      : agent_(std::move(agent)),
        client_(std::move(client)),
        ours_(std::move(ours)),
        keys_(std::move(keys)),
        wait_(wait) {}

  ~FilteringDoor() override {
    ours_.close();
    agent_->close();
    if (thread_.joinable()) thread_.join();
  }

  Result<void> start() {
    try {
      thread_ = std::thread([this] {
        while (pass_one()) {
        }
        ours_.close();
      });
    } catch (const std::system_error& failure) {
      return Error{Errc::io, "cannot start a thread", failure.what()};
    }
    return {};
  }

  int take_socket() override { return client_.release(); }

 private:
  bool pass_one() {
    const auto request = read_message(ours_, wait_);
    if (!request || !write_message(*agent_, *request, wait_)) return false;
    const auto answer = read_message(*agent_, wait_);
    return answer && write_message(ours_, choose_agent_keys(*answer, keys_), wait_);
  }

  std::unique_ptr<Stream> agent_;
  Fd client_;
  FdStream ours_;
  AgentKeys keys_;
  Wait wait_;
  std::thread thread_;
};

}  // namespace

std::string choose_agent_keys(std::string_view message, const AgentKeys& keys) {
  if (message.empty() || message[0] != identities_answer) return std::string(message);
  struct Entry {
    std::string_view blob, comment;
    std::size_t rank;
  };
  std::vector<Entry> entries;
  std::string_view rest = message.substr(1);
  const auto count = take_ssh_number(rest);
  if (!count) return std::string(message);
  for (std::uint32_t i = 0; i < *count; ++i) {
    const auto blob = take_ssh_string(rest), comment = take_ssh_string(rest);
    if (!blob || !comment) return std::string(message);
    const auto rank =
        static_cast<std::size_t>(std::ranges::find(keys.wanted, *blob) - keys.wanted.begin());
    if (!keys.only_wanted || rank < keys.wanted.size()) entries.push_back({*blob, *comment, rank});
  }
  std::ranges::stable_sort(entries, {}, &Entry::rank);
  std::string result(1, identities_answer);
  put_ssh_number(result, static_cast<std::uint32_t>(entries.size()));
  for (const auto& entry : entries) {
    put_ssh_string(result, entry.blob);
    put_ssh_string(result, entry.comment);
  }
  return result;
}

Result<std::unique_ptr<AgentDoor>> open_agent(const std::string& path, AgentKeys keys,
                                              const Wait& wait) {
  LIBRE_TRY(auto agent, connect_unix(path, wait));
  LIBRE_TRY(auto pair, make_socketpair());
  auto door = std::make_unique<FilteringDoor>(std::move(agent), std::move(pair.first),
                                              std::move(pair.second), std::move(keys), wait);
  LIBRE_CHECK(door->start());
  return std::unique_ptr<AgentDoor>(std::move(door));
}

}  // namespace libre::transport
