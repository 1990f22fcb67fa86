// Messages (wire/message.hpp) on a stream.
#pragma once
#include <string>

#include "base/json.hpp"
#include "base/stream.hpp"
#include "wire/message.hpp"

namespace libre::master {

using wire::encode_message;
using wire::take_message;

// Reads one message and not a byte behind it. Errc::disconnected where the stream ends before.
Result<std::string> read_message(Stream& stream, const Wait& wait);

template <class T>
Result<T> receive(Stream& stream, const Wait& wait) {
  LIBRE_TRY(const auto text, read_message(stream, wait));
  return from_json<T>(text);
}

template <class T>
Result<void> send(Stream& stream, const T& message, const Wait& wait) {
  return stream.write(as_bytes(encode_message(to_json(message))), wait);
}

}  // namespace libre::master
