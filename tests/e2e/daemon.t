#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""leastpriv-collector with a folder for its output: what is in it, what survives, what is bounded,
who is let in. Needs no emulator: programs call a server in collector_lib.py, with the shim preloaded."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

from collector_lib import BUILD, COLLECTOR, LONG, PYTHON, Collector, Program, Skip, eventually, finish, test

KEY = "AKIAIOSFODNN7EXAMPLE"
OUT = pathlib.Path("out")


def python_workload():
    (name,) = {p.parent.name for p in OUT.glob("usr-bin-python3*/*")}
    return name


def keys(workload=None, identity=KEY):
    "what the policies of one identity allow in one workload"
    prefix = "arn:aws:s3:::lp-in/"
    files = list((OUT / (workload or python_workload())).glob(f"{identity}.policy*.json"))
    found = [r for f in files for s in json.loads(f.read_text())["Statement"] for r in s["Resource"]]
    assert all(r.startswith(prefix) for r in found), found
    return sorted(r[len(prefix):] for r in found)


def logged(workload=None, identity=KEY):
    path = OUT / (workload or python_workload()) / f"{identity}.calls.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


@test
def one_per_workload():
    "a policy and a call log for each workload and identity, kept up to date by --interval"
    c = Collector("-o", "out/", "--interval", "1").ready()
    assert OUT.stat().st_mode & 0o777 == 0o700
    p, q = Program().call("a", "b", "a"), Program(env=dict(os.environ, LEASTPRIV_WORKLOAD="web")).call("w")
    eventually(lambda: keys() == ["a", "b"] and keys("web") == ["w"])
    p.call("c")
    eventually(lambda: keys() == ["a", "b", "c"])
    eventually(lambda: sorted(line["count"] for line in logged()) == [1, 1, 2])
    assert {line["workload"] for line in logged("web")} == {"web"}
    for x in (p, q):
        x.end()
    assert c.end()[0] == 0
    # The log beside the policy is what the policy is made of.
    tool = subprocess.run([BUILD / "leastpriv", "policy", "-o", "-", OUT / "web" / f"{KEY}.calls.jsonl"], check=True,
                          capture_output=True, text=True)
    assert json.loads(tool.stdout) == json.loads((OUT / "web" / f"{KEY}.policy.json").read_text())


@test
def names_of_our_own():
    "a workload that is called like the collector's own files takes no place of theirs"
    c = Collector("-o", "out/", "--interval", "0").ready()
    names = ("gaps.jsonl", "ledger.journal", "ledger.journal.tmp")
    for name in names:
        Program(env=dict(os.environ, LEASTPRIV_WORKLOAD=name)).call("k").end()
    status, said = c.end()[:2]
    assert status == 0, said
    assert all(keys("_" + name) == ["k"] for name in names)
    assert not any((OUT / name).is_dir() for name in names)


@test
def hangup():
    "SIGHUP writes at once, SIGTERM takes what is there and ends"
    c = Collector("-o", "out/", "--interval", "0").ready()
    p = Program().call("a")
    time.sleep(0.3)
    assert not list(OUT.glob("*/*"))
    c.process.send_signal(signal.SIGHUP)
    eventually(lambda: keys() == ["a"])
    p.call("b").end()
    assert c.end()[0] == 0
    assert keys() == ["a", "b"]


@test
def restart():
    "a new start goes on with what was known"
    for key in "abc":
        c = Collector("-o", "out/").ready()
        Program().call(key, "a").end()
        status, err = c.end()
        assert status == 0 and "1 identity" in err, err
    assert keys() == ["a", "b", "c"]
    assert {line["actions"][0]["resources"][0][-1]: line["count"] for line in logged()} == {"a": 4, "b": 1, "c": 1}


