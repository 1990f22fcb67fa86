// A libnvidia-ml.so.1 for the linker. Its functions do nothing and succeed: with it the reader says that there
// are no GPUs, which is a test in itself.
#include "functions.hpp"

namespace nvml {

#define LIBRE_NVML_DEFINE(type, name, parameters) \
  type name parameters { return {}; }
#pragma GCC diagnostic ignored "-Wunused-parameter"
LIBRE_NVML_FUNCTIONS(LIBRE_NVML_DEFINE)

}  // namespace nvml
