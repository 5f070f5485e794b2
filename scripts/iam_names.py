# SPDX-License-Identifier: MIT
"""Names as AWS's API models and its authorization reference write them, made comparable."""
import re

PREFIX_OF_GENERIC = {"id", "ids", "name", "names", "identifier", "identifiers", "arn", "arns", "resourceid", "resourceids",
                     "resourcename", "resourcearn", "resourcearns", "resource", "resources", "resourceidentifier", "resourceidorarn", "key"}


def words(name):
    """'DBInstanceIdentifiers' -> ['db', 'instance', 'identifiers']"""
    name = re.sub(r"[^A-Za-z0-9]+", " ", name)
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", name)
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return name.lower().split()


def singular(w):
    if w.endswith("ies") and len(w) > 4:
        return w[:-3] + "y"
    if w.endswith(("sses", "xes", "ches")):
        return w[:-2]
    if w.endswith("s") and not w.endswith(("ss", "us", "is", "dns", "aws")):
        return w[:-1]
    return w


def norm(name, plural=False):
    w = words(name)
    if plural and w:
        w[-1] = singular(w[-1])
    return "".join(w)


SUFFIXES = ("identifier", "identifiers", "idorarn", "nameorarn", "arn", "arns", "id", "ids", "names", "name")


def stem(n):
    for s in SUFFIXES:
        if n.endswith(s) and len(n) > len(s):
            return n[: -len(s)]
    return n
