#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Puts back what stands in a program's file where breakpoints stand in its memory, as the kernel does
where another's uprobe goes that stood in the same place. Prints how many there were.

    ptrace_restore.py PROGRAM
"""
import glob
import os
import sys
import time

INT3 = 0xCC


def differences(pid, program):
    """Of code as it is mapped: address and byte of the file for each breakpoint."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as mem, open(program, "rb") as file:
        for line in maps:
            span, mode, off, _, _, *path = line.split()
            if "x" not in mode or not path or not path[0].endswith("/" + os.path.basename(program)):
                continue
            lo, hi = (int(n, 16) for n in span.split("-"))
            mem.seek(lo)
            file.seek(int(off, 16))
            now, then = mem.read(hi - lo), file.read(hi - lo)
            yield from ((lo + i, then[i]) for i in range(len(then)) if now[i] != then[i] and now[i] == INT3)


def restore(program):
    for exe in glob.glob("/proc/[0-9]*/exe"):
        pid = exe.split("/")[2]
        try:
            if os.readlink(exe) != os.path.realpath(program):
                continue
            found = list(differences(pid, program))
            with open(f"/proc/{pid}/mem", "r+b", buffering=0) as mem:
                for at, byte in found:
                    mem.seek(at)
                    mem.write(bytes([byte]))
        except OSError:  # it ended
            continue
        if found:
            return len(found)
    return 0


def main():
    until = time.monotonic() + 10
    while time.monotonic() < until:
        n = restore(sys.argv[1])
        if n:
            print(n)
            return 0
        time.sleep(0.02)
    return 1


if __name__ == "__main__":
    sys.exit(main())
