#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""leastpriv pcap on captures that pcap_wire.py makes: whatever order, shape and wrapping a conversation
comes in, the policy is the one of its plain capture; what cannot be known is said. And what the
collector's own filter lets through. Needs no emulator. LP_WIRE_SEEDS=A-B tries others of chance."""
import base64
import fcntl
import gzip
import json
import os
import pathlib
import random
import re
import select
import signal
import socket
import ssl
import struct
import subprocess
import sys
import termios
import threading

import pcap_wire as w
from collector_lib import BUILD, WORK, Collector, Skip, eventually, finish, test

SEEDS = range(*map(int, os.environ.get("LP_WIRE_SEEDS", "0-24").split("-")))
CERT, KEY = str(WORK / "cert.pem"), str(WORK / "key.pem")
subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", KEY,
                "-out", CERT, "-days", "2", "-subj", "/CN=lp"], check=True, capture_output=True)
S3 = "lp-wire.s3.us-east-1.amazonaws.com"


def read(name, *options):
    "status, policy, what was said, and (operation, actions, status) of each call, sorted"
    p = subprocess.run([BUILD / "leastpriv", "pcap", "--strict", "--calls", "calls", *options, name], capture_output=True, text=True)
    lines = [json.loads(line) for line in open("calls")]
    return p.returncode, p.stdout, p.stderr, sorted((c["operation"], str(c["actions"]), c["status"] or 0) for c in lines if "operation" in c)


NOTHING = 3, "leastpriv: the evidence has no call at all: the policy is empty\n", []


def said(got):
    "status, what was said and the calls of what is read above"
    return got[0], got[2], got[3]


def write(name, data):
    pathlib.Path(name).write_bytes(data)
    return name


def plain(segments, **how):
    "the segments as Ethernet frames with their times"
    return [(t, w.ether(p)) for t, p in w.datagrams(segments, **how)]


