#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# EC2's calls and their records in CloudTrail, which has forms of its own for them, need the same permissions.
cd "$(dirname "$0")/../.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
exec env PYTHONDONTWRITEBYTECODE=1 "$build/venv/bin/python" tests/e2e/cloudtrail_ec2.py "$build/leastpriv"
