#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""TLS connections to AWS hosts that nobody could read are named, everywhere, and grant nothing."""
import http.server
import json
import os
import pathlib
import resource
import shutil
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import threading

from collector_lib import BUILD, Collector, LONG, WORK, Skip, finish, test

HOST = "sqs.eu-west-1.amazonaws.com"
SIGNED = ("Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/sqs/aws4_request, "
          "SignedHeaders=host, Signature=0\\r\\n")
REQUEST = (f"POST /123456789012/q HTTP/1.1\\r\\nHost: {HOST}\\r\\n{SIGNED}X-Amz-Target: AmazonSQS.PurgeQueue\\r\\n"
           "Content-Type: application/x-amz-json-1.0\\r\\nContent-Length: 2\\r\\n\\r\\n{}")
subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
                "-keyout", WORK / "key.pem", "-out", WORK / "cert.pem"], check=True, stderr=subprocess.DEVNULL)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(WORK / "cert.pem", WORK / "key.pem")
listener = socket.create_server(("127.0.0.1", 0))
PORT = listener.getsockname()[1]


def serve(s):
    try:
        first = s.recv(1, socket.MSG_PEEK)
        while first not in (b"P", b"\x16", b""):  # what leads to TLS
            s.recv(4096)
            s.sendall(b"HTTP/1.1 200 ok\r\n\r\n")
            first = s.recv(1, socket.MSG_PEEK)
        if first == b"P":  # HTTP in clear
            s.recv(65536)
            s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            s.recv(1)
            return
        with context.wrap_socket(s, server_side=True) as tls:
            tls.recv(65536)
            tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            tls.recv(1)
    except (OSError, ssl.SSLError):
        s.close()


def accept():
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


threading.Thread(target=accept, daemon=True).start()

# What is said before TLS, each answered before the next.
LEADS = dict(
    proxy=[f"CONNECT {HOST}:443 HTTP/1.1\r\n\r\n".encode()],
    socks5=[b"\5\1\0", b"\5\1\0\3" + bytes([len(HOST)]) + HOST.encode() + b"\1\xbb"],
    socks4=[b"\4\1\1\xbb\0\0\0\1me\0" + HOST.encode() + b"\0"],
    starttls=[b"EHLO me\r\n", b"STARTTLS\r\n"],
)
CONNECT = f"""
import socket, sys

def connect(args):
    s = socket.create_connection(("127.0.0.1", {PORT}))
    for said in {LEADS}[args[0]] if args else []:
        s.sendall(said)
        s.recv(100)
    return s
"""
# What a client with a TLS library of its own shows of itself: handshake bytes on a socket.
OWN_TLS = CONNECT + f"""
import ssl

def client_hello(host):
    i, o = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl._create_unverified_context().wrap_bio(i, o, server_hostname=host)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return o.read()
"""
HELLO = OWN_TLS + """
s = connect(sys.argv[2:])
s.sendall(client_hello(sys.argv[1]))
s.sendall(b"\\x17\\3\\3\\0\\x64" + bytes(100))
s.recv(5)
"""
# The same hello in pieces of so many bytes, by each call that sends; behind it data, or nothing.
SENT = [("write", 1), ("write", 4), ("write", 300), ("send", 100), ("writev", 60), ("writev", 1), ("writevs", 50),
        ("sendmsg", 7), ("sendmsgs", 80), ("sendmmsg", 64)]
PIECES = OWN_TLS + f"""
import ctypes, os

class iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("len", ctypes.c_size_t)]

class mmsghdr(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_int), ("iov", ctypes.c_void_p), ("iovlen", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t), ("flags", ctypes.c_size_t), ("len", ctypes.c_size_t)]

def many(s, parts):
    vectors = [(iovec * 2)(iovec(p[:1], 1), iovec(p[1:], len(p) - 1)) for p in parts]
    msgs = (mmsghdr * len(parts))(*(mmsghdr(iov=ctypes.addressof(v), iovlen=2) for v in vectors))
    assert ctypes.CDLL(None).sendmmsg(s.fileno(), msgs, len(parts), 0) == len(parts)

calls = dict(
    write=lambda s, parts: [os.write(s.fileno(), p) for p in parts],
    send=lambda s, parts: [s.send(p) for p in parts],
    writev=lambda s, parts: os.writev(s.fileno(), parts),
    writevs=lambda s, parts: [os.writev(s.fileno(), [b"", p[:3], p[3:]]) for p in parts],
    sendmsg=lambda s, parts: s.sendmsg([b""] + parts),
    sendmsgs=lambda s, parts: [s.sendmsg([p[:1], p[1:]]) for p in parts],
    sendmmsg=many,
)
data = b"\\x17\\3\\3\\0\\x64" + bytes(100)
for call, each in {SENT}:
    hello = client_hello(sys.argv[1])
    s = connect(sys.argv[3:])
    calls[call](s, [hello[i:i + each] for i in range(0, len(hello), each)])
    if sys.argv[2] == "data":
        os.writev(s.fileno(), [data[:3], data[3:]])
        s.recv(5)
    s.close()
"""
CALL = f"""
import socket, ssl, sys
s = socket.create_connection(("127.0.0.1", {PORT}))
if sys.argv[1:]:
    s.sendall(b"CONNECT {HOST}:443 HTTP/1.1\\r\\n\\r\\n")
    s.recv(100)
tls = s
if sys.argv[1:] != ["clear"]:
    tls = ssl._create_unverified_context().wrap_socket(s, server_hostname="{HOST}")
tls.sendall(b"{REQUEST}")
assert tls.recv(100).startswith(b"HTTP/1.1 200")
"""
JAVA = """
import java.net.Socket;
import java.security.cert.X509Certificate;
import javax.net.ssl.*;

public class Blind {
    public static void main(String[] a) throws Exception {
        SSLContext c = SSLContext.getInstance("TLS");
        c.init(null, new TrustManager[] {new X509TrustManager() {
            public void checkClientTrusted(X509Certificate[] x, String s) {}
            public void checkServerTrusted(X509Certificate[] x, String s) {}
            public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
        }}, null);
        Socket plain = new Socket("127.0.0.1", Integer.parseInt(a[0]));
        SSLSocket s = (SSLSocket) c.getSocketFactory().createSocket(plain, a[1], 443, true);
        s.getOutputStream().write(a[2].replace("\\\\r\\\\n", "\\r\\n").getBytes());
        s.getOutputStream().flush();
        System.out.println((char) s.getInputStream().read());
    }
}
"""


