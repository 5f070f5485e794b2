#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The same calls in another order, from other threads, each time: what the policy may not show.
Bare sockets and a signature that nobody checks, so that it starts quickly."""
import http.client
import os
import random
import ssl
import threading
from urllib.parse import urlsplit

SCOPE = "Credential=%s/20260131/us-east-1/%s/aws4_request, SignedHeaders=host, Signature=" + 64 * "0"
DYNAMODB = ("dynamodb", "POST", "dynamodb.us-east-1.amazonaws.com", "/")
CALLS = [("s3", method, "lp-in.s3.us-east-1.amazonaws.com", f"/k/{i}", {}, b"")
         for i in range(6) for method in ("GET", "PUT", "DELETE")]
CALLS += [("s3", "GET", f"lp-{b}.s3.us-east-1.amazonaws.com", "/?list-type=2", {}, b"") for b in ("in", "out", "more")]
CALLS += [DYNAMODB + ({"X-Amz-Target": f"DynamoDB_20120810.{op}", "Content-Type": "application/x-amz-json-1.0"},
                      b'{"TableName":"%s","Key":{"id":{"S":"1"}}}' % table)
          for op in ("GetItem", "DeleteItem") for table in (b"one", b"two", b"three")]

url = urlsplit(os.environ["AWS_ENDPOINT_URL"])
context = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
failures = []


def work(calls):
    try:
        connection = http.client.HTTPSConnection(url.hostname, url.port, context=context)
        for service, method, host, path, headers, body in calls:
            auth = "AWS4-HMAC-SHA256 " + SCOPE % (os.environ["AWS_ACCESS_KEY_ID"], service)
            connection.request(method, path, body, {"Host": host, "Authorization": auth, **headers})
            connection.getresponse().read()
        connection.close()
    except Exception as error:  # pylint: disable=broad-except
        failures.append(error)


random.shuffle(CALLS)
n = random.randint(1, 5)
threads = [threading.Thread(target=work, args=(CALLS[i::n],)) for i in range(n)]
for t in threads:
    t.start()
for t in threads:
    t.join()
if failures:
    raise failures[0]
