#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every unit test once more under valgrind.
cd "$(dirname "$0")/../.." || exit 1
. scripts/checks/tap.sh
for t in "${BUILD:-build}"/tests/unit/test_*; do
    case $t in *.d) continue ;; esac
    [ -x "$t" ] || continue
    if [ "$(basename "$t")" = test_probe ]; then
        skip test_probe "valgrind does not know the calls of BPF links"
        continue
    fi
    check "$(basename "$t")" env LP_VALGRIND=1 valgrind --quiet --error-exitcode=99 --leak-check=full \
        --show-leak-kinds=definite,possible --errors-for-leak-kinds=definite,possible \
        --child-silent-after-fork=yes "$t"
done
done_testing
