#include "deps/scan/sources.hpp"

#include <filesystem>

#include "base/digest.hpp"
#include "base/stream.hpp"
#include "base/text.hpp"
#include "deps/scan/requirements.hpp"

namespace libre::deps {
namespace {

// Whether a TOML or INI text has one of these tables.
bool has_table(std::string_view text, std::initializer_list<std::string_view> tables) {
  for (const auto& line : split_lines(text))
    for (const auto table : tables)
      if (trim(line).starts_with(table)) return true;
  return false;
}

bool counts(DependencySource source, std::string_view text) {
  if (source == DependencySource::pyproject)
    return has_table(text, {"[project]", "[tool.poetry]", "[tool.flit", "[tool.pdm"});
  if (source == DependencySource::setup)
    return has_table(text, {"[options]"}) || text.find("setup(") != std::string_view::npos;
  return source != DependencySource::requirements || !is_generated(text);
}

struct Candidate {
  DependencySource source;
  const char* file;
};
constexpr Candidate candidates[] = {
    {DependencySource::uv_lock, "uv.lock"},
    {DependencySource::conda, "environment.yml"},
    {DependencySource::conda, "environment.yaml"},
    {DependencySource::requirements, "requirements.txt"},
    {DependencySource::pyproject, "pyproject.toml"},
    {DependencySource::setup, "setup.cfg"},
    {DependencySource::setup, "setup.py"},
};

// The file that a line of a requirements file includes.
std::string included_by(std::string_view line) {
  line = trim(line);
  for (const std::string_view option : {"--requirement", "--constraint", "-r", "-c"}) {
    if (!line.starts_with(option)) continue;
    auto rest = line.substr(option.size());
    if (rest.starts_with('=')) rest.remove_prefix(1);
    rest = trim(rest);
    if (const auto comment = rest.find(" #"); comment != std::string_view::npos)
      rest = trim(rest.substr(0, comment));
    return rest.find("://") == std::string_view::npos ? std::string(rest) : std::string();
  }
  return {};
}

Result<void> collect(const ReadFile& read, const std::string& path, const std::string& from,
                     std::map<std::string, std::string>& files) {
  if (files.contains(path)) return {};
  if (path.starts_with("..") || path.starts_with('/'))
    return Error{Errc::usage,
                 from + " includes " + printable(path) + ", which is outside of the project",
                 "the instance has only what is inside", "copy it into the project"};
  LIBRE_TRY(const auto text, read(path));
  if (!text)
    return Error{Errc::not_found, from + " includes " + printable(path) + ", which is not there"};
  files[path] = *text;
  const auto directory = std::filesystem::path(path).parent_path();
  for (const auto& line : split_lines(*text))
    if (const auto included = included_by(line); !included.empty())
      LIBRE_CHECK(collect(read, (directory / included).lexically_normal().string(), path, files));
  return {};
}

std::string id_of(const Dependencies& wanted) {
  // The number counts the ways in which an environment is made of these.
  std::string text = "1\n" + std::string(name_of(wanted.source)) + "\n" + wanted.python + "\n";
  for (const auto& [name, content] : wanted.files)
    text += name + "\n" + std::to_string(content.size()) + "\n" + content;
  return digest_of(as_bytes(text)).hex().substr(0, 16);
}

}  // namespace

Result<ChosenSource> choose_source(const ReadFile& read) {
  for (const auto& [source, file] : candidates) {
    LIBRE_TRY(const auto text, read(file));
    if (text && counts(source, *text)) return ChosenSource{source, file};
  }
  LIBRE_TRY(const auto ours, read("requirements.txt"));
  if (ours) return ChosenSource{DependencySource::generated, "requirements.txt"};
  return ChosenSource{};
}

Result<Dependencies> dependencies(const ReadFile& read, std::string packages,
                                  const std::string& python) {
  LIBRE_TRY(const auto chosen, choose_source(read));
  Dependencies wanted;
  wanted.source = chosen.source;
  wanted.python = python;
  const bool pip = chosen.source == DependencySource::requirements ||
                   chosen.source == DependencySource::generated;
  if (pip) {
    LIBRE_CHECK(collect(read, chosen.file, {}, wanted.files));
  } else if (!chosen.file.empty()) {
    // All that a package's own files may say, for one refers to another.
    for (const std::string file :
         {chosen.file.c_str(), "pyproject.toml", "setup.cfg", "setup.py"}) {
      LIBRE_TRY(const auto text, read(file));
      const bool other = chosen.source == DependencySource::conda && file != chosen.file;
      if (text && !other) wanted.files[file] = *text;
    }
  }
  if (!packages.empty()) wanted.files["packages.txt"] = std::move(packages);
  wanted.id = id_of(wanted);
  return wanted;
}

}  // namespace libre::deps
