# SPDX-License-Identifier: MIT
"""ebpf_refused.py CERT KEY: four requests on one connection to a server that is slow to read. The socket has no room for
the last three at first, so they are written again: the same bytes, in the same place or in another, from the same thread
or another, with more or less on the stack."""
import os
import select
import socket
import ssl
import sys
import threading

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
listener.bind(("127.0.0.1", 0))
listener.listen()
gate, opener = os.pipe()

if os.fork() == 0:
    os.close(opener)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[1:3])
    s = context.wrap_socket(listener.accept()[0], server_side=True)
    while os.read(gate, 1):
        got = b""
        while not got.endswith(b"\r\n\r\n"):
            got += s.recv(65536)
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    os._exit(0)

raw = socket.socket()
raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
raw.connect(listener.getsockname())
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
s = context.wrap_socket(raw)
s.setblocking(False)
refused = 0


def send(request):
    """The bytes that could not be sent; None: they were."""
    global refused
    try:
        assert s.send(request) == len(request)
        return None
    except ssl.SSLWantWriteError:
        refused += 1
        return request


def deeper(n, f):
    return next(map(lambda _: deeper(n - 1, f) if n else f(), [0]))


def exchange(request, again):
    left = send(request)
    os.write(opener, b".")
    while left:
        select.select([], [s], [])
        left = again(left)
    while select.select([s], [], []):
        try:
            assert s.recv(65536)
            return
        except ssl.SSLWantReadError:
            pass


def by_another_thread(request):
    left = []
    thread = threading.Thread(target=lambda: left.append(send(bytes(bytearray(request)))))
    thread.start()
    thread.join()
    return left[0]


signed = (f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/20260101/us-east-1/s3/aws4_request, "
          "SignedHeaders=host, Signature=0")
head = f"GET /lp-in/refused HTTP/1.1\r\nHost: s3.us-east-1.amazonaws.com\r\nAuthorization: {signed}\r\n"
small, large = f"{head}\r\n".encode(), f"{head}X-Pad: {'x' * 15000}\r\n\r\n".encode()
exchange(small, send)
exchange(large, send)
deeper(20, lambda: exchange(large, send))
exchange(large, by_another_thread)
print(f"{refused} times refused")
sys.exit(refused < 3)