def run(*command, status=0, ebpf="off", ptrace="auto", **env):
    p = subprocess.run([str(c) for c in (BUILD / "leastpriv-run", f"--ebpf={ebpf}", f"--ptrace={ptrace}", "--strict", "--format", "text", "-o",
                                         "p.txt", "--calls", "calls", "--", *command)],
                       env=dict(os.environ, **env), text=True, capture_output=True, timeout=LONG * 3)
    assert status in (None, p.returncode), (p.returncode, p.stdout, p.stderr)
    lines = [json.loads(line) for line in pathlib.Path("calls").read_text().splitlines()]
    return p, [x for x in lines if "gap" in x], [x for x in lines if "gap" not in x]


def policy_has_nothing():
    text = pathlib.Path("p.txt").read_text()
    assert "0 actions on 0 resources, 0 statements" in text, text
    return [line for line in text.splitlines() if line.startswith("# ")]


@test
def unread():
    "a TLS connection that cannot be read: in the summary, the log and as a comment, and --strict fails"
    p, gaps, calls = run(sys.executable, "-c", HELLO, HOST, status=3)
    (gap,) = gaps
    assert not calls and gap["gap"]["host"] == HOST and gap["gap"]["service"] == "SQS", gap
    assert "TLS library" in gap["gap"]["reason"] and "no HTTP" in gap["gap"]["reason"] and gap["gap"]["advice"] and gap["gap"]["count"] == 1, gap
    assert gap["program"] == os.path.realpath(sys.executable) and gap["pid"] > 1, gap
    said = [line for line in p.stderr.splitlines() if "not read" in line]
    assert len(said) == 1 and HOST in said[0] and f"pid {gap['pid']}" in said[0] and "SQS" in said[0], p.stderr
    comments = policy_has_nothing()
    assert len(comments) == 2 and f"connections to {HOST} (SQS)" in comments[1], comments
    out = subprocess.run([BUILD / "leastpriv", "policy", "calls"], text=True, capture_output=True)
    assert out.returncode == 0 and json.loads(out.stdout)["Statement"] == [], out
    assert said[0].replace(f" (pid {gap['pid']})", "") in out.stderr.splitlines(), (said, out)


@test
def unread_in_tunnel():
    "the same behind what leads to it: a proxy's tunnel, SOCKS, STARTTLS"
    for lead in LEADS:
        _, gaps, calls = run(sys.executable, "-c", HELLO, HOST, lead, status=3)
        assert not calls and [g["gap"]["host"] for g in gaps] == [HOST], (lead, gaps, calls)


@test
def mail():
    "mail that is handed to SES is told as that"
    _, (gap,), _ = run(sys.executable, "-c", HELLO, "email-smtp.eu-west-1.amazonaws.com", "starttls", status=3)
    assert gap["gap"]["service"] == "SES" and gap["gap"]["host"].startswith("email-smtp."), gap


# A server of mail and its client in one. The key's id is all that may be told of a login.
MAIL = f"""
import smtplib, socket, ssl, sys, threading
first, secret = sys.argv[1], "BM5ecret" * 5 + "9aA="
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain({str(WORK / "cert.pem")!r}, {str(WORK / "key.pem")!r})
server = socket.create_server(("127.0.0.1", 0))
answers = dict(ehlo=b"250-me\\r\\n250-STARTTLS\\r\\n250 AUTH PLAIN LOGIN", starttls=b"220 go", auth=b"235 in", data=b"354 go")

def serve():
    s = server.accept()[0]
    if first == "tls":
        s = context.wrap_socket(s, server_side=True)
    s.sendall(b"220 me\\r\\n")
    text = s.recv(4096)
    while text:
        word = text.split()[0].lower().decode()
        if sys.argv[2] == "LOGIN" and text == b"AUTH LOGIN QUtJQUlPU0ZPRE5ON0VYQU1QTEU=\\r\\n":
            s.sendall(b"334 UGFzc3dvcmQ6\\r\\n")
        else:
            s.sendall(answers.get(word, b"235 in" if word[:4] == "qk01" else b"250 ok") + b"\\r\\n")
        if word == "starttls":
            s = context.wrap_socket(s, server_side=True)
        text = s.recv(4096)

threading.Thread(target=serve, daemon=True).start()
connect = socket.create_connection
socket.create_connection = lambda *a, **k: connect(server.getsockname())
host, own = "email-smtp.eu-west-1.amazonaws.com", ssl._create_unverified_context()
mail = smtplib.SMTP_SSL(host, context=own) if first == "tls" else smtplib.SMTP(host)
if first != "tls":
    mail.starttls(context=own)
mail.ehlo()
mail.user, mail.password = "AKIAIOSFODNN7EXAMPLE", secret
mail.auth(sys.argv[2], mail.auth_plain if sys.argv[2] == "PLAIN" else mail.auth_login)
mail.sendmail("a@example.com", "b@example.com", "Subject: lp")
"""


