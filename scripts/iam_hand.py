# SPDX-License-Identifier: MIT
"""The hand-kept tables: rows of cells, each with its source and reason, and which operations a row means."""
import os
import re


# D iam-dataset, P iam-policy-autopilot, B botocore's model or its texts, S the Service Authorization Reference,
# M policies that AWS manages, C CloudFormation's schemas of resources, G a page of AWS's guides or of other documents,
# which the reason names.
SOURCES = "DPBSMCG"


class ImportFault(Exception):
    pass


class Hand:
    """Rows of a hand table: cells between '|', a line that ends in '\\' goes on in the next."""

    def __init__(self, path, ncol):
        self.rows = []
        self.path = path
        if not os.path.exists(path):
            return
        with open(path, encoding="utf-8") as fh:
            pending, start, said = "", 0, {}
            for no, line in enumerate(fh, 1):
                line = line.rstrip("\n")
                if not pending:
                    start = no
                if line.endswith("\\"):
                    pending += line[:-1] + " "
                    continue
                line, pending = pending + line.strip(), ""
                if not line or line.startswith("#"):
                    continue
                cells = [c.strip() for c in re.split(r"(?:^|\s)\|(?=\s|$)", line)]
                if len(cells) != ncol:
                    raise ImportFault(f"{path}:{start}: {len(cells)} cells, want {ncol}")
                source, reason = cells[-2:]
                if not source or not set(re.split(r"\s*,\s*", source)) <= set(SOURCES) or not reason:
                    raise ImportFault(f"{path}:{start}: wants a source, one of {' '.join(SOURCES)}, and a reason")
                if "G" in source and '"' not in reason:
                    raise ImportFault(f"{path}:{start}: source G wants the page's title, in quotes")
                before = said.setdefault(tuple(cells[:-2]), start)
                if before != start:
                    raise ImportFault(f"{path}:{start}: says what line {before} does")
                self.rows.append(Row(self, start, cells))

    def __iter__(self):
        return iter(self.rows)


class Row:
    def __init__(self, table, line, cells):
        self.table, self.line, self.cells, self.used = table, line, cells, 0
        self.applied = set()     # (folder, operation)

    def use(self, d, op):
        self.used += 1
        self.applied.add((d, op))

    def idle(self):
        """Names in the first two cells to which the row did nothing: operations and folders that are listed by name."""
        d, ops = self.cells[:2]
        out = []
        if ops != "*" and ops != "unnamed" and not ops.startswith("/"):
            out += sorted(set(re.split(r"[\s,]+", ops)) - {o for _, o in self.applied})
        if d != "*":
            out += sorted(set(re.split(r"[\s,]+", d)) - {f for f, _ in self.applied})
        return out

    def __str__(self):
        return f"{os.path.basename(self.table.path)}:{self.line}"

    def fault(self, text):
        raise ImportFault(f"{self.table.path}:{self.line}: {text}")


def op_match(spec, op):
    """None, or a match object / True. Names with commas, /regex/, or '*'."""
    if spec == "*":
        return re.match(r"(.*)", op)
    if spec.startswith("/"):
        return re.fullmatch(spec.strip("/"), op)
    return re.match(r"(.*)", op) if op in re.split(r"[\s,]+", spec) else None


def dir_match(spec, d):
    return spec == "*" or d in re.split(r"[\s,]+", spec)


def rows_of(table, svc, op):
    """Rows whose first two cells are the service's folder and the operation."""
    return (r for r in table if r.cells[0] == svc.dir and op_match(r.cells[1], op))
