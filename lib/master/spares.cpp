#include "master/spares.hpp"

#include <array>

#include "base/stream.hpp"

namespace libre::master {
namespace {

constexpr std::size_t wanted = 2;
constexpr std::size_t most_early = 4096;  // an agent says its greeting and then waits to be asked

}  // namespace

Result<Spares::Stream> Spares::take(const std::string& path) {
  look();
  if (path != path_) spares_.clear();
  path_ = path;
  Stream stream;
  for (auto it = spares_.begin(); it != spares_.end() && !stream.channel; ++it) {
    if (!it->open) continue;
    stream = std::move(it->stream);
    spares_.erase(it);
    break;
  }
  if (!stream.channel && !spares_.empty()) {  // the one that has been opening for longest
    stream = std::move(spares_.front().stream);
    spares_.pop_front();
  }
  if (!stream.channel) {
    LIBRE_TRY(stream.channel, connection_.begin_socket(path));
  }
  return stream;
}

void Spares::prepare(const std::string& path) {
  if (path != path_) spares_.clear();
  path_ = path;
  while (spares_.size() < wanted) {
    auto channel = connection_.begin_socket(path);
    if (!channel || !(*channel)->advance()) return;  // advance() is what sends the request
    spares_.push_back({{std::move(*channel), {}}, false});
  }
}

void Spares::look() {
  std::erase_if(spares_, [this](Spare& spare) { return !lives(spare.stream, spare.open); });
}

bool Spares::lives(Stream& spare, bool& open) {
  if (!open) {
    const auto advanced = spare.channel->advance();
    if (!advanced) return false;
    open = *advanced;
  }
  while (open && spare.channel->has_news() && spare.early.size() < most_early) {
    std::array<std::byte, most_early> buffer;
    const auto got = spare.channel->read_some(buffer);
    if (!got || (*got && **got == 0)) return false;
    if (!*got) break;
    spare.early += as_text(std::span(buffer).first(**got));
  }
  return true;
}

}  // namespace libre::master
