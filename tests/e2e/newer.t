#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Documents with newer facts: --model FILE, leastpriv model, and operations the tables do not know."""

import base64
import gzip
import json
import os
import shutil
import subprocess
import tempfile

import tap
from tap import check

BUILD = os.environ.get("BUILD", "build")
PROGRAM = os.path.join(BUILD, "leastpriv")
DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "newer")
AUTH = ("AWS4-HMAC-SHA256 Credential=AKIARZPUZDIKAMBVUEID/20260101/us-east-1/%s/aws4_request, "
        "SignedHeaders=host, Signature=0")
ROLE = "arn:aws:iam::123456789012:role/r"
home = tempfile.mkdtemp(prefix="lp-newer.")


def doc(name):
    return os.path.join(DOCS, name)


def program(*args, data=b""):
    return subprocess.run([PROGRAM, *args], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False, timeout=120, env=dict(os.environ, LEASTPRIV_MODELS=home))


def ask(service, method, target, *args, body="", amz_target=None, host=None, smithy=False):
    headers = {"Authorization": AUTH % service, "Content-Type": "application/json"}
    if amz_target:
        headers["X-Amz-Target"] = amz_target
    if smithy:
        headers["Smithy-Protocol"] = "rpc-v2-cbor"
    body = body if isinstance(body, bytes) else body.encode()
    line = {"id": 1, "host": host or service + ".us-east-1.amazonaws.com", "method": method, "target": target,
            "headers": headers, "body": base64.b64encode(body).decode()}
    return json.loads(program("classify", *args, data=json.dumps(line).encode()).stdout)


def grants(answer, wanted=lambda a: "possible" not in a):
    return {a["action"]: a["resources"] for a in answer.get("actions", ()) if wanted(a)}


TABLE = "arn:aws:zork:us-east-1:123456789012:table/"
BOTH = ("--model", doc("zork.reference.json"), "--model=" + doc("zork.service-2.json"))
frob = dict(body=json.dumps({"RoleArn": ROLE}))

# Without documents: the wire name, never silence.
a = ask("zork", "POST", "/", amz_target="Zork_2026.FrobTable")
check(a.get("error") == "unknown-service" and a["operation"] == "FrobTable", "an unknown service says its wire name", a)
a = ask("dynamodb", "POST", "/", amz_target="DynamoDB_20120810.TwistTable", body='{"TableName":"a"}')
check(a.get("error") == "unknown-operation" and a["operation"] == "TwistTable", "an unknown operation is a blind spot", a)
a = ask("dynamodb", "POST", "/", amz_target="DynamoDB_20120810.StartAwsBackupJob", body='{"TableName":"a"}')
check(grants(a) == {"dynamodb:StartAwsBackupJob": ["arn:aws:dynamodb:us-east-1:123456789012:table/a"]} and a["warning"],
      "but where the reference has an action of its name, that is taken with a warning", a)
a = ask("dynamodb", "POST", "/", amz_target="DynamoDB_20120810.StartAwsBackupJob", body='{"TableName":["a","b\\u002a"]}')
check(grants(a) == {"dynamodb:StartAwsBackupJob": ["arn:aws:dynamodb:us-east-1:123456789012:table/a",
                                                   "arn:aws:dynamodb:us-east-1:123456789012:table/b${*}"]},
      "all of a list, wildcards in names escaped", a)
many = ["t%03d" % i for i in range(600)]
a = ask("dynamodb", "POST", "/", amz_target="DynamoDB_20120810.StartAwsBackupJob", body=json.dumps({"TableName": many}))
check(grants(a) == {"dynamodb:StartAwsBackupJob": ["arn:aws:dynamodb:us-east-1:123456789012:table/" + t for t in many]},
      "however long it is", a)

# A Service Reference document and an API model for a service that is in no table.
a = ask("zork", "POST", "/tables/my%2Atab/frob", *BOTH, **frob)
check(grants(a) == {"zork:FrobTable": [TABLE + "my${*}tab"], "iam:PassRole": [ROLE]} and a["operation"] == "FrobTable",
      "an operation by its URI; the actions that the reference lists", a)
check(a["actions"][1].get("conditions") == {"StringEquals": {"iam:PassedToService": ["zork.amazonaws.com"]}},
      "with their context", a)
