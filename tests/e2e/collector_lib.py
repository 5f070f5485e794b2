# SPDX-License-Identifier: MIT
"""What the tests of the collector share: TAP by a decorator, a server in this process, the collector
and programs with the shim preloaded."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import tap
from stub import HEADERS, server
from tap import Skip  # noqa: F401

BUILD = pathlib.Path(os.environ.get("BUILD", pathlib.Path(__file__).parents[2] / "build")).resolve()
COLLECTOR = str(BUILD / "leastpriv-collector")
PYTHON = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else sys.executable
LONG = 20
WORK = pathlib.Path(tempfile.mkdtemp(prefix="lp-collector."))
os.environ["TMPDIR"] = str(WORK)  # for what is kept of evidence that has no place
for name in ("LEASTPRIV_SOCKET", "XDG_RUNTIME_DIR", "NOTIFY_SOCKET"):
    os.environ.pop(name, None)


def test(f):
    """tap.test in a folder of its own."""
    folder = WORK / str(tap.done + 1)
    folder.mkdir()
    os.chdir(folder)
    tap.test(f)


# Makes one call for each line on its stdin, which is the key, and says "done".
CLIENT = f"""
import http.client, sys
c = http.client.HTTPConnection("127.0.0.1", {server.server_port})
for line in sys.stdin:
    c.request("GET", "/" + line.strip(), headers={HEADERS})
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
    def __init__(self, *options, csm=False, env=None, within=()):
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind("\0lp-test-%d-%d" % (os.getpid(), id(self)))
        self.notify.settimeout(LONG)
        env = dict(os.environ, NOTIFY_SOCKET="@" + self.notify.getsockname()[1:].decode(), **(env or {}))
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [*within, COLLECTOR, *(["--socket", "s"] if not env.get("LEASTPRIV_SOCKET") else []),
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

    def __init__(self, path=None, env=None, client=CLIENT):
        env = dict(env or os.environ, LD_PRELOAD=str(BUILD / "libleastpriv.so"),
                   LEASTPRIV_SOCKET=str(path or pathlib.Path("s").absolute()))
        self.process = subprocess.Popen([PYTHON, "-c", client], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
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
    tap.plan()
    sys.exit(tap.failed != 0)