@test
def gaps_restart():
    "what was not seen stays known: after a restart, after SIGKILL, and in a folder that is made anew"
    pathlib.Path("x.c").write_text("int main(void) { return 0; }")
    if subprocess.run(["cc", "-static", "-o", "one", "x.c"], capture_output=True, check=False).returncode:
        raise Skip("no static programs can be linked here")
    shutil.copy("one", "two")

    def gaps():
        counts = {}
        for line in (OUT / "gaps.jsonl").read_text().splitlines():
            gap = json.loads(line)["gap"]
            name = pathlib.Path(gap["program"]).name
            counts[name] = counts.get(name, 0) + gap["count"]
        return counts

    def start(name):
        subprocess.run(["sh", "-c", f"./{name}; true"], check=True, env=dict(
            os.environ, LD_PRELOAD=str(BUILD / "libleastpriv.so"), LEASTPRIV_SOCKET=str(pathlib.Path("s").absolute())))

    for i, sig in enumerate((signal.SIGTERM, signal.SIGKILL, signal.SIGTERM)):
        c = Collector("-o", "out/", "--interval", "1").ready()
        start("one")
        if i == 1:
            start("two")
        eventually(lambda i=i: gaps() == {"one": i + 1, **({"two": 1} if i else {})})
        c.end(sig)
    c = Collector("-o", "out/", "--interval", "1").ready()
    os.rename(OUT, "away")
    eventually(lambda: gaps() == {"one": 3, "two": 1})
    assert c.end()[0] == 0
    tool = subprocess.run([BUILD / "leastpriv", "policy", "--strict", OUT / "gaps.jsonl"], check=False, capture_output=True)
    assert tool.returncode == 3, tool


@test
def killed():
    "SIGKILL in the middle of 10,000 calls of four programs, three times: what was answered before is in the policy"
    c = Collector("-o", "out/", "--interval", "1", "--limit", "none").ready()
    programs = [Program() for _ in range(4)]
    made, answered = [[] for _ in programs], []
    for part in range(4):
        for i, p in enumerate(programs):
            keys_ = [f"{i}-{part}-{n}" for n in range(625)]
            made[i] += keys_
            p.start(*keys_)
        if part == 3:
            break
        for p in programs:
            eventually(lambda p=p, n=625 * part + 200: p.answered() >= n)
        answered += [key for i, p in enumerate(programs) for key in made[i][:p.answered()]]
        c.end(signal.SIGKILL)
        c = Collector("-o", "out/", "--interval", "1", "--limit", "none").ready()
    for p in programs:
        p.await_all().end()  # and none of them noticed
    status, err = c.end()
    assert status == 0, err
    have = set(keys())
    lost = set(answered) - have
    # A ring that is full while nobody reads it drops records, and counts them.
    dropped = int((re.search(r"(\d+) records dropped", err) or [0, 0])[1])
    print(f"# {len(have)} of 10000 calls known, {len(set(answered))} were answered before a kill, {dropped} records dropped")
    assert 10000 - len(have) <= dropped, (sorted(lost)[:10], err)


@test
def acknowledged():
    "what was answered before SIGKILL is there after a new start, without waiting for another call"
    for round_ in range(10):
        c = Collector("-o", "out/", "--interval", "0").ready()
        p = Program().call(*(f"{round_}-{n}" for n in range(20)))
        c.end(signal.SIGKILL)
        c = Collector("-o", "out/", "--interval", "0").ready()
        p.call(f"{round_}-x").end()
        assert c.end()[0] == 0
        want = sorted([f"{r}-{n}" for r in range(round_ + 1) for n in range(20)] + [f"{r}-x" for r in range(round_ + 1)])
        assert keys() == want, set(want) - set(keys())


@test
def torn():
    "a torn last record of the ledger is dropped, the rest kept"
    c = Collector("-o", "out/", "--interval", "0").ready()
    Program().call("a", "b").end()
    assert c.end()[0] == 0
    ledger = OUT / "ledger.journal"
    whole = ledger.read_bytes()
    for cut in (1, 200, 3):
        ledger.write_bytes(whole[:-cut])
        c = Collector("-o", "out/", "--interval", "0").ready()
        status, err = c.end()
        assert status == 0 and "damaged" not in err and "torn" in err and "is empty" not in err, err
        assert keys()[0] == "a", keys()
    ledger.write_bytes(whole[:20] + b"\0" + whole[21:])
    status, err = Collector("-o", "out/", "--interval", "0").ready().end()
    assert status == 0 and "damaged in 1 places" in err, err
    assert keys() == ["b"]


@test
def one_at_a_time():
    "two collectors do not share a folder"
    c = Collector("-o", "out/").ready()
    status, err = Collector("-o", "out/", "--socket", "s2").end(0)
    assert status == 1 and "another collector" in err, err
    assert c.end()[0] == 0


