# SPDX-License-Identifier: MIT
"""ebpf_uploads.py PORT CA, for ebpf_loss.t: bodies of which most stays in the kernel, in every framing, on one
connection whose small buffer lets writes fail and be repeated; whatever comes next must be found."""
import http.client
import socket
import ssl
import sys
import threading

TIMES = 4
HEADERS = {"Host": "s3.us-east-1.amazonaws.com", "X-Amz-Date": "20261125T000000Z", "Authorization":
           "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/us-east-1/s3/aws4_request, "
           "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64}
# With a timeout Python does not block in SSL_write, but repeats it.
connection = http.client.HTTPSConnection("127.0.0.1", int(sys.argv[1]), timeout=60,
                                         context=ssl.create_default_context(cafile=sys.argv[2]))
connection.connect()
connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)


def make(method, key, body=None, chunked=False):
    connection.request(method, f"/lp-bench/{key}", body, HEADERS, encode_chunked=chunked)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200


def make_by_two(method, key, pieces):
    """The head is sent by this thread, what follows by another one, whose stack is elsewhere."""
    connection.putrequest(method, f"/lp-bench/{key}", skip_host=True)
    for name, value in {**HEADERS, "Content-Length": str(sum(map(len, pieces)))}.items():
        connection.putheader(name, value)
    connection.endheaders()
    other = threading.Thread(target=lambda: [connection.send(piece) for piece in pieces])
    other.start()
    other.join()
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200


for i in range(TIMES):
    make_by_two("PUT", f"two{i}", [b"t" * 8192, b"u" * 8192])
    make("GET", f"after{i}")
    make("PUT", f"length{i}", b"x" * (3000000 + i))
    make("GET", f"get{i}")
    make("PUT", f"chunks{i}", (b"y" * 50000 for _ in range(60)), chunked=True)
    make("POST", f"form{i}", b"z" * 1000000)
    make("PUT", f"chunk{i}", (b"y" * 3000000 for _ in range(2)), chunked=True)
    make("PUT", f"byte{i}", b"q")
