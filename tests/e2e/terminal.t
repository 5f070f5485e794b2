#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""leastpriv-run between a shell and a command: job control under a real terminal, signals, masks,
descriptors, users. Needs no emulator: the calls go to a server in this file."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import tap
from stub import HEADERS, server
from tap import Skip, test
from shell_pty import Terminal, children_of, eventually, state_of

BUILD = pathlib.Path(os.environ.get("BUILD", pathlib.Path(__file__).parents[2] / "build")).resolve()
RUN = os.environ.get("RUN", str(BUILD / "leastpriv-run"))
EBPF = os.environ.get("LP_TEST_EBPF", "off")  # what is tested here is the other way in
WORK = pathlib.Path(tempfile.mkdtemp(prefix="lp-terminal."))
WORK.chmod(0o755)
LONG = 20  # seconds that nothing here should ever take
os.environ.pop("LEASTPRIV_SOCKET", None)
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup's: no shell can trap what came ignored


CALL = WORK / "call.py"
CALL.write_text(f"""
import http.client
c = http.client.HTTPConnection("127.0.0.1", {server.server_port})
c.request("GET", "/k", headers={HEADERS})
c.getresponse().read()
""")
PYTHON = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else sys.executable
CALL_SH = f"{PYTHON} {CALL}"


def calls_of(policy):
    return [(a, r) for s in json.loads(pathlib.Path(policy).read_text())["Statement"]
            for a in s["Action"] for r in s["Resource"]]


def one_call(policy):
    got = calls_of(policy)
    assert got == [("s3:GetObject", "arn:aws:s3:::lp-in/k")], got


def run(*command, options=(), **kw):
    """leastpriv-run without a terminal; the CompletedProcess."""
    kw.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([RUN, f"--ebpf={EBPF}", "-o", str(WORK / "p.json"), *options, "--", *command], cwd=WORK, timeout=LONG,
                          capture_output=True, text=True, **kw)


def same_as_bare(*command, **kw):
    """The command prints the same with and without leastpriv-run."""
    bare = subprocess.run(command, cwd=WORK, timeout=LONG, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          check=True, **kw).stdout
    got = run(*command, options=["-q"], **kw).stdout
    assert got == bare, (got, bare)


@contextlib.contextmanager
def terminal():
    t = Terminal(cwd=WORK, RUN=f"{RUN} --ebpf={EBPF}")
    try:
        yield t
    finally:
        t.close()


def remove(name):
    (WORK / name).unlink(missing_ok=True)


# --- a terminal -----------------------------------------------------------------------------------------

@test
def ctrl_c():
    "Ctrl-C ends the command, and the policy is written"
    remove("c.json")
    with terminal() as t:
        t.type(f"$RUN -o c.json -- sh -c '{CALL_SH}; echo called; sleep 60'\n")
        t.expect("called")
        t.settle()
        t.type("\3")
        t.expect(t.PROMPT)
        assert t.status() == 130
    one_call(WORK / "c.json")


@test
def ctrl_c_is_the_commands():
    "a command that takes Ctrl-C for something else goes on, and gets it once"
    with terminal() as t:
        t.type("$RUN -q -o c.json -- bash -c 'trap \"n=\\$((n+1)); echo caught\" INT; echo ready; "
               "until [ \"$n\" ]; do sleep 0.1; done; sleep 0.5; exit $((n+6))'\n")
        t.expect("ready")
        t.type("\3")
        t.expect("caught")
        t.expect(t.PROMPT)
        assert t.status() == 7


@test
def ctrl_backslash():
    "Ctrl-\\ too"
    with terminal() as t:
        t.command("ulimit -c 0")
        t.type("$RUN -q -o c.json -- sh -c 'echo ready; sleep 60; exit'\n")
        t.expect("ready")
        t.settle()
        t.type("\34")
        t.expect(t.PROMPT)
        assert t.status() == 131


