#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""leastpriv-collector as a daemon: readiness, signals, files, sockets, being killed. Needs no
emulator: programs call a server in this file, with the shim preloaded."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

from collector_lib import BUILD, CLIENT, LONG, PYTHON, Collector, Program, eventually, finish, test

KEY = "AKIAIOSFODNN7EXAMPLE"


def keys(policy="leastpriv-policy.json"):
    prefix = "arn:aws:s3:::lp-in/"
    found = [r for s in json.loads(pathlib.Path(policy).read_text())["Statement"] for r in s["Resource"]]
    assert all(r.startswith(prefix) for r in found), found
    return sorted(r[len(prefix):] for r in found)


def logged(path="calls"):
    return [json.loads(line) for line in pathlib.Path(path).read_text().splitlines()]


@test
def whole_life():
    "starts, is ready, takes calls of several programs, ends cleanly on SIGTERM"
    c = Collector("--calls", "calls").ready()
    assert pathlib.Path("s").stat().st_mode & 0o777 == 0o600
    programs = [Program().call(f"k{i}") for i in range(4)]
    for p in programs:
        p.end()
    status, err = c.end()
    assert status == 0 and "4 AWS calls" in err and "4 processes followed" in err, err
    assert keys() == ["k0", "k1", "k2", "k3"]
    assert len(logged()) == 4 and {line["pid"] for line in logged()} == {p.process.pid for p in programs}
    assert not pathlib.Path("s").exists()


@test
def pending():
    "on SIGTERM takes what programs that live on have sent"
    c = Collector().ready()
    p = Program().call("a", "b")
    status, err = c.end()
    assert status == 0 and "1 process still runs" in err, err
    assert keys() == ["a", "b"]
    p.call("c").end()


@test
def nobody():
    "--identity of whom nobody is called so at the end is an error, with those that there are"
    c = Collector("--identity", "nobody").ready()
    Program().call("a").end()
    status, err = c.end()
    assert status == 1 and f'the evidence has no "nobody"; it has {KEY}' in err and "is kept: `leastpriv policy " in err, err


@test
def hangup():
    "SIGHUP writes policy and call log, and goes on with a call log that was moved away"
    c = Collector("--calls", "calls", "--interval", "0").ready()
    p = Program().call("a")
    eventually(lambda: len(logged()) == 1)
    assert not pathlib.Path("leastpriv-policy.json").exists()
    os.rename("calls", "calls.1")
    c.process.send_signal(signal.SIGHUP)
    eventually(lambda: keys() == ["a"])
    p.call("b").end()
    eventually(lambda: len(logged()) == 1)
    assert len(logged("calls.1")) == 1
    assert c.end()[0] == 0
    assert keys() == ["a", "b"]


@test
def interval():
    "rewrites the policy by itself, not more often than --interval"
    c = Collector("--interval", "1").ready()
    p = Program().call("a")
    eventually(lambda: keys() == ["a"])
    inode, before = pathlib.Path("leastpriv-policy.json").stat().st_ino, time.monotonic()
    p.call("b")
    eventually(lambda: keys() == ["a", "b"])
    assert time.monotonic() - before > 0.5
    assert pathlib.Path("leastpriv-policy.json").stat().st_ino != inode  # replaced, never half-written
    p.end()
    assert c.end()[0] == 0


@test
def killed():
    "SIGKILL and a new start: no program notices, and what was sent meanwhile is there"
    c = Collector("--calls", "calls").ready()
    p = Program().call("a")
    eventually(lambda: len(logged()) == 1)
    c.end(signal.SIGKILL)
    p.call("b", "c")
    c = Collector("--calls", "calls").ready()
    time.sleep(0.6)  # the shim asks who listens now when nobody has read for a while
    p.call("d").end()
    status, err = c.end()
    assert status == 0, err
    assert keys() == ["b", "c", "d"], (keys(), err)
    assert [line["actions"][0]["resources"][0][-1] for line in logged()] == ["a", "b", "c", "d"]


@test
def torn_log():
    "a call log that ends inside a line, of a collector that was killed, swallows no call"
    pathlib.Path("calls").write_text('{"v":1,"time":"2026-01-0')
    c = Collector("--calls", "calls").ready()
    Program().call("a", "b").end()
    assert c.end()[0] == 0
    torn, *rest = pathlib.Path("calls").read_text().splitlines()
    assert torn == '{"v":1,"time":"2026-01-0'
    assert [json.loads(line)["actions"][0]["resources"][0][-1] for line in rest] == ["a", "b"]


@test
def one_writer():
    "a call log that another one writes is neither emptied nor added to"
    c = Collector("--calls", "calls").ready()
    p = Program().call("a")
    eventually(lambda: len(logged()) == 1)
    status, err = Collector("--socket", "s2", "--calls", "calls").end(0)
    assert status == 1 and "calls: another leastpriv writes its calls there" in err, err
    done = subprocess.run([BUILD / "leastpriv-run", "--ebpf=off", "-o", "own.json", "--calls", "calls", "true"],
                          capture_output=True, text=True, check=False, timeout=LONG)
    assert done.returncode == 125 and "calls: another leastpriv" in done.stderr, done
    p.call("b").end()
    assert c.end()[0] == 0
    assert len(logged()) == 2


