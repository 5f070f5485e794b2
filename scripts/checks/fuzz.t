#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every fuzzer: first its corpus, then new inputs: the same ones in every run, so that a commit is
# green or red and not both; or FUZZ_SECONDS seconds of ones never seen, to search. Findings are left
# in $BUILD/fuzz/found/ and belong into tests/fuzz/corpus/ with the fix.
cd "$(dirname "$0")/../.." || exit 1
. scripts/checks/tap.sh
build=${BUILD:-build}
found=$build/fuzz/found
mkdir -p "$found"
inputs="the first new inputs"
bounds=(-seed=1 -runs=15000 -max_total_time=5)
if [ -n "${FUZZ_SECONDS:-}" ]; then
    inputs="$FUZZ_SECONDS s"
    bounds=(-max_total_time="$FUZZ_SECONDS")
fi
for src in tests/fuzz/fuzz_*.c; do
    [ -e "$src" ] || continue
    name=$(basename "$src" .c)
    fuzzer=$build/fuzz/tests/fuzz/$name
    corpus=tests/fuzz/corpus/${name#fuzz_}
    if [ ! -d "$corpus" ] || [ -z "$(ls -A "$corpus")" ]; then
        tap_result 1 "$name has a corpus in $corpus"
        continue
    fi
    check "$name: corpus" "$fuzzer" -runs=0 -rss_limit_mb=2048 -artifact_prefix="$found/$name-" "$corpus"
    work=$(mktemp -d)
    check "$name: $inputs" "$fuzzer" "${bounds[@]}" -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 -artifact_prefix="$found/$name-" "$work" "$corpus"
    rm -rf "$work"
done
done_testing