@test
def ctrl_z():
    "Ctrl-Z stops command and leastpriv-run, fg continues both"
    with terminal() as t:
        t.type(f"$RUN -o z.json -- sh -c 'echo ready; sleep 1; {CALL_SH}; echo done; exit 5'\n")
        t.expect("ready")
        runner, command = t.job()
        t.settle()
        t.type("\32")
        t.expect("Stopped")
        t.expect(t.PROMPT)
        assert (state_of(runner), state_of(command)) == ("T", "T")
        t.type("fg\n")
        t.expect("done")
        t.expect(t.PROMPT)
        assert t.status() == 5
    one_call(WORK / "z.json")


@test
def background():
    "Ctrl-Z, bg: it goes on in the background and ends there"
    remove("z.json")
    with terminal() as t:
        t.type(f"$RUN -o z.json -- sh -c 'echo ready; sleep 1; {CALL_SH}; exit 5'\n")
        t.expect("ready")
        t.settle()
        t.type("\32")
        t.expect("Stopped")
        t.expect(t.PROMPT)
        t.command("bg")
        t.command("wait %1")
        assert t.status() == 5
    one_call(WORK / "z.json")


@test
def reads_the_terminal():
    "the command reads the terminal and sees its size"
    with terminal() as t:
        t.command("stty rows 33 cols 77")
        t.type("$RUN -q -o r.json -- sh -c 'stty size; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && read x && echo \"<$x>\"'\n")
        t.expect("33 77")
        t.type("hello\n")
        t.expect("<hello>")


@test
def background_reader():
    "a background command that reads the terminal stops, with leastpriv-run, and fg lets it read"
    with terminal() as t:
        t.type("$RUN -q -o r.json -- sh -c 'read x; echo \"<$x>\"' &\n")
        runner, command = t.job()
        eventually(lambda: state_of(runner) == "T" and state_of(command) == "T")
        t.type("fg\n")
        eventually(lambda: state_of(command) != "T")
        t.type("hello\n")
        t.expect("<hello>")
        t.expect(t.PROMPT)
        assert t.status() == 0


@test
def shell_in_a_shell():
    "an interactive shell as the command: job control inside, suspend, fg, exit status"
    with terminal() as t:
        t.type("PS1='INNER>' $RUN -q -o s.json -- bash --norc --noprofile --noediting -i\n")
        t.expect("INNER>")
        t.type("sleep 60\n")
        time.sleep(0.3)
        t.type("\32")
        t.expect("Stopped")
        t.expect("INNER>")
        t.type("kill %1; wait\n")
        t.expect("INNER>")
        t.type("suspend -f\n")
        t.expect("Stopped")
        t.expect(t.PROMPT)
        t.type("fg\n")
        time.sleep(0.3)
        t.type("echo a''gain\n")
        t.expect("again")
        t.type("exit 9\n")
        t.expect(t.PROMPT)
        assert t.status() == 9


@test
def hangup():
    "a terminal that goes away: the policy is written"
    remove("h.json")
    t = Terminal(cwd=WORK, RUN=f"{RUN} --ebpf={EBPF}")
    t.type(f"exec $RUN -o h.json -- sh -c '{CALL_SH}; echo called; sleep 60'\n")
    t.expect("called")
    os.close(t.fd)
    end = time.monotonic() + LONG
    while os.waitpid(t.pid, os.WNOHANG) == (0, 0):
        assert time.monotonic() < end, "it lives on"
        time.sleep(0.05)
    one_call(WORK / "h.json")


# --- signals ---------------------------------------------------------------------------------------------

@test
def forwards():
    "signals sent to leastpriv-run alone reach the command"
    signals = "HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "WINCH", "CONT", "RTMIN"
    for sig, group in [(s, True) for s in signals] + [("TERM", False), ("USR1", False)]:
        p = subprocess.Popen([RUN, f"--ebpf={EBPF}", "-q", "-o", str(WORK / "p.json"), "--", "bash", "-c",
                              f"trap 'exit 42' {sig}; echo ready; while :; do sleep 0.05; done"], cwd=WORK,
                             stdout=subprocess.PIPE, start_new_session=group)
        assert p.stdout.readline() == b"ready\n"
        p.send_signal(getattr(signal, "SIG" + sig))
        assert p.wait(LONG) == 42, (sig, p.returncode)
        p.stdout.close()


