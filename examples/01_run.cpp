// Runs one command on a host and passes its exit code on.
//
//   example_run                        on this machine
//   example_run gpu1 nvidia-smi        on gpu1: a name of ~/.recompute.conf or ~/.ssh/config, or
//   user@host
#include <libre/client.hpp>

#include <algorithm>
#include <iostream>

static int fail(const libre::Error& error) {
  std::cerr << error.describe() << '\n';
  return 255;
}

int main(int argc, char** argv) {
  const std::string host = argc > 1 ? argv[1] : "local";
  libre::JobSpec spec;
  spec.argv.assign(argv + std::min(argc, 2), argv + argc);
  if (spec.argv.empty()) spec.argv = {"uname", "-sm"};

  const auto config = libre::load_config();
  if (!config) return fail(config.error());
  const auto machine = libre::find_instance(*config, host);
  if (!machine) return fail(machine.error());
  auto instance = libre::Instance::connect(*machine, {});
  if (!instance) return fail(instance.error());

  const auto job = instance->run(spec, {}, [](const libre::LogChunk& chunk) -> libre::Result<void> {
    std::cout << chunk.bytes << std::flush;
    return {};
  });
  if (!job) return fail(job.error());
  return job->end ? job->end->shell_code() : 255;
}
