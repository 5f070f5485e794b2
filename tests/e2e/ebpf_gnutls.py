# SPDX-License-Identifier: MIT
"""ebpf_gnutls.py PORT N: N calls by GnuTLS, each head and body of its own, one jump from one function into another."""
import ctypes
import socket
import sys

port, n = map(int, sys.argv[1:])
g = ctypes.CDLL("libgnutls.so.30")
g.gnutls_record_send.restype = g.gnutls_record_recv.restype = ctypes.c_ssize_t
session, trust = ctypes.c_void_p(), ctypes.c_void_p()
assert g.gnutls_init(ctypes.byref(session), 2) == 0  # GNUTLS_CLIENT
assert g.gnutls_set_default_priority(session) == 0
assert g.gnutls_certificate_allocate_credentials(ctypes.byref(trust)) == 0
assert g.gnutls_credentials_set(session, 1, trust) == 0  # GNUTLS_CRD_CERTIFICATE
s = socket.create_connection(("127.0.0.1", port))
g.gnutls_transport_set_int2(session, s.fileno(), s.fileno())
assert g.gnutls_handshake(session) == 0
for i in range(n):
    body = b'{"TableName":"t%d","Key":{"id":{"S":"1"}}}' % i
    head = (f"POST / HTTP/1.1\r\nHost: dynamodb.us-east-1.amazonaws.com\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\n"
            "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, "
            f"Signature=0\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\n\r\n").encode()
    for part in head, body:
        assert g.gnutls_record_send(session, part, ctypes.c_size_t(len(part))) == len(part)
    answer, buf = b"", ctypes.create_string_buffer(4096)
    while not answer.endswith(b"{}"):
        got = g.gnutls_record_recv(session, buf, ctypes.c_size_t(len(buf)))
        assert got > 0 or got in (-28, -52), got  # GNUTLS_E_AGAIN, GNUTLS_E_INTERRUPTED: a ticket came
        answer += buf.raw[:max(got, 0)]
