# SPDX-License-Identifier: MIT
"""Job control around a program that is followed by ptrace: ptrace_jobs.py inside|outside FOLDER PROGRAM

inside: an interactive shell under leastpriv-run runs pipelines; outside: leastpriv-run is in the pipeline.
FOLDER gets calls.jsonl.
"""
import pathlib
import sys

from shell_pty import Terminal, eventually, state_of

where, folder, program = sys.argv[1:]
calls = pathlib.Path(folder) / "calls.jsonl"
EACH = 600  # calls of a goroutine: the program must still run when it is stopped


def running():
    """the pids of the program"""
    pids = []
    for exe in pathlib.Path("/proc").glob("[0-9]*/exe"):
        try:
            if exe.resolve() == pathlib.Path(program).resolve():
                pids.append(int(exe.parent.name))
        except OSError:
            pass
    return pids


def stop_and_continue(t, command, how):
    t.type(f"{{ {command} && echo fi''ne; }} | cat\n")
    eventually(running)
    t.settle()
    t.type("\32")
    t.expect("Stopped")
    t.expect(t.PROMPT)
    pids = running()
    assert pids
    eventually(lambda: all(state_of(pid) in "Tt" for pid in pids))
    t.type(f"{how}\n")
    t.expect("fine")
    t.type("\n")
    t.expect(t.PROMPT)


def interrupt(t, pipeline):
    t.type(pipeline + "\n")
    eventually(running)
    t.settle()
    t.type("\3")
    t.expect(t.PROMPT)
    t.settle()
    assert t.status() == 130
    eventually(lambda: not running())


t = Terminal(cwd=folder)
try:
    t.command("set -o pipefail")
    run = "$RUN --ebpf=off -q -o got.json --calls calls.jsonl --"
    if where == "inside":
        t.type(f"PS1='{t.PROMPT}' {run} bash --norc --noprofile --noediting -i\n")
        t.expect(t.PROMPT)
        t.command("set -o pipefail")
        run = ""
    interrupt(t, f"{run} {program} 4 100000 | cat")
    for how in ("fg", "bg"):
        stop_and_continue(t, f"{run} {program} 2 {EACH}", how)
    if where == "inside":
        t.command("exit 6")
        assert t.status() == 6
finally:
    t.close()
seen = sum('"GetItem"' in line for line in calls.open())
assert seen == 2 * EACH if where == "outside" else seen >= 4 * EACH, seen
