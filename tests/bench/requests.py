# SPDX-License-Identifier: MIT
"""requests.py PORT CA [boto3]: for each line "aws N" on stdin N signed requests over one kept-alive TLS connection,
with a third argument DynamoDB's GetItem by boto3; prints the nanoseconds that they took."""
import http.client
import ssl
import sys
import time

port, ca = sys.argv[1:3]
headers = {"X-Amz-Date": "20261125T000000Z", "Authorization":
           "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/us-east-1/s3/aws4_request, "
           "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64}


def bare():
    connection = http.client.HTTPSConnection("127.0.0.1", int(port), context=ssl.create_default_context(cafile=ca))

    def one():
        connection.request("GET", "/lp-bench/key", headers=headers)
        connection.getresponse().read()
    return one


def sdk():
    import boto3
    client = boto3.client("dynamodb", endpoint_url=f"https://127.0.0.1:{port}", verify=ca, region_name="us-east-1",
                          aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="x")
    return lambda: client.get_item(TableName="bench", Key={"id": {"S": "12345678"}})


one = (sdk if len(sys.argv) > 3 else bare)()
for line in sys.stdin:
    start = time.monotonic_ns()
    for _ in range(int(line.split()[1])):
        one()
    print(time.monotonic_ns() - start, flush=True)
