// Ignore patterns of any content: the first line is a path, the rest a pattern file.
#include "fuzz.hpp"
#include "sync/core/patterns.hpp"

using namespace libre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = text_of(data, size);
  const auto line = text.find('\n');
  if (line == std::string_view::npos || size > 4096) return 0;
  const auto path = text.substr(0, line);
  const sync::PatternList list(sync::parse_patterns(text.substr(line + 1)), "", false);
  const auto file = list.decide(path, false);
  must(file == list.decide(path, false), "a decision is always the same");
  (void)list.decide(path, true);
  (void)list.may_reach_into(path);
  return 0;
}
