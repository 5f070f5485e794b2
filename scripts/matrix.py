#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes README.md's support matrix from what tests/e2e/sdk.t found (BUILD/sdk/matrix.tsv).

    matrix.py RESULTS README [--check]     with --check only says whether it is up to date
"""
import sys

BEGIN, END = "<!-- matrix: written by `make matrix` -->\n", "<!-- end of matrix -->\n"
WORDS = {"seen": "same policy as boto3", "holds": "that of boto3 and what it does besides", "blind": "not seen without rights, and said so",
         "not installed": "not installed on the machine that wrote this", "fails": "did not run",
         "wrong": "NOT SEEN, NOT SAID"}


def table(rows):
    out = ["| client | version | shim | Java | ptrace | probe | CSM | policy |", "|---|---|---|---|---|---|---|---|"]
    for client, version, *seen, result in rows:
        out.append("| " + " | ".join([client, version, *(s if s != "-" else "" for s in seen), WORDS[result]]) + " |")
    return "\n".join(out) + "\n"


def main():
    results, readme = sys.argv[1:3]
    with open(results) as f:
        rows = [line.rstrip("\n").split("\t") for line in f]
    with open(readme) as f:
        text = f.read()
    head, rest = text.split(BEGIN)
    new = head + BEGIN + table(rows) + END + rest.split(END)[1]
    if sys.argv[3:] == ["--check"]:
        sys.exit(new != text)
    with open(readme, "w") as f:
        f.write(new)


main()
