#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""--explain-dependent, --conditions and --model of leastpriv-run and leastpriv policy, on a program that
sends signed requests over plain HTTP to a server here."""

import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading

import tap
from tap import check

BUILD = os.environ.get("BUILD", "build")
DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "newer")
AUTH = "AWS4-HMAC-SHA256 Credential=AKIARZPUZDIKAMBVUEID/20260101/us-east-1/%s/aws4_request, SignedHeaders=host, Signature=0"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
CLIENT = """
import http.client, sys
c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
for method, host, target, service, header, body in %r:
    c.request(method, target, body, {"Host": host, "Authorization": %r %% service, **header})
    c.getresponse().read()
"""
CALLS = [
    ("GET", "b.s3.us-east-1.amazonaws.com", "/k", "s3", {}, None),
    ("GET", "b.s3.us-east-1.amazonaws.com", "/?list-type=2&prefix=june%2F", "s3", {}, None),
    ("POST", "dynamodb.us-east-1.amazonaws.com", "/", "dynamodb", {"X-Amz-Target": "DynamoDB_20120810.GetItem"},
     '{"TableName":"t","Key":{"id":{"S":"the-key"}}}'),
    ("POST", "zork.us-east-1.amazonaws.com", "/tables/t/frob", "zork", {}, "{}"),
]


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        if self.path == "/k":
            self.send_header("x-amz-server-side-encryption-aws-kms-key-id", KEY)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
work = tempfile.TemporaryDirectory(prefix="lp-options.")
log = os.path.join(work.name, "calls.jsonl")


def run(*args, command=None):
    """(status, policy as JSON, what was said)"""
    command = command or [sys.executable, "-c", CLIENT % (CALLS, AUTH), str(server.server_port)]
    done = subprocess.run([os.path.join(BUILD, "leastpriv-run"), "--ebpf=off", "-o", "-", *args, "--", *command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=60,
                          env=dict(os.environ, LEASTPRIV_MODELS=work.name))
    return done.returncode, done.stdout, done.stderr


def statements(text):
    """{action: (resources, conditions)}"""
    out = {}
    for s in json.loads(text)["Statement"]:
        for action in s["Action"]:
            out[action] = (s["Resource"], s.get("Condition"))
    return out


status, policy, said = run("--calls", log)
got = statements(policy)
check(status == 0 and got["s3:GetObject"] == (["arn:aws:s3:::b/k"], None) and got["s3:ListBucket"] == (["arn:aws:s3:::b"], None),
      "without options: no conditions", policy + said)
check(got["kms:Decrypt"] == ([KEY], {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}) or
      got["kms:Decrypt"][0] == [KEY], "a key that the answer proves is granted", policy)
check("zork" not in policy and "perhaps" not in said, "an unknown service is none of the policy, suggestions are not said", said)

status, policy, said = run("--explain-dependent", "--calls", log)
check("behind a call kms:Decrypt on %s: the answer names a customer key" % KEY in said, "leastpriv-run --explain-dependent: what was proven", said)
check("not granted, kms:Decrypt on arn:aws:kms:us-east-1:" in said and "dynamodb" not in statements(policy).get("kms:Decrypt", ([""],))[0][0],
      "and what is only possible", said)
done = subprocess.run([os.path.join(BUILD, "leastpriv"), "policy", "--explain-dependent", log], capture_output=True, text=True, check=False)
check(done.returncode == 0 and "behind a call kms:Decrypt" in done.stderr and "perhaps also" in done.stderr and json.loads(done.stdout),
      "leastpriv policy --explain-dependent says the same from the log", done.stderr)
with open(log, encoding="utf-8") as f:
    before = f.read()
status, policy, said = run("--calls", log, command=[os.path.join(work.name, "no-such")])
with open(log, encoding="utf-8") as f:
    check(status == 127 and f.read() == before and before.count("\n") == len(CALLS),
          "a log is begun anew when the command runs, and not when it cannot", said)
done = subprocess.run([os.path.join(BUILD, "leastpriv"), "policy", log], capture_output=True, text=True, check=False)
check("perhaps" not in done.stderr, "and nothing of it without", done.stderr)

# Standard output by its other name, as a pipe and as a file that the command writes to first.
status, policy, said = run("-o", "/dev/stdout", command=["echo", "hello"])
check(status == 0 and policy.startswith("hello\n{") and policy.endswith("}\n"), "-o /dev/stdout into a pipe", policy + said)
with open(os.path.join(work.name, "both"), "w+", encoding="utf-8") as f:
    subprocess.run([os.path.join(BUILD, "leastpriv-run"), "-q", "--ebpf=off", "-o", "/dev/stdout", "--", "echo", "hello"], stdout=f, check=True)
    f.seek(0)
    policy = f.read()
check(policy.startswith("hello\n{") and policy.endswith("}\n"), "into a file, behind what the command wrote", policy)

status, policy, said = run("-o", os.path.join(work.name, "p"), "--calls", "-", command=["true"])
check(status == 0 and "call log" not in said, "a call log on standard output is no file called -", said)

status, policy, said = run("--conditions")
got = statements(policy)
check(got["s3:ListBucket"] == (["arn:aws:s3:::b"], {"StringEquals": {"aws:RequestedRegion": ["us-east-1"], "s3:prefix": ["june/"]}}) or
      got["s3:ListBucket"][1]["StringEquals"]["s3:prefix"] in ("june/", ["june/"]), "leastpriv-run --conditions: s3:prefix", policy)
check("aws:RequestedRegion" in json.dumps(got["s3:GetObject"][1]), "aws:RequestedRegion where no ARN says it", policy)
check(got["dynamodb:GetItem"][1] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["the-key"]}}, "dynamodb:LeadingKeys", policy)

status, policy, said = run("--model", os.path.join(DOCS, "zork.reference.json"), "--model", os.path.join(DOCS, "zork.service-2.json"))
check(statements(policy).get("zork:FrobTable", ([],))[0] == ["arn:aws:zork:us-east-1:123456789012:table/t"] and
      "facts newer than" in said, "leastpriv-run --model: the new service's call", policy + said)
status, policy, said = run("--model", os.path.join(work.name, "none"), command=["true"])
check(status not in (0, 3) and "No such file" in said, "--model of no file is an error, and nothing runs", said)
server.shutdown()
work.cleanup()
tap.plan()
