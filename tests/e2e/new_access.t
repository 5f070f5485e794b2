#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""leastpriv diff --baseline: what one policy allows and another does not, known cases and policies made at
random, of which an evaluator here that knows nothing but single requests must not find more."""

import itertools
import json
import os
import random
import re
import subprocess
import tempfile

import tap
from tap import check

LEASTPRIV = os.path.join(os.path.abspath(os.environ.get("BUILD", "build")), "leastpriv")
work = tempfile.TemporaryDirectory(prefix="lp-new.")
os.chdir(work.name)


def diff(before, after, *options):
    """(status, what is printed, what is said)"""
    for name, statements in (("before.json", before), ("after.json", after)):
        with open(name, "w", encoding="utf-8") as f:
            json.dump({"Version": "2012-10-17", "Statement": statements}, f, indent=1)
    done = subprocess.run([LEASTPRIV, "diff", "--baseline", "before.json", *options, "after.json"], capture_output=True, text=True,
                          check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


def allow(actions, resources, conditions=None, **more):
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources, **more}
    if conditions:
        statement["Condition"] = conditions
    return {k: v for k, v in statement.items() if v is not None}


def deny(*args, **more):
    return allow(*args, **more, Effect="Deny")


def region(*names, op="StringEquals"):
    return {op: {"aws:RequestedRegion": list(names)}}


def source(*networks):
    return {"IpAddress": {"aws:SourceIp": list(networks)}}


BUCKET, OBJECTS = "arn:aws:s3:::b", "arn:aws:s3:::b/*"
OWN = "arn:aws:s3:::b/${aws:username}/*"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
NO_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
SECRET = deny("s3:*", "arn:aws:s3:::secret/*")
KEYS = "dynamodb:LeadingKeys"

# what it is, policy before, policy after, whether more is allowed
CASES = [
    ("the same", [allow("s3:GetObject", OBJECTS)], [allow("s3:GetObject", OBJECTS)], False),
    ("an action of a pattern, an object of a folder", [allow("s3:Get*", OBJECTS)], [allow("s3:getobject", "arn:aws:s3:::b/k")], False),
    ("more actions, more objects", [allow("s3:GetObject", "arn:aws:s3:::b/k")], [allow("s3:Get*", OBJECTS)], True),
    ("what several patterns cover together", [allow("s3:GetObject", "arn:aws:s3:::b/a*"), allow("s3:GetObject", ["arn:aws:s3:::b/b*"])],
     [allow("s3:GetObject", ["arn:aws:s3:::b/a1*", "arn:aws:s3:::b/b?"])], False),
    ("what no single one does", [allow("s3:GetObject", ["arn:aws:s3:::b/*x", "arn:aws:s3:::b/*y"])], [allow("s3:GetObject", "arn:aws:s3:::b/*?")], True),
    ("an action that is on no such resource", [allow("s3:GetObject", OBJECTS)], [allow(["s3:GetObject", "s3:ListBucket"], OBJECTS)], False),
    ("what it is on", [allow("s3:ListBucket", BUCKET)], [allow("s3:*", BUCKET)], True),
    ("any resource, where all that there can be were allowed", [allow("dynamodb:GetItem", "arn:*:dynamodb:*:*:table/*")],
     [allow("dynamodb:GetItem", "*")], False),
    ("an action without resources", [allow("ec2:DescribeInstances", "arn:aws:ec2:*:*:*")], [allow("ec2:DescribeInstances", "*")], True),
    ("a Deny that is there still", [allow("s3:*", "*"), SECRET], [allow("s3:GetObject", "*"), deny("s3:*", "arn:aws:s3:::secret*")], False),
    ("one that is gone", [allow("s3:*", "*"), SECRET], [allow("s3:GetObject", "*")], True),
    ("one that says less", [allow("s3:*", "*"), SECRET], [allow("s3:GetObject", "*"), deny("s3:*", "arn:aws:s3:::secret/a*")], True),
    ("NotAction", [allow(None, "*", NotAction="iam:*")], [allow(["s3:*", "ec2:*"], "*")], False),
    ("a NotAction of less", [allow(None, "*", NotAction="iam:*")], [allow(None, "*", NotAction="iam:Create*")], True),
    ("NotResource", [allow("s3:*", None, NotResource="arn:aws:s3:::secret*")], [allow("s3:GetObject", "arn:aws:s3:::public/*")], False),
    ("a resource of no name, which is not all", [allow("s3:DescribeJob", "")],
     [allow("s3:DescribeJob", None, NotResource="arn:aws:s3:::x")], True),
    ("a NotResource of less", [allow("s3:*", None, NotResource="arn:aws:s3:::secret*")],
     [allow("s3:*", None, NotResource="arn:aws:s3:::secret/*")], True),
    ("a variable", [allow("s3:GetObject", OWN)], [allow("s3:GetObject", OWN + "x")], False),
    ("what it stood for", [allow("s3:GetObject", OWN)], [allow("s3:GetObject", OBJECTS)], True),
    ("one that may be what was denied", [allow("s3:GetObject", OBJECTS), deny("*", "arn:aws:s3:::b/admin/*")], [allow("s3:GetObject", OWN)], True),
    ("names that no reference knows", [allow("zork:Get*", "*")], [allow("zork:GetX", "*")], False),
    ("more of them", [allow("zork:GetX", "*")], [allow("zork:Get*", "*")], True),
    ("a condition more", [allow("ec2:*", "*")], [allow("ec2:*", "*", MFA)], False),
    ("a condition less", [allow("ec2:*", "*", MFA)], [allow("ec2:*", "*")], True),
    ("a value less", [allow("ec2:*", "*", region("a", "b"))], [allow("ec2:*", "*", region("b"))], False),
    ("values that two statements have", [allow("ec2:*", "*", region("a")), allow("ec2:*", "*", region("b"))],
     [allow("ec2:*", "*", region("b", "a"))], False),
    ("a pattern for a value", [allow("ec2:*", "*", region("b"))], [allow("ec2:*", "*", region("b*", op="StringLike"))], True),
    ("a condition that became a Deny", [allow("ec2:*", "*", region("b"))], [allow("ec2:*", "*"), deny("*", "*", region("b", op="StringNotEquals"))], False),
    ("a Deny with conditions, the same", [allow("ec2:*", "*"), deny("*", "*", NO_MFA)], [allow("ec2:*", "*"), deny("*", "*", NO_MFA)], False),
    ("  with two", [allow("ec2:*", "*"), deny("*", "*", {**NO_MFA, **region("x")})], [allow("ec2:*", "*"), deny("*", "*", {**NO_MFA, **region("x")})], False),
    ("  with one more", [allow("ec2:*", "*"), deny("*", "*", NO_MFA)], [allow("ec2:*", "*"), deny("*", "*", {**NO_MFA, **region("x")})], True),
    ("a Deny of what the condition rules out", [allow("ec2:*", "*"), deny("*", "*", region("x"))], [allow("ec2:*", "*", region("y"))], False),
    ("networks in networks", [allow("ec2:*", "*", source("10.0.0.0/8"))], [allow("ec2:*", "*", source("10.1.0.0/16", "10.2.3.4"))], False),
    ("a larger one", [allow("ec2:*", "*", source("10.0.0.0/16"))], [allow("ec2:*", "*", source("10.0.0.0/8"))], True),
    ("IfExists dropped", [allow("s3:*", "*", {"StringEqualsIfExists": {"k": "v"}})], [allow("s3:*", "*", {"StringEquals": {"K": "v"}})], False),
    ("IfExists added", [allow("s3:*", "*", {"StringEquals": {"k": "v"}})], [allow("s3:*", "*", {"StringEqualsIfExists": {"k": "v"}})], True),
    ("a value, where any was asked for", [allow("s3:*", "*", {"Null": {"k": "false"}})], [allow("s3:*", "*", {"StringEquals": {"k": "v"}})], False),
    ("a short ARN is a pattern, and no text", [allow("s3:*", "*", {"StringEquals": {"k": "arn:aws:sns"}})],
     [allow("s3:*", "*", {"ArnEquals": {"k": "arn:aws:sns"}})], True),
    ("all of several values", [allow("dynamodb:GetItem", "*", {"ForAllValues:StringEquals": {KEYS: ["a", "b"]}})],
     [allow("dynamodb:GetItem", "*", {"ForAllValues:StringEquals": {KEYS: "a"}})], False),
    ("one of several", [allow("dynamodb:GetItem", "*", {"ForAllValues:StringEquals": {KEYS: "a"}})],
     [allow("dynamodb:GetItem", "*", {"ForAnyValue:StringEquals": {KEYS: "a"}})], True),
    ("a time, the same", [allow("s3:*", "*", {"DateLessThan": {"aws:CurrentTime": "2027"}})],
     [allow("s3:*", "*", {"DateLessThan": {"aws:CurrentTime": "2027"}})], False),
    ("a later time, which is not compared", [allow("s3:*", "*", {"DateLessThan": {"aws:CurrentTime": "2027"}})],
     [allow("s3:*", "*", {"DateLessThan": {"aws:CurrentTime": "2028"}})], True),
]
# what it is, policy before, policy after: all that must not be overlooked
SHARED = ["arn:aws:s3:::corp/shared/*", "arn:aws:s3:::corp"]
TEAM = "${aws:PrincipalTag/team}"
NET = ["10.0.0.0/8"]
LACKED = [f"arn:aws:s3:r::thing/{i}" for i in range(1000)]
ARNS = {"aws:SourceArn": "arn:aws:*:*:111122223333:*"}
CASES += [(*case, True) for case in [
    ("a variable beside what there was", [allow("s3:*", SHARED)], [allow("s3:*", [*SHARED, "arn:aws:s3:::corp/${aws:username}/*"])]),
    ("another variable", [allow("iam:*AccessKey*", "arn:aws:iam::*:user/${aws:username}")],
     [allow("iam:*AccessKey*", "arn:aws:iam::*:user/${aws:PrincipalTag/manages}")]),
    ("one in place of a pattern", [allow("sts:AssumeRole", "arn:aws:iam::*:role/dev-*")], [allow("sts:AssumeRole", f"arn:aws:iam::*:role/{TEAM}")]),
    ("one with another default", [allow("s3:*", f"arn:aws:s3:::b/{TEAM}/*")], [allow("s3:*", "arn:aws:s3:::b/${aws:PrincipalTag/team, 'all'}/*")]),
    ("one that may be of a NotResource", [allow("s3:GetObject", None, NotResource="arn:aws:s3:::secret/*")], [allow("s3:GetObject", f"arn:aws:s3:::{TEAM}/*")]),
    ("  of that of a Deny", [], [allow("s3:GetObject", f"arn:aws:s3:::{TEAM}/x"), deny("s3:*", None, NotResource="arn:aws:s3:::corp/*")]),
    ("a bucket that is a variable", [], [allow("s3:ListBucket", f"arn:aws:s3:::{TEAM}")]),
    ("a queue", [], [allow("sqs:SendMessage", f"arn:aws:sqs:*:*:{TEAM}")]),
    ("an account, of which the name has a colon", [], [allow("iam:PassRole", "arn:aws:iam::${aws:PrincipalAccount}:role/x")]),
    ("a text for a network", [allow("s3:*", "*", {"StringEquals": {"aws:SourceIp": NET}})], [allow("s3:*", "*", source(*NET))]),
    ("  a pattern", [allow("s3:*", "*", {"StringLike": {"aws:SourceIp": "10.0.*"}})], [allow("s3:*", "*", source(*NET))]),
    ("  not one", [allow("s3:*", "*", {"NotIpAddress": {"aws:SourceIp": NET}})], [allow("s3:*", "*", {"StringNotEquals": {"aws:SourceIp": NET}})]),
    ("IPv4 and all of IPv6", [allow("s3:*", "*", source("::/0"))], [allow("s3:*", "*", source(*NET))]),
    ("an ARN's fields and a text", [allow("s3:*", "*", {"ArnLike": ARNS})], [allow("s3:*", "*", {"StringLike": ARNS})]),
    ("  of a Deny", [allow("s3:*", "*"), deny("*", "*", {"StringLike": ARNS})], [allow("s3:*", "*"), deny("*", "*", {"ArnLike": ARNS})]),
    ("  negated", [allow("s3:*", "*", {"StringNotLike": ARNS})], [allow("s3:*", "*", {"ArnNotLike": ARNS})]),
    ("Null of both", [allow("s3:*", "*", {"Null": {"k": "true"}})], [allow("s3:*", "*", {"Null": {"k": ["true", "false"]}})]),
    ("  of a Deny", [allow("s3:*", "*"), deny("*", "*", {"Null": {"k": ["false", "true"]}})], [allow("s3:*", "*"), deny("*", "*", {"Null": {"k": "false"}})]),
    ("  of what is neither", [allow("s3:*", "*"), deny("*", "*", {"Null": {"k": "false"}})], [allow("s3:*", "*"), deny("*", "*", {"Null": {"k": "yes"}})]),
    ("letters beyond ASCII", [allow("s3:*", "*", {"StringNotEqualsIgnoreCase": {"k": "\u00e9"}})],
     [allow("s3:*", "*", {"StringEqualsIgnoreCase": {"k": "\u00c9"}})]),
    ("all but no action", [], [allow(None, "*", NotAction=[])]),
    ("all but no resource", [], [allow("s3:*", None, NotResource=[])]),
    ("names of a Deny that no reference knows", [allow("zork:*", "*"), deny("zork:Delete*", "*")], [allow("zork:*", "*")]),
    ("  of a service that one knows", [allow("s3:*", "*"), deny("s3:PutNewThing*", "*")], [allow("s3:*", "*")]),
    ("  that are no part of what is asked for", [allow("s3:*", "*"), deny("s3:*NewThing", "*")], [allow("s3:Get*", "*")]),
    ("  of any service", [allow("*", "*"), deny("zork:X", "*")], [allow("*", "*")]),
    ("  of a NotAction", [allow(None, "*", NotAction="zork:GetX")], [allow("zork:Get*", "*")]),
    ("  of that of a Deny", [], [allow("zork:Get*", "*"), deny(None, "*", NotAction="zork:GetX")]),
    ("  of a NotAction before", [allow(None, "*", NotAction=["zork:*", "s3:*"])], [allow(None, "*", NotAction=["zork:Get*", "s3:*"])]),
    ("fields that are no account's, as a star may be several", [], [allow("lambda:InvokeFunction", "arn:aws:lambda:*:function:secret")]),
    ("  of a Deny", [allow("lambda:InvokeFunction", "*"), deny("lambda:*", "arn:aws:lambda:*:function:secret")], [allow("lambda:InvokeFunction", "*")]),
    ("  of all but that", [], [allow("lambda:InvokeFunction", "*"), deny("lambda:*", None, NotResource="arn:aws:lambda:*:function:secret")]),
    ("a resource that the reference lacks", [], [allow("sns:Publish", "arn:aws:sns:r:111122223333:endpoint/GCM/x/y")]),
    ("  that it has, and no action of it", [], [allow("organizations:AttachPolicy", "arn:aws:organizations::aws:policy/service_control_policy/p-1")]),
    ("  that is of one region there", [], [allow("s3:GetObject", "arn:aws:s3::111122223333:accesspoint/x.mrap/object/*")]),
    ("  and was denied", [allow("s3:*", "*"), deny("s3:*", "arn:aws:s3::111122223333:accesspoint/x.mrap/object/*")], [allow("s3:*", "*")]),
    ("  with others", [allow("cloudformation:CreateChangeSet", "arn:aws:cloudformation:*:*:stack/*")],
     [allow("cloudformation:CreateChangeSet", ["arn:aws:cloudformation:*:*:stack/*", "arn:aws:cloudformation:*:aws:transform/x"])]),
    ("stars", [allow("s3:GetObject", OBJECTS)], [allow("s3:GetObject", "**")]),
    ("a message to a telephone, which is no topic", [allow("sns:Publish", "arn:*:sns:*:*:*")], [allow("sns:Publish", "*")]),
    ("  that was denied", [allow("sns:Publish", "*"), deny("sns:Publish", None, NotResource="arn:*:sns:*:*:*")], [allow("sns:Publish", "*")]),
    ("one more of many that the reference lacks", [allow("*", LACKED)], [allow("*", [*LACKED, "arn:aws:s3:r::other"])]),
    ("the same Allow, where a Deny is gone", [allow("s3:*", "*"), SECRET], [allow("s3:*", "*")]),
    ("  where it has one condition more", [allow("s3:*", "*"), SECRET], [allow("s3:*", "*"), {**SECRET, "Condition": MFA}]),
]]
CASES += [(*case, False) for case in [
    ("a NotResource with a variable", [allow("s3:*", None, NotResource=OWN)], [allow("s3:*", None, NotResource=OWN)]),
    ("a Deny of one", [allow("s3:*", "*"), deny("s3:*", None, NotResource=[OWN, BUCKET])], [allow("s3:*", "*"), deny("s3:*", None, NotResource=[OWN, BUCKET])]),
    ("the same Deny of names that no reference knows", [allow("zork:*", "*"), deny("zork:Delete*", "*")], [allow("zork:*", "*"), deny("zork:Del*", "*")]),
    ("  of all but some", [allow("*", "*"), deny(None, "*", NotAction="zork:Get*")], [allow("*", "*"), deny(None, "*", NotAction="zork:Get*")]),
    ("  with a name in it", [allow(["zork:GetX", "s3:Get*"], "*"), deny(["zork:G*", "s3:*NewThing"], "*")],
     [allow(["zork:GetX", "s3:Get*"], "*"), deny(["zork:G*", "s3:*NewThing"], "*")]),
    ("  NotAction", [allow(None, "*", NotAction=["zork:Get*", "zork:*X"])], [allow(None, "*", NotAction=["zork:Get*", "zork:*X"])]),
    ("a resource that the reference lacks, and had before", [allow("sns:*", "arn:aws:sns:*:*:endpoint/*")],
     [allow("sns:Publish", "arn:aws:sns:r:111122223333:endpoint/GCM/x/y")]),
    ("  in a Deny", [allow("lambda:*", "*"), deny("lambda:*", "arn:aws:lambda:*:function:secret")],
     [allow("lambda:*", "*"), deny("lambda:*", "arn:aws:lambda:*:function:s*")]),
    ("  of another service", [], [allow("iam:GetUser", "arn:aws:lambda:*:function:secret")]),
    ("an ARN as a text", [allow("s3:*", "*", {"ArnLike": ARNS})], [allow("s3:*", "*", {"StringLike": {"aws:SourceArn": "arn:aws:s3:r:111122223333:x*"}})]),
    ("many that the reference lacks", [allow("*", LACKED)], [allow("*", LACKED[::-1])]),
    ("  in statements of their own", [allow("s3:*", r) for r in LACKED], [allow("s3:*", r) for r in LACKED]),
    ("  and a Deny more", [allow("*", LACKED)], [allow("*", LACKED), SECRET]),
    ("the same Null of both", [allow("s3:*", "*", {"Null": {"k": ["true", "false"]}})], [allow("s3:*", "*", {"Null": {"k": ["false", "true"]}})]),
]]
for what, before, after, more in CASES:
    status, out, said = diff(before, after)
    check((status, "new: " in out, "nothing is allowed" in said) == (4 if more else 0, more, not more), what, out + said)

status, out, said = diff([allow("s3:*", "*"), SECRET], [allow(["s3:GetObject", "sqs:*"], "*", MFA)])
check("\nnew: after.json:8:5: sqs:* on * (" in "\n" + out and "new: after.json:7:5: s3:GetObject on *, for example arn:aws:s3:::secret/" in out,
      "the place, and an example where not all is new", out)
check("\ngone: before.json:6:14: s3:* on * (180 of 180: " in out, "what is gone", out)
status, out, said = diff([allow("s3:GetObject", "*", MFA)], [allow("s3:GetObject", "*")], "--json")
check([(x["kind"], x["action"], x["resource"], x["file"], x["line"], x["granted"], x["actions"], x["by_condition"], x["unsure"])
       for x in json.loads(out)] == [("new", "s3:GetObject", "*", "after.json", 6, 1, ["s3:GetObject"], True, False)], "--json", out)
status, out, said = diff([], [allow(None, None, NotAction=["iam:*"], NotResource=["arn:aws:s3:::x"])], "--json")
check([(x["not_action"], x["not_resource"]) for x in json.loads(out)] == [(["iam:*"], ["arn:aws:s3:::x"])], "--json of NotAction and NotResource", out)
for what, old, before, after, status in (
        ("the baseline", 0, [allow("s3:*", OWN)], [allow("s3:*", OWN)], 4),
        ("the new policy", 1, [allow("s3:*", "*"), deny("s3:*", OWN)], [allow("s3:*", "*"), deny("s3:*", OWN)], 4),
        ("both", 2, [allow("s3:*", OWN)], [allow("s3:*", OWN)], 0),
        ("both, and a character", 2, [allow("s3:*", "arn:aws:s3:::b/?")], [allow("s3:*", "arn:aws:s3:::b/${*}")], 4),
        ("both, in a condition", 1, [allow("s3:*", "*", {"StringLike": {"k": "${aws:username}"}})], [allow("s3:*", "*", {"StringLike": {"k": "${aws:username}"}})], 4),
        ("one without variables", 1, [allow("s3:*", OWN)], [allow("s3:*", "arn:aws:s3:::b/x", MFA)], 4),
        ("  that allows less", 1, [allow("s3:*", OBJECTS)], [allow("s3:*", "arn:aws:s3:::b/x", MFA)], 0)):
    for n, (name, statements) in enumerate((("before.json", before), ("after.json", after))):
        with open(name, "w", encoding="utf-8") as f:
            json.dump({"Statement": statements} if old in (n, 2) else {"Version": "2012-10-17", "Statement": statements}, f)
    done = subprocess.run([LEASTPRIV, "diff", "--baseline", "before.json", "after.json"], capture_output=True, text=True, check=False)
    check(done.returncode == status, f"variables that are none, where a version without them has {what}", done.stdout + done.stderr)
many = [allow(f"s3:Get{n}*", OBJECTS, {"StringLike": {"k": [f"{n}{i}*" for i in range(2000)]}}) for n in "ABO"]
status, out, said = diff(many, [allow("s3:Get*", OBJECTS, {"StringLike": {"k": [f"?{i}*" for i in range(2000)]}}) for _ in range(40)])
check(status == 4 and "whether it is cannot be told" in out, "conditions with more values than there is time for", out[-500:])
two = [allow("s3:*", OBJECTS), allow("sqs:*", "*")]
diff(two[1:], two)
done = subprocess.run([LEASTPRIV, "diff", "--baseline", "before.json", "--baseline", "after.json", "before.json", "after.json"], check=False)
check(done.returncode == 0, "several policies on each side")


def says(status, text, *args):
    done = subprocess.run([LEASTPRIV, "diff", *args], capture_output=True, text=True, check=False)
    check(done.returncode == status and text in done.stderr, f"{' '.join(args)}: {text}", done.stdout + done.stderr)


says(2, "- stands twice", "--baseline", "-", "after.json", "-")
broken = subprocess.run([LEASTPRIV, "diff", "--baseline", "before.json", "after.json", "-"], input="{", capture_output=True,
                        text=True, check=False, timeout=60)
check(broken.returncode == 2 and "-:1:2: expected the name of a member" in broken.stderr,
      "what is wrong with a policy that is piped in", broken.stderr)
says(2, "takes --baseline POLICY POLICY...", "--baseline", "after.json")
says(2, "--baseline compares policies", "--baseline", "before.json", "--fail-on", "unused", "after.json")
says(2, "--baseline compares policies", "--baseline", "before.json", "--since", "2026-01-01", "after.json")
says(2, "none.json: No such file", "--baseline", "before.json", "after.json", "none.json")
for condition in ('"StringEquals": {"k": "a"}, "stringequals": {"j": "b"}', '"StringEquals": {"k": "a", "j": "b", "K": "b"}'):
    with open("twice.json", "w", encoding="utf-8") as f:
        f.write('{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {%s}}}' % condition)
    says(2, "an operator or a key stands in the Condition twice", "--baseline", "before.json", "twice.json")
with open("calls.jsonl", "w", encoding="utf-8") as f:
    f.write('{"v":1,"service":"S3","operation":"X","actions":[]}\n')
says(2, "calls.jsonl:1:1: a call log, where a policy document must stand", "--baseline", "before.json", "after.json", "calls.jsonl")

# What takes too long is more, and soon.
stars = "*" * 900
for name, before, after, more in (
    ("wildcards side by side", [allow("*:*e*", f"arn:*:*:*:*:{stars}1")], [allow("*:*e*", f"arn:*:*:*:*:{stars}{i}") for i in range(5)], True),
    ("patterns that are exponential together", [allow("s3:GetObject", "arn:aws:s3:::b/*a" + "?" * i + "b") for i in range(25)],
     [allow("s3:GetObject", "arn:aws:s3:::b/*a*b")], True),
    ("many conditions of many values", [allow("s3:*", "*", {"StringEquals": {f"k{i}": ["a", "b", "c"] for i in range(20)}})],
     [allow("s3:*", "*", {"StringEquals": {f"k{i}": ["b", "a"] for i in range(20)}})], False),
    ("many networks", [allow("*", "*", {"NotIpAddress": {"aws:SourceIp": [f"10.{i}.0.0/16" for i in range(200)]}})],
     [allow("*", "*", {"NotIpAddress": {"aws:SourceIp": [f"10.{199 - i}.0.0/16" for i in range(200)]}})], False),
):
    status, out, said = diff(before, after)
    check(status == (4 if more else 0), name, out[:2000] + said)

# --- policies at random, and single requests ---

ACTIONS = ["s3:GetObject", "s3:PutObject", "sqs:SendMessage", "sqs:ListQueues", "dynamodb:GetItem"]
KEY_VALUES = (None, "x", "y", "z", "xx", "w")
CONTEXTS = [{k: v for k, v in (("aws:a", a), ("aws:b", b)) if v} for a in KEY_VALUES for b in KEY_VALUES]
NAMES = ["".join(t) for n in (1, 2, 3, 4) for t in itertools.product("abc/", repeat=n)]


def glob(pattern, text, flags=0):
    return re.fullmatch("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern), text, flags | re.S)


def arn(pattern, text):
    if pattern == "*" or text == "*":
        return pattern == "*"
    return all(map(glob, pattern.split(":", 5), text.split(":", 5)))


def holds(statement, context):
    for op, lines in statement.get("Condition", {}).items():
        bare = op.removesuffix("IfExists")
        for key, values in lines.items():
            value = context.get(key)
            if bare == "Null":
                holds_so = (values == "true") == (value is None)
            elif value is None:
                holds_so = bare != op or "Not" in op
            else:
                holds_so = any(glob(v, value) if "Like" in op else v == value for v in values) != ("Not" in op)
            if not holds_so:
                return False
    return True


def applies(statement, action, resource, context):
    for name, match in (("Action", lambda p: glob(p, action, re.I)), ("Resource", lambda p: arn(p, resource))):
        listed = statement.get(name, statement.get("Not" + name))
        if any(map(match, listed)) != (name in statement):
            return False
    return holds(statement, context)


def allowed(statements, *request):
    effects = {s["Effect"] for s in statements if applies(s, *request)}
    return effects == {"Allow"}


def any_resource(rng):
    name = "".join(rng.choice("ab*?/" if rng.random() < .7 else "ab") for _ in range(rng.randint(1, 4)))
    return rng.choice(["*", "arn:aws:s3:::" + name, "arn:aws:s3:::" + name, "arn:aws:dynamodb:*:*:table/" + name,
                       f"arn:aws:sqs:{rng.choice(['*', 'r', 'r?'])}:{rng.choice('*1')}:{name.replace('/', '')}"])


def any_condition(rng):
    op = rng.choice(["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists", "StringNotEqualsIfExists", "Null"])
    values = rng.sample(["x", "y", "x*", "*", "z"] if "Like" in op else ["x", "y", "z", "xx"], rng.randint(1, 2))
    return {op: {rng.choice(["aws:a", "aws:b"]): rng.choice(["true", "false"]) if op == "Null" else values}}


def any_statement(rng):
    s = {"Effect": "Deny" if rng.random() < .25 else "Allow"}
    actions = ACTIONS + ["s3:*", "*", "sqs:*", "s3:Get*", "*:*Object"]
    s["Action" if rng.random() < .85 else "NotAction"] = [rng.choice(actions) for _ in range(rng.randint(1, 2))]
    s["Resource" if rng.random() < .85 else "NotResource"] = [any_resource(rng) for _ in range(rng.randint(1, 2))]
    if rng.random() < .35:
        s["Condition"] = any_condition(rng)
    return s


def resources_of(action, rng):
    names = [n for n in rng.sample(NAMES, 60) if n[0] != "/" != n[-1]]
    if action.startswith("s3:"):
        return ["arn:aws:s3:::" + n for n in names if "/" in n]
    if action == "sqs:ListQueues":
        return ["*"]
    names = [n for n in names if "/" not in n]
    if action == "sqs:SendMessage":
        return [f"arn:aws:sqs:{r}:{a}:{n}" for n in names for r in ("r", "rs", "q") for a in "12"]
    return ["arn:aws:dynamodb:q:1:table/" + n for n in names]


missed, wrong, right = [], [], 0
for seed in range(40):
    rng = random.Random(seed)
    before = [any_statement(rng) for _ in range(rng.randint(1, 3))]
    after = [any_statement(rng) for _ in range(rng.randint(1, 3))] + [s for s in before if rng.random() < .4]
    found = [x for x in json.loads(diff(before, after, "--json")[1]) if x["kind"] == "new"]
    for action in ACTIONS:
        more = any(allowed(after, action, r, c) and not allowed(before, action, r, c) for r in resources_of(action, rng) for c in CONTEXTS)
        told = any(action in x["actions"] for x in found)
        right += more and told
        if more and not told:
            missed.append((seed, action))
    for x in found:
        one = x["actions"][0]
        if x["example"] and one in ACTIONS and not any(allowed(after, one, x["example"], c) and not allowed(before, one, x["example"], c)
                                                       for c in CONTEXTS):
            wrong.append((seed, x))
check(not missed and right > 15, f"nothing that a request could do is missed ({right} found)", str(missed))
check(not wrong, "examples are some", str(wrong))
os.chdir("/")
work.cleanup()
tap.plan()
