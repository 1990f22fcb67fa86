// What happens when an exception escapes, for the static agent. The one in libstdc++ prints the exception's name
// and brings the demangler along for that: 45 kB. The agent has no terminal to print to.
#include <cstdlib>

namespace __gnu_cxx {
void __verbose_terminate_handler() { std::abort(); }
}  // namespace __gnu_cxx