@test
def stopped_for_a_moment():
    "who is told to stop and to go on at once goes on"
    for pause in (0, 0.001, 0.002) * 10:
        p = subprocess.Popen([RUN, f"--ebpf={EBPF}", "-q", "-o", str(WORK / "p.json"), "--", "sh", "-c", "echo ready; sleep 0.02"],
                             cwd=WORK, stdout=subprocess.PIPE)
        assert p.stdout.readline() == b"ready\n"
        p.send_signal(signal.SIGTSTP)
        time.sleep(pause)
        p.send_signal(signal.SIGCONT)
        try:
            assert p.wait(LONG) == 0
        finally:
            p.kill()
        p.stdout.close()


@test
def not_back():
    "a signal that the command sends its group comes to it once"
    r = run("bash", "-c", "trap 'n=$((n+1))' USR1; kill -USR1 0; sleep 0.5; exit $((n+10))",
            options=["-q"], start_new_session=True)
    assert r.returncode == 11, r


@test
def stopped_by_somebody():
    "without a terminal a SIGSTOP for the command stops only the command"
    p = subprocess.Popen([RUN, f"--ebpf={EBPF}", "-q", "-o", str(WORK / "p.json"), "--", "sh", "-c", "echo ready; read x; exit 4"],
                         cwd=WORK, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    p.stdout.readline()
    command = children_of(p.pid)[0]
    os.kill(command, signal.SIGSTOP)
    eventually(lambda: state_of(command) == "T")
    time.sleep(0.1)
    assert state_of(p.pid) == "S"
    os.kill(command, signal.SIGCONT)
    p.stdin.write(b"\n")
    p.stdin.close()
    assert p.wait(LONG) == 4
    p.stdout.close()


@test
def masks():
    "signal masks and dispositions are as they were"
    show = ["grep", "-E", "^(SigBlk|SigIgn|SigCgt)", "/proc/self/status"]
    same_as_bare(*show)

    def odd():
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGTERM])

    same_as_bare(*show, preexec_fn=odd)


@test
def limits():
    "resource limits are as they were"
    same_as_bare("bash", "-c", "ulimit -a")
    same_as_bare("bash", "-c", "ulimit -a", preexec_fn=lambda: __import__("resource").setrlimit(
        __import__("resource").RLIMIT_NOFILE, (256, 1024)))


@test
def process_tree():
    "parent, group and session are what they would be"
    r = run("sh", "-c", "echo $$; ps -o pgid=,sid= -p $$", options=["-q"], start_new_session=True)
    pid, pgid, sid = r.stdout.split()
    assert pgid == sid and pgid != pid, r.stdout


# --- streams and descriptors -----------------------------------------------------------------------------

@test
def descriptors():
    "the command has the descriptors it would have, open or closed"
    r, w = os.pipe()
    show = ["ls", "/proc/self/fd"]
    bare = subprocess.run(show, stdout=subprocess.PIPE, pass_fds=[r], check=True).stdout
    got = subprocess.run([RUN, f"--ebpf={EBPF}", "-q", "-o", str(WORK / "p.json"), "--", *show], stdout=subprocess.PIPE, pass_fds=[r],
                         check=True).stdout
    assert got == bare, (got, bare)
    os.close(r)
    os.close(w)
    for closed in ("<&-", "2>&-", "<&- 2>&-"):
        bare, got = (subprocess.run(["bash", "-c", f"{with_run} ls /proc/self/fd {closed}"], stdout=subprocess.PIPE,
                                    check=True).stdout for with_run in ("", f"{RUN} --ebpf={EBPF} -q -o {WORK}/p.json --"))
        assert got == bare, (closed, got, bare)


