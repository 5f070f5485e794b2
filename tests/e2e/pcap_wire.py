# SPDX-License-Identifier: MIT
"""Conversations with AWS and the packets that carry them, made in memory: HTTP/1.1, HTTP/2, TLS by
Python's own OpenSSL, then TCP in any order, in any wrapping, in any format of capture."""
import random
import ssl
import struct

CLIENT, SERVER = 1, 0
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def auth(service):
    return ("AWS4-HMAC-SHA256 Credential=AKIARZPUZDIKAMBVUEID/20260101/us-east-1/%s/aws4_request, "
            "SignedHeaders=host, Signature=0" % service)


def http1(key, bucket="lp-wire", method="GET", extra="", body=b""):
    return (f"{method} /{key} HTTP/1.1\r\nHost: {bucket}.s3.us-east-1.amazonaws.com\r\n"
            f"Authorization: {auth('s3')}\r\n{extra}\r\n").encode() + body


def answer(body=b"", head="200 OK", extra=""):
    return f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n{extra}\r\n".encode() + body


# --- HTTP/2 ----------------------------------------------------------------------------------------
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def number(n, bits, first):
    most = (1 << bits) - 1
    if n < most:
        return bytes([first | n])
    out, n = [first | most], n - most
    while n >= 128:
        out.append(n % 128 + 128)
        n //= 128
    return bytes(out + [n])


class Hpack:
    """Fields as literals, into the table or not; what is in the table is referred to."""
    def __init__(self, rng):
        self.table, self.rng = [], rng

    def resize(self, size):
        if size == 0:
            self.table = []
        return number(size, 5, 0x20)

    def block(self, fields):
        out = b""
        for name, value in fields:
            if (name, value) in self.table:
                out += number(62 + self.table.index((name, value)), 7, 0x80)
                continue
            text = b"".join(number(len(t), 7, 0) + t.encode() for t in (name, value))
            how = self.rng.choice((0x00, 0x10, 0x40))
            if how == 0x40:
                self.table.insert(0, (name, value))
                while sum(len(n) + len(v) + 32 for n, v in self.table) > 4096:
                    self.table.pop()
            out += bytes([how]) + text
        return out


def headers(rng, stream, block, ends):
    """A header block in pieces, with padding and priority where chance says so."""
    pieces = [block]
    while rng.random() < 0.5 and len(pieces[-1]) > 2:
        at = rng.randrange(len(pieces[-1]) + 1)
        pieces[-1:] = pieces[-1][:at], pieces[-1][at:]
    out = b""
    for i, piece in enumerate(pieces):
        flags = 4 if i == len(pieces) - 1 else 0
        if i:
            out += frame(CONTINUATION, flags, stream, piece)
            continue
        flags |= ends
        if rng.random() < 0.5:
            flags |= 0x20
            piece = struct.pack(">IB", rng.choice((0, 0x80000000)), 15) + piece
        if rng.random() < 0.5:
            flags |= 8
            pad = rng.choice((0, 1, 200))
            piece = bytes([pad]) + piece + bytes(pad)
        out += frame(HEADERS, flags, stream, piece)
    return out


def data(rng, stream, body, ends=True):
    out = b""
    while True:
        n = rng.choice((0, 1, 7, 1000, 16000))
        part, body = body[:n], body[n:]
        flags = (1 if ends and not body else 0)
        if rng.random() < 0.4:
            pad = rng.choice((0, 5, 255))
            part = bytes([pad]) + part + bytes(pad)
            flags |= 8
        out += frame(DATA, flags, stream, part)
        if not body:
            return out


def noise(rng):
    return rng.choice((b"", frame(PING, 0, 0, bytes(8)), frame(PING, 1, 0, bytes(8)), frame(SETTINGS, 1),
                       frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 65535)), frame(PRIORITY, 0, 2 * rng.randrange(200) + 1, struct.pack(">IB", 0, 1)),
                       frame(0xef, 0xff, rng.randrange(2) * 7, b"?" * rng.randrange(300)),
                       frame(SETTINGS, 0, 0, struct.pack(">HI", 1, 4096))))


