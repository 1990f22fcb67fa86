#include <libre/error.hpp>

#include "base/json_described.hpp"

namespace libre {
BOOST_DESCRIBE_ENUM(Errc, usage, config, not_found, exists, busy, denied, disk_full, io, dns,
                    refused, unreachable, timed_out, host_key, auth, disconnected, protocol,
                    version, unsupported, outdated, interrupted, internal)
BOOST_DESCRIBE_STRUCT(Error, (), (code, message, cause, hint))
}  // namespace libre

template <>
std::string libre::to_json<libre::Error>(const Error& value) {
  return json_detail::to_text(value);
}

libre::Error libre::error_from_json(std::string_view text) {
  boost::json::error_code failure;
  const auto json = boost::json::parse({text.data(), text.size()}, failure);
  Error said;
  if (failure)
    return Error{Errc::protocol, "the other side failed, and its reason cannot be read",
                 failure.message()};
  if (auto read = json_detail::read(json, said, {}); !read) return read.error();
  return said;
}