@test
def end_of_output():
    "who reads the output sees its end when the command closes it"
    p = subprocess.Popen([RUN, f"--ebpf={EBPF}", "-q", "-o", str(WORK / "p.json"), "--", "bash", "-c", "echo hi; exec >&-; sleep 5"],
                         stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    before = time.monotonic()
    assert p.stdout.read() == b"hi\n"
    assert time.monotonic() - before < 3
    p.terminate()
    p.wait(LONG)
    p.stdout.close()


@test
def broken_pipe():
    "a reader that goes away: the command gets SIGPIPE as ever"
    r = subprocess.run(["bash", "-c", f"{RUN} --ebpf={EBPF} -q -o {WORK}/p.json -- yes | head -n 1; echo ${{PIPESTATUS[0]}}"],
                       capture_output=True, text=True, timeout=LONG)
    assert r.stdout == "y\n141\n", r


# --- the private folder, the library ----------------------------------------------------------------------

def folder_of(output):
    return pathlib.Path(output.strip()).parent


@test
def folder():
    "the private folder is private, and gone afterwards"
    r = run("sh", "-c", "echo $LEASTPRIV_SOCKET; ls -ld ${LEASTPRIV_SOCKET%/*}", options=["-q"])
    path, mode = r.stdout.splitlines()
    assert mode.startswith("drwx--x--x" if os.geteuid() == 0 else "drwx------"), r.stdout
    assert not folder_of(path).exists()
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        p = subprocess.Popen([RUN, f"--ebpf={EBPF}", "-q", "-o", str(WORK / "p.json"), "--", "sh", "-c", "echo $LEASTPRIV_SOCKET; exec sleep 60"],
                             stdout=subprocess.PIPE, text=True, start_new_session=True)
        path = p.stdout.readline()
        assert folder_of(path).exists()
        p.send_signal(sig)
        assert p.wait(LONG) == 128 + sig
        assert not folder_of(path).exists()
        p.stdout.close()


@test
def odd_library_path():
    "a library whose path LD_PRELOAD cannot name"
    odd = WORK / "a b:c"
    odd.mkdir()
    shutil.copy(BUILD / "libleastpriv.so", odd)
    env = dict(os.environ, LEASTPRIV_LIB=str(odd / "libleastpriv.so"))
    r = run("sh", "-c", CALL_SH, env=env)
    assert r.returncode == 0 and "ld.so" not in r.stderr, r
    one_call(WORK / "p.json")


@test
def no_library():
    "no library: an error, and the command is not run"
    r = run("sh", "-c", "touch ran", env=dict(os.environ, LEASTPRIV_LIB="/no/such/lib.so"))
    assert r.returncode == 125 and "LEASTPRIV_LIB" in r.stderr and not (WORK / "ran").exists(), r


@test
def no_place_for_the_policy():
    "no place for the policy or the call log: an error before the command runs"
    for options in (["-o", "/no/such/dir/x"], ["--calls", "/no/such/dir/x"], ["-o", "/tmp"], ["--report", "/tmp"],
                    ["-o", "p.json", "--calls", "p.json"]):
        r = run("touch", "ran", options=options)
        assert r.returncode == 125 and options[-1] in r.stderr and not (WORK / "ran").exists(), r


# --- what cannot be followed --------------------------------------------------------------------------------

def static_program():
    source = WORK / "static.c"
    source.write_text("int main(void) { return 6; }\n")
    subprocess.run(["cc", "-static", "-o", WORK / "static", source], check=True)
    return str(WORK / "static")


@test
def static():
    "a static program runs, is named with the reason, and fails --strict"
    program = static_program()
    r = run(program)
    assert r.returncode == 6 and program in r.stderr and "statically linked" in r.stderr, r
    r = run("sh", "-c", f"{program}; exit 0")
    assert r.returncode == 0 and program in r.stderr and "statically linked" in r.stderr, r
    assert run("sh", "-c", f"{program}; exit 0", options=["--strict"]).returncode == 3
    assert run("sh", "-c", f"{program}; exit 9", options=["--strict"]).returncode == 9


@test
def colours():
    "a warning has its colour on a terminal, unless that is dumb or the person wants none"
    program = static_program()
    with terminal() as t:
        for env, coloured in (("TERM=xterm", True), ("TERM=dumb", False), ("TERM=", False), ("TERM=xterm NO_COLOR=1", False)):
            said = t.command(f"{env} $RUN --ptrace=off -o c.json -- {program}")
            assert "leastpriv: not followed:" in said and ("\33[33mleastpriv: not" in said) == coloured, (env, said)


@test
def last_words():
    "what ends a moment after the command is waited for: its calls are recorded, and nothing is said of it"
    # All that takes long is done before: nobody is waited for longer than the fifth of a second.
    late = f"""
import http.client, os, time
"".encode("idna")
call, parent = compile(open("{CALL}").read(), "call", "exec"), os.getppid()
print("up", flush=True)
while os.getppid() == parent:
    time.sleep(0.001)
exec(call)
os._exit(0)
"""
    r = run("bash", "-c", f'exec 3< <(exec {PYTHON} -c "$1" 2>/dev/null); read -r up <&3; exit 3', "bash", late)
    assert r.returncode == 3 and "still run" not in r.stderr, r.stderr
    one_call(WORK / "p.json")


@test
def survivors():
    "processes that live on are mentioned, if they only forked so far, and nothing complains in them afterwards"
    out = WORK / "survivor.out"
    r = run("bash", "-c", f"(sleep 1.5; ls -d .; {CALL_SH}; echo over) >{out} 2>&1 & exit 0")
    assert r.returncode == 0 and re.search(r"\d+ process(es)? still run", r.stderr), r.stderr
    eventually(lambda: out.exists() and "over" in out.read_text())
    assert out.read_text() == ".\nover\n", out.read_text()


@test
def nested():
    "leastpriv-run under leastpriv-run: the inner one has it all"
    r = run(RUN, f"--ebpf={EBPF}", "-o", str(WORK / "inner.json"), "--", "sh", "-c", CALL_SH)
    assert r.returncode == 0, r
    one_call(WORK / "inner.json")
    assert calls_of(WORK / "p.json") == []


def other_users():
    """The environment in which another user's programs find the library."""
    if os.geteuid() != 0:
        raise Skip("only root can change users")
    if not os.path.realpath(PYTHON).startswith("/usr/"):
        raise Skip("no python that another user can run")
    lib = pathlib.Path(BUILD / "libleastpriv.so")
    env = dict(os.environ)
    if any(not p.stat().st_mode & 0o1 for p in lib.parents):
        shutil.copy(lib, WORK / "libleastpriv.so")
        env["LEASTPRIV_LIB"] = str(WORK / "libleastpriv.so")
    return env


@test
def dropped_rights():
    "a program that root starts as another user is followed"
    env = other_users()
    if not shutil.which("setpriv"):
        raise Skip("no setpriv")
    r = run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", PYTHON, str(CALL), env=env)
    assert r.returncode == 0, r
    one_call(WORK / "p.json")


@test
def daemons_worker():
    "so is what a daemon of root's starts as another user, though neither descends from the command any more"
    env, done = other_users(), WORK / "daemon.done"
    r = run(PYTHON, "-c", f"""
import os, pathlib, subprocess, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        subprocess.run(["{PYTHON}", "{CALL}"], user=65534, group=65534, extra_groups=[])
        pathlib.Path("{done}").touch()
    os._exit(0)
os.wait()
while not os.path.exists("{done}"):
    time.sleep(0.02)
""", env=env)
    assert r.returncode == 0 and "refused" not in r.stderr, r
    one_call(WORK / "p.json")


@test
def late_collector():
    "so is one that forked, changed its user and is done before the collector got to run"
    r = run(PYTHON, "-c", f"""
import http.client, os, signal, time
os.kill(os.getppid(), signal.SIGSTOP)
pid = os.fork()
if pid == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
    exec(open("{CALL}").read())
    os._exit(0)
until = time.monotonic() + 0.05
while not os.waitpid(pid, os.WNOHANG)[0] and time.monotonic() < until:
    time.sleep(0.001)
os.kill(os.getppid(), signal.SIGCONT)
""", env=other_users())
    assert r.returncode == 0 and "refused" not in r.stderr, r
    one_call(WORK / "p.json")


@test
def output_options():
    "options of the policy"
    r = run("sh", "-c", CALL_SH, options=["-o", "-", "--format", "terraform", "--per", "all", "-q"])
    assert "aws_iam_policy" in r.stdout, r
    for bad in (["--per", "x"], ["--format", "x"], ["--no-such"]):
        r = run("touch", "ran", options=bad)
        assert r.returncode == 125 and r.stderr and not (WORK / "ran").exists(), r


shutil.rmtree(WORK, ignore_errors=True)
tap.plan()
sys.exit(tap.failed != 0)
