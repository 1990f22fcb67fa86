// The Debian package, made of this build: what is in it, and that it works from where it is unpacked.
#include <doctest/doctest.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "support/evidence.hpp"

using namespace libre;
using namespace libre::testing;
namespace fs = std::filesystem;

namespace {

struct Package {
  Home home{};
  fs::path file{};
  Package() {
    // Quickly compressed, and without asking which libraries a debug build of 100 MB needs.
    const auto made =
        run({"cpack", "-G", "DEB", "--config", LIBRE_BUILD_DIR "/CPackConfig.cmake", "-D",
             "CPACK_DEBIAN_COMPRESSION_TYPE=zstd", "-D",
             "CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS=OFF", "-B", (home / "package").string()});
    for (const auto& entry : fs::directory_iterator(home / "package"))
      if (entry.path().extension() == ".deb") file = entry.path();
    REQUIRE_MESSAGE(!file.empty(), made);
  }
  std::string run(std::vector<std::string> argv) const {
    const auto output = home.run(std::move(argv));
    CHECK_MESSAGE(output.exit.ok(), (output.out + output.err));
    return output.out;
  }
};

}  // namespace

TEST_CASE("the package has programs, manual and completions, and works where it is unpacked") {
  const Package package;
  CHECK(package.file.filename().string().starts_with("recompute_"));
  const auto about = package.run({"dpkg-deb", "-I", package.file.string()});
  for (const char* part : {"Package: recompute\n", "Conflicts: re\n", "Recommends: openssh-client"})
    CHECK_MESSAGE(contains(about, part), about);
  CHECK(contains(read_file(LIBRE_BUILD_DIR "/CPackConfig.cmake").value_or(""),
                 "set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS \"ON\")"));
  const auto files = package.run({"dpkg-deb", "-c", package.file.string()});
  for (const char* part :
       {"/usr/bin/re\n", "/usr/libexec/libre/libre-master\n",
        "/usr/libexec/libre/re-agent-linux-x86_64\n", "/usr/share/man/man1/re.1\n",
        "/usr/share/man/man1/re-async.1\n", "/usr/share/bash-completion/completions/re\n",
        "/usr/share/zsh/vendor-completions/_re\n", "/usr/share/fish/vendor_completions.d/re.fish\n",
        "/usr/share/doc/recompute/copyright\n"})
    CHECK_MESSAGE(contains(files, part), part);
  for (const char* part : {"/include/", ".a\n", "/usr/local"}) CHECK_FALSE(contains(files, part));

  const auto root = package.home / "root";
  package.run({"dpkg-deb", "-x", package.file.string(), root.string()});
  const auto re = (root / "usr/bin/re").string();
  package.home.write("work/main.sh", "echo from the package\n");
  const auto job = package.home.run({re, "sync", "sh main.sh"}, package.home / "work");
  CHECK_MESSAGE(job.exit.ok(), job.err);
  CHECK(job.out == "from the package\n");
}
