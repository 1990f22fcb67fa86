#include <libre/probe.hpp>

#include "client/figures_store.hpp"
#include "probe/described.hpp"

namespace libre {
BOOST_DESCRIBE_STRUCT(Candidate, (), (name, fits, reasons))
}  // namespace libre

namespace libre::client {
BOOST_DESCRIBE_STRUCT(StoredFigures, (), (taken, query, figures))

namespace {
// A MachineReport as it is shown. The problem's kind goes by its stable name.
struct ShownProblem {
  std::string code{}, message{}, cause{}, hint{};
};
struct ShownReport {
  std::string name{}, address{}, status{};
  double age = 0;
  bool remembered = false;
  double seconds = 0;
  std::optional<ShownProblem> problem{};
  std::optional<MachineFigures> figures{};
};
BOOST_DESCRIBE_STRUCT(ShownProblem, (), (code, message, cause, hint))
BOOST_DESCRIBE_STRUCT(ShownReport, (),
                      (name, address, status, age, remembered, seconds, problem, figures))

ShownReport shown(const MachineReport& report) {
  ShownReport result{report.name, report.address,    status_of(report),
                     report.age,  report.remembered, report.seconds};
  if (report.problem)
    result.problem = ShownProblem{name_of(report.problem->code), report.problem->message,
                                  report.problem->cause, report.problem->hint};
  else if (report.asked)
    result.figures = report.figures;
  return result;
}
}  // namespace
}  // namespace libre::client

template <>
std::string libre::to_json<libre::MachineReport>(const MachineReport& value) {
  return json_detail::to_text(client::shown(value));
}

LIBRE_JSON(libre::Candidate)
LIBRE_JSON(libre::client::StoredFigures)
