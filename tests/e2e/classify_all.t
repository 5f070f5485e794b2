#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every operation of botocore, serialised and signed by botocore, through `leastpriv classify`.

Each must be recognised as the operation botocore sent, or as one that needs the same action. Three
variants of every operation in its service's own protocol and host; the required members alone in
each other protocol and each older API version; and once more all of them at an endpoint whose host
says nothing, as with --endpoint-url.
"""

import collections
import json
import os
import subprocess
import sys

import pinned  # noqa: F401
import aws_arns
import aws_requests
import tap
from tap import check

BUILD = os.environ.get("BUILD", "build")
# One request, two names: the model keeps the older beside the one that replaced it.
SAME_REQUEST = {
    ("S3", "GetBucketLifecycle"): "GetBucketLifecycleConfiguration",
    ("S3", "PutBucketLifecycle"): "PutBucketLifecycleConfiguration",
    ("S3", "GetBucketNotification"): "GetBucketNotificationConfiguration",
    ("S3", "PutBucketNotification"): "PutBucketNotificationConfiguration",
}
# What a host that says nothing cannot tell, beside unsigned REST requests. Two services of one
# signing name whose requests differ in the host and the body's members only.
ONLY_BY_HOST = {("Lex Model Building Service", "StartImport")}


def service_facts():
    """Folder -> (service id, signing name), and all (folder, operation), from the models themselves."""
    loader = aws_requests.session_for(None).get_component("data_loader")
    facts, modelled = {}, set()
    for name in aws_requests.services():
        model = loader.load_service_model(name, "service-2")
        loader.forget(name)
        meta = model["metadata"]
        facts[name] = (meta["serviceId"], meta.get("signingName") or meta["endpointPrefix"])
        modelled |= {(name, operation) for operation in model["operations"]}
    return facts, modelled


def judge(lines, facts, signs, bare_host):
    """Counts and complaints for one corpus."""
    count, wrong, seen = collections.Counter(), [], set()
    run = subprocess.run([os.path.join(BUILD, "leastpriv"), "classify"], input="\n".join(lines) + "\n",
                         stdout=subprocess.PIPE, text=True, check=False)
    status, answers = run.returncode, [json.loads(line) for line in run.stdout.splitlines()]
    sent = [json.loads(line) for line in lines]
    check(status == 0 and len(answers) == len(sent), "an answer for each of %d requests" % len(sent),
          ["exit status %d, %d answers" % (status, len(answers))] if len(answers) != len(sent) else ())
    for request, answer in zip(sent, answers):
        folder, version, protocol, operation, variant = request["id"].split(".")
        service, sign = facts[folder]
        count[variant if protocol and version else ""] += 1
        seen.add((folder, operation))
        got = (answer.get("service"), answer.get("operation"))
        unsigned = "AWS" not in request["headers"].get("Authorization", "") and \
            "X-Amz-Signature" not in request["target"]
        if answer["id"] != request["id"]:
            wrong.append("%s: answered as %s" % (request["id"], answer["id"]))
        elif got == (service, operation):
            count["exact"] += 1
        elif got[1] == operation and signs.get(got[0]) == sign:
            count["same action"] += 1
        elif got[0] == service and SAME_REQUEST.get((service, operation)) == got[1]:
            count["same request"] += 1
        elif bare_host and unsigned and answer.get("error") == "not-aws":
            count["unsigned"] += 1
        elif bare_host and (service, operation) in ONLY_BY_HOST:
            count["only by host"] += 1
        else:
            wrong.append("%s: %s" % (request["id"], answer.get("error") or " ".join(map(str, got))))
    return count, wrong, seen


def main():
    facts, modelled = service_facts()
    signs = {ident: sign for ident, sign in facts.values()}
    made = aws_arns.corpus(BUILD)
    failed = [line for ident, _, line, _ in made if not ident]
    check(not failed, "botocore serialises every operation", failed)
    count, wrong, seen = judge([line for ident, _, line, _ in made if ident], facts, signs, False)
    check(modelled <= seen, "all %d operations were sent" % len(modelled),
          sorted("%s.%s" % m for m in modelled - seen))
    check(not wrong, "all are recognised at their own hosts", wrong)
    print("# own hosts: " + ", ".join("%s %d" % c for c in sorted(count.items())) +
          ", wrong %d" % len(wrong))

    path, failed = aws_requests.corpus(BUILD, name="endpoint", variants=("minimal",),
                                       endpoint="http://127.0.0.1:4566")
    check(not failed, "botocore serialises every operation for an endpoint of one's own", failed)
    with open(path) as lines:
        count, wrong, seen = judge(lines.read().splitlines(), facts, signs, True)
    check(modelled <= seen, "all %d operations were sent" % len(modelled),
          sorted("%s.%s" % m for m in modelled - seen))
    check(not wrong, "all are recognised by what is signed", wrong)
    print("# bare host: " + ", ".join("%s %d" % c for c in sorted(count.items())) +
          ", wrong %d" % len(wrong))
    tap.plan()


main()
