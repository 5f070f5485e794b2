#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What an import changed: a report that a reviewer reads beside the diff of the tables.

    model_report.py OLD NEW     two folders of tables (collector/model/tables)

New, gone and changed services, operations, actions, resource types and what operations need. Rows of
the hand-kept tables that no longer apply stop the import itself (import_iam.py).
"""
import os
import sys

LINES_MAX = 200     # of one section; the rest is counted


def rows(folder, kind):
    """(file, cells) of each line of tables/KIND."""
    base = os.path.join(folder, kind)
    for name in sorted(os.listdir(base)) if os.path.isdir(base) else ():
        with open(os.path.join(base, name), encoding="utf-8") as fh:
            for line in fh:
                if not line.startswith("#"):
                    yield name[:-4], line.rstrip("\n").split("\t")


def reference(folder):
    """{'action s3:GetObject': its facts}, and the same for resource types."""
    out = {}
    for prefix, cell in rows(folder, "iam"):
        if cell[0] == "action":
            out[f"action {prefix}:{cell[1]}"] = "\t".join(cell[2:])
        elif cell[0] == "type":
            out[f"resource type {prefix} {cell[1]}"] = "\t".join(cell[2:])
    return out


def operations(folder):
    """{'s3.GetObject': its actions}"""
    out, op = {}, None
    for service, cell in rows(folder, "bind"):
        if cell[0] == "op":
            op = f"{service}.{cell[1]}"
            out[op] = []
        elif cell[0] == "act" and cell[1] not in out[op]:
            out[op].append(cell[1])
        elif cell[0] == "none":
            out[op].append("none")
    return {op: " ".join(acts) for op, acts in out.items()}


def resources(folder):
    """{'s3.GetObject': all lines of what it needs and where its resources are}"""
    out, op = {}, None
    for service, cell in rows(folder, "bind"):
        if cell[0] == "op":
            op = f"{service}.{cell[1]}"
            out[op] = []
        elif op:
            out[op].append(" ".join(cell))
    return out


def section(title, lines):
    print(f"{title}: {len(lines)}")
    for line in lines[:LINES_MAX]:
        print("  " + line)
    if len(lines) > LINES_MAX:
        print(f"  and {len(lines) - LINES_MAX} more")
    return len(lines)


def compare(what, old, new, changes):
    n = section(f"new {what}", [k + (f"  {new[k]}" if changes else "") for k in sorted(new.keys() - old.keys())])
    n += section(f"{what} that are gone", sorted(old.keys() - new.keys()))
    changed = [k for k in sorted(old.keys() & new.keys()) if old[k] != new[k]]
    n += section(f"changed {what}", [f"{k}\n    was  {old[k]}\n    is   {new[k]}" if changes else k for k in changed])
    return n


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    old, new = sys.argv[1:]
    services = [{name: "" for name, _ in rows(folder, "api")} for folder in (old, new)]
    n = compare("services", *services, False)
    n += compare("operations and what they need", operations(old), operations(new), True)
    n += compare("actions and resource types", reference(old), reference(new), True)
    before, after = resources(old), resources(new)
    n += section("operations whose resources are found in another way",
                 [op for op in sorted(before.keys() & after.keys()) if before[op] != after[op]])
    print("nothing changed" if not n else f"{n} changes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
