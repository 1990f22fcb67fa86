#include "deps/data/fetch.hpp"

#include <charconv>

#include "base/text.hpp"

namespace libre::deps {
namespace {

constexpr char python_fetch[] = R"(
import shutil, sys, urllib.request
url, part, headers, offset, validator = sys.argv[1:6]
request = urllib.request.Request(url)
if offset != "0":
    request.add_header("Range", "bytes=" + offset + "-")
    if validator:
        request.add_header("If-Range", validator)
def told(answer):
    with open(headers, "w") as file:
        file.write("HTTP/1.1 %s\n%s" % (getattr(answer, "status", None) or answer.code or 200, answer.headers))
try:
    answer = urllib.request.urlopen(request, timeout=60)
except urllib.error.HTTPError as error:
    told(error)
    sys.exit(str(error))
except OSError as error:
    sys.exit(str(error))
told(answer)
resumed = getattr(answer, "status", 200) == 206
try:
    with open(part, "ab" if resumed else "wb") as file:
        shutil.copyfileobj(answer, file, 1 << 18)
    if getattr(answer, "length", 0):
        sys.exit("the connection ended too early")
except OSError as error:
    sys.exit(str(error))
)";

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = failure == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

}  // namespace

std::vector<std::string> fetch_argv(const Fetcher& fetcher, const FetchRequest& request) {
  const auto offset = std::to_string(request.offset);
  const bool resume = request.offset > 0;
  const auto condition = "If-Range: " + request.validator;
  std::vector<std::string> argv = {fetcher.program};
  const auto add = [&](std::initializer_list<std::string> words) {
    argv.insert(argv.end(), words);
  };
  switch (fetcher.kind) {
    case Fetcher::Kind::curl:
      add({"--fail", "--location", "--globoff", "--silent", "--show-error", "--netrc-optional",
           "--connect-timeout", "30", "--speed-limit", "1", "--speed-time", "60", "--dump-header",
           request.headers, "--output", request.part});
      if (resume) add({"--continue-at", offset});
      if (resume && !request.validator.empty()) add({"--header", condition});
      add({"--url", request.url});
      break;
    case Fetcher::Kind::wget:
      add({"-S", "-o", request.headers, "-t", "1", "-T", "60", "-O", request.part});
      if (resume) add({"-c"});
      if (resume && !request.validator.empty()) add({"--header", condition});
      add({request.url});
      break;
    case Fetcher::Kind::python:
      add({"-c", python_fetch, request.url, request.part, request.headers, offset,
           request.validator});
      break;
  }
  return argv;
}

Response parse_response(std::string_view headers) {
  Response response;
  std::optional<std::uint64_t> length, range_total;
  std::string etag, changed;
  for (const auto& raw : split_lines(headers)) {
    const auto line = trim(raw);
    if (line.starts_with("HTTP/")) {  // a new answer: what was before it led here
      response = {};
      length = range_total = std::nullopt;
      etag.clear();
      changed.clear();
      const auto space = line.find(' ');
      const auto status = space == std::string_view::npos ? line : line.substr(space + 1, 3);
      response.status = static_cast<int>(number(status).value_or(0));
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto key = to_lower(line.substr(0, colon));
    const auto value = trim(line.substr(colon + 1));
    if (key == "content-length") length = number(value);
    if (key == "content-range") range_total = number(value.substr(value.rfind('/') + 1));
    if (key == "etag" && value.starts_with('"'))
      etag = value;  // a weak one promises no equal bytes
    if (key == "last-modified") changed = value;
  }
  if (response.status == 200) response.total = length;
  if (response.status == 206) response.total = range_total;
  response.validator = etag.empty() ? changed : etag;
  return response;
}

bool is_final_answer(int status) {
  return status >= 400 && status < 500 && status != 408 && status != 416 && status != 429;
}

std::string fetch_line(std::uint64_t size, const std::optional<std::uint64_t>& total, double rate) {
  std::string text = human_bytes(size);
  const bool known = total && *total > 0;
  if (known)
    text += " of " + human_bytes(*total) + " (" + std::to_string(size * 100 / *total) + "%)";
  if (rate < 1) return text;
  text += "  " + human_bytes(static_cast<std::uint64_t>(rate)) + "/s";
  if (known && *total > size)
    text += "  " + human_seconds(static_cast<double>(*total - size) / rate) + " left";
  return text;
}

}  // namespace libre::deps
