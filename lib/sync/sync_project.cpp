#include "sync/sync_project.hpp"

#include "sync/contents.hpp"
#include "sync/scan.hpp"
#include "sync/select.hpp"

namespace libre::sync {
namespace {

// Memory of file contents is a help only; a state directory that cannot be written is no reason to
// leave the code behind.
void remember(const Project& project, const Selection& selection, const HashMemory& memory,
              const std::filesystem::path& file, Observer& observer) {
  if (auto written = write_selection(project, selection); !written) observer.status(written.error().describe());
  if (auto written = memory.save(file); !written) observer.status(written.error().describe());
}

void append(std::vector<SyncNote>& notes, std::vector<SyncNote> more) {
  notes.insert(notes.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

Result<SyncReport> sync_project(const Project& project, Endpoint& endpoint, const MirrorSpec& mirror,
                                const std::string& instance, const SyncOptions& options,
                                Observer* observer, const Wait& wait) {
  const auto begin = std::chrono::steady_clock::now();
  Observer silent;
  Observer& told = observer ? *observer : silent;
  LIBRE_TRY(const auto selection, select_files(project, wait));
  LIBRE_TRY(auto root, Rooted::open(project.root));
  const auto file = memory_file(project.state_directory(), instance);
  auto memory = HashMemory::load(file);
  const ScanRequest request{selection.paths, selection.empty_directories, selection.unreadable, options.force};
  LIBRE_TRY(auto scanned, scan(root, request, memory, wait));
  if (!options.dry_run) remember(project, selection, memory, file, told);

  SyncReport report{.files = scanned.files, .bytes = scanned.bytes, .dry_run = options.dry_run, .notes = selection.notes};
  append(report.notes, std::move(scanned.notes));
  const OfferOptions offer_options{.dry_run = options.dry_run, .force = options.force};
  LIBRE_TRY(auto offered, endpoint.offer(mirror, scanned.tree, offer_options, wait));
  report.deleted = offered.deleted;
  append(report.notes, std::move(offered.notes));
  if (offered.first)
    if (const auto text = surprise(scanned.tree); !text.empty()) told.notice(text);
  if (options.dry_run) {
    report.files_sent = offered.needs.size();
    report.bytes_sent = bytes_of(scanned.tree, offered.needs);
  } else if (!offered.done) {
    LocalContents contents(root, scanned.tree, offered.needs, {}, told);
    LIBRE_TRY(auto applied, endpoint.supply(contents, wait));
    report.files_sent = applied.files;
    report.bytes_sent = contents.bytes();
    report.deleted = applied.deleted;
    append(report.notes, std::move(applied.notes));
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

}  // namespace libre::sync
