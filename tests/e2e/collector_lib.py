# SPDX-License-Identifier: MIT
"""What the tests of the collector share: TAP by a decorator, a server in this process, the collector
and programs with the shim preloaded."""
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

BUILD = pathlib.Path(os.environ.get("BUILD", pathlib.Path(__file__).parents[2] / "build")).resolve()
COLLECTOR = str(BUILD / "leastpriv-collector")
PYTHON = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else sys.executable
LONG = 20
WORK = pathlib.Path(tempfile.mkdtemp(prefix="lp-collector."))
for name in ("LEASTPRIV_SOCKET", "XDG_RUNTIME_DIR", "NOTIFY_SOCKET"):
    os.environ.pop(name, None)
count = failed = 0


class Skip(Exception):
    """What a test raises that cannot run here, with the reason."""


def test(f):
    """Runs the function, in a folder of its own, as one test; its docstring is the name."""
    global count, failed
    count += 1
    folder = WORK / str(count)
    folder.mkdir()
    os.chdir(folder)
    try:
        f()
    except Skip as e:
        print(f"ok {count} - {f.__doc__} # SKIP {e}", flush=True)
        return
    except Exception as e:  # whatever went wrong is a failed test
        failed += 1
        print(f"not ok {count} - {f.__doc__}", *(f"# {line}" for line in repr(e).split("\\n")), sep="\n", flush=True)
        return
    print(f"ok {count} - {f.__doc__}", flush=True)


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
# Makes one call for each line on its stdin, which is the key, and says "done".
CLIENT = f"""
import http.client, sys
c = http.client.HTTPConnection("127.0.0.1", {server.server_port})
for line in sys.stdin:
    c.request("GET", "/" + line.strip(), headers={{"Host": "lp-in.s3.us-east-1.amazonaws.com", "Authorization":
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/s3/aws4_request, "
        "SignedHeaders=host, Signature=0"}})
    c.getresponse().read()
    print("done", flush=True)
"""


def eventually(what, seconds=LONG):
    end = time.monotonic() + seconds
    while True:
        try:
            if what():
                return
        except (OSError, ValueError):  # not there yet
            pass
        assert time.monotonic() < end, f"timed out on {what.__doc__ or what}"
        time.sleep(0.02)


class Collector:
    def __init__(self, *options, csm=False, env=None):
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind("\0lp-test-%d-%d" % (os.getpid(), id(self)))
        self.notify.settimeout(LONG)
        env = dict(os.environ, NOTIFY_SOCKET="@" + self.notify.getsockname()[1:].decode(), **(env or {}))
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [COLLECTOR, *(["--socket", "s"] if not env.get("LEASTPRIV_SOCKET") else []),
             *([] if csm else ["--no-udp"]), *options],
            env=env, stderr=subprocess.PIPE, text=True)

    def ready(self):
        assert self.notify.recv(100) == b"READY=1"
        self.ready_ms = (time.monotonic() - self.started) * 1000
        return self

    def end(self, sig=signal.SIGTERM):
        self.process.send_signal(sig)
        err = self.process.communicate(timeout=LONG)[1]
        self.notify.close()
        return self.process.returncode, err


class Program:
    """A program with the shim in it, that calls when it is told to."""

    def __init__(self, path=None, env=None):
        env = dict(env or os.environ, LD_PRELOAD=str(BUILD / "libleastpriv.so"),
                   LEASTPRIV_SOCKET=str(path or pathlib.Path("s").absolute()))
        self.process = subprocess.Popen([PYTHON, "-c", CLIENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=env)
        self.asked = self.done = 0
        self.rest = ""

    def call(self, *keys):
        for key in keys:
            self.process.stdin.write(key + "\n")
            self.process.stdin.flush()
            assert self.process.stdout.readline() == "done\n"
        return self

    def start(self, *keys):
        "calls without waiting for each; fewer lines than a pipe holds"
        self.process.stdin.write("".join(key + "\n" for key in keys))
        self.process.stdin.flush()
        self.asked += len(keys)

    def answered(self):
        "how many calls it has said to be done, of all that it was told to make"
        os.set_blocking(self.process.stdout.fileno(), False)
        while True:
            line = self.rest + self.process.stdout.readline()
            self.rest = ""
            if not line.endswith("\n"):
                break
            self.done += 1
        self.rest = line
        os.set_blocking(self.process.stdout.fileno(), True)
        return self.done

    def await_all(self):
        while self.done < self.asked:
            line = self.rest + self.process.stdout.readline()
            self.rest = ""
            assert line == "done\n", line
            self.done += 1
        return self

    def end(self):
        out, err = self.process.communicate(timeout=LONG)
        assert (self.process.returncode, out, err) == (0, "", ""), (self.process.returncode, out, err)


def finish():
    os.chdir("/")
    shutil.rmtree(WORK, ignore_errors=True)
    print(f"1..{count}")
    sys.exit(failed != 0)
