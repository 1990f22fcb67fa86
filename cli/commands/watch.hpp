// What `re watch` tells.
#pragma once
#include <set>
#include <string>
#include <vector>

#include <libre/sync.hpp>

namespace cli {

// "watching 214 files; synced 3 files in 0.06 s at 12:00:01"
std::string watch_line(const libre::SyncReport& report, const std::string& time_of_day);

// Whether a sync brought or deleted anything, which is worth a line where lines stay.
bool has_changed(const libre::SyncReport& report);

// Of the notes of one sync those that the one before did not have: a link out of the project is told
// once, not with every save.
class NewNotes {
 public:
  std::vector<libre::SyncNote> of(const libre::SyncReport& report);

 private:
  std::set<std::string> told_;
};

}  // namespace cli
