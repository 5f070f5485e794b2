# SPDX-License-Identifier: MIT
"""ebpf_prefork.py PORT CA [again]: a server that makes its workers by fork alone, replaces those that end, and has one
that forks itself: 61 calls. With a third argument it runs itself once more."""
import http.client
import os
import ssl
import sys

HEADERS = {"Host": "dynamodb.us-east-1.amazonaws.com", "X-Amz-Date": "20261125T000000Z",
           "X-Amz-Target": "DynamoDB_20120810.GetItem", "Authorization":
           "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/us-east-1/dynamodb/aws4_request, "
           "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64}


def calls(n):
    connection = http.client.HTTPSConnection("127.0.0.1", int(sys.argv[1]), context=ssl.create_default_context(cafile=sys.argv[2]))
    for _ in range(n):
        connection.request("POST", "/", b'{"TableName":"prefork"}', HEADERS)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200


def worker(then=None):
    if not os.fork():
        calls(5)
        if then:
            then()
        os._exit(0)


calls(5)
for _ in range(4):
    worker()
calls(5)
for _ in range(4):
    os.wait()
    worker()
worker(lambda: (worker(), os.wait(), calls(1)))
for _ in range(5):
    assert os.wait()[1] == 0
if sys.argv[3:]:
    os.execv(sys.executable, [sys.executable, *sys.argv[:3]])
