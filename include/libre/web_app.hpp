// Programs that run on an instance and are used in a browser here: Jupyter, TensorBoard. Each is a job of the
// project and a forward that leads to it; the job goes on whatever happens to the connection.
#pragma once
#include <libre/forward.hpp>

namespace libre {

// How such a program is started and found.
struct WebApp {
  std::string kind{};   // JobSpec::kind: "notebook"
  std::string title{};  // for people: "Jupyter"
  // What the job runs: a script for sh, with the port to listen on (on the loopback address), the file with
  // the token, and `arguments` as $1, $2, and so on. It ends with 127 where the program is not there.
  std::string script{};
  std::vector<std::string> arguments{};
  bool told_apart = false;   // one with other arguments is another one
  std::string package{};     // what to install where it is missing
  int port = 8888;           // the first to be tried here
  std::string health = "/";  // answers with 200 when it serves, asked with the token
  bool token = false;        // whoever opens it has to show the token
};

enum class NotebookFlavour { any, lab, classic };
// Takes what the job's PATH has: jupyter-lab, jupyter-notebook, jupyter-server, in this order.
WebApp notebook_app(NotebookFlavour flavour);
WebApp tensorboard_app(const std::string& directory);  // relative to the project

struct WebAppOptions {
  int port = 0;             // here, no other one; 0 = WebApp::port, or the next that is free
  bool background = false;  // the forward is left to a process of its own
  std::function<void(const SyncReport&)> synced{};
  std::chrono::milliseconds patience = std::chrono::minutes(2);  // until it answers
};

// One that answers, and the port here that leads to it.
class OpenWebApp {
 public:
  // Finds the project's running one, or brings the code and starts one; forwards a port to it (or finds the
  // forward that does), and waits until it answers. Errc::not_found where the program is missing over there.
  // Where it does not come to answer, what was started is ended again.
  static Result<OpenWebApp> open(const InstanceConfig& config, const ConnectOptions& options,
                                 const Project& project, const WebApp& app,
                                 const WebAppOptions& settings);
  OpenWebApp(OpenWebApp&&) noexcept;
  OpenWebApp& operator=(OpenWebApp&&) noexcept;
  ~OpenWebApp();  // closes the forward, unless that is another process's; the job goes on

  const JobInfo& job() const;
  const ForwardInfo& forward() const;
  bool was_running() const;        // it was found, not started
  const std::string& url() const;  // with the token where there is one: show it to its owner only

  Result<bool> run();  // Forward::run(); at once false where another process holds the forward
  Result<void> end();  // ends the job, and any forward to it

  struct State;

 private:
  explicit OpenWebApp(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Shows `url` in this desktop's browser; its text is in no argument list. False where there is no desktop.
bool open_in_browser(const std::string& url);

}  // namespace libre