def sends_mail(**how):
    for args in (("tls", "PLAIN"), ("starttls", "PLAIN"), ("tls", "LOGIN")):
        p, gaps, calls = run(sys.executable, "-c", MAIL, *args, **how)
        assert not gaps and [(c["operation"], c["accessKeyId"], c["region"]) for c in calls] == [
            ("SendRawEmail", "AKIAIOSFODNN7EXAMPLE", "eu-west-1")], (args, gaps, calls, p.stderr)
        assert calls[0]["actions"] == [{"action": "ses:SendRawEmail", "resources": ["arn:aws:ses:eu-west-1:*:identity/*"]}], calls
        told = p.stderr + "".join(pathlib.Path(name).read_text() for name in ("calls", "p.txt"))
        assert "5ecret" not in told and "VjcmV0" not in told and "WNyZX" not in told, told


@test
def mail_that_is_read():
    "mail that is handed to SES by a TLS library that is read: what its login needs, and nothing of its password"
    sends_mail()


def in_pieces(*args, **how):
    _, gaps, calls = run(sys.executable, "-c", PIECES, HOST, "data", *args, status=3, **how)
    assert not calls and [(g["gap"]["host"], g["gap"]["count"]) for g in gaps] == [(HOST, len(SENT))], (gaps, calls)


def in_pieces_alone(**how):
    _, gaps, calls = run(sys.executable, "-c", PIECES, HOST, "nothing", **how)
    assert not calls and not gaps, (gaps, calls)


@test
def unread_in_pieces():
    "one whose first words come in pieces, by whatever call, is listed; where nothing follows it is not"
    in_pieces()
    in_pieces("proxy")
    in_pieces_alone()


@test
def read():
    "one whose calls are read is none, also through a proxy, be it TLS or not"
    for args in ([], ["proxy"], ["clear"]):
        _, gaps, calls = run(sys.executable, "-c", CALL, *args)
        assert not gaps and [c["operation"] for c in calls] == ["PurgeQueue"], (gaps, calls)


@test
def unread_body():
    "a call whose compressed body says on what it works: the call is there, and what is not is said like all that was not seen"
    packed = REQUEST.replace("PurgeQueue", "SendMessage").replace(
        "Content-Length: 2\\r\\n\\r\\n{}", "Content-Encoding: gzip\\r\\nContent-Length: 9\\r\\n\\r\\n\\x1f\\x8b\\x08packed")
    assert not run(sys.executable, "-c", CALL.replace(REQUEST, packed), "clear")[1]  # the path says it, too
    packed = packed.replace("/123456789012/q", "/")
    p, (gap,), (call,) = run(sys.executable, "-c", CALL.replace(REQUEST, packed), "clear", status=3)
    assert call["actions"][0] == {"action": "sqs:SendMessage", "resources": ["arn:aws:sqs:eu-west-1:*:*"]}, call
    assert gap["gap"]["call"] == "SQS:SendMessage" and "compressed" in gap["gap"]["reason"] and gap["gap"]["count"] == 1, gap
    (said,) = (line for line in p.stderr.splitlines() if "not read" in line)
    assert "on what 1 call by " in said and "SQS:SendMessage worked (its body is compressed" in said, p.stderr
    assert "call SQS:SendMessage" in pathlib.Path("p.txt").read_text()
    out = subprocess.run([BUILD / "leastpriv", "policy", "--strict", "calls"], text=True, capture_output=True)
    assert out.returncode == 3 and said.replace(f" (pid {gap['pid']})", "") in out.stderr.splitlines(), (said, out)


def probe_alone():
    """What leaves the work to the probe; Skip where there is none."""
    if subprocess.run([BUILD / "leastpriv-run", "--ebpf=on", "-o", "none", "--", "true"], stderr=subprocess.DEVNULL).returncode:
        raise Skip("no eBPF probe here")
    subprocess.run(["cc", "-shared", "-o", "empty.so", "-x", "c", "-"], input="", text=True, check=True)
    return {"ebpf": "on", "LEASTPRIV_LIB": str(pathlib.Path("empty.so").absolute())}


@test
def mail_that_the_probe_reads():
    "mail that the probe alone reads"
    sends_mail(**probe_alone())


# OpenSSL by its address, as .NET has it, and loaded only when the connection is there.
LATE = CONNECT + f"""
s = connect(sys.argv[1:])
import ctypes
lib = ctypes.CDLL("libssl.so.3")
for name in "TLS_client_method", "SSL_CTX_new", "SSL_new":
    getattr(lib, name).restype = ctypes.c_void_p
tls = ctypes.c_void_p(lib.SSL_new(ctypes.c_void_p(lib.SSL_CTX_new(ctypes.c_void_p(lib.TLS_client_method())))))
assert lib.SSL_set_fd(tls, s.fileno()) == 1 and lib.SSL_connect(tls) == 1
request, answer = b"{REQUEST}", ctypes.create_string_buffer(100)
assert lib.SSL_write(tls, request, len(request)) == len(request)
assert lib.SSL_read(tls, answer, 100) > 0 and answer.value.startswith(b"HTTP/1.1 200")
"""


@test
def read_late():
    "the same by a library that is loaded when the connection is there, or leads to TLS"
    for lead in [], *([lead] for lead in LEADS):
        _, gaps, calls = run(sys.executable, "-c", LATE, *lead)
        assert not gaps and [c["operation"] for c in calls] == ["PurgeQueue"], (lead, gaps, calls)


@test
def read_by_probe():
    "the same by the probe alone"
    alone = probe_alone()
    for args in ([], *([lead] for lead in LEADS)):
        _, gaps, calls = run(sys.executable, "-c", LATE, *args, **alone)
        assert not gaps and [(c["operation"], c["status"]) for c in calls] == [("PurgeQueue", 200)], (args, gaps, calls)
    for args in ([], ["proxy"], ["clear"]):
        _, gaps, calls = run(sys.executable, "-c", CALL, *args, status=None, **alone)
        assert not gaps and [(c["operation"], c["status"]) for c in calls] == [("PurgeQueue", 200)], (args, gaps, calls)


@test
def elsewhere():
    "one to somebody else is nobody's business"
    _, gaps, calls = run(sys.executable, "-c", HELLO, "www.example.org")
    assert not gaps and not calls, (gaps, calls)


