#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Files, pipes and sockets that are not what they should be: what was there stays, nobody is held up, and
what is wrong is said. Needs no emulator."""
import gzip
import json
import os
import pathlib
import random
import signal
import subprocess

import pcap_wire as w
from collector_lib import BUILD, CLIENT, COLLECTOR, LONG, PYTHON, Collector, Program, eventually, finish, test

RUN = BUILD / "leastpriv-run"
HERE = pathlib.Path(__file__).resolve().parent


def run(*command, program="leastpriv", text=None):
    "status, what was printed, what was said"
    program = [BUILD / program] if isinstance(program, str) else program
    p = subprocess.run([*program, *command], capture_output=True, text=True, input=text, check=False, timeout=LONG)
    return p.returncode, p.stdout, p.stderr


def shell(script):
    "what goes before a command"
    return ["sh", "-c", script + '; exec "$@"', "sh"]


def says(status, words, *command, **how):
    got = run(*command, **how)
    assert got[0] == status and words in got[2], got


def capture(name, request=w.http1("k")):
    segments = w.Tcp(random.Random(0)).talk([(w.CLIENT, request), (w.SERVER, w.answer())]).out
    pathlib.Path(name).write_bytes(w.pcap([(t, w.ether(p)) for t, p in w.datagrams(segments)]))


@test
def call_log_of_captures():
    "pcap --calls: what was in the file is replaced once all captures are read, and not before"
    capture("good")
    pathlib.Path("bad").write_bytes(b"no capture")
    pathlib.Path("calls").write_text("old\n")
    for files in (["bad"], ["good", "bad"]):
        says(2, "bad: not a capture", "pcap", "--calls", "calls", *files)
        assert pathlib.Path("calls").read_text() == "old\n"
    says(2, "/dev/full: No space left", "pcap", "--calls", "/dev/full", "-o", "p", "good")
    os.mkdir("d")
    pathlib.Path("d/torn").write_bytes(pathlib.Path("good").read_bytes()[:-1])
    says(0, "ends early", "pcap", "--calls", "calls", "-o", "p", "d/torn")
    assert '"gap":{"capture":"torn"' in pathlib.Path("calls").read_text()
    says(0, "", "pcap", "--calls", "calls", "-o", "p", "good")
    log = pathlib.Path("calls").read_text()
    assert log.count("\n") == 1 and "s3:GetObject" in log, log
    assert run("pcap", "--calls", "-", "-o", "p", "good")[1] == log
    assert sorted(os.listdir()) == ["bad", "calls", "d", "good", "p"]


@test
def conditions_of_captures():
    "pcap --conditions: what the requests prove"
    capture("list", w.http1("?list-type=2&prefix=june%2F"))
    assert "Condition" not in run("pcap", "list")[1]
    (statement,) = json.loads(run("pcap", "--conditions", "list")[1])["Statement"]
    assert statement["Action"] == ["s3:ListBucket"] and "june/" in statement["Condition"]["StringEquals"]["s3:prefix"], statement


@test
def no_place():
    "an output that has no place is said before anything is read"
    for command in (["policy", "none"], ["cloudtrail", "none"], ["pcap", "none"]):
        for option in ("-o", "--report"):
            says(2, "no/x: no file can be made in no/: No such file", command[0], option, "no/x", command[1])
            says(2, "takes the name of a file", command[0], option, "", command[1])
    says(2, "no/x: no file can be made in no/", "cloudtrail", "--calls", "no/x", "none")
    says(125, "--calls takes the name of a file", "--calls", "", "--", "true", program="leastpriv-run")
    says(125, "-o FILE puts the policy elsewhere", "-o", "no/x", "--", "true", program="leastpriv-run")


def call(user, action="s3:GetObject"):
    return json.dumps({"v": 1, "service": "S3", "operation": "GetObject", "identity": f"arn:aws:iam::123456789012:user/{user}",
                       "actions": [{"action": action, "resources": ["arn:aws:s3:::b/k"]}]}) + "\n"


@test
def one_file_by_two_names():
    "outputs that are one file by two names are refused before it is there, too"
    pathlib.Path("log").write_text(call("u"))
    os.mkdir("d")
    for name in ("./p", "d/../p", str(pathlib.Path("p").absolute())):
        says(2, f"{name}: --report and --output need files of their own", "policy", "-o", "p", "--report", name, "log")
        says(125, "need files of their own", "-o", "p", "--calls", name, "--", "true", program="leastpriv-run")
    says(0, "", "policy", "-o", "p", "--report", "d/p", "log")
    says(0, "", "policy", "-o", "-", "--report", "./-", "log")
    assert pathlib.Path("./-").read_text().startswith("<!doctype"), "a file that is called so is not the standard output"


@test
def removed_folder():
    "who is in a folder that was removed is told before the command runs"
    for command in ([RUN, "--", "echo", "ran"], [BUILD / "leastpriv", "policy", "-o", "x", "/dev/null"]):
        status, out, said = run(*command, program=shell("mkdir gone && cd gone && rmdir ../gone"))
        assert status in (2, 125) and not out and "no file can be made in the current folder: No such file" in said, (status, out, said)


@test
def no_home():
    "model: without a folder for documents that is said, and what would name one"
    bare = ["env", "-u", "HOME", "-u", "XDG_DATA_HOME", "-u", "LEASTPRIV_MODELS", BUILD / "leastpriv", "model"]
    for command in (["list"], ["remove", "x"], ["add", HERE / "newer/zork.reference.json"]):
        says(2, "no folder for documents: neither XDG_DATA_HOME nor HOME is set; LEASTPRIV_MODELS may name one", *command, program=bare)


@test
def help_of_model():
    "model add --help tells what it takes, and reads no such file"
    for command in (["--help"], ["add", "--help"], ["list", "-h"]):
        got = run("model", *command)
        assert got[0] == 0 and got[1].startswith("usage: leastpriv model show FILE") and not got[2], got


@test
def odd_ledger():
    "a folder whose ledger is none is said to be that, and stays"
    for name, make, why in (("a", lambda at: at.mkdir(), "Is a directory"), ("b", lambda at: at.symlink_to("x"), "Too many levels of symbolic links")):
        os.mkdir(name)
        make(pathlib.Path(name) / "ledger.journal")
        says(1, f"leastpriv: {name}/ledger.journal: {why}", "-o", name + "/", "--socket", "s", "--no-udp", program="leastpriv-collector")


@test
def no_proc():
    "leastpriv-run without /proc says that it is that"
    hide = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
    if run("true", program=hide)[0]:
        raise Skip("no right to hide /proc")
    says(125, "/proc/self/exe: No such file or directory; LEASTPRIV_LIB may say where libleastpriv.so is", "--", "true", program=[*hide, RUN])


@test
def what_is_written():
    "reports are named when they are written, and files that are not are counted"
    pathlib.Path("log").write_text(call("u") + call("v"))
    says(0, "leastpriv: report: r\n", "--report", "r", "--", "true", program="leastpriv-run")
    says(0, "leastpriv: r: the report\n", "policy", "--report", "r", "-o", "p", "log")
    says(0, "leastpriv: p: 1 action on 1 resource\n", "policy", "--per", "all", "-o", "p", "log")
    says(2, "leastpriv: nor is 1 more file\n", "policy", "-o", "q", "log", program=[*shell("ulimit -f 0"), BUILD / "leastpriv"])


@test
def no_trail():
    "cloudtrail: what holds no records, and a list that breaks off between two, is no log"
    for text in ("[1]", '{"Records":[1]}', '{"Records":[', '{"x":1,"Events":[2]}'):
        says(2, "not a CloudTrail log", "cloudtrail", "-", text=text)
    says(0, "0 calls", "cloudtrail", "-", text='{"Records":[]}')


@test
def torn_trail():
    "cloudtrail: what could not be read is a gap, in the call log too, and --strict fails"
    event = json.dumps({"eventSource": "s3.amazonaws.com", "eventName": "GetBucketLocation", "awsRegion": "us-east-1",
                        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/u", "accountId": "123456789012"},
                        "requestParameters": {"bucketName": "b"}, "eventTime": "2026-01-31T12:00:00Z"})
    torn, lines = gzip.compress(('{"Records":[' + ",".join([event] * 500) + "]}").encode())[:-20], event + "\n[1]\n"
    pathlib.Path("torn.gz").write_bytes(torn)
    pathlib.Path("lines").write_text(lines)
    for name, why in (("torn.gz", "the end is missing"), ("lines", "cannot be read")):
        says(0, why, "cloudtrail", "-o", "p", "--calls", "calls", name)
        says(3, why, "cloudtrail", "-o", "p", "--strict", name)
        says(3, why, "policy", "-o", "p", "--strict", "calls")
    os.mkdir("logs")
    pathlib.Path("logs/a.json").write_text(event)
    says(0, "1 call", "cloudtrail", "-o", "p", "--strict", "logs")
    os.mkdir("other")
    for name in ("other/a.json", "other/b.json"):
        pathlib.Path(name).write_text('{"Version":"2012-10-17"}')
    says(2, "other: none of its files is a CloudTrail log", "cloudtrail", "other")
    pathlib.Path("other/c.json").write_text('{"Records":[]}')
    says(0, "other/a.json:1: skipped", "cloudtrail", "other")
    os.symlink("none", "logs/b.json")
    says(3, "logs/b.json: No such file", "cloudtrail", "-o", "p", "--strict", "logs")
    says(2, "--since takes", "cloudtrail", "--since", "2026-02-29", "lines")


@test
def unread_pipe():
    "a pipe that nobody reads holds no collector up, and one that somebody reads gets the policy"
    os.mkfifo("pipe")
    for options in (["-o", "pipe"], ["-o", "p", "--report", "pipe"]):
        c = Collector(*options).ready()
        try:
            status, said = c.end()
        finally:
            c.process.kill()
        assert status == 1 and "pipe: nobody reads this pipe" in said, said
    status, said, _ = run("-o", "p", "--calls", "pipe", program="leastpriv-collector")
    assert status == 1, said
    with subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE, text=True) as reader:
        status, said = Collector("-o", "pipe").ready().end()
        assert status == 0 and '"Statement": []' in reader.communicate(timeout=LONG)[0], said


@test
def full_pipe():
    "a pipe that is full and that nobody reads holds up neither a collector nor, as a call log, leastpriv-run"
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open("pipe", os.O_WRONLY | os.O_NONBLOCK)
    try:
        while True:
            os.write(writer, b"x")
    except BlockingIOError:
        pass
    for options in (["-o", "pipe"], ["-o", "p", "--report", "pipe"], ["-o", "p", "--calls", "pipe"]):
        c = Collector(*options).ready()
        try:
            Program().call("a").end()
            status, said = c.end()
        finally:
            c.process.kill()
        assert status == 1 and "pipe: nobody reads this pipe" in said, (options, said)
    p = subprocess.run([BUILD / "leastpriv-run", "--ebpf=off", "-o", "p", "--calls", "pipe", "--", PYTHON, "-c", CLIENT],
                       input="a\n", capture_output=True, text=True, check=False, timeout=LONG)
    assert p.returncode == 125 and "pipe: nobody reads this pipe; no more calls are logged" in p.stderr, p
    assert "pipe misses calls: nobody reads this pipe" in p.stderr.splitlines()[-2], p
    assert "s3:GetObject" in pathlib.Path("p").read_text()
    os.close(reader)
    os.close(writer)


@test
def policy_of_before():
    "who lets a collector replace an earlier policy is told so"
    assert "is replaced" not in Collector("-o", "policy").ready().end()[1]
    said = Collector("-o", "policy").ready().end()[1]
    assert "policy is replaced by what is seen from now on" in said, said
    for _ in range(2):
        assert "is replaced" not in Collector("-o", "folder/").ready().end()[1]
    said = run("-o", "policy", "--socket", "no/s", program="leastpriv-collector")
    assert said[0] and "is replaced" not in said[2], f"one that does not start replaces none: {said}"


@test
def one_file_for_two():
    "who replaces what another run wrote meanwhile says so, and nobody else does"
    other = "was written by somebody else meanwhile"
    command = [BUILD / "leastpriv-run", "-o", "p", "--"]
    inner = subprocess.run([*command, *command, "true"], capture_output=True, text=True, check=False, timeout=LONG)
    assert inner.stderr.count(other) == 1, inner
    assert other not in run("-o", "p", "--", "true", program="leastpriv-run")[2]
    first, second = Collector("-o", "p", "--interval", "1").ready(), Collector("-o", "p", "--socket", "t").ready()
    for key in "ab":
        p = Program()
        p.call(key).end()
        first.process.send_signal(signal.SIGHUP)
        eventually(lambda key=key: f"/{key}" in pathlib.Path("p").read_text())
    assert other not in first.end()[1]
    assert other in second.end()[1]


@test
def live_with_two():
    "--live: what one identity was said to need is not said again when there is another"
    c = Collector("--live", "-o", "p").ready()
    one, two = Program(client=CLIENT.replace("AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE")), Program()
    one.call("a").end()
    assert c.process.stderr.readline() == "leastpriv: + s3:GetObject on arn:aws:s3:::lp-in/a\n"
    two.call("a", "b").end()
    lines = []
    while len(lines) < 2:
        line = c.process.stderr.readline()
        lines += [line] if " + " in line else []
    c.end()
    assert sorted(lines) == [f"leastpriv: + AKIAIOSFODNN7EXAMPLE: s3:GetObject on arn:aws:s3:::lp-in/{key}\n" for key in "ab"], lines


@test
def two_on_a_stream():
    "leastpriv-run -o - of two identities says that these are two documents"
    keys = "AKIAI44QH8DHBEXAMPLE", "AKIAIOSFODNN7EXAMPLE"
    command = [PYTHON, "-c", "for key in %r: exec(%r.replace('AKIAIOSFODNN7EXAMPLE', key).replace('sys.stdin', '[key]'))" % (keys, CLIENT)]
    options = ["--ebpf=off", "-o", "-"]
    says(0, "leastpriv: 2 documents one after the other; -o FILE gives each a file", *options, "--", *command, program="leastpriv-run")
    for more in (["--per", "all"], ["--format", "terraform"]):
        status, _, said = run(*options, *more, "--", *command, program="leastpriv-run")
        assert status == 0 and "one after the other" not in said, said


@test
def report_to_a_pipe():
    "who waits for the reader of --report can end leastpriv-run"
    os.mkfifo("pipe")
    with subprocess.Popen([BUILD / "leastpriv-run", "--ebpf=off", "--report", "pipe", "--", "true"], stderr=subprocess.DEVNULL) as p:
        eventually(lambda: pathlib.Path("leastpriv-policy.json").exists())
        p.send_signal(signal.SIGTERM)
        try:
            assert p.wait(LONG) == -signal.SIGTERM
        finally:
            p.kill()


@test
def closed_streams():
    "what is said on a stream that is closed goes into no file that was opened instead"
    for options in (["-o", "p", "--calls", "calls"], ["-o", "folder/"]):
        c = Collector("-v", *options, within=shell("exec <&- >&- 2>&-")).ready()
        Program().call("a").end()
        assert c.end()[0] == 0
    for line in pathlib.Path("calls").read_text().splitlines():
        json.loads(line)
    assert b"leastpriv: " not in pathlib.Path("folder/ledger.journal").read_bytes()
    says(125, "standard output: Bad file descriptor", RUN, "-o", "-", "--", "true", program=shell("exec >&-"))
    says(0, "policy: /dev/null", RUN, "-o", "/dev/null", "--", "true", program=shell("exec >&-"))
    says(7, "", RUN, "-o", "p", "--", "sh", "-c", "[ -e /proc/self/fd/0 ] || exit 7", program=shell("exec <&-"))


@test
def log_without_place():
    "a call log that cannot be begun anew misses calls, and who waits for it to end learns that"
    os.mkdir("d")
    c = Collector("-o", "p", "--calls", "d/c").ready()
    p = Program().call("a")
    os.rename("d", "e")
    c.process.send_signal(signal.SIGHUP)
    assert "d/c: No such file" in "".join(c.process.stderr.readline() for _ in range(2))
    p.call("b").end()
    status, said = c.end()
    assert status == 1 and "d/c misses calls: No such file" in said, (status, said)
    assert '/a"' in pathlib.Path("e/c").read_text() and '/b"' in pathlib.Path("p").read_text()


@test
def limited_files():
    "who may write no file says so, and is not ended by it"
    no_files = shell("ulimit -f 0")
    says(125, "the policy is not written: p: File too large", RUN, "--ebpf=off", "-o", "p", "--", "true", program=no_files)
    says(128 + signal.SIGXFSZ, "", RUN, "-o", "/dev/null", "--", "sh", "-c", "ulimit -f 0; echo > x", program=())
    c = Collector("-o", "q", within=no_files).ready()
    status, said = c.end()
    assert status == 1 and "q: File too large" in said, (status, said)


@test
def sockets():
    "why a collector cannot listen: a long path, no folder, no socket, another collector"
    def refused(path, words):
        p = subprocess.run([COLLECTOR, "--no-udp", "-o", "p", "--socket", path], capture_output=True, text=True, check=False, timeout=LONG)
        assert words in p.stderr and p.returncode in (1, 2), p

    refused("x" * 108, "the path of a socket has at most 107 characters")
    refused("no/s", "no/s: no socket can be made there: No such file")
    refused("", "--socket takes a path")
    pathlib.Path("text").write_text("mine\n")
    refused("text", "text: this is no socket, and stays as it is")
    assert pathlib.Path("text").read_text() == "mine\n"
    c = Collector("-o", "q").ready()
    refused("s", "s: another collector listens there")
    p = subprocess.run([COLLECTOR, "-o", "p", "--socket", "t", "--pcap", "no-such"], capture_output=True, text=True, check=False, timeout=LONG)
    assert p.returncode == 1 and p.stderr.count("No such device") < 2, p
    status, said = c.end()
    assert status == 0 and "no program reported at s" in said, said
    says(2, "--report: not with a folder", "-o", "d/", "--report", "r", program="leastpriv-collector")


finish()
