# SPDX-License-Identifier: MIT
"""ebpf_pieces.py URL: three calls on one connection, each head written in pieces, the method by itself or byte by byte."""
import http.client
import os
import socket
import ssl
import sys
from urllib.parse import urlsplit

url = urlsplit(sys.argv[1])
s = socket.create_connection((url.hostname, url.port))
if url.scheme == "https":
    s = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"]).wrap_socket(s, server_hostname="localhost")
signed = (f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/20260101/us-east-1/s3/aws4_request, "
          "SignedHeaders=host, Signature=0")
for verb, body in ("GET", ""), ("PUT", "hello"), ("GET", ""):
    for piece in (*([verb] if body else verb), " ", f"/lp-in/piece HTTP/1.1\r\nHost: {url.netloc}\r\n", f"Authorization: {signed}\r\n",
                  f"Content-Length: {len(body)}\r\n\r\n", body):
        s.sendall(piece.encode())
    answer = http.client.HTTPResponse(s)
    answer.begin()
    answer.read()