# A server that stands in AWS's place: as its URL has it, as the client asks for it, as the gap names it.
PLACES = (("localhost", "localhost", "localhost"), ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
          ("localhost", "bucket.localhost", "bucket.localhost"))
READ = f"""
import asyncio, ssl
async def main():
    r, w = await asyncio.open_connection("127.0.0.1", {PORT}, ssl=ssl._create_unverified_context())
    w.write(b"{REQUEST.replace(HOST, f'127.0.0.1:{PORT}')}")
    assert (await r.read(12)) == b"HTTP/1.1 200"
asyncio.run(main())
"""


def in_its_place(**how):
    for host, asked, named in PLACES:
        for variable in "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3":
            url = {variable: f"https://{host}:{PORT}/x"}
            _, gaps, calls = run(sys.executable, "-c", HELLO, asked, status=3, **url, **how)
            assert not calls and [g["gap"]["host"] for g in gaps] == [named], (host, asked, gaps, calls)
    _, gaps, calls = run(sys.executable, "-c", READ, AWS_ENDPOINT_URL=f"https://127.0.0.1:{PORT}", **how)
    assert not gaps and [c["operation"] for c in calls] == ["PurgeQueue"], (gaps, calls)


def in_pieces_in_its_place(**how):
    for host, asked, named in PLACES:
        _, gaps, calls = run(sys.executable, "-c", PIECES, asked, "data", status=3, AWS_ENDPOINT_URL=f"https://{host}:{PORT}", **how)
        assert not calls and [(g["gap"]["host"], g["gap"]["count"]) for g in gaps] == [(named, len(SENT))], (gaps, calls)
        _, gaps, calls = run(sys.executable, "-c", PIECES, "www.example.org", "data", AWS_ENDPOINT_URL=f"https://{host}:{PORT}", **how)
        assert not calls and not gaps, (gaps, calls)


def read_in_its_place(**how):
    other = "GET /health HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"
    for program in CALL.replace(f', server_hostname="{HOST}"', ""), READ:
        for ask in REQUEST, other:
            own = REQUEST.replace(HOST, f"127.0.0.1:{PORT}") if program is READ else REQUEST
            assert own in program
            _, gaps, calls = run(sys.executable, "-c", program.replace(own, ask), AWS_ENDPOINT_URL=f"https://127.0.0.1:{PORT}", **how)
            assert not gaps and len(calls) == (ask is REQUEST), (program, ask, gaps, calls)


def beside_its_place(**how):
    for url, asked in ((f"https://127.0.0.1:{PORT - 1}", "127.0.0.1"), ("https://127.0.0.1", "127.0.0.1"),
                       (f"https://localhost:{PORT}", "www.example.org"), (f"https://host:{PORT}", "otherhost"),
                       (f"http://localhost:{PORT}", "localhost"), ("", "localhost"), ("https://", "localhost")):
        _, gaps, calls = run(sys.executable, "-c", HELLO, asked, AWS_ENDPOINT_URL=url, **how)
        assert not gaps and not calls, (url, asked, gaps, calls)


@test
def unread_in_its_place():
    "one to what the environment names in AWS's place, by name or address, is listed where no call on it is read"
    in_its_place()
    in_pieces_in_its_place()


@test
def read_there():
    "none where it is read, be it for AWS or not, for another host, or encrypted before it is sent"
    read_in_its_place()


@test
def to_others():
    "one to another port or name is nobody's business, nor is any where the environment names plain HTTP"
    beside_its_place()


@test
def in_its_place_by_probe():
    "the same three by the probe alone"
    alone = probe_alone()
    in_its_place(**alone)
    in_its_place(LEASTPRIV_EBPF_WAY="1", **alone)
    read_in_its_place(**alone)
    beside_its_place(**alone)


@test
def both_in_one():
    "a process that is read and one that is not: only the second is listed"
    script = f'"{sys.executable}" -c "$1" && exec "{sys.executable}" -c "$2" {HOST}'
    _, gaps, calls = run("sh", "-c", script, "sh", CALL, HELLO, status=3)
    assert len(gaps) == 1 and [c["operation"] for c in calls] == ["PurgeQueue"], (gaps, calls)
    assert gaps[0]["pid"] != calls[0]["pid"], (gaps, calls)


# Its own TLS, once more and encrypted apart from the socket: what asyncio, Node and others do.
APART = OWN_TLS + f"""
i, o = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = ssl._create_unverified_context().wrap_bio(i, o, server_hostname="{HOST}")
s = connect([])
def until_done(ask):
    while True:
        try:
            done = ask()
        except ssl.SSLWantReadError:
            done = None
        s.sendall(o.read())
        if done is not None:
            return done
        i.write(s.recv(16384))
until_done(lambda: tls.do_handshake() or True)
until_done(lambda: tls.write(b"{REQUEST}"))
assert until_done(lambda: tls.read(100)).startswith(b"HTTP/1.1 200")
"""


@test
def two_libraries():
    "two TLS libraries in one process, one of which is not read, to the same host: what it sent is listed, in AWS's place too"
    for first, second in (CALL, HELLO), (HELLO, CALL):
        args, place = (HOST,), f"https://127.0.0.1:{PORT}"
        both = (first + second).replace("sys.argv[1:] != ", "[] != ").replace("if sys.argv[1:]:", "if []:")
        _, gaps, calls = run(sys.executable, "-c", both, *args, status=3)
        assert [(g["gap"]["host"], g["gap"]["count"]) for g in gaps] == [(HOST, 1)] and len(calls) == 1, (gaps, calls)
        both = both.replace(f', server_hostname="{HOST}"', "").replace(f"Host: {HOST}", f"Host: 127.0.0.1:{PORT}")
        _, gaps, calls = run(sys.executable, "-c", both, "127.0.0.1", status=3, AWS_ENDPOINT_URL=place)
        assert [(g["gap"]["host"], g["gap"]["count"]) for g in gaps] == [("127.0.0.1", 1)] and len(calls) == 1, (gaps, calls)
    _, gaps, calls = run(sys.executable, "-c", CALL + APART)
    assert not gaps and len(calls) == 2, (gaps, calls)


