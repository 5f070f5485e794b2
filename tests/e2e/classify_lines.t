#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The lines of `leastpriv classify`: order, ids, forms of input, and what spoils one line only."""

import base64
import json
import os
import subprocess
import time

import tap
from tap import check

BUILD = os.environ.get("BUILD", "build")
PROGRAM = os.path.join(BUILD, "leastpriv")
AUTH = ("AWS4-HMAC-SHA256 Credential=AKIARZPUZDIKAMBVUEID/20260101/eu-west-1/%s/aws4_request, "
        "SignedHeaders=host, Signature=0")


def program(data, *args):
    return subprocess.run([PROGRAM, "classify", *args], input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, timeout=120)


def classify(data):
    run = program(data)
    return run, [json.loads(line) for line in run.stdout.splitlines()]


def get(ident, **other):
    line = {"id": ident, "host": "b.s3.eu-west-1.amazonaws.com", "method": "GET", "target": "/k",
            "headers": {"Authorization": AUTH % "s3"}}
    line.update(other)
    return json.dumps(line).encode()


EXPECTED = {"id": "x", "service": "S3", "operation": "GetObject", "region": "eu-west-1",
            "account": "123456789012",
            "actions": [{"action": "s3:GetObject", "resources": ["arn:aws:s3:::b/k"]}]}

run, answers = classify(get("x") + b"\n")
check(run.returncode == 0 and answers == [EXPECTED], "one request", run.stdout)
check(list(answers[0]) == list(EXPECTED), "members in the documented order")
run, answers = classify(get("x"))
check(answers == [EXPECTED], "a last line without a newline", run.stdout)
run, answers = classify(get("x") + b"\r\n\n  \n" + get("x") + b"\n")
check(answers == [EXPECTED] * 2, "CRLF, and lines with nothing", run.stdout)
# A table by name and in full: with the account they are one.
table = "arn:aws:dynamodb:eu-west-1:123456789012:table/"
run, answers = classify(get("t", host="dynamodb.eu-west-1.amazonaws.com", method="POST", target="/",
                            headers={"Authorization": AUTH % "dynamodb", "X-Amz-Target": "DynamoDB_20120810.BatchGetItem"},
                            body=base64.b64encode(json.dumps({"RequestItems": {"a": {}, table + "a": {}}}).encode()).decode()))
check(answers[0]["actions"][0]["resources"] == [table + "a"], "a resource once, named in two ways", run.stdout)
# An access key id of old does not tell its account. Who names a bus by its ARN beside the default one has it from elsewhere.
old = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/%s/aws4_request, SignedHeaders=host, Signature=x"


def resources_of(service, target, body):
    _, got = classify(json.dumps({"id": 0, "host": service + ".eu-west-1.amazonaws.com", "method": "POST", "target": "/",
                                  "headers": {"Authorization": old % service, "X-Amz-Target": target},
                                  "body": base64.b64encode(json.dumps(body).encode()).decode()}).encode())
    return got[0]["account"], [r for a in got[0]["actions"] for r in a["resources"]]


BUS = "arn:aws:events:eu-west-1:999988887777:event-bus/b"
ROLE = "arn:aws:iam::123456789012:role/r"
check(resources_of("events", "AWSEvents.PutEvents", {"Entries": [{"Source": "s"}, {"EventBusName": BUS}]}) ==
      ("*", ["arn:aws:events:eu-west-1:*:event-bus/default", BUS]), "another account's bus beside one's own")
check(resources_of("events", "AWSEvents.PutEvents", {"Entries": [{"EventBusName": BUS}]}) == ("999988887777", [BUS]),
      "a bus in full, alone")
check(resources_of("events", "AWSEvents.PutRule", {"Name": "r", "EventBusName": BUS, "RoleArn": ROLE}) ==
      ("123456789012", [BUS.replace("event-bus", "rule") + "/r", ROLE]), "a role that is passed is one's own")
KEY = "arn:aws:kms:eu-west-1:999988887777:key/1"
check(resources_of("dynamodb", "DynamoDB_20120810.CreateTable", {"TableName": "t", "SSESpecification": {"KMSMasterKeyId": KEY}}) ==
      ("*", ["arn:aws:dynamodb:eu-west-1:*:table/t"]), "a key may be another account's")
run, answers = classify(b"")
check(run.returncode == 0 and answers == [], "no line, no answer")

bad = [b"garbage", b"{", b"[1]", b"5", b'"s"', b"null", b"{}", b'{"id":"only"}', get("x")[:-3],
       get("x") + b" x", get("x", target=5), get("x", headers=[]), get("x", headers={"A": 5}),
       get("x", headers={"A": [5]}), get("x", body="***"), get("x", body=5), b"\xff\xfe\x00{}",
       b'{"id":1,"method":"GET","target":"/","host":"\\ud800"}', b"[" * 100000, b'{"id":' * 5000]
