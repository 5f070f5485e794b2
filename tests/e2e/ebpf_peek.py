# SPDX-License-Identifier: MIT
"""For ebpf.t: plain HTTP whose answers, another status each, are looked at before they are read; and the like on a
socket that carried TLS to somebody else before."""
import ctypes
import os
import socket
import threading

STATUSES = (200, 404, 403, 200)
SIGNED = ("Authorization: AWS4-HMAC-SHA256 Credential=AKIARZPUZDIKAMBVUEID/20260101/us-east-1/s3/aws4_request, "
          "SignedHeaders=host, Signature=0")
listener = socket.create_server(("127.0.0.1", 0))


def answer(peer, status):
    peer.recv(65536)
    peer.sendall(f"HTTP/1.1 {status} -\r\nContent-Length: 3\r\n\r\nabc".encode())


def serve():
    peer, _ = listener.accept()
    for status in STATUSES:
        answer(peer, status)
    listener.accept()[0].recv(65536)
    answer(listener.accept()[0], 204)


def request(key):
    return f"GET /lp-in/{key} HTTP/1.1\r\nHost: s3.amazonaws.com\r\n{SIGNED}\r\n\r\n".encode()


threading.Thread(target=serve, daemon=True).start()
client = socket.create_connection(listener.getsockname())
for i in range(len(STATUSES)):
    client.sendall(request(f"peek{i}"))
    head = client.recv(65536, socket.MSG_PEEK)
    if i == 1:  # thrown away unseen but for its start
        client.recv(len(head) - 2)
        client.recv(2, socket.MSG_TRUNC)
    else:
        client.recv(65536)

client = socket.create_connection(listener.getsockname())
client.sendall(b"\x17\x03\x03\x00\x05hello")
nobody = bytes(16)  # AF_UNSPEC: the end of the connection, not of the socket
if ctypes.CDLL(None, use_errno=True).connect(client.fileno(), nobody, len(nobody)):
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
client.connect(listener.getsockname())
client.sendall(request("again"))
client.recv(65536)
