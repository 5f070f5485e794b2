# SPDX-License-Identifier: MIT
"""The hand-kept tables: rows of cells, each with its source and reason, and which operations a row means."""
import os
import re


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
            pending, start = "", 0
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
                self.rows.append(Row(self, start, cells))

    def __iter__(self):
        return iter(self.rows)


class Row:
    def __init__(self, table, line, cells):
        self.table, self.line, self.cells, self.used = table, line, cells, 0

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
