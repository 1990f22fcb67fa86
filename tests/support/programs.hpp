// Programs that tests put on the laptop's machine, instead of real ones.
#pragma once
#include "base/fd.hpp"
#include "support/laptop.hpp"

namespace libre::testing {

// Writes an executable file ~/.local/bin/NAME over there; one that runs is replaced, not changed.
void put_program(const Laptop& laptop, const std::string& name, const std::string& text);

// While one exists no other test has one. For whoever starts what chooses a port on "its" machine, and binds it a
// moment later: all machines of all tests are this one.
class PortTurn {
 public:
  PortTurn();  // waits

 private:
  Fd lock_;
};

// A TensorBoard that is none: serves the files of --logdir at --port of the loopback address.
extern const char page_server[];

// A uv that needs no index: it makes an environment at once whose only program is `tensorboard`, a copy of
// ~/.local/bin/page-server, and whatever it is told to install is installed. ~/asked has the lists that it got.
extern const char quick_uv[];

}  // namespace libre::testing
