# SPDX-License-Identifier: MIT
"""An interactive shell on a terminal, for tests that type: what terminal.t and ptrace_jobs.py share."""
import contextlib
import os
import pathlib
import pty
import re
import select
import signal
import time

LONG = 20  # seconds that nothing here should ever take


def state_of(pid):
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()[0]


def children_of(pid):
    return [int(c) for c in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def eventually(what, seconds=LONG):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"timed out on {what.__doc__ or what}"
        time.sleep(0.02)


class Terminal:
    """An interactive bash on a terminal of its own, and what can be typed and read there."""

    PROMPT = "PROMPT>"

    def __init__(self, cwd, **env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.environ.update(env, PS1=self.PROMPT, TERM="dumb", HISTFILE="/dev/null")
            os.execvp("bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"])
        self.seen = ""
        self.expect(self.PROMPT)
        self.command("stty -echo; bind 'set enable-bracketed-paste off' 2>/dev/null")

    def type(self, text):
        os.write(self.fd, text.encode())

    def expect(self, pattern):
        """Reads until the pattern comes; what came before it."""
        end = time.monotonic() + LONG
        while not (m := re.search(pattern, self.seen)):
            assert time.monotonic() < end, f"no {pattern!r} in {self.seen!r}"
            if select.select([self.fd], [], [], 0.1)[0]:
                self.seen += os.read(self.fd, 4096).decode(errors="replace")
        before, self.seen = self.seen[:m.start()], self.seen[m.end():]
        return before

    def settle(self):
        """Shells in the middle of starting a program heed signals late or never, with us and without."""
        time.sleep(0.3)

    def command(self, line):
        """Types a line; what it printed."""
        self.type(line + "\n")
        return self.expect(self.PROMPT)

    def status(self):
        return int(self.command("echo \"status=$?\"").split("status=")[1].split()[0])

    def job(self):
        """pids of leastpriv-run and of the command of the only job."""
        eventually(lambda: children_of(self.pid))
        runner = children_of(self.pid)[0]
        eventually(lambda: children_of(runner))
        return runner, children_of(runner)[0]

    def close(self):
        with contextlib.suppress(OSError):
            self.type("\3\nkill -9 $(jobs -p) 2>/dev/null; exit\n")
        os.close(self.fd)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
