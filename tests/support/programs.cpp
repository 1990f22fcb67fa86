#include "support/programs.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <stdexcept>

#include "base/files.hpp"

namespace libre::testing {

void put_program(const Laptop& laptop, const std::string& name, const std::string& text) {
  const auto file = laptop.remote_home() / ".local/bin" / name;
  std::filesystem::create_directories(file.parent_path());
  if (auto written = write_file_atomic(file, text, 0755); !written)
    throw std::runtime_error(written.error().describe());
}

// A file that is there anyway; the lock goes with the descriptor, however the test ends.
PortTurn::PortTurn() : lock_(::open(built_re().c_str(), O_RDONLY | O_CLOEXEC)) {
  if (!lock_ || ::flock(lock_.get(), LOCK_EX) != 0) throw std::runtime_error("cannot take turns");
}

const char page_server[] = R"sh(#!/bin/sh
for word; do case $word in --port=*) port=${word#--port=} ;; --logdir=*) cd "${word#--logdir=}" ;; esac; done
exec /usr/bin/python3 -m http.server "$port" --bind 127.0.0.1
)sh";

const char quick_uv[] = R"sh(#!/bin/sh
case $1 in
  venv)
    for place; do :; done
    mkdir -p "$place/bin" && ln -s /usr/bin/python3 "$place/bin/python" &&
      cp ~/.local/bin/page-server "$place/bin/tensorboard" ;;
  pip)
    for list; do :; done
    cat "$list" >> ~/asked ;;
esac
)sh";

}  // namespace libre::testing
