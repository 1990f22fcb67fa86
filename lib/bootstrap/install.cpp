#include "bootstrap/install.hpp"

#include <algorithm>

#include "base/files.hpp"
#include "base/text.hpp"
#include "bootstrap/agent_reply.hpp"
#include "bootstrap/conversation.hpp"
#include "bootstrap/platform.hpp"

namespace libre::bootstrap {
namespace {

constexpr std::size_t piece_size = 60 * 1024;  // 80 KiB as base64; Linux takes 128 KiB an argument
constexpr std::size_t chunk_size = 256 * 1024;

class Installation {
 public:
  Installation(transport::Transport& transport, const InstallOptions& options, const Wait& wait)
      : transport_(transport),
        options_(options),
        bundle_(options.bundle),
        terms_(options.terms),
        wait_(wait) {}

  Result<StartedAgent> carry_out() {
    LIBRE_CHECK(attempt(options_.patience));
    if (other_kind_) LIBRE_CHECK(attempt(options_.patience));
    // The login shell does run commands, it was only slow to begin: once more, with stdin.
    if (!done_ && !needs_.empty() && started_.entry == entry_login) {
      needs_.clear();
      reasons_.clear();
      LIBRE_CHECK(attempt(std::chrono::milliseconds(-1)));
    }
    for (const auto& directory : needs_) {
      if (done_) break;
      LIBRE_CHECK(send_in_pieces(directory));
    }
    if (!done_) return no_directory(transport_.describe(), reasons_);
    started_.bundle = bundle_;
    return std::move(started_);
  }

 private:
  Result<Conversation> run(std::string script, std::chrono::milliseconds patience) {
    return Conversation::open(transport_, {std::move(script), terms_.marker, patience}, wait_);
  }

  Result<void> attempt(std::chrono::milliseconds patience) {
    LIBRE_TRY(auto conversation, run(start_script(terms_), patience));
    LIBRE_CHECK(check_platform(conversation.begin()));
    if (other_kind_ && !std::exchange(other_kind_told_, true))
      return {};  // once more, with that one
    started_.entry = conversation.begin().entry;
    LIBRE_CHECK(listen(conversation));
    if (conversation.input_ended() && started_.entry == entry_stdin)
      started_.entry = entry_no_input;
    return {};
  }

  Result<void> check_platform(const Begin& begin) {
    auto platform = platform_of(begin.system, begin.machine);
    if (!platform)
      return std::move(platform).error().wrapped("cannot use " + transport_.describe());
    if (*platform == bundle_.platform) return {};
    auto fitting = options_.bundle_for ? options_.bundle_for(*platform)
                                       : Result<Bundle>(Error{Errc::not_found, "there is none"});
    if (!fitting || other_kind_)
      return Error{Errc::unsupported, "cannot use " + transport_.describe(),
                   "it is " + *platform + ", our agent is for " + bundle_.platform,
                   "install the agent for " + *platform + " as well: it is part of the package"};
    bundle_ = std::move(*fitting);
    terms_.identity = bundle_.identity;
    terms_.version = bundle_.version;
    terms_.size = bundle_.size;
    other_kind_ = true;
    return {};
  }

  // Answers the script until the agent runs (done_) or the script has said what it needs.
  Result<void> listen(Conversation& conversation) {
    for (;;) {
      const auto line = conversation.next(wait_);
      if (!line) return ended(conversation, line.error());
      options_.log.info("bootstrap: " + line->verb + " " + printable(line->text));
      if (line->verb == "use")
        started_.path = line->text;
      else if (line->verb == "agent" || line->verb == "error")
        return take_facts(*line);
      else if (line->verb == "bad")
        reasons_.push_back(printable(line->text));
      else if (line->verb == "failed")
        return {};
      else if (line->verb == "need" && conversation.input_ended())
        needs_.push_back(line->text);
      else if (line->verb == "need")
        LIBRE_CHECK(send_whole(conversation, line->text));
    }
  }

  Error ended(const Conversation& conversation, const Error& reason) const {
    if (!conversation.ended()) return reason;
    const std::string noise = conversation.noise();
    return Error{Errc::protocol, "the agent does not start on " + transport_.describe(),
                 noise.empty() ? "it ended without a word" : "it printed: " + noise};
  }

  Result<void> take_facts(const MarkedLine& line) {
    LIBRE_TRY(started_.facts, parse_agent_line(line, transport_.describe()));
    done_ = true;
    return {};
  }

  Result<void> load() {
    if (!content_.empty()) return {};
    LIBRE_TRY(content_, read_file(bundle_.path));
    if (content_.size() != terms_.size)
      return Error{Errc::io, "the agent's file changes while it is read", bundle_.path.string(),
                   "try again"};
    return {};
  }

  void announce(const std::string& directory) {
    started_.installed = true;
    if (!options_.observer) return;
    options_.observer->status("installing the agent (" + human_bytes(terms_.size) + ") in " +
                              printable(directory) + " on " + transport_.describe());
  }

  void progress(std::size_t done) {
    if (options_.observer) options_.observer->progress({"installing", done, content_.size()});
  }

  Result<void> send_whole(Conversation& conversation, const std::string& directory) {
    LIBRE_CHECK(load());
    announce(directory);
    LIBRE_CHECK(conversation.write(terms_.marker + " put\n", wait_));
    for (std::size_t at = 0; at < content_.size(); at += chunk_size) {
      LIBRE_CHECK(conversation.write(std::string_view(content_).substr(at, chunk_size), wait_));
      progress(std::min(at + chunk_size, content_.size()));
    }
    return {};
  }

  Result<void> send_in_pieces(const std::string& directory) {
    LIBRE_CHECK(load());
    announce(directory);
    for (std::size_t at = 0; at < content_.size(); at += piece_size) {
      const auto piece = std::string_view(content_).substr(at, piece_size);
      LIBRE_TRY(auto conversation, run(piece_script(terms_, directory, piece, at == 0), {}));
      const auto line = conversation.next(wait_);
      if (!line) return ended(conversation, line.error());
      if (line->verb != "ok") {
        reasons_.push_back(printable(line->text));
        return {};
      }
      progress(at + piece.size());
    }
    LIBRE_TRY(auto conversation, run(finish_script(terms_, directory), {}));
    return listen(conversation);
  }

  transport::Transport& transport_;
  const InstallOptions& options_;
  Bundle bundle_;
  ScriptTerms terms_;
  const Wait& wait_;
  StartedAgent started_;
  std::string content_;
  std::vector<std::string> needs_, reasons_;
  bool done_ = false;
  bool other_kind_ = false, other_kind_told_ = false;  // another bundle than the first fits
};

}  // namespace

Result<StartedAgent> start_agent(transport::Transport& transport, const InstallOptions& options,
                                 const Wait& wait) {
  return Installation(transport, options, wait).carry_out();
}

Error no_directory(const std::string& who, const std::vector<std::string>& reasons) {
  const bool full = std::any_of(reasons.begin(), reasons.end(), [](const std::string& reason) {
    return reason.find("No space left") != std::string::npos ||
           reason.find("quota exceeded") != std::string::npos;
  });
  const std::string cause = reasons.empty() ? "no directory was found" : join(reasons, "; ");
  if (full)
    return Error{Errc::disk_full, "there is no room for the agent on " + who, cause,
                 "free some space there, or set remote_root to a directory with more room"};
  return Error{Errc::denied, "cannot put the agent on " + who, cause,
               "set remote_root to a directory there where files may be written and executed"};
}

}  // namespace libre::bootstrap
