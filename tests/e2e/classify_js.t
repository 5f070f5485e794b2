#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every operation of 50 services as the AWS SDK for JavaScript v3 writes it, through
`leastpriv classify`: it spells targets, queries, labels and protocols differently from botocore."""

import base64
import datetime
import io
import json
import os
import shutil
import subprocess
import sys

import tap
from tap import check

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
VENV = os.path.join(BUILD, "venv", "bin", "python")
NODE = os.path.join(BUILD, "node-js")


def skip(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)


try:
    import aws_requests
    import botocore.model
except ImportError:
    if os.environ.get("LP_IN_VENV") or not os.path.exists(VENV):
        skip("botocore is not here: make demo or make check fetch it")
    os.environ["LP_IN_VENV"] = "1"
    os.execv(VENV, [VENV] + sys.argv)

SAME_REQUEST = {"GetBucketLifecycle", "PutBucketLifecycle", "GetBucketNotification",
                "PutBucketNotification"}


def encode(value):
    if isinstance(value, dict):
        return {k: encode(v) for k, v in value.items()}
    if isinstance(value, list):
        return [encode(v) for v in value]
    if isinstance(value, io.IOBase):
        value = value.read()
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return {"$time": value.timestamp() * 1000}
    return value


def calls():
    with open(os.path.join(HERE, "js", "package.json")) as packages:
        wanted = set(json.load(packages)["dependencies"])
    loader = aws_requests.session_for(None).get_component("data_loader")
    for service in aws_requests.services():
        ident = loader.load_service_model(service, "service-2")["metadata"]["serviceId"]
        package = "@aws-sdk/client-" + ident.lower().replace(" ", "-")
        if package not in wanted:
            continue
        model = botocore.model.ServiceModel(loader.load_service_model(service, "service-2"), service)
        for operation in model.operation_names:
            shape = model.operation_model(operation).input_shape
            for variant in ("minimal", "all"):
                values = aws_requests.Values(service, model, variant == "minimal", 1)
                params = values.structure(shape, 0, ()) if shape else {}
                yield {"id": "%s.%s.%s" % (ident, operation, variant), "package": package,
                       "operation": operation, "params": encode(params)}


def main():
    if not shutil.which("node") or not os.path.isdir(os.path.join(NODE, "node_modules")):
        skip("no node, or no %s: make check fetches it" % NODE)
    sent = list(calls())
    run = subprocess.run(["node", os.path.join(HERE, "js", "serialise.mjs"), NODE],
                         input="\n".join(map(json.dumps, sent)), stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True, check=False)
    made = [json.loads(line) for line in run.stdout.splitlines()]
    check(run.returncode == 0 and len(made) == len(sent), "the SDK serialises %d calls" % len(sent),
          run.stderr.splitlines())
    skipped = ["%s: %s" % (m["id"], m["skip"]) for m in made if "skip" in m]
    made = [m for m in made if "skip" not in m]
    for line in skipped:
        print("# not made: " + line)
    check(len(skipped) <= len(sent) // 50, "%d of them it does not know or refuses" % len(skipped))
    run = subprocess.run([os.path.join(BUILD, "leastpriv"), "classify"],
                         input="\n".join(map(json.dumps, made)), stdout=subprocess.PIPE, text=True,
                         check=False)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    check(run.returncode == 0 and len(answers) == len(made), "an answer for each of %d" % len(made))
    wrong = []
    for request, answer in zip(made, answers):
        ident, operation, _ = request["id"].split(".")
        same = ident == "S3" and operation in SAME_REQUEST and \
            answer.get("operation") == operation + "Configuration"
        if answer.get("service") != ident or (answer.get("operation") != operation and not same):
            wrong.append("%s: %s" % (request["id"], answer.get("error") or
                                     "%s.%s" % (answer["service"], answer["operation"])))
    check(not wrong, "all are recognised", wrong)
    tap.plan()


main()
