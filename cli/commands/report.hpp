// How transfers are told: one closing line, and what went another way than expected.
#pragma once
#include <optional>

#include <libre/sync.hpp>

#include "cli/context.hpp"

namespace cli {

std::string files(std::uint64_t count);                // "1 file", "2 files"
std::string summary(const libre::SyncReport& report);  // "sent 3 files, 12 kB, deleted 1, 0.4s"
std::string summary(const libre::TransferReport& report, std::string_view verb);
// `again` tells how a file comes along that changed while it was read, `verb` what is done with files.
std::string sentence(const libre::SyncNote& note, std::string_view again = "the next sync has it",
                     std::string_view verb = "send");

// The error where something that a push or pull was to copy did not arrive.
std::optional<libre::Error> incomplete(const libre::TransferReport& report);

// The notes, on stderr: always what went another way than expected, on request each file too.
void tell(Screen& screen, const std::vector<libre::SyncNote>& notes, bool each_file,
          std::string_view again = "the next sync has it", std::string_view verb = "send");

// What a sync did: notes and the closing line, unless a program reads.
void tell_sync(Context& context, const libre::SyncReport& report);

// Makes the mirror equal and tells about it.
libre::Result<libre::SyncReport> bring_code(Context& context, libre::Instance& instance,
                                            const libre::Project& project,
                                            const libre::SyncOptions& options);

}  // namespace cli
