# SPDX-License-Identifier: MIT
"""The requests of aws_requests.py whose ARNs fit the actions that they need, by the tables."""

import collections
import functools
import hashlib
import json
import multiprocessing
import os
import re

import aws_requests
import botocore.model

TABLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "collector", "model", "tables")


class Reference:
    def __init__(self, tables):
        self.actions, self.types = {}, {}
        for name in sorted(os.listdir(os.path.join(tables, "iam"))):
            with open(os.path.join(tables, "iam", name), encoding="utf-8") as fh:
                prefix = None
                for line in fh:
                    cell = line.rstrip("\n").split("\t")
                    if cell[0] == "prefix":
                        prefix = cell[1]
                    elif cell[0] == "type":
                        self.types[prefix, cell[1]] = cell[2].split(" ")
                    elif cell[0] == "action":
                        refs = [r for r in cell[3].split(",") if r] if len(cell) > 3 else []
                        self.actions[prefix + ":" + cell[1]] = [(r.rstrip("!"), r.endswith("!")) for r in refs]
        self.folded = {a.lower(): a for a in self.actions}

    def patterns(self, action):
        prefix = action.split(":")[0]
        return [p for t, _ in self.actions[action] for p in self.types[prefix, t]]


def fits(arn, pattern):
    want, have = pattern.split(":", 5), arn.split(":", 5)
    if len(have) != 6:
        return False
    for i, (w, h) in enumerate(zip(want, have)):
        if 0 < i < 5 and h == "*" and w or i == 4 and not h:  # what AWS owns is in no account
            continue
        parts = re.split(r"(\$\{\w+\}|\*)", w)
        rx = "".join(".+" if p == "*" or p.startswith("${") else re.escape(p) for p in parts)
        if not re.fullmatch(rx, h, re.S):
            return False
    return True


def example(pattern, name, number):
    """An ARN that fits, in which `name` can be found again."""
    def sub(hit):
        v = hit.group(1)
        return {"Partition": "aws", "Region": aws_requests.REGION, "Account": aws_requests.ACCOUNT}.get(v, "my%s%d" % (name, number + 1))
    return re.sub(r"\$\{(\w+)\}", sub, pattern).replace("*", "my%s%d" % (name, number + 1))


class ArnValues:
    """Makes the generator's ARNs fit the action they are for; all else is the generator's own."""
    patterns = ()
    plain = aws_requests.Values.string

    @classmethod
    def string(cls, values, shape, name, number):
        if name == "Statement" and values.service == "dynamodb":
            return 'SELECT * FROM "myTable%d"' % (number + 1)
        if re.search(r"(role|permission)s?(arns?)?$", name, re.I) and not getattr(shape, "enum", None):
            role = "arn:aws:iam::%s:role/my%s%d" % (aws_requests.ACCOUNT, name, number + 1)
            if aws_requests.fits(shape, role):
                return role
        got = cls.plain(values, shape, name, number)
        if not got.startswith("arn:") or "role" in name.lower():
            return got
        words = re.sub(r"arns?$", "", name, flags=re.I).lower()
        key = lambda p: (words not in p.lower().replace("-", "") if words else False, p.count("${"))
        for p in sorted(cls.patterns, key=key):
            value = example(p, "Arn" + re.sub(r"\W", "", name), number)
            if aws_requests.fits(shape, value):
                return value
        return got


def reference_actions(tables, service):
    """{operation: actions} as the bind table has it."""
    out = collections.defaultdict(list)
    path = os.path.join(tables, "bind", service + ".tbl")
    op = None
    with open(path, encoding="utf-8") as fh:
        for line in fh:
            cell = line.rstrip("\n").split("\t")
            if cell[0] == "op":
                op = cell[1]
            elif cell[0] == "act" and cell[1] != "iam:PassRole":
                out[op].append(cell[1])
    return out


reference_of = functools.lru_cache(Reference)


def make(args):
    """Of one service: [id, whether of its newest API, line, scalar members by name], or [None, None, why, None]."""
    tables, service = args
    reference = reference_of(tables)
    actions = reference_actions(tables, service)
    aws_requests.Values.string = lambda self, s, n, k: ArnValues.string(self, s, n, k)
    found = []
    # The generator makes the values of one operation between two looks at its model.
    model_of = botocore.model.ServiceModel.operation_model

    def operation_model(self, name):
        ArnValues.patterns = [p for a in actions.get(name, ()) for p in reference.patterns(a)]
        return model_of(self, name)

    botocore.model.ServiceModel.operation_model = operation_model
    try:
        for r in aws_requests.requests(service):
            if isinstance(r, tuple):
                found.append((None, None, " ".join(map(str, r)), None))
            else:
                found.append((r.ident(), r.newest, r.line(), list(leaves(r.params))))
    finally:
        botocore.model.ServiceModel.operation_model = model_of
    return found


def corpus(build, tables=TABLES, services=None):
    """What make() says of all, kept in `build` until what it is made of changes."""
    services = services or aws_requests.services()
    key = hashlib.sha256(botocore.__version__.encode())
    for path in (__file__, aws_requests.__file__):
        with open(path, "rb") as source:
            key.update(source.read())
    for service in services:
        key.update(json.dumps(reference_actions(tables, service), sort_keys=True).encode())
    path = os.path.join(build, "requests-arns-%s.jsonl" % key.hexdigest()[:12])
    if not os.path.exists(path):
        new = "%s.%d" % (path, os.getpid())
        with open(new, "w") as out, multiprocessing.Pool(2) as pool:
            for found in pool.imap_unordered(make, [(tables, s) for s in services]):
                for entry in found:
                    print(json.dumps(entry), file=out)
        os.rename(new, path)
    with open(path) as fh:
        return [json.loads(line) for line in fh]


def leaves(value, name=""):
    if isinstance(value, dict):
        for k, v in value.items():
            yield from leaves(v, k)
    elif isinstance(value, list):
        for v in value:
            yield from leaves(v, name)
    elif isinstance(value, str):
        yield name, value