a = ask("zork", "POST", "/tables/t/frob", *BOTH, "--explain-dependent", **frob)
check("kms:Decrypt" in grants(a, lambda g: "possible" in g), "another service's action is only possible", a)
a = ask("zork", "GET", "/tables/t/things/a/b?full", *BOTH)
check(grants(a) == {"zork:GetThing": [TABLE + "t/thing/a/b"]}, "greedy labels and literal queries", a)
check("error" in ask("zork", "GET", "/tables/t/things/a/b", *BOTH), "which must be there")
a = ask("zork", "GET", "/things", *BOTH)
check(grants(a) == {"zork:ListTables": ["*"]}, "an action of another name", a)
check(ask("zork", "GET", "/ping", *BOTH)["actions"] == [], "an unsigned operation needs nothing")
a = ask("zork", "POST", "/", *BOTH, amz_target="Zork.FrobTable", body='{"TableName":"x"}')
check(grants(a) == {"zork:FrobTable": [TABLE + "x"]}, "the same by its target header; no role, no iam:PassRole", a)

with open(doc("zork.reference.json")) as reference, open(os.path.join(home, "zork-many"), "w") as out:
    more = json.load(reference)
    more["Actions"] += [{"Name": "Part%d" % i} for i in range(99)]
    more["Operations"][0]["AuthorizedActions"] += [{"Name": "Part%d" % i, "Service": "zork"} for i in range(99)]
    json.dump(more, out)
a = ask("zork", "POST", "/tables/t/frob", "--model", os.path.join(home, "zork-many"), *BOTH[2:], **frob)
check(len(grants(a)) == 101, "all actions of an operation that needs many", a)

# Names in bodies of the other protocols.
def speaking(protocol):
    path = os.path.join(home, "zork-" + protocol)
    with open(doc("zork.service-2.json")) as model, open(path, "w") as out:
        out.write(model.read().replace("rest-json", protocol).replace('"POST", "requestUri": "/tables/{TableName}/frob"',
                                                                      '"POST", "requestUri": "/frob"')
                  .replace('"serviceId"', '"targetPrefix": "Zork", "serviceId"'))
    return "--model", doc("zork.reference.json"), "--model", path


tables = [TABLE + "a", TABLE + "b"]
XML = ("<?xml version='1.0'?><FrobTableRequest xmlns='urn:zork'><%s/><TableNames><member>a</member><member>b</member></TableNames>"
       "<Tags><member><TableName>no</TableName></member></Tags></FrobTableRequest>")
a = ask("zork", "POST", "/frob", *speaking("rest-xml"), body=XML % "Nothing")
check(grants(a) == {"zork:FrobTable": tables}, "names in XML, not those in tags", a)
a = ask("zork", "POST", "/frob", *speaking("rest-xml"), body="<R><TableName>a &amp; b</TableName></R>")
check(grants(a) == {"zork:FrobTable": [TABLE + "a & b"]}, "an element that is no list, with an entity", a)
a = ask("zork", "POST", "/frob", *speaking("rest-xml"), body="<R><TableName>a</TableName><TableName>b</Tab")
check(grants(a) == {"zork:FrobTable": [TABLE + "a"]}, "a cut body: what stands before the cut", a)
a = ask("zork", "POST", "/frob", *speaking("rest-xml"), body="<!DOCTYPE x [<!ENTITY e 'a'>]><R><TableName>&e;</TableName></R>")
check(grants(a) == {"zork:FrobTable": [TABLE + "*"]}, "entities are not expanded", a)
CBOR = b"\xa2\x64Tags\x81\xa1\x69TableName\x62no\x6aTableNames\x9f\x61a\x61b\xff"
CBOR_URI = "/service/Zork/operation/FrobTable"
a = ask("zork", "POST", CBOR_URI, *speaking("smithy-rpc-v2-cbor"), smithy=True, body=CBOR)
check(grants(a) == {"zork:FrobTable": tables}, "names in CBOR", a)
a = ask("zork", "POST", CBOR_URI, *speaking("smithy-rpc-v2-cbor"), smithy=True, body=b"\xbf\x69TableName\x61a\x68RoleName\x7b")
check(grants(a) == {"zork:FrobTable": [TABLE + "a"]}, "and before a cut", a)

# Over what is in the tables.
DDB = ("--model", doc("dynamodb.reference.json"))
a = ask("dynamodb", "POST", "/", *DDB, amz_target="DynamoDB_20120810.TwistTable", body='{"TableName":"a"}')
check(grants(a) == {"dynamodb:TwistTable": ["arn:aws:dynamodb:us-east-1:123456789012:table/a"]} and "warning" not in a,
      "a new operation of an old service", a)
a = ask("dynamodb", "POST", "/", *DDB, "--explain-dependent", amz_target="DynamoDB_20120810.GetItem", body='{"TableName":"a"}')
check(list(grants(a)) == ["dynamodb:GetItem"] and "kms:GetKeyPolicy" in grants(a, lambda g: "possible" in g),
      "what a document adds to an old one is offered, not granted", a)
