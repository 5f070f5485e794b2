#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `make model` would change nothing: the committed tables are what the pinned packages and the
# hand-kept tables give.
cd "$(dirname "$0")/../.." || exit 1
. scripts/checks/tap.sh
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
TAP_LINES=40
check "the import runs" scripts/model.sh "$out"
for part in api iam bind trail; do
    check "tables/$part is what it writes" diff -r "collector/model/tables/$part" "$out/$part"
done

# An import that is ended while it writes.
mkdir -p "$out/build/venv/bin"
cat >"$out/build/venv/bin/python" <<'SH'
#!/bin/sh
case $1 in */import_iam.py) ;; *) exit 0 ;; esac
while [ $# -gt 1 ]; do shift; done
rm "$1"/iam/*
exit 1
SH
chmod +x "$out/build/venv/bin/python"
# shellcheck disable=SC2016
check "one that ends midway leaves the tables as they were" bash -c \
    '! BUILD=$1/build scripts/model.sh "$1" && diff -r collector/model/tables/iam "$1/iam" && [ "$(echo "$1".*)" = "$1.*" ]' sh "$out"
done_testing
