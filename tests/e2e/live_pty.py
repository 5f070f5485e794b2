# SPDX-License-Identifier: MIT
"""Runs a command on a terminal of 24 rows and 80 columns and prints, as text, what the screen shows at
the end and what it showed while the command ran: live_pty.py SECONDS command ...

A small model of a terminal: it knows what leastpriv and line-oriented programs write.
"""
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

ROWS, COLS = 24, 80


class Screen:
    def __init__(self):
        self.lines = [""] * ROWS
        self.row = self.col = 0
        self.saved = (0, 0)
        self.bottom = ROWS - 1

    def put(self, c):
        if c == "\r":
            self.col = 0
        elif c == "\n":
            if self.row == self.bottom:
                self.lines[: self.bottom + 1] = self.lines[1 : self.bottom + 1] + [""]
            elif self.row < ROWS - 1:
                self.row += 1
        else:
            line = self.lines[self.row].ljust(self.col)
            self.lines[self.row] = line[: self.col] + c + line[self.col + 1 :]
            self.col += 1

    def escape(self, seq):
        n = [int(x) if x else 0 for x in seq[2:-1].split(";")] if seq[1] == "[" else []
        if seq == "\x1b7":
            self.saved = (self.row, self.col)
        elif seq == "\x1b8":
            self.row, self.col = self.saved
        elif seq[-1] == "A":
            self.row = max(0, self.row - n[0])
        elif seq[-1] == "r":
            self.bottom = (n[1] if len(n) > 1 else ROWS) - 1
            self.row = self.col = 0
        elif seq[-1] == "H":
            self.row, self.col = n[0] - 1, n[1] - 1
        elif seq[-1] == "K":
            self.lines[self.row] = ""
        elif seq[-1] == "J":
            self.lines[self.row :] = [""] * (ROWS - self.row)
        elif seq[-1] != "m":
            raise SystemExit(f"unknown sequence {seq!r}")

    def feed(self, text):
        for part in re.split(r"(\x1b[78]|\x1b\[[0-9;]*[A-Za-z])", text):
            if part.startswith("\x1b"):
                self.escape(part)
            else:
                for c in part:
                    self.put(c)


def main():
    during = float(sys.argv[1])
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        time.sleep(0.2)  # until the size is set
        os.execvp(sys.argv[2], sys.argv[2:])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLS, 0, 0))
    screen, start, shown = Screen(), time.monotonic(), False
    while True:
        if select.select([fd], [], [], 0.1)[0]:
            try:
                data = os.read(fd, 65536)
            except OSError:
                break
            if not data:
                break
            screen.feed(data.decode("utf-8", "replace"))
        if not shown and time.monotonic() - start > during:
            shown = True
            print("\n".join(f"during: {line}" for line in screen.lines))
    os.waitpid(pid, 0)
    print("\n".join(f"end: {line}" for line in screen.lines))
    print(f"region: {screen.bottom}")


main()
