# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# TAP for shell scripts: `check "name" command ...` is one test; its output is shown when it fails.

tap_n=0
tap_failed=0

tap_result() { # status name
    tap_n=$((tap_n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $tap_n - $2"
    else
        echo "not ok $tap_n - $2"
        # "# TODO reason": known to fail, shown by the runner, not counted.
        case $2 in *"# TODO "*) ;; *) tap_failed=$((tap_failed + 1)) ;; esac
    fi
}

skip() { # name reason
    tap_n=$((tap_n + 1))
    echo "ok $tap_n - $1 # SKIP $2"
}

check() { # name command...
    local name=$1 out status=0
    shift
    out=$("$@" 2>&1) || status=$?
    tap_result "$status" "$name"
    if [ "$status" != 0 ]; then
        printf '%s\n' "$out" | sed 's/^/# /' | head -n "${TAP_LINES:-200}"
    fi
    return 0
}

done_testing() {
    # A plan of none would be taken for skipped: a script that says neither result nor reason is broken.
    [ "$tap_n" != 0 ] || tap_result 1 "a test ran, or said why not"
    echo "1..$tap_n"
    [ "$tap_failed" = 0 ]
}
