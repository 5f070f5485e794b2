# SPDX-License-Identifier: MIT
"""Resources of an action as templates of ARNs, filled with an operation's members."""
import re

from iam_binder import HOLE, is_arnish, pattern_vars
from iam_hand import ImportFault, dir_match, op_match
from iam_names import PREFIX_OF_GENERIC, norm, stem

AUTO_VARS = ("Partition", "Region", "Account")
ACCOUNT_MEMBERS = {"awsaccountid", "registryid", "catalogid", "accountid", "domainowner"}


class Resources:
    """What the importer knows of ARNs; `iam` and `binds` are the reference and the reviewed exceptions."""

    def __init__(self, iam, binds):
        self.iam, self.binds = iam, binds
        self.arn_leaves, self.arn_types = [], set()

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

    def type_binding(self, svc, op, prefix, tkey, action):
        """The reviewed exception for (service, operation, type), as {var: template} or None."""
        hits = []
        for r in self.binds:
            d, ops, ty, assign, _src, _why = r.cells
            if dir_match(d, svc.dir) and op_match(ops, op) and (ty == tkey or ty == f"{prefix}:{tkey}"):
                hits.append(r)
        return hits

    def auto_resources(self, svc, op, action, leafs, binder, overrides=None, only=None, forced=False):
        """Lines 'res TYPE ARN' for every resource type of the action, and the leaves whose own value may be an ARN.

        `only` names the types wanted; they are always there when `forced`.
        """
        prefix, entry = self.iam.find(action)
        refs = entry["resourceTypes"]
        types = self.iam.types[prefix]
        lines, arn_leaves, named = [], [], False
        self.arn_leaves = []
        single = len(refs) == 1
        strong = set()
        acct = None
        for m in binder.members:
            if m.path in binder.accounts or (m.depth == 1 and norm(m.name) in ACCOUNT_MEMBERS and m.path not in binder.not_accounts):
                acct = m
        for ref in refs:
            t = types[ref["name"].lower()]
            tkey = t["key"]
            if only is not None and tkey not in only:
                continue
            required = ref["required"] or forced
            req = "!" if required else ""
            rows = self.type_binding(svc, op, prefix, tkey, action)
            ov = (overrides or {}).get(tkey)
            done = False
            sources = []
            if ov is not None:
                sources = [(None, ov)]
            else:
                sources = [(r, self.parse_assign(r, r.cells[3])) for r in rows]
            for r, alts in sources:
                if r is not None and "Tag" in entry["name"]:     # the copy gets them
                    alts = [a for a in alts if not re.search(r"\{[sS]ource\w+\}", str(a))] or alts
                for a in alts:
                    got = self.emit_template(svc, op, r, t, tkey, req, a, leafs, binder, single, acct, lines)
                    if got:
                        done = True
                        if r is not None:
                            r.use(svc.dir, op)
                        named = True
                if done and not any(a.get("+") for a in alts):
                    pass
            if done:
                strong.add(tkey)
                continue
            for p in t["patterns"]:
                vs = [v for v in pattern_vars(p) if v not in AUTO_VARS]
                if not vs:
                    if required or single:
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
                    if required or (bound and single):
                        lines.append((tkey, req, self.arn(p, {v: "{%d}" % leafs.add(m.path) for v, m in bound.items()}, leafs, acct)))
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
