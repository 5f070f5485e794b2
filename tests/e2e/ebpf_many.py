# SPDX-License-Identifier: MIT
"""ebpf_many.py PORT CA N, for ebpf_loss.t: N connections that are all open at once, more than the probe has slots for,
with three calls each, in turns; half of them are given up and others made meanwhile."""
import http.client
import resource
import ssl
import sys

port, ca, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
HEADERS = {"Host": "s3.us-east-1.amazonaws.com", "X-Amz-Date": "20261125T000000Z", "Authorization":
           "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/us-east-1/s3/aws4_request, "
           "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64}
context = ssl.create_default_context(cafile=ca)
connections = [http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=context) for _ in range(count)]
for turn in range(3):
    for i, connection in enumerate(connections):
        if turn == 2 and i % 2:
            connection.close()  # the next call makes another one
        connection.request("GET", f"/lp-bench/key-{turn}-{i}", headers=HEADERS)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