def http1(rng, n=12):
    talk = []
    for i in range(n):
        key, kind = f"k{i}", rng.randrange(6)
        body = bytes(rng.randrange(1, 20000))
        if kind == 0:
            talk += [(w.CLIENT, w.http1(key)), (w.SERVER, w.answer(body))]
        elif kind == 1:
            head = w.http1(key, method="PUT", extra=f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n")
            talk += [(w.CLIENT, head), (w.SERVER, b"HTTP/1.1 100 Continue\r\n\r\n"), (w.CLIENT, body), (w.SERVER, w.answer())]
        elif kind == 2:
            body = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (body, body[:100], b"z")) + b"0\r\nx-amz-checksum-crc32: AAAA\r\n\r\n"
            talk += [(w.CLIENT, w.http1(key, method="PUT", extra="Transfer-Encoding: chunked\r\n", body=body)), (w.SERVER, w.answer())]
        elif kind == 3:
            talk += [(w.CLIENT, w.http1(key, method="HEAD")), (w.SERVER, b"HTTP/1.1 200 OK\r\nContent-Length: 123456\r\n\r\n")]
        elif kind == 4:
            talk += [(w.CLIENT, w.http1(key, method="DELETE")),
                     (w.SERVER, b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")]
        else:
            talk += [(w.CLIENT, w.http1(key)), (w.SERVER, b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n1e\r\n"
                                                b"<Error><Code>AccessDenied</Cod\r\n8\r\ne></Erro\r\n3\r\nr>x\r\n0\r\n\r\n")]
    return talk


def tls12(client, _):
    client.maximum_version = ssl.TLSVersion.TLSv1_2


def cbc(client, server):
    tls12(client, server)
    for end in client, server:
        end.set_ciphers("ECDHE-ECDSA-AES128-SHA")


def conversation(rng):
    "(talk, options for the reader): HTTP/1.1 or HTTP/2, in the clear or not"
    talk = http1(rng) if rng.random() < 0.4 else w.http2(rng, [f"k{i}" for i in range(rng.choice((5, 40)))])
    pathlib.Path("keys").write_text("")
    how = rng.choice((None, tls12, cbc, lambda *_: None))
    if not how:
        return talk, []
    return w.tls(talk, "keys", CERT, KEY, configure=how)[0], ["--keylog", "keys"]


def frames(rng, packets):
    "a capture of them in some format; True when it brings its keys along"
    kind = rng.choice(("swapped", "nano", "pcapng", "gzip", "sll", "sll2", "qinq", "raw", "links", "nflog", "pktap"))
    if kind == "sll":
        return w.pcap([(t, w.sll(p)) for t, p in packets], 113), False
    if kind == "sll2":
        return w.pcap([(t, w.sll2(p)) for t, p in packets], 276), False
    if kind == "raw":
        return w.pcap(packets, 101), False
    if kind == "nflog":
        return w.pcap([(t, w.nflog(p)) for t, p in packets], 239), False
    if kind == "pktap":
        return w.pcapng([(t, 0, w.pktap(p, rng.choice((0, 1, 12)))) for t, p in packets], (258,)), False
    if kind == "links":
        out = []
        for t, p in packets:
            i = rng.randrange(3)
            out.append((t, i, (w.ether(p), w.sll2(p), p)[i]))
        return w.pcapng(out, (1, 276, 101)), False
    ethernet = [(t, w.ether(p, (0x88a8, 0x8100) if kind == "qinq" else ())) for t, p in packets]
    if kind == "pcapng":
        return w.pcapng([(t, 0, f) for t, f in ethernet], order=rng.choice("<>"), secrets=pathlib.Path("keys").read_bytes()), True
    if kind == "gzip":
        return gzip.compress(w.pcap(ethernet)), False
    return w.pcap(ethernet, order=">" if kind == "swapped" else "<", nano=kind == "nano"), False


@test
def any_shape():
    "the same policy and calls in any order, shape and wrapping"
    for seed in SEEDS:
        rng = random.Random(seed)
        talk, options = conversation(rng)
        want = read(write("plain.pcap", w.pcap(plain(w.Tcp(rng).talk(talk).out))), *options)
        assert want[0] == 0 and len(want[3]) >= 5, (seed, want)
        small = sum(len(text) for _, text in talk) < 60000
        tcp = w.Tcp(rng, wrap=rng.random() < 0.4, mss=rng.choice((1, 3, 536, 1400) if small else (536, 1400, 60000)))
        tcp.talk(talk, early=rng.choice((0, 0, 5, 200)))
        segments = w.disorder(rng, tcp) if rng.random() < 0.7 else tcp.out
        how = {"fragment": rng.choice((8, 64, 512))} if rng.random() < 0.4 else {}
        version = rng.choice((4, 6))
        if version == 6:
            how["extra"], how["inside"] = rng.random() < 0.5, rng.random() < 0.3
        data, keys = frames(rng, w.datagrams(segments, version, dport=rng.choice((80, 443, 8443)), **how))
        got = read(write("shaped", data), *([] if keys else options))
        assert (got[0], got[1], got[3]) == (want[0], want[1], want[3]), (seed, got[2], set(want[3]) ^ set(got[3]))


@test
def parts():
    "parts of a capture: nothing is made up, and what is lost in its middle is said"
    for seed in SEEDS:
        rng = random.Random(seed)
        talk, options = conversation(rng)
        tcp = w.Tcp(rng, mss=rng.choice((536, 1400, 60000))).talk(talk)
        want = read(write("plain.pcap", w.pcap(plain(tcp.out))), *options)
        status = {c[:2]: c[2] for c in want[3]}
        segments = w.disorder(rng, tcp) if rng.random() < 0.5 else tcp.out
        cut, snap = rng.randrange(1, len(segments)), 262144
        middle = rng.randrange(4)
        if middle == 0:
            segments = [s for s in segments if rng.random() > 0.03]
        elif middle == 1:
            snap = rng.choice((68, 200, 1000))
        else:
            segments = segments[cut:] if middle == 2 else segments[:cut]
        got = read(write("part.pcap", w.pcap(plain(segments, dport=8443), snap=snap)), *options)
        assert got[0] in (0, 3), (seed, got)
        assert {c[:2] for c in got[3]} <= set(status), (seed, set(got[3]) - set(want[3]))
        assert all(c[2] in (0, status[c[:2]]) for c in got[3]), (seed, set(got[3]) - set(want[3]))
        assert middle > 1 or got[0] == 3 or got[3] == want[3], (seed, got)


@test
def rotated():
    "files of one capture in any order: by name, 10 comes before 2"
    rng = random.Random(7)
    frames_ = plain(w.Tcp(rng).talk(http1(rng, 40)).out)
    want = read(write("whole.pcap", w.pcap(frames_)))
    assert want[0] == 0 and len(want[3]) == 40, want
    step = len(frames_) // 11
    parts_ = [frames_[i:i + step] for i in range(0, len(frames_), step)]
    for kind, make in ("pcap", w.pcap), ("ng", lambda fs: w.pcapng([(t, 0, f) for t, f in fs])):
        names = [write(f"{kind}{i}", make(part)) for i, part in enumerate(parts_)]
        write(names[5], gzip.compress(pathlib.Path(names[5]).read_bytes()))
        for order in sorted(names), names[::-1]:
            got = read(order[0], *order[1:])
            assert (got[0], got[1], got[3]) == (want[0], want[1], want[3]), (order, got[2])


@test
def unsaid():
    "a client that only shook hands has said nothing, though it resets what it has closed"
    rng = random.Random(8)
    pathlib.Path("keys").write_text("")
    tcp = w.Tcp(rng).talk(w.tls([], "keys", CERT, KEY)[0], close=False)
    tcp.add(w.CLIENT, w.FIN | w.ACK)
    tcp.seq[w.CLIENT] += 1
    tcp.add(w.SERVER, w.ACK | w.PSH, b"\x15\3\3\0\2\1\0")
    tcp.add(w.CLIENT, w.RST)
    assert said(read(write("unsaid.pcap", w.pcap(plain(tcp.out))))) == NOTHING
    tcp.add(w.CLIENT, w.RST)
    lost = tcp.out[:-4] + [(*tcp.out[-1][:3], tcp.out[-1][3] + 500, 0, b"")]
    got = read(write("lost.pcap", w.pcap(plain(lost))))
    assert got[0] == 3 and S3 in got[2], got

    # Asked for a certificate, it sends a message of any length: only with the key that is known to be none.
    def ask(_, server):
        server.verify_mode = ssl.CERT_OPTIONAL
    pathlib.Path("keys").write_text("")
    wire = w.tls([], "keys", CERT, KEY, configure=ask)[0]
    write("asked.pcap", w.pcap(plain(w.Tcp(rng).talk(wire).out)))
    assert S3 in read("asked.pcap")[2]
    assert said(read("asked.pcap", "--keylog", "keys")) == NOTHING
    log = pathlib.Path("keys").read_text()
    pathlib.Path("keys").write_text(re.sub("(?m)^(CLIENT_TRAFFIC.* ).*", r"\g<1>" + "00" * 48, log))
    got = read("asked.pcap", "--keylog", "keys")
    assert got[0] == 3 and "cannot be decrypted with the key at hand" in got[2], got


@test
def hidden():
    "packets in what is not read, and files compressed by what is not undone, are said"
    packets = w.datagrams(w.Tcp(random.Random(6)).talk(http1(random.Random(6), 2)).out)
    got = read(write("macsec", w.pcap([(t, bytes(12) + b"\x88\xe5" + bytes(8) + p) for t, p in packets])))
    assert got[0] == 3 and "packets in MACsec, which is not read; calls may be in them" in got[2] and not got[3], got

    def udp_(port, head, p):
        return w.ip4(w.CLIENT, 17, struct.pack(">4H", 5555, port, 8 + len(head) + len(p), 0) + head + p)[0]

    def vxlan(p):
        return udp_(4789, b"\x08" + bytes(7), w.ether(p))
    for name, wrap in (("OpenVPN", lambda p: udp_(1194, b"\x48\0\0\1", p)), ("GTP", lambda p: udp_(2152, b"\x30\xff\0\0\0\0\0\1", p)),
                       ("L2TP", lambda p: udp_(1701, b"\x40\2\0\0\0\1\0\1\0\x21", p)), ("LISP", lambda p: udp_(4341, bytes(8), p)),
                       ("GUE", lambda p: udp_(6080, b"\0\4\0\0", p)), ("IPComp", lambda p: w.ip4(w.CLIENT, 108, b"\4\0\0\2" + p)[0]),
                       ("too many tunnels", lambda p: vxlan(vxlan(vxlan(vxlan(p)))))):
        got = read(write("hidden", w.pcap([(t, w.ether(wrap(p))) for t, p in packets])))
        assert got[0] == 3 and f"packets in {name}" in got[2] and not got[3], (name, got)
    csm = json.dumps({"Version": 1, "Type": "ApiCall", "Service": "S3", "Api": "GetObject", "ClientId": "", "Region": "us-east-1"}).encode()
    udp = struct.pack(">4H", 40000, 31000, 8 + len(csm), 0) + csm
    got = read(write("csm", w.pcap([(1000, w.ether(w.ip4(w.CLIENT, 17, udp)[0]))], snap=96)))
    assert got[0] == 3 and "datagrams of client-side monitoring were cut" in got[2] and not got[3], got
    p = subprocess.run([BUILD / "leastpriv", "pcap", write("zst", b"\x28\xb5\x2f\xfd" + bytes(100))], capture_output=True, text=True)
    assert p.returncode == 2 and "zstdcat FILE | leastpriv pcap -" in p.stderr, p


def dns(name, address):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
    message = b"\0\1\x81\x80\0\1\0\1\0\0\0\0" + labels + b"\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + address
    udp = (53).to_bytes(2, "big") + (5353).to_bytes(2, "big") + (8 + len(message)).to_bytes(2, "big") + b"\0\0" + message
    return w.ip4(w.SERVER, 17, udp)[0]


@test
def late():
    "TLS that began before the capture is named by what DNS, or another connection, says of its address"
    rng = random.Random(1)
    pathlib.Path("keys").write_text("")
    wire = w.tls(http1(rng), "keys", CERT, KEY)[0]
    segments = w.Tcp(rng).talk(wire).out
    data = plain(segments[:-3], port=40001)  # it is still open
    where = next(i for i, s in enumerate(segments) if s[1] == w.CLIENT and s[5].startswith(b"\x17\3\3"))
    # The name may be told after the connection was met.
    told = [(1001, w.ether(dns("kms.us-east-1.amazonaws.com", b"\x34\5\6\7")))]
    got = read(write("late.pcap", w.pcap(data[where:] + told)))
    assert got[0] == 3 and "kms.us-east-1.amazonaws.com, KMS (it began before the capture); capture from before" in got[2], got
    got = read(write("sni.pcap", w.pcap(data[where:] + plain(segments))), "--keylog", "keys")
    assert got[0] == 3 and f"1 connection to {S3}, S3 (it began before the capture)" in got[2] and len(got[3]) == 12, got
    # The server's side alone: what it acknowledges was said.
    server = [f for f, s in zip(data, segments) if s[1] == w.SERVER][8:]
    got = read(write("server.pcap", w.pcap(server + told)))
    assert got[0] == 3 and "kms.us-east-1.amazonaws.com, KMS (it began before the capture)" in got[2], got
    # What only ended, or what only its server said something on.
    # The last answer and both sides' goodbye.
    quiet = plain(w.Tcp(rng).talk([t for t in wire if len(t[1]) < 30 or t == wire[-3]]).out[3:])
    assert said(read(write("quiet.pcap", w.pcap(quiet + told)))) == NOTHING
    assert read(write("unknown.pcap", w.pcap(data[where:])))[:2] == read(write("none.pcap", w.pcap([])))[:2]


@test
def unreadable():
    "what has keys and is not read is named with its reason: another cipher, no HTTP"
    rng = random.Random(2)

    def camellia(client, server):
        tls12(client, server)
        for end in client, server:
            end.set_ciphers("ECDHE-ECDSA-CAMELLIA128-SHA256")
    for name, talk, how, reason in (
            ("camellia", http1(rng), camellia, "no AES or ChaCha20 of TLS 1.2 or 1.3"),
            ("mqtt", [(w.CLIENT, b"\x10\x12\0\4MQTT\4\2\0\x3c\0\6device"), (w.SERVER, b"\x20\2\0\0")], None, "no HTTP")):
        wire = w.tls(talk, "keys", CERT, KEY, configure=how)[0]
        got = read(write(name, w.pcap(plain(w.Tcp(rng).talk(wire).out))), "--keylog", "keys")
        assert got[0] == 3 and f"1 connection to {S3}, S3 (" in got[2] and reason in got[2], got


def token(host, query, service):
    return (f"{host}/?Action={query}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIARZPUZDIKAMBVUEID%2F20260101%2Fus-east-1%2F"
            f"{service}%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature={'5e' * 32}").encode()


@test
def logins():
    "logins of IAM inside decrypted TLS that is no HTTP: PostgreSQL behind its own start, Kafka; a password is none"
    rng, db = random.Random(12), "db.abc.us-east-1.rds.amazonaws.com"

    def pg(text, kind=b"p"):
        return kind + struct.pack(">I", 5 + len(text)) + text + b"\0"
    started = [(w.CLIENT, b"\0\0\0\x1d\0\3\0\0user\0app\0database\0x\0\0"), (w.SERVER, b"R\0\0\0\x08\0\0\0\3")]
    broker = b"n,,\1auth=Bearer " + base64.urlsafe_b64encode(
        b"https://" + token("kafka.us-east-1.amazonaws.com", "kafka-cluster%3AConnect", "kafka-cluster")) + b"\1\1"
    sasl = struct.pack(">HHI", 36, 1, 1) + b"\0\2lp" + struct.pack(">I", len(broker)) + broker
    hello = struct.pack(">IHHIH", 12, 18, 0, 0, 2) + b"lp"
    answer = (w.SERVER, struct.pack(">IIHI", 10, 0, 0, 0))
    for host, before, talk, action in (
            (db, [(w.CLIENT, b"\0\0\0\x08\4\xd2\x16\x2f"), (w.SERVER, b"S")],
             started + [(w.CLIENT, pg(token(db + ":5432", "connect&DBUser=app", "rds-db"))), (w.SERVER, pg(b"", b"R"))], "rds-db:connect"),
            ("b-1.lp.abc.c2.kafka.us-east-1.amazonaws.com", [], [(w.CLIENT, hello), answer, (w.CLIENT, struct.pack(">I", len(sasl)) + sasl), answer] +
             20 * [(w.CLIENT, hello), answer], "kafka-cluster:Connect"),
            (db, [], started + [(w.CLIENT, pg(b"secret")), (w.SERVER, pg(b"", b"R"))], None)):
        pathlib.Path("keys").write_text("")
        wire = before + w.tls(talk, "keys", CERT, KEY, host=host)[0]
        got = read(write("login.pcap", w.pcap(plain(w.Tcp(rng).talk(wire).out))), "--keylog", "keys")
        assert got[0] == 0 and f"'{action}'" in str(got[3]) if action else said(got) == NOTHING, got


@test
def one_way():
    "captures of what the client sends only: TLS 1.3 is read, TLS 1.2 cannot be, which is said"
    rng = random.Random(10)
    for how, status, n in ((None, 0, 3), (tls12, 3, 0)):
        pathlib.Path("keys").write_text("")
        tcp = w.Tcp(rng).talk(w.tls(http1(rng, 3), "keys", CERT, KEY, configure=how)[0])
        got = read(write("out.pcap", w.pcap(plain([s for s in tcp.out if s[1] == w.CLIENT]))), "--keylog", "keys")
        assert got[0] == status and len(got[3]) == n, got
        assert not status or f"{S3}, S3 (encrypted, and nothing that its server said was captured)" in got[2], got
    # Requests that wait for answers give way to later ones; that there are no answers is said of who has many.
    for each, status in (60, 0), (100, 3):
        frames_ = []
        for port in range(150):
            tcp = w.Tcp(rng)
            tcp.open()
            for i in range(each):
                tcp.say(w.CLIENT, w.http1(f"{port}/{i}"))
            frames_ += [f for f, s in zip(plain(tcp.out, port=20000 + port), tcp.out) if s[1] == w.CLIENT]
        got = read(write("many.pcap", w.pcap(frames_)), "--generalize", "prefix")
        assert got[0] == status and len(got[3]) == 150 * each, (got[0], got[2], len(got[3]))
        assert not status or "150 connections to " + S3 + ", S3 (what it asked for was read, but not the answers" in got[2], got[2]


@test
def key_logs():
    "key logs of 100,000 lines, with CRLF, comments, lines twice, in any order, and some missing"
    rng = random.Random(3)
    segments, lines = [], []
    for i in range(3):
        pathlib.Path("one").write_text("")
        wire = w.tls(http1(rng, 2), "one", CERT, KEY)[0]
        segments.append(plain(w.Tcp(rng).talk(wire).out, port=40000 + i))
        lines.append([line for line in open("one").read().splitlines() if line[:1] != "#"])
    write("three.pcap", w.pcap(sorted(sum(segments, []))))
    noise = [f"{label} {rng.randbytes(32).hex()} {rng.randbytes(32).hex()}" for _ in range(20000)
             for label in ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0",
                           "SERVER_TRAFFIC_SECRET_0", "EXPORTER_SECRET")]
    all_ = lines[0] + lines[1] + lines[2]
    text = all_ + noise + ["# comment", "", "CLIENT_RANDOM short", "\0\xff"] + [line.upper().replace("CLIENT_", "CLIENT_") for line in all_]
    rng.shuffle(text)
    pathlib.Path("keys").write_text("\r\n".join(text), encoding="latin-1")
    got = read("three.pcap", "--keylog", "keys")
    assert got[0] == 0 and len(got[3]) == 6, got
    # Without the second connection's secret of what its server says.
    pathlib.Path("keys").write_text("\n".join(line for line in all_ if line not in lines[1] or "SERVER_TRAFFIC" not in line))
    got = read("three.pcap", "--keylog", "keys")
    assert got[0] == 3 and f"1 connection to {S3}, S3 (encrypted, and no key" in got[2] and len(got[3]) == 4, got
    # With a wrong secret of what its client says, only answers are read: no call, which is said.
    pathlib.Path("keys").write_text(re.sub("(CLIENT_TRAFFIC.* ).*", r"\g<1>" + "00" * 48, "\n".join(all_), count=1))
    got = read("three.pcap", "--keylog", "keys")
    assert got[0] == 3 and f"1 connection to {S3}, S3 (encrypted, and it cannot be decrypted" in got[2] and len(got[3]) == 4, got
    # A file without lines takes time, but no memory.
    with open("keys", "ab") as f:
        f.truncate(1 << 28)
    subprocess.run(["sh", "-c", 'ulimit -v 150000; exec "$@"', "-", BUILD / "leastpriv", "pcap", "--keylog", "keys", "three.pcap"],
                   check=True, capture_output=True)


@test
def late_secrets():
    "secrets in a pcapng file behind the packets they are for, gzipped, torn; on a pipe what lacks them is said"
    rng = random.Random(4)
    pathlib.Path("one").write_text("")
    frames_ = plain(w.Tcp(rng).talk(w.tls(http1(rng, 3), "one", CERT, KEY)[0]).out)
    keys = pathlib.Path("one").read_bytes()
    secrets = w.block("<", 10, struct.pack("<II", 0x544c534b, len(keys)) + keys)
    before = read(write("before.pcapng", w.pcapng([(t, 0, f) for t, f in frames_], secrets=keys)))
    assert before[0] == 0 and len(before[3]) == 3, before
    late = w.pcapng([(t, 0, f) for t, f in frames_]) + secrets
    assert read(write("late.pcapng", late)) == before
    assert read(write("late.pcapng.gz", gzip.compress(late))) == before
    got = read(write("torn.pcapng.gz", gzip.compress(late + os.urandom(5000))[:-4000]))
    assert got[1:2] + got[3:] == before[1:2] + before[3:] and got[0] == 3, got
    piped = subprocess.run(["sh", "-c", 'cat late.pcapng | "$1" pcap --strict -', "-", BUILD / "leastpriv"], capture_output=True, text=True)
    assert piped.returncode == 3 and "no key of it" in piped.stderr, piped


@test
def interrupted():
    "^C ends a pipeline whose end we are: what was captured, logged or recorded until then is used; twice, it ends us"
    capture = w.pcap(plain(w.Tcp(random.Random(9)).talk(http1(random.Random(9), 2)).out))
    want = read(write("whole.pcap", capture))
    assert want[0] == 0 and len(want[3]) == 2, want
    trail = json.dumps({"eventSource": "kms.amazonaws.com", "eventName": "ListKeys", "userIdentity": {"accessKeyId": "AKIA"},
                        "awsRegion": "us-east-1", "eventTime": "2026-01-01T00:00:00Z"}).encode() + b"\n"
    for command, data, action in ("pcap", capture, "s3:"), ("cloudtrail", trail, "kms:ListKeys"), ("policy", open("calls", "rb").read(), "s3:"):
        for times in 1, 2:
            p = subprocess.Popen([BUILD / "leastpriv", command, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
            p.stdin.write(data)
            p.stdin.flush()
            eventually(lambda fd=p.stdin.fileno(): not int.from_bytes(fcntl.ioctl(fd, termios.FIONREAD, bytes(4)), sys.byteorder))
            p.send_signal(signal.SIGINT)
            if times == 2:
                caught = f"/proc/{p.pid}/status"
                eventually(lambda path=caught: "\nSigCgt:\t0000000000000000" in open(path).read())
                p.send_signal(signal.SIGINT)
                assert p.wait(20) == -signal.SIGINT, command
            out, err = p.communicate(timeout=20) if times == 1 else (b"", b"")
            assert times == 2 or (p.returncode == 0 and action.encode() in out), (command, p.returncode, out, err)


@test
def live():
    "collector --pcap: a ClientHello over IPv6 to any port, with extension headers too; what AWS mirrors, in VXLAN"
    if os.geteuid():
        raise Skip("needs root")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERT, KEY)
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError as e:
        raise Skip(f"no IPv6 here: {e}") from e

    def serve():
        while True:
            s = server.accept()[0]
            with context.wrap_socket(s, server_side=True) as t:
                t.recv(10)
    threading.Thread(target=serve, daemon=True).start()
    c = Collector("--pcap", "lo", "--calls", "calls").ready()
    eventually(lambda: len(open("/proc/net/packet").readlines()) > 1)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    for options, name in ((b"", "kms"), (b"\0\0\1\4\0\0\0\0", "sqs")):
        s = socket.socket(socket.AF_INET6)
        if options:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, options)
        s.connect(server.getsockname())
        with client.wrap_socket(s, server_hostname=f"{name}.us-east-1.amazonaws.com") as t:
            t.sendall(b"GET /")
    rng, udp = random.Random(11), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for i, version in enumerate((4, 6)):
        wire = w.tls([(w.CLIENT, w.http1("k"))], "keys", CERT, KEY, host=f"sns.us-{i}.amazonaws.com")[0]
        for talk, port in (wire, 8443), ([(w.CLIENT, w.http1(f"in{version}")), (w.SERVER, w.answer())], 80):
            for _, p in w.datagrams(w.Tcp(rng).talk(talk).out, version, dport=port):
                udp.sendto(b"\x08\0\0\0\0\0\1\0" + w.ether(p), ("127.0.0.1", 4789))
    status, err = c.end()
    assert status == 0 and all(f"1 connection to {name}.amazonaws.com" in err for name in
                               ("kms.us-east-1", "sqs.us-east-1", "sns.us-0", "sns.us-1")), err
    assert [c["operation"] for c in map(json.loads, open("calls")) if "operation" in c] == ["GetObject"] * 2, open("calls").read()


@test
def gone():
    "collector --pcap: an interface that disappears is said, and waited for by nobody"
    if os.geteuid() or subprocess.run(["ip", "link", "add", "lp-gone0", "type", "veth", "peer", "name", "lp-gone1"],
                                      capture_output=True).returncode:
        raise Skip("no virtual interfaces here")
    subprocess.run(["ip", "link", "set", "lp-gone0", "up"], check=True)
    c = Collector("--pcap", "lp-gone0").ready()
    subprocess.run(["ip", "link", "del", "lp-gone0"], check=True)
    assert select.select([c.process.stderr], [], [], 20)[0], "nothing was said"
    status, err = c.end()
    assert status == 0 and err.count("nothing more is captured") == 1, err


@test
def logged():
    "collector --pcap: what netfilter logs"
    if os.geteuid() or subprocess.run(["timeout", "-k1", "1", "tcpdump", "-i", "nflog:77", "-c1"], capture_output=True).returncode != 124:
        raise Skip("no nflog here")
    status, err = Collector("--pcap", "nflog:77").ready().end()
    assert status == 0 and "nflog" not in err, err


finish()
