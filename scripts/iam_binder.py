# SPDX-License-Identifier: MIT
"""Which members of a request give the variables of an ARN pattern, by their names."""
import collections
import re

from iam_names import PREFIX_OF_GENERIC, norm, stem, words

HOLE = re.compile(r"\{([^{}|]*(?:\{\})?[^{}|]*)(?:\|([^{}]*))?\}")
# Shapes nobody names a resource in: free documents, tags, values of user data.
CLOSED_MEMBERS = re.compile(r"(?i)^(tags?|tagset|tagging|tagspecifications?|.*policy(document|text)?|metadata|filters?|.*payload"
                            r"|expressionattribute\w*|environment|parameters|attributes|.*template(body|document)|data)$")


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
        self.accounts = set()           # likewise
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
