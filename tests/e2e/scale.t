#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# 3,200 calls from 64 threads and 16 processes at once: each is in the call log, once, and in the policy.
. "$(dirname "$0")/lib.sh"

use_way sink
cd "$WORK" || exit 1
check "the flood" timeout 300 "$RUN" --strict -o policy.json --calls calls.jsonl -- python "$E2E/clients/flood.py"
check "3,200 lines, nothing else" python3 - <<'PY'
import json
calls = [json.loads(line) for line in open("calls.jsonl")]
assert len(calls) == 3200, len(calls)
assert {c["operation"] for c in calls} == {"PutObject"}, {c["operation"] for c in calls}
assert len({c["pid"] for c in calls}) == 17, len({c["pid"] for c in calls})
assert all(c["status"] == 200 for c in calls), [c for c in calls if c["status"] != 200][:3]
got = sorted(r for c in calls for a in c["actions"] for r in a["resources"])
assert got == sorted(f"arn:aws:s3:::lp-in/n/{i}" for i in range(3200)), got[:3]
PY
check "all keys are in the policy" python3 - <<'PY'
import glob
import json
pairs = set()
for name in glob.glob("policy*.json"):
    for s in json.load(open(name))["Statement"]:
        pairs |= {(a, r) for a in s["Action"] for r in s["Resource"]}
assert pairs == {("s3:PutObject", f"arn:aws:s3:::lp-in/n/{i}") for i in range(3200)}, len(pairs)
PY
done_testing
