#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Policies from random call logs are enough and no more, by an evaluator nobody here wrote.
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
modules=$build/node/node_modules
if [ ! -d "$modules/@cloud-copilot/iam-simulate" ] || ! command -v node > /dev/null; then
    echo "1..0 # SKIP node or the package @cloud-copilot/iam-simulate is not installed in $modules"
    exit 0
fi
exec node tests/e2e/policy_simulate.mjs "$modules" "$build/leastpriv"