def http2(rng, keys, at_once=20):
    """[(side, bytes)]: an object put or got for each of the keys, some at once, some given up."""
    talk = [(CLIENT, PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 2, 0))), (SERVER, frame(SETTINGS) + noise(rng))]
    out, back, stream, wait = Hpack(rng), Hpack(rng), 1, []
    for key in keys:
        put = rng.random() < 0.5
        block = b""
        if rng.random() < 0.2:
            block = out.resize(0) + out.resize(4096)
        fields = [(":method", "PUT" if put else "GET"), (":scheme", "https"), (":path", "/" + key),
                  (":authority", "lp-wire.s3.us-east-1.amazonaws.com"), ("authorization", auth("s3"))]
        if put:
            fields.append(("expect", "100-continue"))
        block += out.block(fields)
        sent = noise(rng) + headers(rng, stream, block, 0 if put else 1)
        given_up = rng.random() < 0.1
        if put:
            body = bytes(rng.randrange(40000))
            trailers = rng.random() < 0.3
            sent += data(rng, stream, body, not trailers and not given_up)
            if given_up:
                sent += frame(RST_STREAM, 0, stream, struct.pack(">I", 8))
            elif trailers:
                sent += headers(rng, stream, out.block([("x-amz-checksum-crc32", "AAAAAA==")]), 1)
        talk.append((CLIENT, sent))
        if not (put and given_up):
            wait.append((stream, put, given_up))
        stream += 2
        rng.shuffle(wait)
        while wait and (len(wait) > at_once or rng.random() < 0.3):
            talk.append((SERVER, http2_answer(rng, back, *wait.pop())))
    while wait:
        talk.append((SERVER, http2_answer(rng, back, *wait.pop())))
    talk.append((SERVER, frame(GOAWAY, 0, 0, struct.pack(">II", stream, 0) + b"bye")))
    return talk


def http2_answer(rng, back, stream, put, given_up):
    out = noise(rng)
    if rng.random() < 0.1:
        out += frame(PUSH_PROMISE, 4, stream, struct.pack(">I", stream + 1) + back.block([(":method", "GET"), (":path", "/pushed")]))
        out += frame(RST_STREAM, 0, stream + 1, struct.pack(">I", 7))
    if put:
        out += headers(rng, stream, back.block([(":status", "100")]), 0)
    body = bytes(0 if put else rng.randrange(30000))
    ends = not body and rng.random() < 0.5
    out += headers(rng, stream, back.block([(":status", "200"), ("x-amz-request-id", "R%d" % stream)]), 1 if ends else 0)
    if given_up:
        return out + data(rng, stream, body[:100], False) + frame(RST_STREAM, 0, stream, struct.pack(">I", 2))
    if ends:
        return out
    if rng.random() < 0.3:
        return out + data(rng, stream, body, False) + headers(rng, stream, back.block([("x-trailer", "1")]), 1)
    return out + data(rng, stream, body)


# --- TLS -------------------------------------------------------------------------------------------
def tls(talk, keylog, cert, key, host="lp-wire.s3.us-east-1.amazonaws.com", configure=None, session=None):
    """The same conversation, encrypted; its secrets go to the file. Also gives the client's session."""
    c, s = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
    c.keylog_filename = keylog
    s.load_cert_chain(cert, key)
    if configure:
        configure(c, s)
    sent, got = ({side: ssl.MemoryBIO() for side in (CLIENT, SERVER)} for _ in range(2))
    ends = {CLIENT: c.wrap_bio(got[CLIENT], sent[CLIENT], server_hostname=host, session=session),
            SERVER: s.wrap_bio(got[SERVER], sent[SERVER], server_side=True)}
    wire = []

    def step(side, what):
        try:
            result = what()
        except ssl.SSLWantReadError:
            result = None
        out = sent[side].read()
        if out:
            wire.append((side, out))
            got[1 - side].write(out)
        return result
    for _ in range(4):
        step(CLIENT, ends[CLIENT].do_handshake)
        step(SERVER, ends[SERVER].do_handshake)
    for side, text in talk:
        step(side, lambda: ends[side].write(text))
        heard = b""
        while len(heard) < len(text):
            heard += step(1 - side, lambda: ends[1 - side].read(1 << 20))
        assert heard == text
    session = ends[CLIENT].session
    for side in (CLIENT, SERVER):
        try:
            step(side, ends[side].unwrap)
        except ssl.SSLError:
            pass
    return wire, session


