#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes collector/model/tables/api/*.tbl from a pinned botocore.

    import_api.py BOTOCORE_DIR OUT_DIR

BOTOCORE_DIR is the folder of the installed package (the one with data/). Only names, patterns and
numbers are taken, no documentation text. The format is described in collector/model/gen/gen.h.
Prints which services and operations came, went and changed. Rows of the hand-kept tables that no
longer apply stop the build: collector/model/gen/gen_api.c names them.
"""

import gzip
import json
import pathlib
import re
import sys

REGION = re.compile(r"^[a-z]{2,4}(-[a-z]+)+-\d+$")
# Words that stand for a region in a host, or say how a host is reached, not whose it is.
NOT_A_SERVICE = {"global", "us-gov", "dualstack", "fips", ""}
PROTOCOLS = {"smithy-rpc-v2-cbor": "cbor"}


def load(path):
    """A model file with its SDK extras merged in."""
    model = json.loads(gzip.open(path).read())
    extras = path.with_name("service-2.sdk-extras.json")
    if extras.exists():
        merge(model, json.loads(extras.read_text())["merge"])
    return model


def merge(into, extra):
    for key, value in extra.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value


def walk_rules(rule):
    if rule.get("type") == "endpoint":
        yield rule["endpoint"]
    for inner in rule.get("rules", []):
        yield from walk_rules(inner)


def host_head(url, suffixes):
    """(labels that name the service, path) of an endpoint URL, or None where a bucket or the
    caller's own endpoint stands in it."""
    match = re.match(r"https?://([^/]*)(/.*)?$", url)
    if not match:
        return None
    host, path = match.group(1), match.group(2) or ""
    if "uthority}" in host or "{" in path:
        return None
    host = re.sub(r"\{\w+#(dnsSuffix|dualStackDnsSuffix)\}$", "@", host)
    for suffix in suffixes:
        if host.endswith("." + suffix):
            host = host[: -len(suffix)] + "@"
            break
    if not host.endswith(".@"):
        return None
    labels = [label for label in host[:-2].split(".")
              if not re.match(r"\{(Region|\w+#(region|implicitGlobalRegion))\}$", label)]
    while labels and "{" in labels[0]:
        labels.pop(0)
    if any("{" in label for label in labels):
        return None
    labels = [re.sub(r"(^fips-|-fips$|-fips(?=-))", "", label) for label in labels]
    labels = [label for label in labels
              if label not in NOT_A_SERVICE and not REGION.match(label)]
    return (".".join(labels), path) if labels else None


def endpoint_facts(folder, suffixes):
    """Host heads, base paths and signing names that the endpoint rules of a service know."""
    hosts, paths, signs = set(), set(), set()
    rules = folder / "endpoint-rule-set-1.json.gz"
    if not rules.exists():
        return hosts, paths, signs
    for endpoint in walk_rules(json.loads(gzip.open(rules).read())):
        for scheme in endpoint.get("properties", {}).get("authSchemes", []):
            name = scheme.get("signingName", "")
            if name and "{" not in name:
                signs.add(name)
        url = endpoint["url"]
        head = host_head(url, suffixes) if isinstance(url, str) else None
        if head:
            hosts.add(head[0])
            if head[1]:
                paths.add(head[1])
    return hosts, paths, signs


def conditions(model, op):
    """What beside method and path marks a request as this operation: literal query parameters of
    the URI (?), required query parameters (+) and required headers (^)."""
    out = []
    path, _, query = op["http"]["requestUri"].partition("?")
    for part in filter(None, query.split("&")):
        out.append("?" + part)
    shape = model["shapes"].get(op.get("input", {}).get("shape"), {})
    members = shape.get("members", {})
    for name in sorted(shape.get("required", [])):
        member = members.get(name, {})
        if member.get("location") == "querystring":
            out.append("+" + member.get("locationName", name))
        elif member.get("location") == "header":
            out.append("^" + member.get("locationName", name).lower())
    return path, out


def op_words(model, name, op, rest):
    words = [name]
    path, conds = conditions(model, op)
    if rest or path != "/" or op["http"]["method"] != "POST":
        words += [op["http"]["method"], path or "/"]
        words += conds if rest else [c for c in conds if c[0] == "?"]
    if op.get("authtype") == "none" or op.get("auth") == ["smithy.api#noAuth"]:
        words.append("!unsigned")
    if op.get("deprecated"):
        words.append("!deprecated")
    prefix = op.get("endpoint", {}).get("hostPrefix")
    if prefix:
        words.append("@" + prefix)
    return words


