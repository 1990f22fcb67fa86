// How curl, wget or Python are told to fetch a file, and what came of it. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "deps/data/plan.hpp"

namespace libre::deps {

struct Fetcher {
  enum class Kind { curl, wget, python } kind = Kind::curl;
  std::string program{};
};

struct FetchRequest {
  std::string url{};
  std::string part{};        // grows there
  std::string headers{};     // what the server says is written there
  std::uint64_t offset = 0;  // go on from there: the size of `part`
  std::string validator{};   // go on only if the server still has that version; "" = unknown
};

// None of them asks, and none tries twice. Where the server cannot go on from there curl and wget fail and Python
// begins anew; `part` has only true bytes in each case.
std::vector<std::string> fetch_argv(const Fetcher& fetcher, const FetchRequest& request);

struct Response {
  int status = 0;                        // of the last answer, after redirections; 0 = none came
  std::optional<std::uint64_t> total{};  // bytes of the whole file
  std::string validator{};               // a strong ETag, or the time of its last change
};
// From what the three of them write to FetchRequest::headers.
Response parse_response(std::string_view headers);

// Whether trying again can help: not where the server has answered that it will not give it.
bool is_final_answer(int status);

// "1.2 GB of 2.7 GB (45%)  11.0 MB/s  2m 16s left", as far as it is known. `rate` in bytes per second.
std::string fetch_line(std::uint64_t size, const std::optional<std::uint64_t>& total, double rate);

}  // namespace libre::deps
