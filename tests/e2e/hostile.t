#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Malformed, truncated and hostile requests through `leastpriv classify`: each gets one answer, and
the next request is right. What they have in common: a signature and a host of AWS, then nonsense."""

import base64
import json
import os
import resource
import subprocess
import time

import tap
from tap import check

PROGRAM = os.path.join(os.environ.get("BUILD", "build"), "leastpriv")
AUTH = ("AWS4-HMAC-SHA256 Credential=AKIARZPUZDIKAMBVUEID/20260101/us-east-1/%s/aws4_request, "
        "SignedHeaders=host, Signature=0")
FORM = "application/x-www-form-urlencoded"
MEMORY = 256 << 20


def request(ident, service, method="POST", target="/", body=b"", host=None, **headers):
    head = {"Authorization": AUTH % service}
    head.update({k.replace("_", "-"): v for k, v in headers.items()})
    return {"id": ident, "host": host or service + ".us-east-1.amazonaws.com", "method": method, "target": target,
            "headers": head, "body": base64.b64encode(body).decode()}


def json_call(ident, target, body, service="dynamodb"):
    return request(ident, service, body=body, X_Amz_Target=target, Content_Type="application/x-amz-json-1.0")


def cbor_map(pairs):
    return b"\xbf" + b"".join(bytes([0x60 + len(k)]) + k + v for k, v in pairs) + b"\xff"


deep = 100000
cases = [
    # target headers
    *[json_call("target " + t[:20], t, b"{}") for t in (
        "", ".", "..", "DynamoDB_20120810", "DynamoDB_20120810.", ".GetItem", "DynamoDB_20120810.getitem", "X.GetItem.",
        "DynamoDB_20120810.GetItem\x00", "\u00ff.\u00ff", "A" * 200000, "A." * 100000, "DynamoDB_20120810." + "G" * 100000)],
    # JSON bodies
    *[json_call("json " + n, "DynamoDB_20120810.GetItem", b) for n, b in (
        ("empty", b""), ("cut", b'{"TableName":"t'), ("cut escape", b'{"TableName":"t\\'), ("cut unicode", b'{"TableName":"\\u00'),
        ("deep list", b'{"TableName":' + b"[" * deep), ("deep object", b'{"Key":' * deep), ("invalid UTF-8", b'{"TableName":"\xff\xfe\x80"}'),
        ("lone surrogate", b'{"TableName":"\\ud800"}'), ("NUL", b'{"TableName":"a\\u0000b"}'), ("huge name", b'{"TableName":"' + b"t" * 500000 + b'"}'),
        ("huge key", b'{"' + b"k" * 500000 + b'":"t"}'), ("many", b'{"TableName":["' + b'","'.join(b"t%d" % i for i in range(50000)) + b'"]}'),
        ("other types", b'{"TableName":{"a":[1,2,{"b":null}]}}'), ("number", b'{"TableName":1e999999}'), ("text", b'"TableName"'),
        ("twice", b'{"TableName":"a","TableName":"b"}'), ("BOM", b'\xef\xbb\xbf{"TableName":"t"}'), ("not JSON", b"<xml/>"))],
    json_call("json batch", "DynamoDB_20120810.BatchGetItem", b'{"RequestItems":{' + b",".join(b'"t%d":{}' % i for i in range(20000)) + b"}}"),
    json_call("partiql", "DynamoDB_20120810.ExecuteStatement", b'{"Statement":"' + b"SELECT * FROM \\\"" * 5000 + b'"}'),
    # forms
    *[request("form " + n, "sns", body=b, Content_Type=FORM) for n, b in (
        ("no action", b"Version=2010-03-31"), ("empty", b""), ("wrong action", b"Action=Nonsense&Version=2010-03-31"),
        ("bomb", b"&" * 1000000 + b"Action=Publish"), ("pairs", b"a=b&" * 200000 + b"Action=Publish&Version=2010-03-31"),
        ("percent", b"Action=Publish&Version=2010-03-31&TopicArn=%&MessageBody=%zz%4"), ("NUL", b"Action=Publish%00&Version=2010-03-31"),
        ("huge index", b"Action=Publish&Version=2010-03-31&TopicArn.99999999999999999999.x=1"), ("dots", b"Action=Publish&" + b"." * 300000 + b"=1"),
        ("invalid UTF-8", b"Action=Publish&Version=2010-03-31&TopicArn=\xff\xfe"), ("binary", bytes(range(256)) * 100))],
    # HTML forms
    *[request("multipart " + n, "s3", body=b, host="b.s3.us-east-1.amazonaws.com", Content_Type="multipart/form-data; boundary=" + x) for n, x, b in (
        ("parts", "X", b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n' * 100000), ("no end", "X", b"\r\n--X" * 500000),
        ("cut", "X", b'--X\r\nContent-Disposition: form-data; name="k'), ("hyphens", "X", b"-" * 4000000), ("huge boundary", "X" * 60000, b"--X"),
        ("no boundary", "", b"--"), ("quotes", '"' * 9, b'--"\r\n'), ("key of NUL", "X", b'--X\r\nContent-Disposition: form-data; name=key\r\n\r\n\x00\r\n--X--'))],
    # XML
    *[request("xml " + n, "s3", target="/?delete", body=b, host="b.s3.us-east-1.amazonaws.com", Content_Type="application/xml") for n, b in (
        ("entities", b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
            b'<!ENTITY %c "%s">' % (98 + i, (b"&%c;" % (97 + i)) * 10) for i in range(9)) + b"]><Delete><Object><Key>&j;</Key></Object></Delete>"),
        ("external", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&a;</Key></Object></Delete>'),
        ("cut", b"<Delete><Object><Key>a"), ("deep", b"<a>" * deep), ("attributes", b"<Delete " + b'a="b" ' * 50000 + b">"),
        ("empty", b""), ("not XML", b"{}"), ("invalid UTF-8", b"<Delete><Object><Key>\xff</Key></Object></Delete>"),
        ("huge", b"<Delete><Object><Key>" + b"k" * 1000000 + b"</Key></Object></Delete>"))],
    # CBOR
    *[request("cbor " + n, "monitoring", target="/service/GraniteServiceVersion20100801/operation/PutMetricData", body=b,
              Smithy_Protocol="rpc-v2-cbor", Content_Type="application/cbor") for n, b in (
        ("empty", b""), ("map of 2^64", b"\xbb" + b"\xff" * 8), ("array of 2^64", b"\xbf\x69Namespace\x9b" + b"\xff" * 8),
        ("text of 2^64", cbor_map([(b"Namespace", b"\x7b" + b"\xff" * 8)])), ("text of 2^32", cbor_map([(b"Namespace", b"\x7a\xff\xff\xff\xff")])),
        ("deep", b"\xbf\x69Namespace" + b"\x81" * deep), ("indefinite", b"\xbf\x69Namespace\x7f" + b"\x61a" * 10000), ("cut", b"\xbf\x69Names"),
        ("tags", b"\xbf\x69Namespace" + b"\xc6" * deep), ("key no text", b"\xbf\x01\x02\xff"), ("break", b"\xff"), ("not CBOR", b"{}"))],
    request("cbor path", "monitoring", target="/service//operation/", Smithy_Protocol="rpc-v2-cbor"),
    # targets, hosts, headers
    *[request("path " + n, "lambda", "GET", t) for n, t in (
        ("slashes", "/" * 100000), ("dots", "/../../../2015-03-31/functions/f"), ("percent", "/2015-03-31/functions/%"), ("NUL", "/2015-03-31/functions/%00"),
        ("none", "2015-03-31"), ("star", "*"), ("absolute", "http://"), ("absolute junk", "https://[::1/2015"), ("queries", "/?" + "a&" * 100000),
        ("fragment", "/2015-03-31/functions/f#x"), ("huge", "/2015-03-31/functions/" + "f" * 1000000))],
    *[request("host " + h[:20], "s3", "GET", "/k", host=h) for h in (
        ".", "..", "." * 5000, ":", ":80", "[::1]:80", "a" * 100000, "s3", ".s3.amazonaws.com", "s3..amazonaws.com", "\u00ff.s3.amazonaws.com",
        "b.s3.amazonaws.com:99999999", "b.s3.amazonaws.com@evil", "-.s3.-.amazonaws.com")],
    *[{"id": "auth %d" % i, "host": "s3.amazonaws.com", "method": "GET", "target": "/b/k", "headers": {"Authorization": a}} for i, a in enumerate((
        "", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=", "AWS4-HMAC-SHA256 Credential=////", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f/g",
        "AWS4-HMAC-SHA256 " + "Credential=x/" * 50000, "AWS a:b", "AWS :", "Bearer x", "\x00", AUTH % ("s" * 100000)))],
    request("method", "s3", "G" * 100000, "/b/k", host="s3.amazonaws.com"),
    {"id": "headers", "host": "s3.amazonaws.com", "method": "GET", "target": "/b/k", "headers": {"h%d" % i: "v" for i in range(5000)}},
]
good = request("good", "s3", "GET", "/k", host="b.s3.us-east-1.amazonaws.com")
lines = []
for case in cases:
    lines += [json.dumps(case), json.dumps(good)]
begin = time.monotonic()
run = subprocess.run([PROGRAM, "classify"], input="\n".join(lines).encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False,
                     preexec_fn=None if os.environ.get("ASAN_OPTIONS") and "asan" in PROGRAM else lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)))
taken = time.monotonic() - begin
answers = [json.loads(line) for line in run.stdout.splitlines()]
check(run.returncode == 0 and len(answers) == len(lines), "an answer to each of %d requests in %d MiB" % (len(lines), MEMORY >> 20),
      "status %d, %d answers, %r" % (run.returncode, len(answers), run.stderr))
want = answers[1] if len(answers) > 1 else {}
check(want.get("actions") == [{"action": "s3:GetObject", "resources": ["arn:aws:s3:::b/k"]}], "good ones are right")
wrong = [cases[i]["id"] for i in range(len(cases)) if answers[2 * i + 1:2 * i + 2] != [want]]
check(not wrong, "after whatever came before", wrong)
wrong = [a for a, c in zip(answers[::2], cases) if a.get("id") != c["id"] or not ("error" in a and a["reason"] or "actions" in a)]
check(not wrong, "each bad one has its id, and an error with a reason or an answer", wrong)
odd = [a["id"] for a in answers[::2] if any(r != "*" and not r.startswith("arn:") for g in a.get("actions", ()) for r in g["resources"])]
check(not odd, "nothing but ARNs and * as resources", odd)
by = {a["id"]: a for a in answers[::2]}
for ident in ("target .", "target DynamoDB_20120810", "target DynamoDB_20120810.ge", "form no action", "form wrong action", "form empty", "path star"):
    check("error" in by[ident], "%s is an error" % ident, by[ident])
check("passwd" not in json.dumps(by["xml external"]) and "root:" not in json.dumps(by["xml external"]), "no entity is fetched")
check(all(len(json.dumps(by["xml " + n])) < 100000 for n in ("entities", "external")), "no entity is blown up")
check(taken < 20, "all in %.2f s" % taken)
tap.plan()
