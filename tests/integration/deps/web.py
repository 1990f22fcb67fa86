"""A web server for tests: a package index with wheels that it makes itself, and files that come in pieces.

web.py DIRECTORY: serves it on a free port of 127.0.0.1, which is the first line of its output. It knows Range and
If-Range. DIRECTORY/.log gets a line for each request; DIRECTORY/.cut with a number in it makes the next answers
with content end after that many bytes, once for each file.
web.py --wheel DIRECTORY NAME VERSION [REQUIREMENT…]: adds a wheel whose module says its version."""
import base64, hashlib, os, re, sys, zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def make_wheel(root, name, version, requirements):
    module = name.replace("-", "_")
    info = "%s-%s.dist-info/" % (module, version)
    files = {module + "/__init__.py": "version = %r\n" % version,
             info + "METADATA": "Metadata-Version: 2.1\nName: %s\nVersion: %s\n%s" % (
                 name, version, "".join("Requires-Dist: %s\n" % r for r in requirements)),
             info + "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    record = "".join("%s,sha256=%s,%d\n" % (
        path, base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode(), len(text))
        for path, text in files.items())
    files[info + "RECORD"] = record + info + "RECORD,,\n"
    page = os.path.join(root, "simple", re.sub(r"[-_.]+", "-", name).lower())
    os.makedirs(page, exist_ok=True)
    wheel = "%s-%s-py3-none-any.whl" % (module, version)
    with zipfile.ZipFile(os.path.join(page, wheel), "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    with open(os.path.join(page, "index.html"), "w") as index:
        for other in sorted(os.listdir(page)):
            if other.endswith(".whl"):
                index.write('<a href="%s">%s</a>\n' % (other, other))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cut = set()

    def do_GET(self):
        path = os.path.join(root, self.path.split("?")[0].lstrip("/"))
        if os.path.isdir(path):
            path = os.path.join(path, "index.html")
        asked = self.headers.get("Range", "")
        with open(os.path.join(root, ".log"), "a") as log:
            log.write("%s %s\n" % (self.path, asked))
        if not os.path.isfile(path):
            return self.send_error(404)
        with open(path, "rb") as file:
            content = file.read()
        tag = '"%s"' % hashlib.md5(content).hexdigest()
        begin = 0
        match = re.match(r"bytes=(\d+)-$", asked)
        if match and self.headers.get("If-Range", tag) == tag:
            begin = int(match.group(1))
        if begin and begin >= len(content):
            return self.send_error(416)
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", "bytes %d-%d/%d" % (begin, len(content) - 1, len(content)))
        if path.endswith(".html"):
            self.send_header("Content-Type", "text/html")
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        rest = content[begin:]
        cut_file = os.path.join(root, ".cut")
        if os.path.exists(cut_file) and path not in self.cut:
            self.cut.add(path)
            self.wfile.write(rest[:int(open(cut_file).read())])
            self.wfile.flush()
            self.connection.close()
            self.close_connection = True
            return
        self.wfile.write(rest)

    def log_message(self, *arguments):
        pass


if sys.argv[1] == "--wheel":
    make_wheel(sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:])
else:
    root = sys.argv[1]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()
