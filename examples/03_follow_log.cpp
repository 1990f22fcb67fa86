// Starts a job, leaves it, connects again as another program might, and follows its log to the end.
//
//   example_follow_log gpu1 'for i in 1 2 3; do echo step $i; sleep 1; done'
#include <libre/client.hpp>

#include <iostream>

static int fail(const libre::Error& error) {
  std::cerr << error.describe() << '\n';
  return 255;
}

static libre::Result<libre::Instance> reach(const std::string& host) {
  LIBRE_TRY(const auto config, libre::load_config());
  LIBRE_TRY(const auto machine, libre::find_instance(config, host));
  return libre::Instance::connect(machine, {});
}

static libre::Result<std::uint64_t> start(const std::string& host, const std::string& command) {
  LIBRE_TRY(auto instance, reach(host));
  libre::JobSpec spec;
  spec.command = command;  // one string: the user's shell reads it
  LIBRE_TRY(const auto job, instance.submit(spec));
  return job.id;
}

int main(int argc, char** argv) {
  const std::string host = argc > 1 ? argv[1] : "local";
  const std::string command = argc > 2 ? argv[2] : "for i in 1 2 3; do echo step $i; done";
  const auto id = start(host, command);
  if (!id) return fail(id.error());
  std::cerr << "job " << *id << " runs on " << host << '\n';

  auto instance = reach(host);
  if (!instance) return fail(instance.error());
  libre::LogQuery query;
  query.job = std::to_string(*id);
  query.follow = true;
  const auto job = instance->log(query, [](const libre::LogChunk& chunk) -> libre::Result<void> {
    std::cout << chunk.bytes << std::flush;
    return {};
  });
  if (!job) return fail(job.error());
  return job->end ? job->end->shell_code() : 255;
}