# --- TCP -------------------------------------------------------------------------------------------
class Tcp:
    """One connection's segments: (seconds, side, flags, seq, ack, payload)."""
    def __init__(self, rng, wrap=False, mss=1400):
        self.rng, self.mss, self.now, self.out, self.alive = rng, mss, 1000.0, [], []
        first = (1 << 32) - 2000 if wrap else rng.randrange(1 << 32)
        self.seq = {CLIENT: first, SERVER: first ^ 0x5a5a5a5a if not wrap else first + 1000}

    def add(self, side, flags, payload=b"", seq=None):
        self.now += 0.0001
        self.out.append((self.now, side, flags, (self.seq[side] if seq is None else seq) % (1 << 32),
                         self.seq[1 - side] % (1 << 32) if flags & ACK else 0, payload))

    def open(self, early=b""):
        self.add(CLIENT, SYN, early)  # data in it: TCP fast open
        self.seq[CLIENT] += 1 + len(early)
        self.add(SERVER, SYN | ACK)
        self.seq[SERVER] += 1
        self.add(CLIENT, ACK)

    def say(self, side, text):
        while text:
            n = self.mss if self.mss < 3 else self.rng.randrange(1, self.mss + 1)
            self.add(side, PSH | ACK, text[:n])
            self.seq[side] += len(text[:n])
            text = text[n:]
        self.add(1 - side, ACK)
        if self.rng.random() < 0.1:  # keep-alive, with and without its byte of garbage, and the answer to it
            self.alive.append(len(self.out))
            self.add(side, ACK, self.rng.choice((b"", b"\0")), self.seq[side] - 1)
            self.add(1 - side, ACK)

    def close(self):
        for side in (CLIENT, SERVER):
            self.add(side, FIN | ACK)
            self.seq[side] += 1
        self.add(CLIENT, ACK)

    def talk(self, talk, close=True, early=0):
        first = talk[0][1][:early]
        self.open(first)
        for i, (side, text) in enumerate(talk):
            self.say(side, text[early:] if i == 0 else text)
        if close:
            self.close()
        return self


def disorder(rng, tcp, far=3):
    """Segments change places with near ones, not across a keep-alive; some come again, with other bytes."""
    out = list(tcp.out)
    for i in range(3, len(out)):
        j = i - rng.randrange(far)
        if j > 2 and rng.random() < 0.3 and not any(j <= k <= i for k in tcp.alive):
            out[i], out[j] = out[j], out[i]
    more = []
    for s in out:
        more.append(s)
        t, side, flags, seq, ack, payload = s
        if payload and not flags & SYN and rng.random() < 0.2:
            # What was there already; other bytes than the first time must not matter.
            k = rng.randrange(len(payload))
            more.append((t, side, flags, (seq + k) % (1 << 32), ack, b"\0" * (len(payload) - k)))
    return [(1000 + i * 0.0001, *s[1:]) for i, s in enumerate(more)]


