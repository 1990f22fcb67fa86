#include "cli/manual/pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include <libre/version.hpp>

namespace cli {
namespace {

// Text that means itself: a backslash or a dash would be an escape or a hyphen, and a line that begins
// with a dot a request.
std::string plain(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (result.empty() || result.back() == '\n')) result += "\\&";
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else
      result += c;
  }
  return result;
}

// Help is broken into lines for a terminal; man fills them anew.
std::string filled(std::string_view text) {
  std::string result;
  bool space = false;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n';
    if (!blank && space && !result.empty()) result += ' ';
    space = blank;
    if (!blank) result += c;
  }
  return plain(result);
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string head(const std::string& name, const std::string& summary) {
  return fmt::format(
      ".\\\" Made by: re man --write\n.TH {} 1 \"\" \"re {}\" \"re\"\n.SH NAME\n{} \\- {}\n",
      upper(name), libre::version, plain(name), plain(summary));
}

std::string option_list(const std::vector<OptionText>& options) {
  std::string text;
  for (const auto& option : options)
    text += fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", plain(option.names),
                        option.value.empty() ? "" : " \\fI" + plain(option.value) + "\\fR",
                        filled(option.help));
  return text;
}

constexpr const char* exit_status =
    ".SH EXIT STATUS\n"
    "0 where all went well; 2 for a mistake in the command line or the configuration; 124 where "
    "time\n"
    "ran out; 130 where it was interrupted; 255 where the machine was not reached; 1 for any "
    "other\n"
    "failure. \\fBre sync\\fR, \\fBre log \\-f\\fR and \\fBre attach\\fR end with the job's own "
    "code.\n";

std::string see_also(const Parser& parser, const std::string& self) {
  std::string text = ".SH SEE ALSO\n";
  std::vector<std::string> names;
  if (self != "re") names.emplace_back("re");
  for (const auto& command : parser.commands())
    if (!command->is_hidden() && "re-" + command->name() != self)
      names.push_back("re-" + command->name());
  for (const auto& name : names)
    text += fmt::format(".BR {} (1){}\n", plain(name), &name == &names.back() ? "" : ",");
  return text;
}

Page command_page(const Parser& parser, const Command& command) {
  const std::string name = "re-" + command.name();
  std::string text = head(name, command.summary());
  text += fmt::format(".SH SYNOPSIS\n\\fBre {}\\fR [\\fIOPTIONS\\fR] {}\n", plain(command.name()),
                      plain(command.usage()));
  text += ".SH DESCRIPTION\n" + plain(command.summary()) + ".\n";
  if (!command.paragraph().empty()) text += ".PP\n" + filled(command.paragraph()) + "\n";
  if (!command.words_help().empty()) text += ".PP\n" + filled(command.words_help()) + "\n";
  if (!command.options().empty()) text += ".SH OPTIONS\n" + option_list(command.options());
  text += ".SH OPTIONS OF EVERY COMMAND\n" + option_list(parser.global_options());
  if (!command.examples().empty()) text += ".SH EXAMPLES\n";
  for (const auto& example : command.examples())
    text += fmt::format(".TP\n\\fB{}\\fR\n{}\n", plain(example.line), plain(example.text));
  return {name + ".1", text + exit_status + see_also(parser, name)};
}

Page overview_page(const Parser& parser) {
  std::string text = head("re", "run your code on machines that you reach by SSH");
  text +=
      ".SH SYNOPSIS\n\\fBre\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR \\&...\n.SH DESCRIPTION\n"
      "\\fBre\\fR brings a project to a machine that you reach by SSH, runs it there, and brings "
      "the\n"
      "results back. Nothing needs to be installed on that machine.\n.SH COMMANDS\n";
  for (const auto& command : parser.commands())
    if (!command->is_hidden())
      text += fmt::format(".TP\n\\fBre {}\\fR\n{}\n", plain(command->name()),
                          plain(command->summary()));
  text += ".SH OPTIONS\n" + option_list(parser.global_options());
  text +=
      ".SH FILES\n.TP\n~/.recompute.conf\nThe machines (or the file named by \\fBRE_CONFIG\\fR); "
      "see\n"
      "\\fBre conf\\fR.\n.TP\n\\&.recompute/\nIn each project: what travels and what does not.\n";
  return {"re.1", text + exit_status + see_also(parser, "re")};
}

}  // namespace

std::vector<Page> manual_pages(const Parser& parser) {
  std::vector<Page> pages = {overview_page(parser)};
  for (const auto& command : parser.commands())
    if (!command->is_hidden()) pages.push_back(command_page(parser, *command));
  return pages;
}

}  // namespace cli
