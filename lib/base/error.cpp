#include <libre/error.hpp>

#include <cerrno>
#include <cstring>

namespace libre {

const char* name_of(Errc code) {
  switch (code) {
    case Errc::usage:
      return "usage";
    case Errc::config:
      return "config";
    case Errc::not_found:
      return "not_found";
    case Errc::exists:
      return "exists";
    case Errc::busy:
      return "busy";
    case Errc::denied:
      return "denied";
    case Errc::disk_full:
      return "disk_full";
    case Errc::io:
      return "io";
    case Errc::dns:
      return "dns";
    case Errc::refused:
      return "refused";
    case Errc::unreachable:
      return "unreachable";
    case Errc::timed_out:
      return "timed_out";
    case Errc::host_key:
      return "host_key";
    case Errc::auth:
      return "auth";
    case Errc::disconnected:
      return "disconnected";
    case Errc::protocol:
      return "protocol";
    case Errc::version:
      return "version";
    case Errc::unsupported:
      return "unsupported";
    case Errc::outdated:
      return "outdated";
    case Errc::interrupted:
      return "interrupted";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

std::string Error::describe() const {
  std::string text = message;
  if (!cause.empty()) text += "\n  because: " + cause;
  if (!hint.empty()) text += "\n  try: " + hint;
  return text;
}

Error Error::wrapped(std::string outer) && {
  std::string inner = std::move(message);
  if (!cause.empty()) inner += ": " + cause;
  return Error{code, std::move(outer), std::move(inner), std::move(hint)};
}

Error system_error(std::string message, int errno_value) {
  const Errc code = [&] {
    switch (errno_value) {
      case ENOENT:
      case ENOTDIR:
        return Errc::not_found;
      case EEXIST:
        return Errc::exists;
      case EACCES:
      case EPERM:
      case EROFS:
        return Errc::denied;
      case ENOSPC:
      case EDQUOT:
        return Errc::disk_full;
      case ECONNREFUSED:
        return Errc::refused;
      case EHOSTUNREACH:
      case ENETUNREACH:
      case ENETDOWN:
        return Errc::unreachable;
      case ETIMEDOUT:
        return Errc::timed_out;
      case EPIPE:
      case ECONNRESET:
        return Errc::disconnected;
      default:
        return Errc::io;
    }
  }();
  return Error{code, std::move(message), std::strerror(errno_value)};
}

}  // namespace libre
