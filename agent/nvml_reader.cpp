#include "nvml_reader.hpp"

// The assembler takes the file in as it is, without a table of numbers to compile.
asm(R"(
  .pushsection .rodata.nvml_reader, "a"
  .globl libre_nvml_reader_begin, libre_nvml_reader_end
libre_nvml_reader_begin:
  .incbin ")" LIBRE_NVML_READER R"("
libre_nvml_reader_end:
  .popsection
)");

extern "C" {
extern const char libre_nvml_reader_begin[];
extern const char libre_nvml_reader_end[];
}

namespace libre::agent {

std::string_view nvml_reader() { return {libre_nvml_reader_begin, libre_nvml_reader_end}; }

}  // namespace libre::agent
