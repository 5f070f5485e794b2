#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""100,000 monitoring datagrams of 50 processes at once, while the collector gets no time of any
processor at all, and beside others that want all of it: received is what was sent, by each source.
(By the probe: ebpf_csm.t.)"""
import os
import pathlib
import signal
import socket
import subprocess
import sys

from collector_lib import BUILD, Collector, Skip, eventually, finish, test

SENDERS, EACH = 50, 2000
APP = str(BUILD / "tests/apps/csm_burst")


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def burst(port, length, *options, shim=False, still=True):
    """All that arrives of the burst; the collector stands still meanwhile, or has to share."""
    c = Collector(*options, "--calls", "calls", "-o", "p.json", csm=True).ready()
    env = dict(os.environ, AWS_CSM_PORT=str(port))
    if shim:
        env |= {"LD_PRELOAD": str(BUILD / "libleastpriv.so"), "LEASTPRIV_SOCKET": str(pathlib.Path("s").absolute())}
    busy = [] if still else [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    try:
        if still:
            c.process.send_signal(signal.SIGSTOP)
        run = subprocess.run([APP, str(port), str(SENDERS), str(EACH), str(length)], env=env, capture_output=True,
                             text=True, timeout=120)
        c.process.send_signal(signal.SIGCONT)
        assert run.returncode == 0, run.stderr
        if shim:  # passed on unchanged
            assert int(run.stdout) == SENDERS * EACH, run.stdout
        eventually(lambda: pathlib.Path("calls").read_text().count("\n") >= SENDERS * EACH, 60)
    finally:
        for p in busy:
            p.kill()
            p.wait()
        status, err = c.end()
    got = pathlib.Path("calls").read_text().count('"operation":"GetObject"')
    assert (status, got) == (0, SENDERS * EACH), (status, got, err)
    assert "dropped" not in err and "lost" not in err, err


def root():
    if os.geteuid():
        raise Skip("takes root")


@test
def shim_still():
    "by the shim, of 800 bytes each, while the collector stands still"
    root()  # for the listener's buffer
    burst(free_port(), 800, "--no-udp", shim=True)


@test
def shim_busy():
    "by the shim, beside four busy programs"
    root()
    burst(free_port(), 0, "--no-udp", shim=True, still=False)


@test
def udp():
    "by the collector's UDP socket, while the collector stands still"
    root()
    port = free_port()
    burst(port, 0, "--csm", str(port))


@test
def captured():
    "by a capture of the loopback, while the collector stands still"
    root()
    port = free_port()
    burst(port, 0, "--pcap", "lo", "--csm", str(port), "--no-udp")


finish()
