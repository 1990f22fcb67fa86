// libxxhash.a is one object, of which the agent would get all: its 30 kB have 20 that nobody calls. Compiled here,
// each function has a section of its own, and the linker leaves those out.
#define XXH_STATIC_LINKING_ONLY
#define XXH_IMPLEMENTATION
#include <xxhash.h>