@test
def removed():
    "a folder that is removed or replaced is written anew with all that is known, a removed ledger and socket too"
    c = Collector("-o", "out/", "--interval", "0").ready()
    first = Program().call("a")

    def again(*gone):
        for path in gone:
            if path.is_dir():
                eventually(lambda path=path: shutil.rmtree(path) is None)  # it may still be writing
            else:
                path.unlink()
        if len(gone) > 1:
            OUT.mkdir()
        c.process.send_signal(signal.SIGHUP)
        eventually(lambda: "a" in keys() and (OUT / "ledger.journal").stat().st_size and pathlib.Path("s").exists())

    again()
    again(OUT)
    again(OUT, pathlib.Path("s"))
    again(OUT / "ledger.journal")
    status, err = Collector("-o", "out/", "--socket", "s2").end(0)
    assert status == 1 and "another collector" in err, err
    Program().call("b").end()
    pathlib.Path("s").unlink()  # nobody says so this time
    eventually(lambda: pathlib.Path("s").exists())
    Program().call("c").end()
    first.call("d").end()
    c.end(signal.SIGKILL)
    status, err = Collector("-o", "out/").ready().end()
    assert status == 0 and keys() == ["a", "b", "c", "d"], (keys(), err)


@test
def full():
    "a full disk is said, what was known before it outlives SIGKILL, and once there is room all is written"
    if os.geteuid():
        raise Skip("takes root to make a small disk")
    OUT.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", OUT], capture_output=True).returncode:
        raise Skip("may not mount here")
    room = ["mount", "-o", "size=16m,remount", OUT]
    try:
        c = Collector("-o", "out/", "--interval", "1").ready()
        p = Program().call(*(f"a{i:03}" for i in range(200)))
        eventually(lambda: os.statvfs(OUT).f_bfree == 0)
        subprocess.run(room, check=True)
        p.call("z")
        eventually(lambda: len(keys()) == 201)
        status, err = c.end()
        assert status == 0 and "out/ledger.journal: No space left on device" in err, err
        subprocess.run(["mount", "-o", "size=200k,remount", OUT], check=True)
        c = Collector("-o", "out/", "--interval", "1").ready()
        Program().call(*(f"b{i:03}" for i in range(200))).end()
        eventually(lambda: os.statvfs(OUT).f_bfree == 0)
        c.end(signal.SIGKILL)
        subprocess.run(room, check=True)
        status, err = Collector("-o", "out/").ready().end()
        assert status == 0 and len(keys()) >= 201 and keys()[:200] == [f"a{i:03}" for i in range(200)], (err, keys())
        p.end()
    finally:
        subprocess.run(["umount", OUT])


