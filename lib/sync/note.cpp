#include <libre/sync.hpp>

namespace libre {

const char* name_of(SyncNote::Kind kind) {
  switch (kind) {
    case SyncNote::Kind::sent:
      return "sent";
    case SyncNote::Kind::deleted:
      return "deleted";
    case SyncNote::Kind::kept_aside:
      return "kept_aside";
    case SyncNote::Kind::left_alone:
      return "left_alone";
    case SyncNote::Kind::unreadable:
      return "unreadable";
    case SyncNote::Kind::outside_link:
      return "outside_link";
    case SyncNote::Kind::special:
      return "special";
    case SyncNote::Kind::vanished:
      return "vanished";
    case SyncNote::Kind::mode:
      return "mode";
  }
  return "?";
}

}  // namespace libre
