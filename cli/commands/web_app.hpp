// What `re notebook` and `re tensorboard` have in common.
#pragma once
#include <libre/web_app.hpp>

#include "cli/context.hpp"

namespace cli {

struct WebAppArgs {
  std::optional<std::int64_t> port{};
  bool background = false;
  bool browser = true;
};

void add_web_app_options(Command& command, WebAppArgs& args);

// Opens the app, prints its address, and stays until Ctrl-C (which ends it) unless it is left running.
// Where it is missing over there and a person is there to be asked, offers to install it into the project's
// environment.
libre::Result<int> run_web_app(Context& context, const libre::WebApp& app, const WebAppArgs& args);

}  // namespace cli
