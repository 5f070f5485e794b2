#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""rawrequests.py HOST METHOD:PATH ... writes signed S3 requests, as bytes, pipelined; the last one
asks for the connection to be closed."""
import os
import sys

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

host, region = sys.argv[1], "us-east-1"
credentials = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
for i, arg in enumerate(sys.argv[2:], start=3):
    method, path = arg.split(":", 1)
    request = AWSRequest(method, f"https://{host}{path}", headers={"Host": host})
    S3SigV4Auth(credentials, "s3", region).add_auth(request)
    head = f"{method} {path} HTTP/1.1\r\n"
    head += "".join(f"{k}: {v}\r\n" for k, v in request.headers.items())
    if i == len(sys.argv):
        head += "Connection: close\r\n"
    sys.stdout.buffer.write(head.encode() + b"\r\n")
