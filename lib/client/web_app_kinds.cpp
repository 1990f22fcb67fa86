// The programs that libre/web_app.hpp knows. Facts: the options and JUPYTER_TOKEN_FILE from the sources of
// jupyter_server 1.23 and notebook 6.4, tried with both; those of TensorBoard from its documentation.
#include <libre/web_app.hpp>

namespace libre {
namespace {

// The token stands in a file, so that it is in no argument list, no log and not in the kernels' environment.
constexpr const char* notebook_script = R"sh(
export JUPYTER_TOKEN_FILE="$2"
case $3 in
  lab) apps=jupyter-lab ;;
  classic) apps='jupyter-notebook jupyter-nbclassic' ;;
  *) apps='jupyter-lab jupyter-notebook jupyter-server' ;;
esac
root=
[ "$(id -u)" -ne 0 ] || root=--allow-root
for app in $apps; do
  command -v "$app" >/dev/null 2>&1 || continue
  exec "$app" --no-browser --ip=127.0.0.1 --port="$1" --port-retries=0 $root
done
echo "there is none of $apps on PATH" >&2
exit 127
)sh";

constexpr const char* tensorboard_script = R"sh(
if command -v tensorboard >/dev/null 2>&1; then
  exec tensorboard --logdir="$3" --host=127.0.0.1 --port="$1"
fi
if python3 -c 'import tensorboard' 2>/dev/null; then
  exec python3 -m tensorboard.main --logdir="$3" --host=127.0.0.1 --port="$1"
fi
echo 'there is no tensorboard on PATH' >&2
exit 127
)sh";

const char* name_of(NotebookFlavour flavour) {
  return flavour == NotebookFlavour::lab       ? "lab"
         : flavour == NotebookFlavour::classic ? "classic"
                                               : "any";
}

}  // namespace

WebApp notebook_app(NotebookFlavour flavour) {
  return {.kind = "notebook",
          .title = "Jupyter",
          .script = notebook_script,
          .arguments = {name_of(flavour)},
          .package = flavour == NotebookFlavour::classic ? "notebook" : "jupyterlab",
          .port = 8888,
          .health = "/api/status",
          .token = true};
}

WebApp tensorboard_app(const std::string& directory) {
  return {.kind = "tensorboard",
          .title = "TensorBoard",
          .script = tensorboard_script,
          .arguments = {directory},
          .told_apart = true,
          .package = "tensorboard",
          .port = 6006};
}

}  // namespace libre
