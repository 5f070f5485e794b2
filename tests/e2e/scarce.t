#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each allocation of a program fails once: it ends as it should, or says what it lacks, and is never ended
by it. Needs no emulator."""
import base64
import concurrent.futures
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile

import pcap_wire as w
from collector_lib import BUILD, COLLECTOR, LONG, WORK, Collector, Program, finish, test

HERE = pathlib.Path(__file__).resolve().parent
LIBRARY = WORK / "scarce.so"
CORPUS = HERE.parent / "fuzz/corpus"
LOG = str(CORPUS / "calllog/merged.jsonl")
POLICY = str(CORPUS / "policy/built.json")
MOST = 120  # runs of one command
subprocess.run(["cc", "-shared", "-fPIC", "-o", LIBRARY, "-D_GNU_SOURCE", HERE.parent / "apps/scarce_lib.c"], check=True)


def plain(name, text):
    "what is compared of a file: of a report, the policies"
    return re.findall("<pre.*?</pre>", text, re.DOTALL) if name.endswith(".html") else text


def left(folder):
    return {str(p.relative_to(folder)): plain(p.name, p.read_text()) for p in sorted(folder.rglob("*"))
            if p.is_file() and p.name != "ledger.journal"}


def run(folder, start, at=0):
    "what came of a program that `start` runs in a folder of its own: status, what it said, and what it left"
    count = folder / "count"
    env = dict(os.environ, LD_PRELOAD=str(LIBRARY), SCARCE_COUNT=str(count), SCARCE_AT=str(at))
    status, out, said = start(folder, env)
    n = int(count.read_text()) if count.exists() else 0
    count.unlink(missing_ok=True)
    return status, said, (out, left(folder)), n


def command(*words, given=None):
    def start(folder, env):
        p = subprocess.run([BUILD / "leastpriv", *words], cwd=folder, env=dict(env, SCARCE_IN="leastpriv"), input=given,
                           capture_output=True, text=True, check=False, timeout=LONG)
        return p.returncode, p.stdout, p.stderr
    return start


def scarce(start, least=20):
    def one(at):
        folder = pathlib.Path(tempfile.mkdtemp(dir="."))
        got = run(folder.absolute(), start, at)
        shutil.rmtree(folder)
        return at, got

    status, said, made, n = one(0)[1]
    assert n >= least and status in (0, 1, 4), (status, said, n)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for at, got in pool.map(one, range(1, n + 1, 1 + n // MOST)):
            assert got[0] >= 0 and not re.search("calls? by 0 ", got[1]), (at, got)
            if got[0] == status:
                assert got[2] == made or got[1] != said or "memory" in got[2][0], (at, got)
            else:
                assert "memory" in got[1], (at, got)


@test
def policies():
    "policy, in several formats and with a report"
    scarce(command("policy", "-o", "p.json", "--report", "r.html", LOG))
    scarce(command("policy", "--format", "hcl", "--shrink", LOG))
    scarce(command("policy", "--format", "cloudformation", "--baseline", POLICY, LOG))


@test
def others():
    "merge, diff, verify, explain"
    scarce(command("merge", "-o", "m.jsonl", LOG, str(CORPUS / "calllog/calls.jsonl")))
    scarce(command("diff", POLICY, LOG))
    scarce(command("diff", "--baseline", POLICY, str(CORPUS / "policy/mistakes.json")))
    scarce(command("verify", POLICY, LOG))
    scarce(command("explain", "s3:GetObject", LOG))


@test
def lint():
    "lint: a mistake is said, or that not all of them are"
    scarce(command("lint", str(CORPUS / "policy/mistakes.json")))


@test
def look_ups():
    "lookup, and classify, of which each line has an answer and its own id"
    scarce(command("lookup", "--json", "ec2:RunInstances", "s3", "dynamodb.Query"), 1)
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/dynamodb/aws4_request, "
                               "SignedHeaders=host, Signature=00", "X-Amz-Target": "DynamoDB_20120810.BatchGetItem"}
    body = base64.b64encode(json.dumps({"RequestItems": {f"t{i}": {} for i in range(9)}}).encode()).decode()
    lines = [json.dumps({"id": i, "host": "dynamodb.us-east-1.amazonaws.com", "method": "POST", "target": "/", "headers": signed, "body": body})
             for i in (["own", 1], 12345678901234567890123, "text")]
    scarce(command("classify", given="\n".join(lines)))


@test
def trails():
    "cloudtrail, gzipped and in tables"
    scarce(command("cloudtrail", "--calls", "c.jsonl", "-o", "p.json", str(CORPUS / "trail/gzip")))
    scarce(command("cloudtrail", str(CORPUS / "trail/athena")))


@test
def captures():
    "pcap"
    segments = w.Tcp(random.Random(0)).talk([(w.CLIENT, w.http1("k")), (w.SERVER, w.answer())]).out
    pathlib.Path("pcap").write_bytes(w.pcap([(t, w.ether(p)) for t, p in w.datagrams(segments)]))
    scarce(command("pcap", "--calls", "c.jsonl", "-o", "p.json", os.path.abspath("pcap")))


@test
def runs():
    "leastpriv-run: the command runs all the same, or not at all"
    def start(folder, env):
        p = subprocess.run([BUILD / "leastpriv-run", "--ebpf=off", "--calls", "c.jsonl", "-o", "p.json", "--", "echo", "ran"], cwd=folder,
                           env=dict(env, SCARCE_IN="leastpriv-run"), capture_output=True, text=True, check=False, timeout=LONG)
        assert p.stdout == ("ran\n" if p.returncode == 0 or "policy is not written" in p.stderr else ""), p
        return p.returncode, "", p.stderr

    scarce(start)


@test
def daemons():
    "a collector that goes on with what is known"
    c = Collector("-o", "out/").ready()
    Program().call("a", "b").end()
    assert c.end()[0] == 0
    known = pathlib.Path("out/ledger.journal").absolute()

    def start(folder, env):
        os.mkdir(folder / "out")
        shutil.copy(known, folder / "out")
        p = subprocess.Popen([COLLECTOR, "--no-udp", "--socket", "s", "-v", "-o", "out/"], cwd=folder, stderr=subprocess.PIPE, text=True,
                             env=dict(env, SCARCE_IN="leastpriv-collector"))
        said = []
        for line in p.stderr:
            said.append(line)
            if "listening" in line:
                break
        p.terminate()
        said += p.communicate(timeout=LONG)[1:]
        return p.returncode, "", "".join(said)

    scarce(start)


finish()
