// JSON of a job: what is accepted is written in a form that is accepted, and stays the same from
// then on.
#include <libre/job.hpp>

#include "base/json.hpp"
#include "fuzz.hpp"
#include "jobs/messages.hpp"

using namespace libre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto job = from_json<JobInfo>(text_of(data, size));
  if (!job) return 0;
  const auto text = to_json(*job);
  const auto again = from_json<JobInfo>(text);
  if (!again) std::fprintf(stderr, "%s\nfor %s\n", again.error().describe().c_str(), text.c_str());
  must(again.has_value(), "what we write we can read");
  must(to_json(*again) == text, "writing is stable");
  return 0;
}
