#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Signatures, tokens, secret keys and bodies leave no trace: not in the policy, not in the call log,
# not in what is printed, and not in what the shim sent (kept by ringdump, which listens in the
# collector's place).
. "$(dirname "$0")/lib.sh"

use_way http
export AWS_SESSION_TOKEN=lpSessionTokenLpSessionTokenLpSessionToken
cd "$WORK" || exit 1
{
    aws s3 mb s3://lp-in
    aws iam create-role --role-name lp-exec --assume-role-policy-document '{"Version":"2012-10-17","Statement":[]}'
    printf 'def f(e, c): return e\n' >m.py
    python -m zipfile -c m.zip m.py
    aws lambda create-function --function-name lp-fn --runtime python3.12 --handler m.f --zip-file fileb://m.zip \
        --role arn:aws:iam::123456789012:role/lp-exec
} >/dev/null

# Whole, in base64, and percent-encoded; `strings` finds nothing that grep -a would not.
clean() { # secrets file...
    local secrets=$1 forms
    shift
    [ "$(wc -l <"$secrets")" -ge 15 ] || { echo "only $(wc -l <"$secrets") secrets were noted"; return 1; }
    for f in "$@"; do
        [ -s "$f" ] || { echo "$f is empty"; return 1; }
    done
    forms=$(python3 - "$secrets" <<'PY'
import base64, sys, urllib.parse
for s in open(sys.argv[1]).read().split("\n"):
    if s:
        print(s, urllib.parse.quote(s, safe=""), base64.b64encode(s.encode()).decode()[:24], sep="\n")
PY
    )
    ! grep -aF -f <(printf '%s\n' "$forms") "$@"
}

summarised() { # file for stderr, command...
    local err=$1
    shift
    "$@" 2>"$err" || { cat "$err"; return 1; }
}

kept() { # file, command...
    local out=$1 dump status=0
    shift
    "$BUILD/tests/apps/ringdump" "$WORK/dump.sock" >"$out" &
    dump=$!
    while ! grep -q ready "$out"; do sleep 0.05; done
    LD_PRELOAD=$BUILD/libleastpriv.so LEASTPRIV_SOCKET=$WORK/dump.sock "$@" || status=$?
    kill "$dump"
    wait "$dump"
    return $status
}

for way in tls http; do
    use_way $way
    export LP_SECRETS=$WORK/secrets.$way LP_SECRET_MEMBERS=$WORK/members.$way
    check "the program over $way" summarised "err.$way" "$RUN" --verbose -o "policy.$way.json" --calls "calls.$way" -- \
        python "$E2E/clients/talkative.py"
    cat "$LP_SECRETS" "$LP_SECRET_MEMBERS" >all
    check "policy, call log and summary over $way" clean all "policy.$way.json" "calls.$way" "err.$way"
    if [ -x "$BUILD/tests/apps/ringdump" ]; then
        check "the program over $way, everything kept" kept "sent.$way" python "$E2E/clients/talkative.py"
        check "everything the shim sent over $way" clean "$LP_SECRETS" "sent.$way"
        check "  which is not nothing" grep -aq lp-secret "sent.$way"
    else
        skip "everything the shim sent over $way" "no ringdump was built"
    fi
done
done_testing
