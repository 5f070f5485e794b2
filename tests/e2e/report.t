#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The HTML report: whole, safe against hostile names, loads nothing; in headless Chromium by day and by
# night, filtered, and free of what axe-core objects to. Screenshots are left in $BUILD/report/.
cd "$(dirname "$0")/../.." || exit 1
. scripts/checks/tap.sh
build=$(cd "${BUILD:-build}" && pwd) || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$PWD/tests/e2e/report.jsonl
axe=$build/node-browser/node_modules/axe-core/axe.min.js
python=$build/venv/bin/python
[ -x "$python" ] || python=python3
report=$work/report.html

make_report() {
    "$build/leastpriv" policy --report "$report" -o "$work/policy.json" "$@" "$log"
}
well_formed() {
    "$python" - "$report" <<'PY'
import html.parser, sys

class Reader(html.parser.HTMLParser):
    void = {"meta", "input", "br", "link", "img"}

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.scripts = [], set(), 0

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            assert name not in ("src", "action") and not name.startswith("on"), (tag, name)
            assert name != "href" or value.startswith("#"), value
            if name == "id":
                assert value not in self.ids, value
                self.ids.add(value)
        self.scripts += tag == "script"
        assert tag not in ("link", "img", "iframe", "object", "base"), tag
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

reader = Reader()
text = open(sys.argv[1], encoding="utf-8").read()
reader.feed(text)
assert not reader.open and reader.scripts == 1, (reader.open, reader.scripts)
assert "default-src 'none'" in text and "http://" not in text and "https://" not in text
assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;'&amp;?" in text
PY
}
same_again() {
    cp "$report" "$work/first.html" && tac "$log" > "$work/turned.jsonl" &&
        "$build/leastpriv" policy --report "$report" -o "$work/policy.json" "$work/turned.jsonl" &&
        cmp "$work/first.html" "$report"
}
says() { "$python" -c 'import json, sys; r = json.load(open(sys.argv[1])); print(r); sys.exit(not eval(sys.argv[2], {}, r))' "$@"; }

check "a report" make_report
check "it is well-formed, escapes names, and refers to nothing outside" well_formed
check "it does not depend on the order of the calls" same_again
not_followed() {
    echo 'int main(void) { return 0; }' > "$work/still.c" && cc -static -o "$work/still" "$work/still.c" &&
        "$build/leastpriv-run" --ebpf=off --report "$work/run.html" -o "$work/run.json" -- "$work/still" &&
        grep -q "program $work/still" "$work/run.html"
}
check "leastpriv-run writes one too, with what could not be seen" not_followed
if command -v chromium > /dev/null && [ -s "$axe" ]; then
    mkdir -p "$build/report"
    for scheme in light dark; do
        found=$work/$scheme.json
        in_chromium() { "$python" tests/e2e/report_check.py "$report" "$axe" "$build/report/$scheme.png" "$scheme" > "$found"; }
        check "$scheme: opens in Chromium" in_chromium
        check "$scheme: axe-core has nothing to object to" says "$found" "not violations and passes > 20"
        check "$scheme: its own colours" says "$found" "(background == 'rgb(255, 255, 255)') == ('$scheme' == 'light')"
        check "$scheme: nothing is loaded" says "$found" "requests == 0"
        check "$scheme: the keyboard reaches what scrolls, and the filter" says "$found" "unreachable == 0 and focus == 'f-text'"
        check "$scheme: filters by text, identity, refusal" says "$found" \
            "all == 6 and text == 1 and pairs == 1 and count.startswith('1 of 6') and who == 2 and refused == 1 and again == 6"
        check "$scheme: a screenshot" test -s "$build/report/$scheme.png"
    done
else
    skip "in Chromium" "chromium or axe-core ($build/node-browser) is not installed"
fi
done_testing
