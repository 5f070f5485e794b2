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
done_testing
