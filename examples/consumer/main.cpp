// The smallest program over libre: what is this machine called, asked by a job on it.
#include <libre/client.hpp>
#include <libre/version.hpp>

#include <iostream>

int main() {
  auto instance = libre::Instance::connect(*libre::find_instance({}, "local"), {});
  if (!instance) {
    std::cerr << instance.error().describe() << '\n';
    return 255;
  }
  libre::JobSpec spec;
  spec.argv = {"uname", "-n"};
  const auto job = instance->run(spec, {}, [](const libre::LogChunk& chunk) -> libre::Result<void> {
    std::cout << "libre " << libre::version << " on " << chunk.bytes;
    return {};
  });
  return job && job->end ? job->end->shell_code() : 255;
}