def service_lines(folder, suffixes, version_of_package):
    versions = sorted(d for d in folder.iterdir() if (d / "service-2.json.gz").exists())
    if not versions:
        return None
    models = [load(d / "service-2.json.gz") for d in versions]
    model = models[-1]
    meta = model["metadata"]
    protocols = [PROTOCOLS.get(p, p) for p in meta.get("protocols") or [meta["protocol"]]]
    first = PROTOCOLS.get(meta["protocol"], meta["protocol"])
    protocols.sort(key=lambda p: p != first)
    rest = first.startswith("rest-")
    if "awsQueryCompatible" in meta and "query" not in protocols:
        protocols.append("query")

    hosts, paths, signs = endpoint_facts(versions[-1], suffixes)
    prefix = meta["endpointPrefix"]
    sign = meta.get("signingName") or prefix
    signs.discard(sign)
    for older in models[:-1]:
        signs.add(older["metadata"].get("signingName") or older["metadata"]["endpointPrefix"])
        hosts.add(older["metadata"]["endpointPrefix"])
    signs.discard(sign)
    hosts.discard(prefix)
    targets = []
    for m in reversed(models):
        target = m["metadata"].get("targetPrefix")
        if target and target not in targets:
            targets.append(target)

    lines = [
        "# Made by scripts/import_api.py from botocore %s (Apache-2.0). Do not edit."
        % version_of_package,
        "dir " + folder.name,
        "id " + meta["serviceId"],
        "sign " + " ".join([sign] + sorted(signs)),
        "host " + " ".join([prefix] + sorted(hosts)),
        "protocol " + " ".join(protocols),
        "version " + " ".join(m["metadata"]["apiVersion"] for m in reversed(models)),
    ]
    if paths:
        lines.append("base " + " ".join(sorted(paths)))
    if targets:
        lines.append("target " + " ".join(targets))
    if meta.get("signatureVersion") == "bearer":
        lines.append("bearer")

    ops, routes = {}, {}
    for m in reversed(models):
        newest = m is model
        m_rest = m["metadata"]["protocol"].startswith("rest-")
        for name, op in m["operations"].items():
            words = op_words(m, name, op, m_rest)
            if name not in ops:
                ops[name] = words + ([] if newest else ["!old"])
            elif m_rest and words[1:] != ops[name][1:]:
                routes.setdefault(name, set()).add(" ".join(w for w in words if w[0] not in "!@"))
    for name in sorted(ops):
        lines.append("op " + " ".join(ops[name]))
        main = " ".join(w for w in ops[name] if w[0] not in "!@")
        for route in sorted(routes.get(name, set()) - {main}, reverse=True):
            lines.append("route " + route)
    return lines


def operations(folder):
    """(service, operation) -> its line, of the tables as they stand."""
    found = {}
    for table in folder.glob("*.tbl"):
        for line in table.read_text().splitlines():
            if line.startswith("op "):
                found[table.stem, line.split()[1]] = line
    return found


def report(before, after):
    """What a reviewer of a new import wants to see first."""
    def names(ops):
        return sorted({service for service, _ in ops})

    for what, services in (("new", set(names(after)) - set(names(before))),
                           ("gone", set(names(before)) - set(names(after)))):
        for service in sorted(services):
            print("%s service %s" % (what, service))
    for what, ops in (("new", set(after) - set(before)), ("gone", set(before) - set(after))):
        for service, op in sorted(ops):
            print("%s operation %s.%s" % (what, service, op))
    for key in sorted(set(before) & set(after)):
        if before[key] != after[key]:
            print("changed operation %s.%s: %s" % (*key, after[key][3:]))
    print("%d services, %d operations" % (len(names(after)), len(after)))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    package, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    init = (package / "__init__.py").read_text()
    version = re.search(r"__version__ = ['\"]([\d.]+)['\"]", init).group(1)
    data = package / "data"
    partitions = json.loads((data / "partitions.json").read_text())["partitions"]
    suffixes = sorted({p["outputs"][k] for p in partitions
                       for k in ("dnsSuffix", "dualStackDnsSuffix")}, key=len, reverse=True)

    out.mkdir(parents=True, exist_ok=True)
    before = operations(out)
    written = {"partitions.tbl"}
    for folder in sorted(d for d in data.iterdir() if d.is_dir()):
        lines = service_lines(folder, suffixes, version)
        if lines:
            (out / (folder.name + ".tbl")).write_text("\n".join(lines) + "\n")
            written.add(folder.name + ".tbl")
    for stale in out.glob("*.tbl"):
        if stale.name not in written:
            stale.unlink()

    lines = ["# Made by scripts/import_api.py from botocore %s (Apache-2.0). Do not edit." % version]
    for part in partitions:
        outputs = part["outputs"]
        lines.append("partition %s %s %s %s" % (part["id"], outputs["dnsSuffix"],
                                               outputs["dualStackDnsSuffix"],
                                               outputs["implicitGlobalRegion"]))
        for prefix in region_prefixes(part["regionRegex"]):
            lines.append("region-prefix %s %s" % (part["id"], prefix))
    (out / "partitions.tbl").write_text("\n".join(lines) + "\n")
    report(before, operations(out))


def region_prefixes(regex):
    """"^(us|eu)\\-\\w+\\-\\d+$" -> ["us-", "eu-"]: the fixed text a region name starts with."""
    head = regex.lstrip("^").replace("\\-", "-").split("\\w")[0]
    match = re.match(r"^([^(]*)\(([^)]*)\)(.*)$", head)
    if not match:
        return [head]
    return [match.group(1) + word + match.group(3) for word in match.group(2).split("|")]


main()
