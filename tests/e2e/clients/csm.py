#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Datagrams as SDKs send them to the client-side monitoring port: an ApiCallAttempt and an ApiCall
for each call, the attempt with a live session token. Nobody listens, nobody answers."""
import json
import os
import socket

CALLS = (
    ("S3", "GetObject", "s3.us-east-1.amazonaws.com"),
    ("S3", "ListObjectsV2", "s3.us-east-1.amazonaws.com"),
    ("DynamoDB", "BatchGetItem", "dynamodb.us-east-1.amazonaws.com"),
    ("Elastic Load Balancing v2", "DescribeLoadBalancers", "elasticloadbalancing.us-east-1.amazonaws.com"),
    ("STS", "GetCallerIdentity", "sts.us-east-1.amazonaws.com"),
)

target = ("127.0.0.1", int(os.environ.get("AWS_CSM_PORT", "31000")))
unconnected = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
connected = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
connected.connect(target)


def send(i, datagram):
    """By sendto, sendmsg, send and write, in turn."""
    data = json.dumps(datagram).encode()
    if i % 4 == 0:
        unconnected.sendto(data, target)
    elif i % 4 == 1:
        unconnected.sendmsg([data[:10], data[10:]], [], 0, target)
    elif i % 4 == 2:
        connected.send(data)
    else:
        os.write(connected.fileno(), data)


for i, (service, api, host) in enumerate(CALLS):
    common = {"Version": 1, "ClientId": "", "Service": service, "Api": api, "Region": "us-east-1",
              "Timestamp": 1766491200000 + i, "UserAgent": "aws-sdk-test"}
    attempt = dict(common, Type="ApiCallAttempt", AttemptLatency=12, Fqdn=host, HttpStatusCode=200,
                   AccessKey=os.environ["AWS_ACCESS_KEY_ID"], SessionToken="lpTokenLpTokenLpToken",
                   XAmznRequestId=f"id-{i}")
    call = dict(common, Type="ApiCall", AttemptCount=1, Latency=15, MaxRetriesExceeded=0,
                FinalHttpStatusCode=200)
    for datagram in (attempt, call):
        try:
            send(i, datagram)
        except ConnectionRefusedError:    # of the datagram before this one; now there is none
            send(i, datagram)
