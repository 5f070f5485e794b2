#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tls_proxy.py CERT KEY PORT: a proxy that is spoken to over TLS; whatever it is asked to connect to, it connects to PORT of this
machine. Prints its own port."""
import socket
import ssl
import sys
import threading

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client):
    client = context.wrap_socket(client, server_side=True)
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(4096)
    server = socket.create_connection(("127.0.0.1", int(sys.argv[3])))
    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    threading.Thread(target=pump, args=(server, client), daemon=True).start()
    pump(client, server)


while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
