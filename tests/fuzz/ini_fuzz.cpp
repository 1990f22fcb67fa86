// Configuration files of any content: entries stand on lines that exist, and errors name one.
#include <libre/config.hpp>

#include <algorithm>

#include "base/ini.hpp"
#include "fuzz.hpp"

using namespace libre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = text_of(data, size);
  const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
  if (const auto entries = parse_ini(text, "f")) {
    for (const auto& entry : *entries)
      must(entry.line >= 1 && entry.line <= lines, "the line exists");
  } else {
    must(entries.error().message.starts_with("f:"), "an error names its place");
  }
  if (const auto config = parse_config(text, "/home/u/.recompute.conf"))
    for (const auto& instance : config->instances) (void)instance.describe();
  return 0;
}
