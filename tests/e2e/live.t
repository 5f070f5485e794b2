#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# --live: the policy while it grows, in the lowest rows of a terminal, line by line elsewhere.
# shellcheck disable=SC2016
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh
use_way tls
emulator_reset
aws s3api create-bucket --bucket live > /dev/null
new='leastpriv: + s3:ListBucket on arn:aws:s3:::live'

# Waits until a file has a line; false after ten seconds.
appears() { # file line
    local i
    for ((i = 0; i < 100; i++)); do
        if grep -qxF -- "$2" "$1"; then return 0; fi
        sleep 0.1
    done
    cat "$1"
    return 1
}
lines_while_it_runs() {
    local status=0 pid
    "$RUN" --live -o "$WORK/p.json" -- sh -c 'aws s3 ls s3://live; read -r go <"$0/go"; aws s3 ls s3://live' "$WORK" \
        > "$WORK/out" 2> "$WORK/err" &
    pid=$!
    appears "$WORK/err" "$new" || status=1
    kill -0 "$pid" || status=1
    echo go > "$WORK/go"
    wait "$pid" || status=1
    [ "$(grep -cxF -- "$new" "$WORK/err")" = 1 ] || status=1
    return "$status"
}
mkfifo "$WORK/go"
check "elsewhere: one line for each new permission, while the command runs" lines_while_it_runs
check "the policy is written as ever" grep -q s3:ListBucket "$WORK/p.json"

collector() {
    local pid status=0
    "$BUILD/leastpriv-collector" --no-udp --live --socket "$WORK/sock" -o "$WORK/c.json" 2> "$WORK/err" &
    pid=$!
    while [ ! -S "$WORK/sock" ]; do sleep 0.05; done
    LEASTPRIV_SOCKET=$WORK/sock LD_PRELOAD=$BUILD/libleastpriv.so aws s3 ls s3://live
    appears "$WORK/err" "$new" || status=1
    kill "$pid"
    wait "$pid" || status=1
    return "$status"
}
check "the collector too" collector

python tests/e2e/live_pty.py 2.5 "$RUN" --live -o "$WORK/t.json" -- \
    sh -c 'seq 40; aws s3 ls s3://live; sleep 2.5; echo bye' > "$WORK/screen" 2>&1
shown() { # what is in the lines of a kind
    grep "^$1: " "$WORK/screen" | sed "s/^$1: //" | grep -qF -- "$2" || { cat "$WORK/screen"; return 1; }
}
check "on a terminal: what is used is shown below" shown during "s3:ListBucket on arn:aws:s3:::live"
check "  under a line that counts" shown during "--- leastpriv: 1 call, 1 action, 1 resource"
check "  in the lowest third" sh -c 'grep "^during: " "$0" | sed -n 17p | grep -q "^during: ---"' "$WORK/screen"
check "  and the command's own lines stay above" sh -c 'grep "^during: " "$0" | sed -n 1,16p | grep -qx "during: 40"' "$WORK/screen"
check "at the end the rows are given back" sh -c 'grep -qx "region: 23" "$0" && ! grep -q "^end: ---" "$0"' "$WORK/screen"
check "  with the command's output and the summary" sh -c 'grep -qx "end: bye" "$0" && grep -q "^end: .*1 AWS call by" "$0"' "$WORK/screen"
done_testing
