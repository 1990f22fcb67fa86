#include "cli/completion/sources.hpp"

#include <libre/config_edit.hpp>
#include <libre/forward.hpp>

namespace cli {
namespace {

using Candidates = std::vector<Candidate>;

// A person waits for the answer with a finger on the key.
constexpr std::chrono::milliseconds patience{1000};

// The instance that the line names, as far as that can be seen.
std::string named_instance(const std::vector<std::string>& words) {
  std::string name;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--instance" && i + 2 < words.size()) {
      name = words[i + 1] == "=" ? words[i + 2] : words[i + 1];
    } else if (words[i].starts_with("--instance=")) {
      name = words[i].substr(words[i].find('=') + 1);
    }
  }
  return name;
}

Candidates instances() {
  Candidates found = {{"local", "this machine"}};
  if (const auto config = libre::load_config())
    for (const auto& instance : config->instances)
      found.push_back({instance.name, instance.describe()});
  for (const auto& alias : libre::ssh_aliases()) found.push_back({alias, "of ~/.ssh/config"});
  return found;
}

Candidates settings() {
  Candidates found = {{"general.instance", ""}, {"general.remote_home", ""}};
  const auto file = libre::config_path();
  const auto text = file ? libre::config_text(*file) : libre::Result<std::string>("");
  if (!text) return found;
  const auto known = libre::settings_of(*text, *file);
  if (!known) return found;
  for (const auto& setting : *known)
    if (setting.name != found[0].text && setting.name != found[1].text)
      found.push_back({setting.name, setting.value});
  return found;
}

// An instance over a connection that is open, or nothing.
class Open {
 public:
  Open(Context& context, const std::string& name) : project_(context.project_if_any()) {
    const auto config = libre::load_config();
    if (!config) return;
    std::string selector = !name.empty() ? name : project_ ? project_->instance : "";
    if (selector.empty()) selector = config->default_instance;
    if (selector == libre::auto_instance && project_) selector = libre::last_choice(*project_);
    const auto found = libre::find_instance(*config, selector);
    if (!found) return;
    libre::ConnectOptions options;
    options.timeout = patience;
    options.give_up = std::chrono::milliseconds(0);
    options.only_open = true;
    options.stop = &context.signals.stop();
    if (auto reached = libre::Instance::connect(*found, options))
      instance_.emplace(std::move(*reached));
  }
  libre::Instance* instance() { return instance_ ? &*instance_ : nullptr; }
  const std::optional<libre::Project>& project() const { return project_; }

 private:
  std::optional<libre::Project> project_;
  std::optional<libre::Instance> instance_;
};

Candidates jobs(Open open) {
  Candidates found;
  libre::JobFilter filter;
  filter.limit = 20;
  if (open.project()) filter.project = open.project()->id;
  if (!open.instance()) return found;
  const auto list = open.instance()->list(filter);
  if (!list) return found;
  for (auto job = list->rbegin(); job != list->rend(); ++job)
    found.push_back({std::to_string(job->id),
                     std::string(libre::name_of(job->state)) + ": " +
                         (job->spec.name.empty() ? job->spec.command : job->spec.name)});
  return found;
}

Candidates forwards() {
  Candidates found = {{"all", "every forward"}};
  if (const auto all = libre::list_forwards())
    for (const auto& forward : *all)
      found.push_back({std::to_string(forward.id),
                       forward.lines.empty()
                           ? forward.instance
                           : libre::describe(forward.lines.front()) + ", " + forward.instance});
  return found;
}

Candidates remote_paths(Open open, const std::string& prefix) {
  Candidates found;
  if (!open.instance() || !open.project()) return found;
  const auto paths = open.instance()->paths(*open.project(), prefix);
  if (!paths) return found;
  for (const auto& path : *paths) found.push_back({path, ""});
  return found;
}

}  // namespace

CompletionSources completion_sources(Context& context, const std::vector<std::string>& words) {
  const std::string name = named_instance(words);
  return {.instances = instances,
          .settings = settings,
          .jobs = [&context, name] { return jobs(Open(context, name)); },
          .forwards = forwards,
          .remote_paths =
              [&context, name](const std::string& prefix) {
                return remote_paths(Open(context, name), prefix);
              }};
}

}  // namespace cli
