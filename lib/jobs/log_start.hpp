// Where the reading of a log begins.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string_view>

#include <libre/job.hpp>
#include <libre/result.hpp>

namespace libre::jobs {

// Where the last `lines` lines begin that contain `text` ("" = any), and 0 where there are fewer. A
// last line without its newline counts as one. Reads backwards, no more than it needs.
Result<std::uint64_t> offset_of_last_lines(int fd, std::uint64_t lines, std::string_view text = {});

// Where the bytes begin that came at `time` or later (to 50 ms), as the index of the job in `folder`
// tells; `size` where none did.
std::uint64_t offset_since(const std::filesystem::path& folder, double time, std::uint64_t size);

// The first byte that `query` wants of the log that `fd` is open on.
Result<std::uint64_t> first_offset(int fd, const std::filesystem::path& folder, const JobInfo& job,
                                   const LogQuery& query);

}  // namespace libre::jobs