S3 = ("--model", doc("s3.service-2.json"))
a = ask("s3", "PUT", "/?shine", *S3, host="bkt.s3.amazonaws.com")
check(a["operation"] == "PutBucketShine" and a["warning"], "a URI that says more than the tables' own", a)
a = ask("s3", "PUT", "/bkt?cors", *S3, host="s3.amazonaws.com")
check(grants(a) == {"s3:PutBucketCORS": ["arn:aws:s3:::bkt"]}, "and only there", a)

# leastpriv model
run = program("model", "show", doc("zork.reference.json"))
check(run.returncode == 0 and b"new action zork:FrobTable on table" in run.stdout and
      b"new operation zork.ListAllThings needs zork:ListTables" in run.stdout, "model show says what changes", run.stdout)
check(program("model", "list").stdout == b"", "and keeps nothing")
run = program("model", "add", doc("zork.reference.json"), doc("zork.service-2.json"), doc("dynamodb.reference.json"))
check(run.returncode == 0 and b"new service Zork" not in run.stdout and b"changed action dynamodb:DescribeLimits on table" in run.stdout,
      "model add shows it too", run.stdout)
check(program("model", "list").stdout == b"dynamodb.reference\nzork.api\nzork.reference\n", "model list")
a = ask("zork", "POST", "/tables/t/frob", **frob)
check(grants(a).get("zork:FrobTable") == [TABLE + "t"], "what was added is used without asking", a)
run = program("lookup", "zork", "zork:FrobTable", "dynamodb.TwistTable", "--json")
looked = [json.loads(line) for line in run.stdout.splitlines()]
check(run.returncode == 0 and looked[0]["actions"][0] == "zork:FrobTable" and looked[1]["operations"] == ["zork.FrobTable"] and
      looked[2]["actions"] == ["dynamodb:TwistTable"], "lookup knows it", run.stdout)
bare = os.path.join(home, "bare")
with open(bare, "w") as out:
    json.dump({"Name": "bare", "Actions": [{"Name": "Do", "Resources": [{"Name": "thing"}]}], "Resources": [{"Name": "thing"}]}, out)
run = program("lookup", "bare", "--json", "--model", bare)
check(json.loads(run.stdout)["resource_types"] == ["thing"], "a type of which no ARN is told", run.stdout)
policy = os.path.join(home, "policy")
with open(policy, "w") as out:
    json.dump({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["zork:FrobTable", "dynamodb:TwistTable"], "Resource": [TABLE + "t"]}]}, out)
check(b"zork" not in program("lint", policy).stdout.replace(TABLE.encode(), b""), "lint knows it", program("lint", policy).stdout)
run = program("model", "add", doc("zork.reference.json"))
check(b"nothing that the tables do not have" in run.stdout, "the same again changes nothing", run.stdout)
check(program("model", "remove", "zork.api", "zork.reference").returncode == 0 and
      program("model", "list").stdout == b"dynamodb.reference\n", "model remove")
check(program("model", "remove", "../x").returncode == 2, "of the folder only")
with open(doc("zork.service-2.json"), "rb") as text:
    frobs = text.read()
run = program("model", "add", "/dev/stdin", data=gzip.compress(frobs))
with open(os.path.join(home, "zork.api.json"), "rb") as kept:
    check(run.returncode == 0 and kept.read() == frobs, "model add keeps what a pipe has only once", run)
program("model", "remove", "zork.api")

# Documents that are of no use.
bad = {"text": b"hello", "empty": b"", "list": b"[]", "object": b"{}", "other": b'{"Actions":5,"Name":"x"}',
       "name": b'{"Actions":[{"Name":"a b"}],"Name":"x"}', "prefix": b'{"Actions":[],"Name":"x\\ny"}',
       "model": b'{"metadata":{"endpointPrefix":"x","serviceId":"X","protocol":"smoke"},"operations":{}}',
       "uri": b'{"metadata":{"endpointPrefix":"x","serviceId":"X","protocol":"json"},"operations":{"A":{"http":{"method":"POST"}}}}',
       "deep": b'{"Actions":' + b"[" * 5000, "cut": open(doc("zork.reference.json"), "rb").read()[:900]}
for name, content in bad.items():
    path = os.path.join(home, name)
    with open(path, "wb") as out:
        out.write(content)
    run = program("model", "add", path)
    check(run.returncode == 2 and run.stderr.count(b"\n") == 1, "%s is refused in one line" % name, run.stderr)
check(program("model", "list").stdout == b"dynamodb.reference\n", "and not kept")
check(program("classify", "--model", os.path.join(home, "nothing")).returncode == 2, "--model of no file is status 2")
run = program("model", "show", os.path.join(BUILD, "venv", "none"))
check(run.returncode == 2 and b"No such file" in run.stderr, "which says why", run.stderr)
shutil.rmtree(home)
tap.plan()
