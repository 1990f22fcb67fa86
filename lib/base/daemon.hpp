// How a program of ours becomes one that stays: libre-master, libre-forward.
#pragma once
#include "base/fd.hpp"

namespace libre {

// Called first thing in main(). The socket to the starter, which is this program's stdin; everything else
// of the starter's is closed (somebody may wait for the end of a pipe that it had), and the process is
// nobody's child and leads no session, so no terminal ever becomes its own. Of the two processes that
// there are then the first one ends in here. Signals of a terminal or a broken pipe are ignored, and as
// many descriptors as the system allows may be opened.
Result<Fd> become_daemon();

// Lifts the soft limit of open descriptors to the hard one: a stream needs one or two of them, and the
// usual 1,024 are soon used up. Processes that this one starts inherit it.
void raise_descriptor_limit();

}  // namespace libre
