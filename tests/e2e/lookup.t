#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""leastpriv lookup: actions, prefixes, operations, ARNs, near matches, as text and as JSON."""

import json
import os
import subprocess

import tap
from tap import check

PROGRAM = os.path.join(os.environ.get("BUILD", "build"), "leastpriv")


def lookup(*args):
    run = subprocess.run([PROGRAM, "lookup", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         check=False, timeout=60, env=dict(os.environ, LEASTPRIV_MODELS="/nonexistent"))
    return run.returncode, run.stdout


def objects(*args):
    status, out = lookup("--json", *args)
    return status, [json.loads(line) for line in out.splitlines()]


# Actions
status, out = lookup("s3:GetObject")
check(status == 0 and out.startswith("s3:GetObject\n  access level: Read\n"), "an action, its access level", out)
check("arn:${Partition}:s3:::${BucketName}/${ObjectName}" in out, "its resource types with their patterns", out)
check("s3:ExistingObjectTag/<key>" in out or "s3:ExistingObjectTag/${TagKey}" in out or "s3:ExistingObjectTag" in out,
      "its condition keys", out)
check("    s3.GetObject\n" in out and "    s3.HeadObject\n" in out, "the operations that need it", out)
status, got = objects("s3:GetObject")
check(status == 0 and list(got[0]) == ["action", "access_level", "resource_types", "restrictable", "condition_keys",
                                       "dependent_actions", "operations"], "the same as JSON", got)
types = {t["type"]: t for t in got[0]["resource_types"]}
check(types["object"]["arns"] == ["arn:${Partition}:s3:::${BucketName}/${ObjectName}"] and got[0]["restrictable"] and
      {"s3.GetObject", "s3.HeadObject", "s3.CopyObject"} <= set(got[0]["operations"]), "with all of it", got)
keys = got[0]["condition_keys"]
check({"s3:ResourceAccount", "s3:BucketTag/${TagKey}"} <= set(keys) and len(set(keys)) == len(keys),
      "condition keys of what it works on, too, each once", keys)
check(lookup("S3:getobject")[1] == out or lookup("S3:getobject")[1].startswith("s3:GetObject\n"), "any case, AWS's capitals")
status, out = lookup("ec2:DescribeInstances")
check("must be *" in out, "says when an action cannot be restricted", out)
check(objects("ec2:DescribeInstances")[1][0]["restrictable"] is False, "as JSON too")
got = objects("iam:PassRole")[1][0]
check("lambda.CreateFunction" in got["operations"] and "iam:PassedToService" in got["condition_keys"],
      "iam:PassRole: which operations hand over a role", got["operations"][:5])
got = objects("dynamodb:ConditionCheckItem")[1][0]
check("dynamodb.TransactWriteItems" in got["operations"], "operations that need it beside others")
got = objects("rds:CreateDBInstance", "s3:GetObject", "rds.CreateDBInstance")[1]
check("kms:Decrypt" in got[0]["dependent_actions"] and got[1]["dependent_actions"] == [], "the reference's dependent actions", got[0])
check("kms:Decrypt" in got[2]["dependent_actions"] and "kms:DescribeKey" in got[2]["actions"] and
      "kms:DescribeKey" not in got[2]["dependent_actions"], "of an operation: those that its own rows do not decide on", got[2])
check("  dependent actions:\n    " in lookup("rds:CreateDBInstance")[1], "as text")

# Patterns
status, out = lookup("s3:Get*Acl")
check(status == 0 and out.startswith("s3:Get*Acl\n  actions:\n    s3:GetBucketAcl  Read\n"), "a pattern: the actions it stands for", out)
check(objects("S3:get*acl")[1] == [{"pattern": "S3:get*acl", "actions": ["s3:GetBucketAcl", "s3:GetObjectAcl", "s3:GetObjectVersionAcl"]}],
      "as JSON, any case")
check(lookup("s3:Gut*")[0] == 1, "one that stands for none")

# Prefixes
status, out = lookup("s3")
check(status == 0 and out.startswith("s3\n") and "    s3:GetObject  Read\n" in out and
      "    s3:ListAllMyBuckets  List, only on *\n" in out, "a prefix: its actions", out[:300])
check("    object  arn:${Partition}:s3:::${BucketName}/${ObjectName}\n" in out, "and resource types")
got = objects("s3")[1][0]
check("s3:GetObject" in got["actions"] and len(got["actions"]) > 100 and len(got["resource_types"]) >= 3, "as JSON")

# Operations
status, out = lookup("dynamodb.TransactWriteItems")
check(status == 0 and out.startswith("dynamodb.TransactWriteItems\n  service: DynamoDB\n"), "an operation", out)
got = objects("dynamodb.TransactWriteItems")[1][0]
check({"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"} <= set(got["actions"])
      and got["no_permission"] is False, "all that it may need", got)
check(objects("Elastic Load Balancing v2.CreateRule")[1][0]["operation"] == "elbv2.CreateRule", "by service id")
check(objects("Cognito Identity Provider.AdminGetUser", "cognito-idp.AdminGetUser")[1][0]["actions"] ==
      ["cognito-idp:AdminGetUser"], "by service id or folder")
status, out = lookup("sts.GetCallerIdentity")
check(status == 0 and "needs no permission" in out, "one that needs no permission", out)
check(objects("sts.GetCallerIdentity")[1][0]["no_permission"] is True, "as JSON too")

# ARNs
status, got = objects("--arn", "arn:aws:s3:::b/k")
check(status == 0 and "s3 object" in got[0]["resource_types"] and "s3 bucket" not in got[0]["resource_types"],
      "an ARN: its type, the most exact", got[0]["resource_types"])
check("s3:GetObject" in got[0]["actions"] and "s3:ListBucket" not in got[0]["actions"], "and the actions that take it")
check(objects("arn:aws:s3:::b/k") == (status, got), "which it is without --arn, too")
got = objects("--arn", "arn:aws:s3:::b")[1][0]
check("s3 bucket" in got["resource_types"] and "s3:ListBucket" in got["actions"], "a bucket", got["resource_types"])
got = objects("--arn", "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/t/index/i")[1][0]
check(got["resource_types"] == ["dynamodb index"] and "dynamodb:Query" in got["actions"], "another partition", got)
status, out = lookup("--arn", "arn:aws:sqs:us-east-1:123456789012:q", "arn:aws:iam::123456789012:role/a/b")
check(status == 0 and "sqs queue" in out and "iam role" in out and "iam:PassRole" in out, "several, as text", out[:200])
check(lookup("--arn", "no-arn") == (1, "no-arn\n  unknown\n"), "what is none is said to be unknown")
status, got = objects("--arn", "arn:aws:nothing:::x", "no-arn")
check(status == 1 and all(g["resource_types"] == [] for g in got), "what fits nothing is status 1", got)

# Unknown names
status, got = objects("s3:GetObjekt")
check(status == 1 and got[0]["unknown"] == "s3:GetObjekt" and got[0]["near"][0] == "s3:GetObject", "near actions", got)
for called, operation in (("s3:ListObjectsV2", "s3.ListObjectsV2"), ("LAMBDA:invoke", "lambda.Invoke"), ("ListObjectsV2", "s3.ListObjectsV2")):
    check(objects(called)[1][0]["near"][0] == operation, called + " is called after an API operation", objects(called))
check(not any("." in near for near in objects("PutObject")[1][0]["near"]), "of actions these come alone")
check("s3:PutObject" in objects("PutObject")[1][0]["near"], "an action without its service")
check(objects("dynamodbb")[1][0]["near"][0] == "dynamodb", "near prefixes")
check(objects("dynamodb.TransactWriteItem")[1][0]["near"][0] == "dynamodb.TransactWriteItems", "near operations")
status, out = lookup("s3:GetObjekt", "s3:GetObject")
check(status == 1 and "unknown" in out and "    s3:GetObject\n" in out and "access level" in out,
      "one unknown name does not stop the next", out[:300])
for odd in ("", ":", ".", "a:", ":b", "s3:", ".x", "x.", "nosuch:*", "\u00e9:\u00fc", "a" * 5000, "\x1b[31m:x"):
    status, out = lookup("--json", odd)
    check(status in (1, 2) and (not out or "unknown" in json.loads(out)), "%.20r is unknown" % odd, out)
check(not {"\x1b", "\x9b"} & set(lookup("\x1b[31m:x", "\x9b31m:x")[1]), "nothing that moves a terminal's cursor comes back")
check(lookup()[0] == 2 and lookup("--nonsense", "x")[0] == 2 and lookup("--help")[0] == 0, "usage")
tap.plan()
