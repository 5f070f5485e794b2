#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Formatters' and linters' complaints as TAP. One more check is one more line.
cd "$(dirname "$0")/../.." || exit 1
. scripts/checks/tap.sh
export BUILD=${BUILD:-build}

shell_scripts() {
    git ls-files --cached --others --exclude-standard | while read -r f; do
        [ -f "$f" ] || continue
        case $(head -c 64 "$f" | head -n 1) in
        '#!'*bash* | '#!/bin/sh'*) echo "$f" ;;
        esac
    done
}
shellcheck_all() { shell_scripts | xargs -r shellcheck -x -P SCRIPTDIR; }
cppcheck_all() {
    cppcheck --quiet --std=c11 --language=c --inline-suppr -j 2 --error-exitcode=1 \
        --enable=warning,portability,performance --suppress=missingIncludeSystem \
        --suppress=normalCheckLevelMaxBranches --suppress=checkersReport \
        -D_GNU_SOURCE -DLP_VERSION='"0"' -Iinclude -Icollector -Icollector/wire -Ipreload -Iebpf \
        collector preload
}
spdx() {
    git ls-files --cached --others --exclude-standard -- '*.c' '*.h' '*.py' '*.sh' '*.t' |
        while read -r f; do head -n 2 "$f" | grep -q SPDX-License-Identifier || echo "$f"; done |
        { ! grep .; }
}
unsafe_calls() {
    ! grep -nE '\b(strcpy|strcat|sprintf|vsprintf|strtok|alloca|gets)\s*\(' -r include collector preload ebpf \
        --include='*.[ch]'
}

check "clang-format" scripts/checks/format
check "clang-tidy" scripts/checks/tidy
check "cppcheck" cppcheck_all
check "shellcheck" shellcheck_all
check "includes point downwards" scripts/checks/includes
check "each header compiles alone" scripts/checks/headers
check "the shim's exported symbols" scripts/checks/exports
check "manual pages and --help have every option" scripts/checks/manuals
check "no unbounded string calls" unsafe_calls
check "every source names its licence" spdx
check "no registry hosts, machine paths or keys" scripts/checks/words
done_testing