# A connection on which nothing can have been asked for, each of its own kind: program and exit status.
OPEN = """
import os, socket, ssl, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
c = ssl.create_default_context() if sys.argv[2] == "trust" else ssl._create_unverified_context()
if sys.argv[2] == "1.2":
    c.maximum_version = ssl.TLSVersion.TLSv1_2
"""
TUNNEL = OPEN + f"s.sendall(b'CONNECT {HOST}:443 HTTP/1.1\\r\\n\\r\\n')\ns.recv(100)\n"
FAILED = {
    "a certificate that Python does not trust, in a tunnel": (TUNNEL + f"c.wrap_socket(s, server_hostname='{HOST}')", "trust", 1),
    "TLS 1.2 in a tunnel, closed before a request": (TUNNEL + f"c.wrap_socket(s, server_hostname='{HOST}').close()", "1.2", 0),
    "a certificate that Python does not trust": (OPEN + f"c.wrap_socket(s, server_hostname='{HOST}')", "trust", 1),
    "a version that the server does not have": (OPEN + f"c.wrap_socket(s, server_hostname='{HOST}')", "1.2", 1),
    "TLS 1.3, closed before a request": (OPEN + f"c.wrap_socket(s, server_hostname='{HOST}').close()", "1.3", 0),
    "TLS 1.2, closed before a request": (OPEN + f"c.wrap_socket(s, server_hostname='{HOST}').close()", "1.2", 0),
    "TLS 1.3, a goodbye before a request":
        (OPEN + f"t = c.wrap_socket(s, server_hostname='{HOST}')\nt.settimeout(0)\n"
         "try:\n    t.unwrap()\nexcept ssl.SSLError:\n    pass\nt.close()", "1.3", 0),
    "a program that ends and closes nothing":
        (OPEN + f"t = c.wrap_socket(s, server_hostname='{HOST}')\nimport ctypes\nctypes.CDLL(None).exit(7)", "1.3", 7),
    "a number that another is copied over":
        (OPEN + f"t = c.wrap_socket(s, server_hostname='{HOST}')\nos.dup2(2, t.fileno())\nos._exit(0)", "1.3", 0),
    "a reset instead of an answer": (OPEN + f"c.wrap_socket(s, server_hostname='{HOST}')", "reset", 1),
}


def failing_server(kind):
    """A server of its own for one connection of that kind."""
    s = socket.create_server(("127.0.0.1", 0))

    def serve_one():
        conn, _ = s.accept()
        if kind == "reset":
            conn.recv(1)
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            conn.close()
            return
        if kind == "tunnel":
            conn.recv(4096)
            conn.sendall(b"HTTP/1.1 200 ok\r\n\r\n")
        mine = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        mine.load_cert_chain(WORK / "cert.pem", WORK / "key.pem")
        if kind == "old":
            mine.minimum_version = ssl.TLSVersion.TLSv1_3
        try:
            with mine.wrap_socket(conn, server_side=True) as tls:
                tls.recv(65536)
        except (OSError, ssl.SSLError):
            conn.close()

    threading.Thread(target=serve_one, daemon=True).start()
    return s.getsockname()[1]


# A filter that allows everything, and a call after it: in a child, which is no other program, or before one.
CONFINED = f"""
import ctypes, os, struct, sys
if sys.argv[1] == "child" and os.fork():
    os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
rule = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7fff0000))
program = ctypes.create_string_buffer(struct.pack("HP", 1, ctypes.addressof(rule)))
for args in ((38, 1, 0, 0, 0), (22, 2, program, 0, 0)):
    assert ctypes.CDLL(None).prctl(*args) == 0
if sys.argv[1] == "other":
    os.execv(sys.executable, [sys.executable, "-c", {CALL!r}])
exec({CALL!r})
"""


def confined_named(**how):
    for kind in "itself", "child":
        p, gaps, calls = run(sys.executable, "-c", CONFINED, kind, status=3, **how)
        assert not calls and len(gaps) == 1 and "seccomp" in gaps[0]["gap"]["reason"], (kind, gaps, calls)
        assert "not followed: " in p.stderr and "started by" not in p.stderr, p.stderr


@test
def confined():
    "a program that limits its own system calls is named, a child of one too; not where it was to start another"
    confined_named()
    _, gaps, calls = run(sys.executable, "-c", CONFINED, "other")
    assert not gaps and [c["operation"] for c in calls] == ["PurgeQueue"], (gaps, calls)


ASKS = """
import ctypes
libc = ctypes.CDLL(None)
assert libc.syscall(317, 0, 1, None) == -1  # as libseccomp asks what there is
assert libc.prctl(22, 2, ctypes.c_void_p(1), 0, 0) == -1
"""


@test
def not_confined():
    "a program that only asks the kernel for that, or is refused it, goes on and is read, and is not named"
    _, gaps, calls = run(sys.executable, "-c", ASKS + CALL)
    assert not gaps and [c["operation"] for c in calls] == ["PurgeQueue"], (gaps, calls)


@test
def confined_by_probe():
    "also where there is a probe, which leaves to the shim what the shim is in"
    probe_alone()
    confined_named(ebpf="on")


@test
def elsewhere_collected():
    "what a leastpriv-run below this one collects is not here, and said to be there"
    p, gaps, calls = run(BUILD / "leastpriv-run", "-o", "inner", "--calls", "inner.calls", "--", "sh", "-c",
                         f'"{sys.executable}" -c "$1"; true', "sh", CALL, status=3)
    assert not calls and len(gaps) == 1 and "another collector" in gaps[0]["gap"]["reason"], (gaps, calls)
    out = subprocess.run([BUILD / "leastpriv", "merge", "calls", "inner.calls", "-o", "both"], text=True, capture_output=True)
    assert out.returncode == 0 and "PurgeQueue" in pathlib.Path("both").read_text(), out


