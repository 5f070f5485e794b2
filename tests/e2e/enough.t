#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The policies that scenarios.t compares byte for byte are enough and no more (enough.mjs).
cd "$(dirname "$0")/../.." || exit 1
exec node tests/e2e/enough.mjs "${BUILD:-build}/node/node_modules" tests/e2e/scenarios
