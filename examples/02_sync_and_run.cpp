// Brings the project around the current directory to a host, and runs a command in its copy there.
//
//   example_sync_and_run gpu1 python3 train.py
#include <libre/client.hpp>

#include <iostream>

static int fail(const libre::Error& error) {
  std::cerr << error.describe() << '\n';
  return 255;
}

static libre::Result<void> print(const libre::LogChunk& chunk) {
  std::cout << chunk.bytes << std::flush;
  return {};
}

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: " << argv[0] << " HOST COMMAND [ARGUMENT]...\n";
    return 2;
  }
  const auto here = std::filesystem::current_path();
  auto project = libre::find_project(here);
  if (!project) project = libre::init_project(here, {});
  if (!project) return fail(project.error());

  const auto config = libre::load_config();
  if (!config) return fail(config.error());
  const auto machine = libre::find_instance(*config, argv[1]);
  if (!machine) return fail(machine.error());
  auto instance = libre::Instance::connect(*machine, {});
  if (!instance) return fail(instance.error());

  const auto sync = instance->sync(*project, {});
  if (!sync) return fail(sync.error());
  for (const auto& note : sync->notes) std::cerr << name_of(note.kind) << ' ' << note.path << '\n';
  const auto mirror = instance->mirror(*project);
  if (!mirror) return fail(mirror.error());

  libre::JobSpec spec;
  spec.project = project->name;
  spec.directory = *mirror;
  spec.argv.assign(argv + 2, argv + argc);
  const auto job = instance->run(spec, {}, print);
  if (!job) return fail(job.error());
  return job->end ? job->end->shell_code() : 255;
}