@test
def another_name():
    "a connection whose requests are for another host than it asked for is read; one that is not stays listed"
    server = "vpce-0a1b2c3d-4e5f.sqs.eu-west-1.vpce.amazonaws.com"
    call = CALL.replace(f'server_hostname="{HOST}"', f'server_hostname="{server}"').replace("sys.argv[1:]", "[]")
    _, gaps, calls = run(sys.executable, "-c", call)
    assert not gaps and len(calls) == 1, gaps
    _, gaps, calls = run(sys.executable, "-c", HELLO + call, server, status=3)
    assert len(calls) == 1 and [(g["gap"]["host"], g["gap"]["count"]) for g in gaps] == [(server, 1)], gaps


def none_of_failed(**how):
    for name, (program, kind, status) in FAILED.items():
        server = "reset" if kind == "reset" else "old" if "does not have" in name else "tunnel" if "tunnel" in name else ""
        _, gaps, calls = run(sys.executable, "-c", program, failing_server(server), kind, status=status, **how)
        assert not gaps and not calls, (name, gaps)


@test
def failed():
    "a handshake that failed, or after which nothing was asked for, is none"
    none_of_failed()


@test
def unread_by_probe():
    "one that the probe cannot read, also in a tunnel, is listed; to somebody else, or without a request, it is not"
    alone = probe_alone()
    for args in ([HOST], *([HOST, lead] for lead in LEADS)):
        _, gaps, calls = run(sys.executable, "-c", HELLO, *args, status=3, **alone)
        assert not calls and [(g["gap"]["host"], g["gap"]["count"]) for g in gaps] == [(HOST, 1)], (args, gaps, calls)
    _, gaps, calls = run(sys.executable, "-c", HELLO, "www.example.org", **alone)
    assert not gaps and not calls, (gaps, calls)
    none_of_failed(**alone)


@test
def unread_in_pieces_by_probe():
    "the same in pieces by the probe, also as before Linux 6.3, where what follows is not known"
    alone = probe_alone()
    in_pieces(**alone)
    in_pieces(LEASTPRIV_EBPF_WAY="1", **alone)
    in_pieces_alone(**alone)


@test
def failed_tools():
    "the same by other TLS libraries, whose certificates it is not"
    for name in "curl", "openssl":
        at = f"127.0.0.1:{failing_server('')}"
        command = {"curl": ["curl", "-s", "--connect-to", f"::{at}", f"https://{HOST}/"],
                   "openssl": ["openssl", "s_client", "-verify_return_error", "-servername", HOST, "-connect", at]}[name]
        p, gaps, calls = run(*command, status=None)
        assert p.returncode not in (0, 3) and not gaps and not calls, (name, p, gaps)


@test
def not_failed():
    "one whose bytes a hook did not see, or which goes on in a copy, stays listed"
    tail = {"by a system call": "libc.syscall(1, s.fileno(), DATA, len(DATA))",
            "in a copy": "d = s.dup(); s.close(); d.send(DATA)"}
    for name, last in tail.items():
        program = HELLO.replace('s.sendall(b"\\x17', f'DATA = b"\\x17\\3\\3\\0\\x64" + bytes(100)\n'
                                f'import ctypes\nlibc = ctypes.CDLL(None)\n{last}\nsys.exit(0)\ns.sendall(b"\\x17')
        _, gaps, _ = run(sys.executable, "-c", program, HOST, status=3)
        assert len(gaps) == 1 and gaps[0]["gap"]["count"] == 1, (name, gaps)


@test
def java():
    "Java's own TLS is either read or listed"
    if not shutil.which("java"):
        raise Skip("no java here")
    pathlib.Path("Blind.java").write_text(JAVA)
    p, gaps, calls = run("java", "Blind.java", PORT, HOST, REQUEST, status=None)
    assert p.stdout == "H\n" and p.returncode == (3 if gaps else 0), p
    assert (len(gaps), len(calls)) in ((1, 0), (0, 1)), (gaps, calls)
    if gaps:
        assert gaps[0]["gap"]["host"] == HOST and gaps[0]["program"].endswith("/java"), gaps


@test
def static_program():
    "a program that cannot be entered, with what to do: the probe is advised where it could read its TLS"
    pathlib.Path("x.c").write_text("int main(void) { return 0; }")
    subprocess.run(["cc", "-static", "-o", "still", "x.c"], check=True)
    opened = "import os; os.execve(os.open('still', os.O_RDONLY), ['x'], {})"
    for command in (["./still"], ["sh", "-c", "./still; true"], [sys.executable, "-c", opened]):
        for how in "auto", "off":
            p, gaps, _ = run(*command, status=3, ptrace=how)
            (gap,) = gaps
            assert gap["gap"]["program"].endswith("still"), gap
            assert "without a TLS library" in gap["gap"]["reason"] and "for TLS set AWS_CSM" in gap["gap"]["advice"], gap
            assert "not followed" in p.stderr and len(policy_has_nothing()) == 2, p.stderr
    go = sorted((BUILD / "go").glob("*/static"))
    if go:
        for command in ([go[-1], "1", "0"], ["sh", "-c", f"{go[-1]} 1 0; true"]):
            _, (gap,), _ = run(*command, status=3, ptrace="off", LP_EMU_TLS="https://127.0.0.1:1")
            assert gap["gap"]["reason"] == "statically linked" and "run leastpriv as root" in gap["gap"]["advice"], gap


