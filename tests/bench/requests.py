# SPDX-License-Identifier: MIT
"""requests.py PORT CA: for each line "aws N" on stdin N signed requests over one kept-alive TLS connection; prints
the nanoseconds that they took."""
import http.client
import ssl
import sys
import time

connection = http.client.HTTPSConnection("127.0.0.1", int(sys.argv[1]), context=ssl.create_default_context(cafile=sys.argv[2]))
headers = {"X-Amz-Date": "20261125T000000Z", "Authorization":
           "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/us-east-1/s3/aws4_request, "
           "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64}
for line in sys.stdin:
    start = time.monotonic_ns()
    for _ in range(int(line.split()[1])):
        connection.request("GET", "/lp-bench/key", headers=headers)
        connection.getresponse().read()
    print(time.monotonic_ns() - start, flush=True)
