// A laptop with a project of one file on its instance `local`.
#pragma once
#include <doctest/doctest.h>

#include "base/files.hpp"
#include "support/evidence.hpp"

namespace libre::testing {

struct World {
  Laptop laptop;
  World() {
    laptop.home.write("work/a", "a");
    laptop.init();
  }
  // A file that appears there, not by us: what a job waits for, or what nobody expects.
  void put(const std::string& name, const std::string& content = "") const {
    const auto file = laptop.mirror() / name;
    std::filesystem::create_directories(file.parent_path());
    REQUIRE(write_file_atomic(file, content, 0644));
  }
};

}  // namespace libre::testing
