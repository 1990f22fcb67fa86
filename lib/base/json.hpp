// JSON of our own value types. Declared here without a third-party header; each module's
// messages.cpp describes its structs once (base/json_described.hpp) and so defines these for them.
// The same text serves the wire, the ledger on disk and `--json`.
//
// Strings that are not UTF-8 (file names, arguments) travel as {"base64": "…"}; both forms are read.
#pragma once
#include <string>
#include <string_view>

#include <libre/json.hpp>
#include <libre/result.hpp>

namespace libre {

// Unknown fields are ignored and missing ones keep their default, so that versions can differ.
// Errc::protocol names the field that has a wrong type ("jobs[2].pid: expected an integer").
template <class T>
Result<T> from_json(std::string_view text);

// What the other side says went wrong; where that is no Error, an Error that says so. (A Result<Error>
// could not tell its two sides apart, so there is no from_json for it.)
Error error_from_json(std::string_view text);

}  // namespace libre
