#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scenarios/NAME.sh is a program of real AWS clients, with these parts:
#   ways="tls http proxy"   how it reaches AWS (lib.sh)
#   setup                   what must exist before; not observed
#   client                  the program; runs under leastpriv-run
#   options=(...)           of leastpriv-run, if any
#   calls=N                 AWS calls it makes, lines of the call log that are not metadata
# NAME.json is the whole policy it must leave, byte for byte; where the program uses several
# identities NAME.IDENTITY.json are all of them. @X@ in there stands for the value of LP_X, which
# setup exports for names that AWS makes up.
#
#   scenarios.t [NAME ...]  only these
#
# Scenarios are sourced by name, and set what is read here:
# shellcheck disable=SC1090,SC1091,SC2154,SC2016
. "$(dirname "$0")/lib.sh"

fill_in() { # expected file -> stdout
    local text var
    text=$(cat "$1"; printf .)
    text=${text%.}
    for var in ${!LP_*}; do
        text=${text//@${var#LP_}@/${!var}}
    done
    printf '%s' "$text"
}

run_scenario() ( # name way; prints TAP results without numbers, read by the caller
    name=$1
    options=()
    use_way "$2"
    . "$E2E/scenarios/$name.sh"
    emulator_reset
    # shellcheck disable=SC2317
    aws() { quick "$@"; }
    dir=$WORK/$name.$2
    mkdir -p "$dir/home"
    cd "$dir/home" || exit 1
    if ! (set -e; setup) >"$dir/setup.out" 2>&1; then
        echo "not ok - $name over $2: setup"
        sed 's/^/# /' "$dir/setup.out"
        exit
    fi
    # Setup exports names through a file, as it runs in a shell of its own.
    [ ! -f "$dir/home/.names" ] || { set -a; . "$dir/home/.names"; set +a; rm "$dir/home/.names"; }

    status=0
    timeout 120 "$RUN" "${options[@]}" -o "$dir/$name.json" --calls "$dir/calls.jsonl" -- \
        bash -ec '. "$0"; client' "$E2E/scenarios/$name.sh" >"$dir/out" 2>"$dir/err" || status=$?
    if [ "$status" = 0 ]; then
        echo "ok - $name over $2: exit status"
    else
        echo "not ok - $name over $2: exit status $status"
        tail -n 20 "$dir/err" | sed 's/^/# /'
    fi
    for expected in "$E2E/scenarios/$name".json "$E2E/scenarios/$name".*.json; do
        [ -f "$expected" ] || continue
        fill_in "$expected" >"$dir/expected"
        file=$(basename "$expected")
        if out=$(diff -u --label "expected $file" --label got "$dir/expected" "$dir/$file" 2>&1); then
            echo "ok - $name over $2: $file"
        else
            echo "not ok - $name over $2: $file"
            printf '%s\n' "$out" | sed 's/^/# /'
        fi
        rm -f "$dir/$file"
    done
    # What was compared is gone by now.
    if ! compgen -G "$dir/$name*.json" >/dev/null; then
        echo "ok - $name over $2: no other policy"
    else
        echo "not ok - $name over $2: no other policy"
        head -n 60 "$dir/$name"*.json | sed 's/^/# /'
    fi
    lines=$(grep -vc '"metadata":true' "$dir/calls.jsonl" 2>/dev/null || true)
    if [ "$lines" = "$calls" ]; then
        echo "ok - $name over $2: $calls calls in the log"
    else
        echo "not ok - $name over $2: $calls calls in the log, not $lines"
        cut -c1-300 "$dir/calls.jsonl" | sed 's/^/# /'
        tail -n 12 "$dir/err" | sed 's/^/# /'
    fi
)

# What setup() asks AWS, without the CLI's start. It ends with this shell.
# shellcheck disable=SC2317
quick() { python -IS "$E2E/cli_server.py" "$WORK/cli" "$@"; }
# shellcheck disable=SC2034
exec {cli}> >(exec python "$E2E/cli_server.py" serve "$WORK/cli")
while [ ! -S "$WORK/cli" ] && kill -0 $!; do sleep 0.05; done

if [ $# = 0 ]; then
    set -- "$E2E"/scenarios/*.sh
    set -- "${@##*/}"
    set -- "${@%.sh}"
fi
for name in "$@"; do
    why=$(. "$E2E/scenarios/$name.sh"; if declare -F skip_why >/dev/null; then skip_why; fi)
    if [ -n "$why" ]; then
        skip "$name" "$why"
        continue
    fi
    ways=$(. "$E2E/scenarios/$name.sh"; echo "$ways")
    for way in $ways; do
        while IFS= read -r line; do
            case $line in
            ok*) tap_n=$((tap_n + 1)); echo "ok $tap_n${line#ok}" ;;
            'not ok'*) tap_n=$((tap_n + 1)); tap_failed=$((tap_failed + 1)); echo "not ok $tap_n${line#not ok}" ;;
            *) echo "$line" ;;
            esac
        done < <(run_scenario "$name" "$way")
    done
done
done_testing