# --- IP and below ----------------------------------------------------------------------------------
def ip4(side, proto, body, n=[0], port=None, fragment=0):
    a, b = (b"\x0a\0\0\1", b"\x34\5\6\7")
    src, dst = (a, b) if side == CLIENT else (b, a)
    n[0] += 1
    out, at = [], 0
    while True:
        part = body[at:at + fragment] if fragment else body
        more = fragment and at + fragment < len(body)
        out.append(struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(part), n[0] & 0xffff, (0x2000 if more else 0) | at // 8, 64, proto, 0) + src + dst + part)
        at += fragment
        if not more:
            return out


def ip6(side, proto, body, n=[0], extra=False, fragment=0, inside=False):
    a, b = b"\xfd" + bytes(14) + b"\1", b"\x26" + bytes(14) + b"\2"
    src, dst = (a, b) if side == CLIENT else (b, a)
    n[0] += 1
    out, at = [], 0
    if inside:  # options for the destination alone, which are fragmented like what follows them
        body, proto = struct.pack(">BB", proto, 0) + b"\1\4" + bytes(4) + body, 60
    while True:
        part = body[at:at + fragment] if fragment else body
        more = fragment and at + fragment < len(body)
        kind = proto
        if fragment:
            part = struct.pack(">BBHI", kind, 0, at | (1 if more else 0), n[0]) + part
            kind = 44
        if extra:
            part = struct.pack(">BB", kind, 1) + b"\1\4" + bytes(12) + part  # destination options of 16 bytes
            part = struct.pack(">BB", 60, 0) + b"\1\4" + bytes(4) + part  # hop by hop
            kind = 0
        out.append(struct.pack(">IHBB", 6 << 28, len(part), kind, 64) + src + dst + part)
        at += fragment
        if not more:
            return out


def datagrams(segments, version=4, port=40000, dport=443, **how):
    """[(seconds, IP packet)]"""
    out = []
    for t, side, flags, seq, ack, payload in segments:
        ports = (port, dport) if side == CLIENT else (dport, port)
        options = b"\1\1\x08\x0a" + bytes(8)
        tcp = struct.pack(">HHIIBBHHH", *ports, seq, ack, 8 << 4, flags, 0 if not payload else 1000, 0, 0) + options + payload
        for p in (ip4 if version == 4 else ip6)(side, 6, tcp, **how):
            out.append((t, p))
    return out


def ether(p, tags=()):
    kind = b"\x08\0" if p[0] >> 4 == 4 else b"\x86\xdd"
    return bytes(12) + b"".join(struct.pack(">HH", t, 5) for t in tags) + kind + p


def sll2(p):
    return struct.pack(">HHIHBB8s", 0x0800 if p[0] >> 4 == 4 else 0x86dd, 0, 2, 1, 0, 6, b"")  + p


def nflog(p):
    values = ((1, b"\x08\0\3\0"), (10, b"prefix\0"), (4, b"\0\0\0\2"), (9, p))
    return b"\2\0\0\x1e" + b"".join(struct.pack("<HH", 4 + len(v), t) + v + bytes(-len(v) % 4) for t, v in values)


def pktap(p, link):
    head = struct.pack("<III24sIIIIi20s", 156, 1, link, b"en0", 0, 2, 14, 0, 4711, b"python").ljust(156, b"\0")
    return head + (ether(p) if link == 1 else b"\2\0\0\0" + p if link == 0 else p)


def sll(p):
    return struct.pack(">HHH8sH", 0, 1, 6, b"", 0x0800 if p[0] >> 4 == 4 else 0x86dd) + p


# --- files -----------------------------------------------------------------------------------------
def pcap(frames, link=1, order="<", nano=False, snap=262144):
    out = [struct.pack(order + "IHHiIII", 0xa1b23c4d if nano else 0xa1b2c3d4, 2, 4, 0, 0, snap, link)]
    for t, f in frames:
        out.append(struct.pack(order + "IIII", int(t), int(t % 1 * (1e9 if nano else 1e6)), min(len(f), snap), len(f)) + f[:snap])
    return b"".join(out)


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, 12 + len(body)) + body + struct.pack(order + "I", 12 + len(body))


def pcapng(frames, links=(1,), order="<", secrets=b"", options=b""):
    """frames: (seconds, interface, bytes); interface of `links`."""
    out = [block(order, 0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1) + options)]
    for link in links:
        out.append(block(order, 1, struct.pack(order + "HHI", link, 0, 0) + struct.pack(order + "HHB3sHH", 9, 1, 9, b"", 0, 0)))
    if secrets:
        out.append(block(order, 10, struct.pack(order + "II", 0x544c534b, len(secrets)) + secrets))
    for t, i, f in frames:
        ns = int(t * 1e9)
        out.append(block(order, 6, struct.pack(order + "IIIII", i, ns >> 32, ns & 0xffffffff, len(f), len(f)) + f))
    return b"".join(out)
