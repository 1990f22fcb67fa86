// Which answers may be stored.
#pragma once
#include <string_view>

namespace cli {

// True for the question for an account's password; false for passphrases, one-time codes, and all
// that is not known, since an answer that is good only once must not be stored. Pure.
bool asks_for_password(std::string_view prompt);

}  // namespace cli
