# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion for bash of leastpriv, leastpriv-run and leastpriv-collector: commands and options as their
# --help has them.

_leastpriv_options() { # command...
    # What all commands take stands in the --help that is not of one.
    { "$@" --help; "$1" --help; } 2>/dev/null | grep -oE '(^|[ ,])--[a-z][a-z-]+' | tr -d ' ,' | sort -u
}

_leastpriv_value() { # option: the words it takes
    case $1 in
    --format) echo json terraform cloudformation cloudformation-json sam cdk text markdown ;;
    --per) echo identity program all ;;
    --limit) echo managed role group user none ;;
    --generalize) echo prefix generated account-wide service-wide ;;
    --account | --region | --partition) echo variable ;;
    --fail-on) echo unused missing unused,missing ;;
    --ebpf) echo auto on off ;;
    --ptrace) echo auto off ;;
    esac
}

_leastpriv() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} program=${COMP_WORDS[0]##*/} words i
    local command=("${COMP_WORDS[0]}")
    # "--format=x" is three words to bash.
    [ "$cur" != = ] || cur=
    [ "$prev" != = ] || prev=${COMP_WORDS[COMP_CWORD - 2]}
    COMPREPLY=()
    if [ "$program" = leastpriv-run ]; then
        # Behind the options stands a command with its own completion.
        for ((i = 1; i < COMP_CWORD; i++)); do
            case ${COMP_WORDS[i]} in
            --) break ;;
            -o | --output | --calls | --identity | --format | --per | --limit | --generalize | --threshold | --account | \
                --region | --partition | --baseline | --report | --model | --ebpf | --ptrace) ((i++)) || : ;;
            -* | =) [ "${COMP_WORDS[i]}" != = ] || ((i++)) || : ;;
            *) break ;;
            esac
        done
        if ((i < COMP_CWORD)); then
            [ "${COMP_WORDS[i]}" != -- ] || ((i++)) || :
            if declare -F _command_offset >/dev/null; then
                _command_offset "$i"
            else
                mapfile -t COMPREPLY < <(compgen -A command -A file -- "$cur")
            fi
            return
        fi
    elif [ "$program" = leastpriv ]; then
        if [ "$COMP_CWORD" = 1 ] || [ "$COMP_CWORD:${COMP_WORDS[1]}" = 2:help ]; then
            words=$("${COMP_WORDS[0]}" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\)  *[a-z].*/\1/p')
            mapfile -t COMPREPLY < <(compgen -W "$words --help --version" -- "$cur")
            return
        fi
        command+=("${COMP_WORDS[1]}")
        if [ "${COMP_WORDS[1]}" = model ] && [ "$COMP_CWORD" = 2 ]; then
            mapfile -t COMPREPLY < <(compgen -W "show add list remove" -- "$cur")
            return
        fi
    fi
    words=$(_leastpriv_value "$prev")
    [ "${command[1]:-}:$prev" != lint:--format ] || words="text json sarif"
    if [ -n "$words" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    elif [ "${cur:0:1}" = - ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_leastpriv_options "${command[@]}")" -- "$cur")
    fi
}
complete -o default -F _leastpriv leastpriv leastpriv-run leastpriv-collector
