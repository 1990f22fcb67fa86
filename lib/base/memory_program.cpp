#include "base/memory_program.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace libre {
namespace {

// Linux 6.3 wants to be told that it is to be run; older ones do not know the word.
constexpr unsigned executable = 0x10;  // MFD_EXEC

}  // namespace

Result<Fd> program_in_memory(const char* name, std::string_view bytes) {
  constexpr unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  Fd program(::memfd_create(name, flags | executable));
  if (!program && errno == EINVAL) program = Fd(::memfd_create(name, flags));
  if (!program) return system_error("cannot make a program in memory", errno);
  for (std::size_t put = 0; put < bytes.size();) {
    const ssize_t more = ::write(program.get(), bytes.data() + put, bytes.size() - put);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) return system_error("cannot write a program to memory", errno);
    put += static_cast<std::size_t>(more);
  }
  if (::fcntl(program.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL))
    return system_error("cannot seal a program in memory", errno);
  return program;
}

std::string path_of_program(const Fd& program) {
  return "/proc/self/fd/" + std::to_string(program.get());
}

}  // namespace libre