@test
def no_room():
    "a command whose arguments leave no room for the shim's variables runs all the same, and is named"
    library = pathlib.Path("a" * 200 + ".so").absolute()
    shutil.copy(BUILD / "libleastpriv.so", library)
    words = ["x" * 100_000] * 2

    def start(n):
        """The status with so many bytes of arguments more; None: there is no room for leastpriv-run itself."""
        try:
            return subprocess.run([BUILD / "leastpriv-run", "--strict", "--ebpf=off", "-o", "p", "--calls", "calls", "--", "/bin/true", *words,
                                   "x" * n], env={"LEASTPRIV_LIB": library, "PATH": os.environ["PATH"]}, stderr=subprocess.DEVNULL,
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, resource.RLIM_INFINITY))).returncode
        except OSError:
            return None
    fits, over = 0, 100_000
    assert start(fits) == 0 and start(over) is None
    while over - fits > 1:
        n = (fits + over) // 2
        fits, over = (fits, n) if start(n) is None else (n, over)
    pathlib.Path("calls").unlink()
    assert start(fits) == 3
    (gap,) = [json.loads(line) for line in pathlib.Path("calls").read_text().splitlines()]
    assert gap["gap"]["program"] == "/bin/true" and "no room" in gap["gap"]["reason"], gap


@test
def no_shim():
    "a command that the shim could not be loaded into is named, and --strict fails"
    pathlib.Path("none.so").write_text("no library")
    p, (gap,), calls = run("/bin/true", status=3, LEASTPRIV_LIB=os.path.abspath("none.so"))
    assert gap["gap"]["program"] == "/bin/true" and "ld.so could not load" in gap["gap"]["reason"] and not calls, gap
    assert "0 processes followed, 1 not" in p.stderr and "LEASTPRIV_LIB" in p.stderr and policy_has_nothing(), p.stderr


@test
def no_room_at_all():
    "what the kernel refuses whoever asks, as GNU parallel finds out how much that is, did not start and is not named"
    _, gaps, _ = run(sys.executable, "-c", """
import os, subprocess
long = "true " + "x" * 131072
for how in (lambda: subprocess.run(["/bin/sh", "-c", long], env={}), lambda: os.posix_spawnp("true", ["true"], {"a": long}),
            lambda: os.posix_spawn("/bin/true", ["true", long], {})):
    try:
        how()
        raise SystemExit("started")
    except OSError as e:
        assert e.errno == 7, e
os.environ.clear()
os.system(long)
""")
    assert not gaps, gaps


def stand_ins(*names):
    """A folder for PATH with programs of these names that do nothing, and a script."""
    folder = pathlib.Path("bin").absolute()
    folder.mkdir()
    for name in names:
        shutil.copy(shutil.which("true"), folder / name)
        (folder / name).chmod(0o755)
    (folder / "nomad").write_text("#!/bin/sh\n")
    (folder / "nomad").chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}, folder


@test
def deputies():
    "what a daemon or another host starts is named where it is asked for, and only there; --strict fails"
    path, folder = stand_ins("docker", "kubectl", "systemd-run", "podman")
    quiet = "docker ps; docker logs run; kubectl get exec; systemd-run --scope true; ./docker run x; nomad run x; docker"
    pathlib.Path("docker").write_text("#!/bin/sh\n")
    pathlib.Path("docker").chmod(0o755)
    _, gaps, _ = run("sh", "-c", quiet, **path)
    assert not gaps, gaps
    asked = {"docker run": "docker -D run -it x", "docker compose up": "docker compose -f y up", "kubectl exec": "kubectl -n x exec y",
             "systemd-run": "systemd-run -p a=b true", "podman run": "podman run x"}
    p, gaps, _ = run("sh", "-c", "; ".join(asked.values()) + "; docker run y; true", status=3, **path)
    assert [(g["gap"]["program"], g["gap"]["count"]) for g in gaps] == [
        (f"{folder}/{a}", 2 if a == "docker run" else 1) for a in asked], gaps
    assert "started by" in p.stderr and "leastpriv-collector --ebpf" in gaps[0]["gap"]["advice"], (p.stderr, gaps)
    assert "daemon" in gaps[0]["gap"]["reason"] and "another host" in gaps[2]["gap"]["reason"], gaps
    assert len(policy_has_nothing()) == 1 + len(asked)
    out = subprocess.run([BUILD / "leastpriv", "policy", "calls"], text=True, capture_output=True)
    assert out.stderr.count("not followed: ") == len(asked), out.stderr


@test
def deputy_as_command():
    "also where it is the command itself, or another program starts it by posix_spawn"
    path, folder = stand_ins("docker")
    start = f"import os; os.posix_spawn('{folder}/docker', ['docker', 'start', 'x'], {{}})"
    opened = f"import os; os.execve(os.open('{folder}/docker', os.O_RDONLY), ['docker', 'exec', 'x'], {{}})"
    for command, verb in ((["docker", "run", "x"], "run"), ([sys.executable, "-c", start], "start"),
                          ([sys.executable, "-c", opened], "exec")):
        _, gaps, _ = run(*command, status=3, **path)
        assert [g["gap"]["program"] for g in gaps] == [f"{folder}/docker {verb}"], gaps
    _, gaps, _ = run("docker", "ps", **path)
    assert not gaps, gaps


@test
def deputies_by_probe():
    "a probe of our descendants sees what podman starts, and not what a daemon does; the host's sees that too"
    alone = probe_alone()
    del alone["LEASTPRIV_LIB"]
    path, folder = stand_ins("docker", "podman", "kubectl")
    script = "podman run x; docker run x; kubectl exec y; podman --remote start x; CONTAINER_HOST=unix:///x podman exec x; true"
    _, gaps, _ = run("sh", "-c", script, status=3, **alone, **path)
    assert [g["gap"]["program"] for g in gaps] == [
        f"{folder}/{asks}" for asks in ("docker run", "kubectl exec", "podman start", "podman exec")], gaps
    c = Collector("--ebpf", "-o", "host.json").ready()
    subprocess.run(["sh", "-c", script], check=True, env={
        **os.environ, **path, "LD_PRELOAD": str(BUILD / "libleastpriv.so"), "LEASTPRIV_SOCKET": str(pathlib.Path("s").absolute())})
    status, err = c.end()
    assert status == 0 and "kubectl exec" in err and "docker run" not in err and "podman run" not in err, err


