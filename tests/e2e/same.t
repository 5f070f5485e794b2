#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The same program gives the same bytes, whatever the order its threads happen to run in.
. "$(dirname "$0")/lib.sh"

RUNS=${RUNS:-100}
use_way sink
cd "$WORK" || exit 1
runs() {
    local i
    for i in $(seq "$RUNS"); do
        "$RUN" --quiet --strict -o "policy.$i.json" -- /usr/bin/python3 "$E2E/clients/shuffled.py" || return
    done
    sha256sum policy.*.json | cut -d ' ' -f 1 | sort | uniq -c
    [ "$(sha256sum policy.*.json | cut -d ' ' -f 1 | sort -u | wc -l)" = 1 ]
}
check "$RUNS runs, one policy" runs
fill() {
    python3 - <<'PY'
import json
pairs = {(a, r) for s in json.load(open("policy.1.json"))["Statement"] for a in s["Action"] for r in s["Resource"]}
want = {(f"s3:{a}Object", f"arn:aws:s3:::lp-in/k/{i}") for a in ("Get", "Put", "Delete") for i in range(6)}
want |= {("s3:ListBucket", f"arn:aws:s3:::lp-{b}") for b in ("in", "out", "more")}
want |= {(f"dynamodb:{op}Item", f"arn:aws:dynamodb:us-east-1:123456789012:table/{t}")
         for op in ("Get", "Delete") for t in ("one", "two", "three")}
assert pairs == want, pairs ^ want
PY
}
check "and it is the right one" fill
done_testing