run, answers = classify(b"\n".join(line + b"\n" + get("x") for line in bad) + b"\n")
check(run.returncode == 0 and len(answers) == 2 * len(bad), "an answer to each bad line", run.stderr)
check(all("error" in a and a["reason"] for a in answers[::2]), "which is an error with a reason",
      [a for a in answers[::2] if "error" not in a])
check(answers[1::2] == [EXPECTED] * len(bad), "and the next line is right")
check(answers[2 * 7]["id"] == "only" and answers[0]["id"] is None, "the line's id, or null")

run, answers = classify(b"\n".join(get(i) for i in ("s", 5, -1.5, 2**64 + 1, None, True, {"a": [1]}, "é\u2028")))
check([a["id"] for a in answers] == ["s", 5, -1.5, 2**64 + 1, None, True, {"a": [1]}, "é\u2028"],
      "ids of any kind come back", [a["id"] for a in answers])
run, answers = classify(get("x", headers={"authorization": ["Basic abc", AUTH % "s3"]}) + b"\n" +
                        get("x", headers={"AUTHORIZATION": [AUTH % "s3"]}) + b"\n" +
                        get("x", host=None, headers={"Host": "b.s3.eu-west-1.amazonaws.com",
                                                     "Authorization": AUTH % "s3"}))
check(answers[1:] == [EXPECTED] * 2, "lists of values, any case, the host as a header", run.stdout)

run, answers = classify(json.dumps(dict(id=0, host="dynamodb.eu-west-1.amazonaws.com", method="POST", target="/", body="H4sIAAAA", headers={
    "Authorization": AUTH % "dynamodb", "X-Amz-Target": "DynamoDB_20120810.GetItem", "Content-Encoding": "gzip"})).encode())
check("compressed" in answers[0]["warning"] and answers[0]["actions"][0]["action"] == "dynamodb:GetItem", "a compressed body", run.stdout)

form = b"Action=SendMessage&Version=2012-11-05&QueueUrl=https%3A%2F%2Fsqs.eu-west-1.amazonaws.com%2F123456789012%2Fq"
sent = [dict(id=0, host="sqs.eu-west-1.amazonaws.com", method="POST", target="/", body=body,
             headers={"Authorization": AUTH % "sqs",
                      "Content-Type": "application/x-www-form-urlencoded"})
        for body in (base64.b64encode(form).decode(), base64.b64encode(form).decode().rstrip("="),
                     base64.urlsafe_b64encode(form).decode())]
run, answers = classify("\n".join(map(json.dumps, sent)).encode())
check(all(a["operation"] == "SendMessage" and a["actions"][0]["resources"] ==
          ["arn:aws:sqs:eu-west-1:123456789012:q"] for a in answers), "base64 in its forms", run.stdout)

run, answers = classify(b'{"id":"' + b"x" * (20 << 20) + b'"}\n' + get("x") + b"\n" + b"y" * (17 << 20))
check(len(answers) == 3 and "error" in answers[0] and answers[1] == EXPECTED and "error" in answers[2],
      "lines longer than any request are refused, and the next is right", run.stdout[:500])
run, answers = classify(get("x", target="/" + "k" * (1 << 20)) + b"\n" + get("x"))
check(len(answers) == 2 and answers[1] == EXPECTED, "a target of a mebibyte", run.stdout[:200])

check(program(b"", "--no-such-option").returncode == 2, "an unknown option is status 2")
check(program(b"", "argument").returncode == 2, "an argument is status 2")
check(b"explain-dependent" in program(b"", "--help").stdout, "--help says how")

with subprocess.Popen([PROGRAM, "classify"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
    p.stdin.write(get("x") + b"\n")
    p.stdin.flush()
    answer = p.stdout.readline()
    check(json.loads(answer) == EXPECTED, "each answer comes at once to who waits for it")
    p.stdin.close()
    check(p.wait(10) == 0, "and the end of input is the end")

lines = get("x") + b"\n"
begin = time.monotonic()
run, answers = classify(lines * 20000)
taken = time.monotonic() - begin
check(len(answers) == 20000, "20,000 requests in %.2f s" % taken)
if os.path.exists("/dev/full"):
    with open("/dev/full", "wb") as full:
        status = subprocess.run([PROGRAM, "classify"], input=get("x"), stdout=full,
                                stderr=subprocess.DEVNULL, check=False).returncode
    check(status == 2, "a full disk is not success")
tap.plan()
