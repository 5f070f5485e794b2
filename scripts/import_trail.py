#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes collector/model/tables/trail/members.tbl: where members of requests are called otherwise on the wire.

The binding tables name values as they stand in a request; CloudTrail names them by the API model's own member. Only
pairs that differ by more than capitals, hyphens and underscores are rows, and of these only members that can hold a name.
A member that is the whole body, and has no name there at all, is a row with a hyphen.
"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(__file__))
import import_iam  # noqa: E402


def fold(name):
    return re.sub(r"[-_]", "", name).lower()


def last(path):
    return re.sub(r"\[\]|\{\}", "", path.split(".")[-1])


def pairs(svc, op):
    members, containers = svc.members(op)
    for m in members:
        wires = [m.wire] if isinstance(m.wire, str) else [w[-1] for w in m.wire.values() if w]
        yield m.path, wires
    for path, (_kind, wires) in containers.items():
        yield path, [w[-1] for w in wires.values() if w]


def payload(svc, op):
    """The member whose own members stand at the top of a JSON body."""
    shape = svc.shapes[svc.ops[op]["input"]["shape"]] if "input" in svc.ops[op] else {}
    name = shape.get("payload")
    if name and "json" in svc.families and svc.shapes[shape["members"][name]["shape"]]["type"] == "structure":
        return name
    return None


def main():
    botocore, out = sys.argv[1:]
    rows = set()
    base = os.path.join(botocore, "data")
    for d in sorted(os.listdir(base)):
        if not os.path.isdir(os.path.join(base, d)):
            continue
        for version in import_iam.Service.versions(botocore, d):
            svc = import_iam.Service(botocore, d, version)
            for op in svc.ops:
                if payload(svc, op):
                    rows.add((d, "-", payload(svc, op)))
                for path, wires in pairs(svc, op):
                    for wire in map(last, wires):
                        if wire in ("member", "entry", "key") or fold(wire) == fold(last(path)):
                            continue
                        rows.add((d, wire, last(path)))
    os.makedirs(os.path.dirname(out), exist_ok=True)
    with open(out, "w", encoding="utf-8") as fh:
        fh.write("# SPDX-License-Identifier: MIT\n")
        for row in sorted(rows):
            fh.write("\t".join(("member",) + row) + "\n")


if __name__ == "__main__":
    main()
