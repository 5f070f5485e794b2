#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every unit test once more under valgrind.
#
# Valgrind translates the breakpoints that an eBPF probe has put into libraries as if they were the
# program's own, and tests that attach one may run beside this: who dies of that alone (SIGTRAP) is
# run again at the end.
cd "$(dirname "$0")/../.." || exit 1
. scripts/checks/tap.sh
SIGTRAP=133

watched() { # program
    env LP_VALGRIND=1 valgrind --quiet --error-exitcode=99 --leak-check=full \
        --show-leak-kinds=definite,possible --errors-for-leak-kinds=definite,possible \
        --child-silent-after-fork=yes "$1"
}

# until_untrapped PROGRAM: as often as it takes others to detach.
until_untrapped() {
    local status
    for _ in {1..40}; do
        watched "$1"
        status=$?
        [ "$status" = "$SIGTRAP" ] || break
        sleep 3
    done
    return "$status"
}

again=()
for t in "${BUILD:-build}"/tests/unit/test_*; do
    case $t in *.d) continue ;; esac
    [ -x "$t" ] || continue
    name=$(basename "$t")
    if [ "$name" = test_probe ]; then
        skip test_probe "valgrind does not know the calls of BPF links"
        continue
    fi
    status=0
    out=$(watched "$t" 2>&1) || status=$?
    if [ "$status" = "$SIGTRAP" ]; then
        echo "# $name: SIGTRAP, so a probe's breakpoint; once more at the end"
        again+=("$t")
        continue
    fi
    tap_result "$status" "$name"
    [ "$status" = 0 ] || printf '%s\n' "$out" | sed 's/^/# /' | head -n 200
done
for t in "${again[@]}"; do
    check "$(basename "$t"), again" until_untrapped "$t"
done
done_testing