def peak_kib(c):
    status = pathlib.Path(f"/proc/{c.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def flood(*what):
    return subprocess.Popen([BUILD / "tests/apps/flood", "s", *map(str, what)])


@test
def floods():
    "programs that send garbage, 100,000 resources, 20,000 keys and requests without end leave it below 64 MiB, and others' calls alone"
    c = Collector("-o", "out/", "--interval", "1", "--limit", "none").ready()
    before = Program().call(*(f"a{i}" for i in range(20)))
    programs = [Program() for _ in range(20)]
    floods = [flood("resources", 100000), flood("nonsense", 50000), flood("pending", 1000), flood("keys", 20000)]
    for i, p in enumerate(programs):
        p.call(f"b{i}")
    for f in floods:
        assert f.wait(timeout=120) == 0
    for i, p in enumerate(programs):
        p.call(f"c{i}").end()
    before.call("z").end()
    Program().call(*(f"d{i}" for i in range(20))).end()
    peak = peak_kib(c)
    status, err = c.end()
    assert status == 0 and "did not fit into memory" in err and "--memory" in err, err
    print(f"# peak {peak} KiB, {len(list(OUT.glob('*/*')))} files")
    assert keys() == sorted([f"a{i}" for i in range(20)] + [f"{x}{i}" for x in "bcd" for i in range(20)] + ["z"])
    assert peak < 64 * 1024 or "asan" in str(BUILD) or "tsan" in str(BUILD), peak


def as_user(uid, *command, **kw):
    return subprocess.Popen(["setpriv", f"--reuid={uid}", "--clear-groups", *map(str, command)], **kw)


@test
def two_users():
    "other users can neither read nor inject, by socket, datagram or file"
    if os.geteuid():
        raise Skip("takes root to be two users")
    for folder in (pathlib.Path.cwd(), pathlib.Path.cwd().parent):
        folder.chmod(0o755)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    datagram = json.dumps({"Version": 1, "ClientId": "", "Type": "ApiCall", "Service": "SQS", "Api": "%s", "AttemptCount": 1,
                           "AccessKey": KEY, "Region": "us-east-1", "HttpStatusCode": 200})
    send = ("import socket, sys, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
            "s.sendto(sys.argv[1].encode(), ('127.0.0.1', int(sys.argv[2]))); time.sleep(1)")
    for options, listed in ([], None), (["--user", "65533"], 65533):
        c = Collector("-o", "out/", "--interval", "0", "--csm", str(port), *options, csm=True).ready()
        if not listed:  # who may not even connect
            assert as_user(65534, BUILD / "tests/apps/flood", "s", "resources", "10").wait(10) == 1
        others = [as_user(65534, PYTHON, "-c", send, datagram % "DeleteQueue", port)]
        if listed:
            stranger = as_user(65534, BUILD / "tests/apps/flood", "s", "resources", "10")
            assert as_user(65533, BUILD / "tests/apps/flood", "s", "resources", "3").wait(20) == 0
            others.append(as_user(65533, PYTHON, "-c", send, datagram % "SendMessage", port))
        for p in others:
            assert p.wait(20) == 0
        if listed:
            stranger.kill()  # nobody read what it said
            stranger.wait()
        Program().call("a").end()
        for path in ("out", "out/ledger.journal", f"out/{python_workload()}/{KEY}.policy.json") if listed else ():
            assert as_user(65534, "test", "-r", path).wait() == 1, path
        status, err = c.end()
        assert status == 0 and "datagrams of other users refused" in err, err
        assert not listed or "connections of other users refused" in err, err
    assert keys() == ["a"]
    text = "".join(p.read_text() for p in OUT.glob("*/*.policy.json"))
    assert "sqs:SendMessage" in text and "sqs:DeleteQueue" not in text, text
    assert text.count("lp-flood/") == 3, text


# Runs a command as on a kernel that gives no pidfd: SO_PEERPIDFD and pidfd_open fail. x86-64.
NO_PIDFD = """
import ctypes, os, struct, sys
def op(code, jt, jf, k):
    return struct.pack("=HBBI", code, jt, jf, k)
code = (op(0x20, 0, 0, 0) + op(0x15, 0, 2, 55) + op(0x20, 0, 0, 32) + op(0x15, 2, 3, 77) + op(0x15, 0, 2, 434) +
        op(0x06, 0, 0, 0x50000 | 38) + op(0x06, 0, 0, 0x50000 | 92) + op(0x06, 0, 0, 0x7fff0000))
buf = ctypes.create_string_buffer(code)
prog = struct.pack("=HxxxxxxQ", len(code) // 8, ctypes.addressof(buf))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.c_char_p(prog), 0, 0):
    sys.exit(77)
os.execv(sys.argv[1], sys.argv[1:])
"""


@test
def no_pidfd():
    "rings of ended programs are given back also where the kernel gives no pidfd and no pid"
    if os.geteuid() or os.uname().machine != "x86_64":
        raise Skip("takes root, and this filter x86-64")
    for spaces in ([], ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]):
        p = subprocess.Popen([*spaces, PYTHON, "-c", NO_PIDFD, COLLECTOR, "--socket", "s", "--no-udp", "-o", "out/",
                              "--interval", "0"], stderr=subprocess.PIPE, text=True)
        eventually(lambda: pathlib.Path("s").exists())
        pid = int(pathlib.Path(f"/proc/{p.pid}/task/{p.pid}/children").read_text()) if spaces else p.pid

        def rings():
            text = pathlib.Path(f"/proc/{pid}/maps").read_text()
            return len({line.split()[4] for line in text.splitlines() if "memfd:leastpriv" in line})

        stays = Program().call("stays")
        for i in range(3):
            Program().call(f"x{i}").end()
        eventually(lambda: rings() == 1)
        assert not spaces or not pathlib.Path(f"/proc/{pid}/root/proc/{stays.process.pid}").exists()
        time.sleep(1.5)  # looked at once more
        assert rings() == 1
        stays.call("still").end()
        eventually(lambda: rings() == 0)
        os.kill(pid, signal.SIGTERM)
        assert p.wait(LONG) == 0, p.stderr.read()
        p.stderr.close()
        assert keys() == sorted(["stays", "still", "x0", "x1", "x2"]), keys()
        shutil.rmtree("out")


@test
def unit():
    "the systemd unit is well confined"
    if not shutil.which("systemd-analyze"):
        raise Skip("no systemd-analyze")
    text = (pathlib.Path(__file__).parents[2] / "scripts/systemd/leastpriv-collector.service").read_text()
    pathlib.Path("leastpriv-collector.service").write_text(text.replace("@BINDIR@", str(BUILD)))
    run = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=35", "leastpriv-collector.service"],
                         capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-200:] + run.stderr


finish()
