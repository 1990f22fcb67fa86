#include "master/message_io.hpp"

namespace libre::master {

Result<std::string> read_message(Stream& stream, const Wait& wait) {
  LIBRE_TRY(const auto head, read_exactly(stream, wire::message_head, wait));
  LIBRE_TRY(const auto size, wire::message_size(head));
  return read_exactly(stream, size, wait);
}

}  // namespace libre::master
