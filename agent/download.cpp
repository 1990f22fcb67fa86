#include <cstdio>
#include <cstdlib>

#include "deps/data/download.hpp"
#include "verbs.hpp"

namespace libre::agent {

// re-agent download [--unpack] [--force] [--parallel N] URL…, in the mirror.
int download_verb(const std::vector<std::string>& arguments) {
  deps::DownloadOptions options{.directory = "data"};
  std::vector<std::string> urls;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--unpack")
      options.unpack = true;
    else if (arguments[i] == "--force")
      options.force = true;
    else if (arguments[i] == "--parallel" && i + 1 < arguments.size())
      options.parallel = std::strtoul(arguments[++i].c_str(), nullptr, 10);
    else
      urls.push_back(arguments[i]);
  }
  auto files = deps::plan_data(urls);
  if (!files) {
    std::fprintf(stderr, "%s\n", files.error().describe().c_str());
    return 2;
  }
  options.files = *std::move(files);
  return deps::download(options);
}

}  // namespace libre::agent
