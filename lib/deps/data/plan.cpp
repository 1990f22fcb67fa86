#include "deps/data/plan.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace libre::deps {
namespace {

Error refuse(const std::string& url, const char* why, const char* hint) {
  return {Errc::usage, "\"" + printable(url) + "\" cannot be fetched", why, hint};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                        hex_digit(text[i + 2]) >= 0;
    bytes +=
        escape ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return bytes;
}

bool is_file_name(const std::string& name) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !name.empty() && name[0] != '.' && name[0] != '-' && name.size() <= 200 &&
         name.find('/') == std::string::npos && name != "data.log" &&
         std::ranges::none_of(name, control);
}

Result<DataFile> read_url(const std::string& text) {
  const auto hash = text.find('#');
  DataFile file{text.substr(0, hash), {}, {}};
  const auto& url = file.url;
  const auto scheme = url.find("://");
  const auto kind = to_lower(url.substr(0, scheme));
  if (scheme == std::string::npos || (kind != "http" && kind != "https" && kind != "ftp"))
    return refuse(text, "it is no address of http, https or ftp",
                  "re data https://example.org/corpus.tar.gz");
  if (url.find_first_of(" \t\r\n\"\\") != std::string::npos || url.find('\0') != std::string::npos)
    return refuse(text, "there is a space or a line break in it", "write %20 for a space");
  const auto path = std::min(url.find_first_of("/?", scheme + 3), url.size());
  if (url.substr(0, path).find('@') != std::string::npos)
    return refuse(url.substr(0, scheme + 3) + "…", "there is a name or a password in it",
                  "put them into ~/.netrc on the instance: they would be stored with the job");
  const auto query = std::min(url.find('?', path), url.size());
  const auto slash = url.rfind('/', query == 0 ? 0 : query - 1);
  if (slash >= path && slash < query)
    file.name = percent_decoded(std::string_view(url).substr(slash + 1, query - slash - 1));
  for (const auto& setting : split(hash == std::string::npos ? "" : text.substr(hash + 1), '&')) {
    if (setting.starts_with("name=")) file.name = percent_decoded(setting.substr(5));
    if (setting.starts_with("sha256=")) file.sha256 = to_lower(setting.substr(7));
    if (setting.starts_with("sha256=") &&
        (file.sha256.size() != 64 ||
         std::ranges::any_of(file.sha256, [](char c) { return hex_digit(c) < 0; })))
      return refuse(text, "its sha256 is not 64 hexadecimal digits",
                    "#sha256=…, as sha256sum prints it");
  }
  if (!is_file_name(file.name) || file.name.ends_with(".part"))
    return refuse(text, "it does not end in a name for the file", "add one: URL#name=corpus.bin");
  return file;
}

struct Ending {
  const char* text;
  Archive archive;
};
constexpr Ending endings[] = {
    {".tar", Archive::tar},     {".tar.gz", Archive::tar},  {".tgz", Archive::tar},
    {".tar.bz2", Archive::tar}, {".tbz2", Archive::tar},    {".tar.xz", Archive::tar},
    {".txz", Archive::tar},     {".tar.zst", Archive::tar}, {".zip", Archive::zip},
    {".gz", Archive::gz},       {".bz2", Archive::bz2},     {".xz", Archive::xz},
    {".zst", Archive::zst}};

const Ending* ending_of(const std::string& name) {
  const auto lower = to_lower(name);
  for (const auto& ending : endings)
    if (lower.ends_with(ending.text) && lower.size() > std::string_view(ending.text).size())
      return &ending;
  return nullptr;
}

}  // namespace

Result<std::vector<DataFile>> plan_data(const std::vector<std::string>& urls) {
  std::vector<DataFile> files;
  std::set<std::string> names;
  for (const auto& url : urls) {
    LIBRE_TRY(auto file, read_url(url));
    if (!names.insert(file.name).second)
      return refuse(url, "another of these has the same name",
                    "give it one of its own: URL#name=other.bin");
    files.push_back(std::move(file));
  }
  if (files.empty())
    return Error{Errc::usage,
                 "there is no address to fetch",
                 {},
                 "re data https://example.org/corpus.tar.gz"};
  return files;
}

Archive archive_of(const std::string& name) {
  const auto* ending = ending_of(name);
  return ending ? ending->archive : Archive::none;
}

std::string unpacked_name(const std::string& name) {
  const auto* ending = ending_of(name);
  return ending ? name.substr(0, name.size() - std::string_view(ending->text).size()) : name;
}

}  // namespace libre::deps
