#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# --baseline: is the policy that is there enough for a run, and if not, what is new?
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh
use_way tls
emulator_reset
aws s3api create-bucket --bucket base > /dev/null
echo text > "$WORK/file"

status_of() { # status command...
    local want=$1 got=0
    shift
    "$@" > "$WORK/out" 2> "$WORK/err" || got=$?
    [ "$got" = "$want" ] || { cat "$WORK/err"; echo "exit status $got, not $want"; return 1; }
}
upload=(aws s3 cp "$WORK/file" s3://base/new --no-progress)

check "a run makes the baseline" "$RUN" -o "$WORK/base.json" -- aws s3 ls s3://base
check "the same again needs nothing new" status_of 0 "$RUN" --baseline "$WORK/base.json" -o "$WORK/new.json" -- \
    aws s3 ls s3://base
check "and the policy is empty" grep -q '"Statement": \[\]' "$WORK/new.json"
check "something new: status 4" status_of 4 "$RUN" --baseline "$WORK/base.json" -o "$WORK/new.json" \
    --calls "$WORK/calls" -- sh -c 'aws s3 ls s3://base; "$@"' sh "${upload[@]}"
check "it is said" grep -qx 'leastpriv: new: s3:PutObject on arn:aws:s3:::base/new' "$WORK/err"
# shellcheck disable=SC2016
check "the policy has just that" sh -c 'grep -q s3:PutObject "$1" && ! grep -q s3:ListBucket "$1"' sh "$WORK/new.json"
check "the command's own failure stands" status_of 7 "$RUN" --baseline "$WORK/base.json" -o "$WORK/x.json" -- \
    sh -c '"$@"; exit 7' sh "${upload[@]}"
check "two baselines together are enough" status_of 0 "$RUN" --baseline "$WORK/base.json" \
    --baseline "$WORK/new.json" -o "$WORK/x.json" -- "${upload[@]}"
check "leastpriv policy says the same of the call log" status_of 4 "$BUILD/leastpriv" policy \
    --baseline "$WORK/base.json" "$WORK/calls"
check "  the same policy" cmp "$WORK/out" "$WORK/new.json"
echo '{' > "$WORK/torn.json"
check "a baseline that cannot be read stops before the command" status_of 125 "$RUN" --baseline "$WORK/torn.json" \
    -- touch "$WORK/ran"
check "  which has not run" test ! -e "$WORK/ran"
done_testing
