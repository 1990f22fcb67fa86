// Values as JSON text: the same shapes that `re --json` prints, that the agent writes to its ledger,
// and that travel. Defined for JobInfo, KillReport, SyncReport, TransferReport, LogChunk,
// MasterInfo, MachineReport, Candidate, EnvironmentInfo, RequirementsReport, ScanReport, Error, std::string.
//
// Strings that are not UTF-8 (file names, arguments) stand as {"base64": "…"}.
#pragma once
#include <string>

namespace libre {

// One line, fields in the order of the struct.
template <class T>
std::string to_json(const T& value);

}  // namespace libre
