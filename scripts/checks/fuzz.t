#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every fuzzer: first its corpus, then FUZZ_SECONDS seconds of new inputs (default 3). Findings are
# left in $BUILD/fuzz/found/ and belong into tests/fuzz/corpus/ with the fix.
cd "$(dirname "$0")/../.." || exit 1
. scripts/checks/tap.sh
build=${BUILD:-build}
found=$build/fuzz/found
mkdir -p "$found"
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
    check "$name: ${FUZZ_SECONDS:-3} s" "$fuzzer" -max_total_time="${FUZZ_SECONDS:-3}" -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 -artifact_prefix="$found/$name-" "$work" "$corpus"
    rm -rf "$work"
done
done_testing