CLIENT = """
import http.client, socket, sys
class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(sys.argv[1])
c = Connection("localhost")
for asked in sys.argv[2:]:
    c.request(*asked.split())
    c.getresponse().read()
"""


@test
def daemons():
    "what a program has a daemon start itself, over its socket, as Docker's SDKs do, is named; not who only looks, and not twice"
    class Daemon(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.send_response(204)
            self.end_headers()
        do_POST = do_GET

        def address_string(self):
            return "client"

        def log_message(self, *words):
            pass

    class Server(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True
    usual, other = pathlib.Path("docker.sock").absolute(), pathlib.Path("other.sock").absolute()
    for path in usual, other:
        threading.Thread(target=Server(str(path), Daemon).serve_forever, daemon=True).start()
    pathlib.Path("client.py").write_text(CLIENT)
    looks = ["GET /version", "GET /v1.44/containers/json", "POST /v1.44/containers/create"]
    starts = looks + ["POST /v1.44/containers/0a/start", "POST /v1.44/containers/0b/start", "POST /v1.44/exec/0c/start"]
    _, gaps, _ = run(sys.executable, "client.py", str(usual), *looks)
    assert not gaps, gaps
    _, gaps, _ = run(sys.executable, "client.py", str(usual), *starts, status=3)
    assert [(g["gap"]["program"], g["gap"]["count"]) for g in gaps] == [(f"{usual} start", 2), (f"{usual} exec", 1)], gaps
    assert "daemon" in gaps[0]["gap"]["reason"] and "leastpriv-collector --ebpf" in gaps[0]["gap"]["advice"], gaps
    _, gaps, _ = run(sys.executable, "client.py", str(other), *starts)
    assert not gaps, gaps
    _, gaps, _ = run(sys.executable, "client.py", str(other), *starts, status=3, DOCKER_HOST=f"unix://{other}")
    assert [g["gap"]["program"] for g in gaps] == [f"{other} start", f"{other} exec"], gaps
    shutil.copy(os.path.realpath(sys.executable), "docker-compose")
    _, gaps, _ = run("./docker-compose", "client.py", str(usual), *starts, PYTHONHOME=sys.base_prefix)
    assert not gaps, gaps
    pathlib.Path("docker-compose").unlink()
    pathlib.Path("docker-compose").write_text(f"#!{sys.executable}\n" + CLIENT)  # as of its version 1
    pathlib.Path("docker-compose").chmod(0o755)
    _, gaps, _ = run("./docker-compose", str(usual), *starts, status=3)
    assert len(gaps) == 2, gaps


STARTS = """
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
int main(int argc, char **argv)
{
	int fork_first = !strcmp(argv[1], "fork"), status;
	pid_t pid = 0;

	if (!strcmp(argv[1], "exec") || (fork_first && !(pid = fork())))
		return execvp(argv[2], argv + 2);
	if (!fork_first && posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ))
		return 9;
	return waitpid(pid, &status, 0) < 0;
}
"""


@test
def deputies_of_unentered():
    "also where a program that the shim is not in starts them; once where it is in who does"
    pathlib.Path("starts.c").write_text(STARTS)
    subprocess.run(["cc", "-static", "-o", "starts", "starts.c"], check=True)
    path, folder = stand_ins("docker", "kubectl", "podman")
    sees = ["off"]
    if subprocess.run([BUILD / "leastpriv-run", "--ebpf=on", "-o", "none", "--", "true"], stderr=subprocess.DEVNULL).returncode == 0:
        sees += ["on", "auto"]
    asked = "docker run x", "kubectl exec y", "podman run x", "env CONTAINER_HOST=y podman start x", "docker ps", "sh -c 'docker start x; true'"
    for ebpf in sees:
        for how in "exec", "fork", "spawn":
            script = "; ".join(f"./starts {how} {words}" for words in asked) + "; true"
            _, gaps, _ = run("sh", "-c", script, status=3, ebpf=ebpf, **path)
            deputies = {(os.path.basename(g["program"]), os.path.basename(g["gap"]["program"]), g["gap"]["count"])
                        for g in gaps if str(folder) in g["gap"]["program"]}
            assert deputies == {
                ("starts", "docker run", 1), ("starts", "kubectl exec", 1), ("env", "podman start", 1),
                (os.path.basename(os.path.realpath(shutil.which("sh"))), "docker start", 1),
                *([("starts", "podman run", 1)] if ebpf == "off" else [])}, (ebpf, how, gaps)


SPAWN = """
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
int main(int argc, char **argv)
{
	char *const args[] = {"still", NULL}, *const env[] = {NULL};
	posix_spawn_file_actions_t a;
	int status = 0, fast = argc > 1;
	pid_t pid;

	posix_spawn_file_actions_init(&a);
	posix_spawn_file_actions_addchdir_np(&a, "below");
	if ((fast ? posix_spawnp : posix_spawn)(fast ? NULL : &pid, "./still", &a, NULL, args, env))
		return 9;
	wait(&status);
	return WEXITSTATUS(status);
}
"""


@test
def static_elsewhere():
    "the same where posix_spawn changes the directory that its path is relative to"
    pathlib.Path("below").mkdir()
    pathlib.Path("below/x.c").write_text("#include <unistd.h>\nint main(void) { usleep(200000); return 5; }")
    pathlib.Path("spawn.c").write_text("#define _GNU_SOURCE\n" + SPAWN)
    subprocess.run(["cc", "-static", "-o", "below/still", "below/x.c"], check=True)
    subprocess.run(["cc", "-o", "spawn", "spawn.c"], check=True)
    for args in ([], ["p"]):
        _, (gap,), _ = run("./spawn", *args, status=5)
        assert gap["gap"]["program"] == str(pathlib.Path("below/still").absolute()), gap


finish()
