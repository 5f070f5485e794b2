# SPDX-License-Identifier: MIT
"""cloudtrail_bind.py LEASTPRIV SERVICE...: see cloudtrail_bind.t"""
import base64
import datetime
import json
import re
import subprocess
import sys

import aws_requests

ACCOUNT = "123456789012"


def recorded(value):
    """Parameters as CloudTrail writes them: members with a small first letter."""
    if isinstance(value, dict):
        return {k[:1].lower() + k[1:]: recorded(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [recorded(v) for v in value]
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def permissions(line):
    """What is needed for certain; an account that the call does not name may be told by its key, or not."""
    return {(a["action"], re.sub(r"^(arn:[^:]*:[^:]*:[^:]*):\d{12}:", r"\1:*:", r)) for a in line.get("actions", [])
            if not {"dependent", "possible"} & set(a.get("flags", [])) for r in a["resources"]}


def run(args, lines):
    out = subprocess.run(args, input="".join(line + "\n" for line in lines), capture_output=True, text=True)
    return [json.loads(line) for line in out.stdout.splitlines()]


def event(number, r):
    scope = re.search(r"Credential=[^/]+/\d+/[^/]*/([^/]+)/", " ".join(r.headers.values()))
    return json.dumps({
        "eventSource": (scope[1] if scope else r.service) + ".amazonaws.com", "eventName": r.operation,
        "apiVersion": r.version, "awsRegion": aws_requests.REGION, "eventType": "AwsApiCall",
        "userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{ACCOUNT}:role/n{number}"}}},
        "requestParameters": recorded(r.params)})


def main():
    leastpriv, services = sys.argv[1], sys.argv[2:]
    failed = 0
    for n, service in enumerate(services, 1):
        requests = [r for r in aws_requests.requests(service, versions="newest", variants=("all",))
                    if not isinstance(r, tuple) and r.variant == "all"]
        asked = [permissions(line) for line in run([leastpriv, "classify"], [r.line() for r in requests])]
        logged = [set() for _ in requests]
        for line in run([leastpriv, "cloudtrail", "--calls", "-", "-o", "/dev/null", "-"],
                        [event(i, r) for i, r in enumerate(requests)]):
            if line.get("actions"):
                logged[int(line["identity"].rsplit("/n", 1)[1])] |= permissions(line)
        other = [(r.operation, sorted(a - b), sorted(b - a)) for r, a, b in zip(requests, asked, logged) if a != b]
        print("not ok" if other or not requests else "ok", n, f"- {service}: {len(requests)} operations")
        for operation, lost, more in other:
            print(f"# {operation}: lost {lost}, more {more}")
        failed += bool(other) or not requests
    print(f"1..{len(services)}")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