@test
def more_than_one():
    "policies are said once and at the end, and the file of one that was alone goes when there are more"
    c = Collector("--interval", "1").ready()
    p = Program().call("a")
    eventually(lambda: keys() == ["a"])
    p.call("b")
    eventually(lambda: keys() == ["a", "b"])
    other = KEY[:-1] + "F"
    Program(client=CLIENT.replace(KEY, other)).call("c").end()
    eventually(pathlib.Path(f"leastpriv-policy.{other}.json").exists)
    p.end()
    status, err = c.end()
    assert status == 0 and err.count(f"policy for {KEY}: leastpriv-policy.json") == 1, err
    assert err.count(f"policy for {KEY}: leastpriv-policy.{KEY}.json") == 2, err
    assert "none of these" not in err, err
    assert sorted(x.name for x in pathlib.Path().glob("*.json")) == [
        f"leastpriv-policy.{k}.json" for k in (KEY, other)]


@test
def one_at_a_time():
    "a second one at the same socket is refused, and leaves the first alone"
    c = Collector().ready()
    status, err = Collector().end(0)
    assert status == 1 and "another collector listens there" in err, err
    Program().call("a").end()
    assert c.end()[0] == 0
    assert keys() == ["a"]


@test
def not_a_socket():
    "what stands in the socket's place is not removed"
    pathlib.Path("s").write_text("precious")
    status, _ = Collector().end(0)
    assert status == 1 and pathlib.Path("s").read_text() == "precious"


@test
def default_socket():
    "LEASTPRIV_SOCKET says where, for both sides"
    path = pathlib.Path("here").absolute()
    c = Collector(env={"LEASTPRIV_SOCKET": str(path)}).ready()
    Program(path).call("a").end()
    assert c.end()[0] == 0
    assert keys() == ["a"]


@test
def csm():
    "client-side monitoring datagrams"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    c = Collector("--csm", str(port), "--calls", "calls", csm=True).ready()
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    attempt = {"Version": 1, "ClientId": "", "Type": "ApiCallAttempt", "Service": "S3", "Api": "GetObject",
               "Region": "us-east-1", "AccessKey": "AKIAIOSFODNN7EXAMPLE", "SessionToken": "lpTokenLpToken",
               "HttpStatusCode": 200}
    call = {"Version": 1, "ClientId": "", "Type": "ApiCall", "Service": "S3", "Api": "GetObject", "AttemptCount": 1}
    for datagram in (json.dumps(attempt), json.dumps(call), "{", "", "x" * 20000):
        s.sendto(datagram.encode(), ("127.0.0.1", port))
    eventually(lambda: len(logged()) == 1)
    status, err = c.end()
    assert status == 0, err
    (line,) = logged()
    assert line["source"] == "csm" and line["accessKeyId"] == "AKIAIOSFODNN7EXAMPLE", line
    assert "lpTokenLpToken" not in pathlib.Path("calls").read_text() + err


BURST = """
import json, os, socket
for p in range(50):
    if not os.fork():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for i in range(2000):
            d = {"Version": 1, "Type": "ApiCall", "Service": "S3", "Api": "GetObject", "ClientId": f"{p}-{i}", "AttemptCount": 1,
                 "Region": "us-east-1", "Timestamp": 1766491200000 + p * 2000 + i}
            s.sendto(json.dumps(d).encode(), ("127.0.0.1", 31000))
        os._exit(0)
for _ in range(50):
    assert os.wait()[1] == 0
"""


@test
def burst():
    "100,000 datagrams at once of 50 processes with the shim: each is taken, or said to be lost, which few are"
    c = Collector("--calls", "calls").ready()
    env = dict(os.environ, LD_PRELOAD=str(BUILD / "libleastpriv.so"), LEASTPRIV_SOCKET=str(pathlib.Path("s").absolute()))
    subprocess.run([PYTHON, "-c", BURST], check=True, env=env, timeout=6 * LONG)
    status, err = c.end()
    assert status == 0, err
    lines = pathlib.Path("calls").read_text().count('"operation":"GetObject"')
    lost = sum(int(n) for n in re.findall(r"(\d+) records dropped", err))
    assert lines + lost == 100000 and lost < 20000, (lines, err)


@test
def garbage():
    "nonsense on the socket does not disturb honest programs"
    c = Collector().ready()
    silent = []
    for i in range(500):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        s.connect("s")
        if i % 2:
            s.send(os.urandom(i))
            s.close()
        else:
            silent.append(s)
    Program().call("a").end()
    status, err = c.end()
    assert status == 0 and "made no sense" in err, err
    assert keys() == ["a"]


@test
def bad_options():
    "bad options are refused"
    for options in (["--no-such"], ["x"], ["--csm", "70000"], ["--interval", "-1"], ["--user", "no such user"],
                    ["--calls", "/no/such/dir/x"], ["--output", "/no/such/dir/x"], ["--report", "/no/such/dir/x"]):
        c = Collector(*options, csm="--csm" in options)
        err = c.process.communicate(timeout=LONG)[1]
        assert c.process.returncode in (1, 2) and err, (options, err)


@test
def little_memory():
    "start to ready and peak memory are within the bars, ten times over for a busy machine"
    c = Collector().ready()
    Program().call(*(f"k{i}" for i in range(200))).end()
    status = pathlib.Path(f"/proc/{c.process.pid}/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0])
    assert c.end()[0] == 0
    print(f"# ready in {c.ready_ms:.1f} ms, peak {peak} KiB")
    assert c.ready_ms < 50, c.ready_ms
    # A sanitizer's own memory is not ours.
    assert peak < 16 * 1024 or "asan" in str(BUILD) or "tsan" in str(BUILD), peak


finish()
