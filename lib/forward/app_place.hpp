// Where a program that a forward leads to may listen, and what only its user knows.
#pragma once
#include <filesystem>
#include <string_view>

#include "forward/messages.hpp"

namespace libre::forward {

// The token is made the first time; its file is <state>/apps/<name>.token, which only this user can read.
Result<AppPlace> make_app_place(const AppRequest& request, const std::filesystem::path& state);

// What a table of sockets (/proc/net/tcp or tcp6) says of a loopback port and of `uid`. Pure.
ListenerInfo find_listener(std::string_view table, int port, unsigned uid);

// The same of this machine and this user.
ListenerInfo find_listener(int port);

}  // namespace libre::forward
