#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The same operation with the same members, once as a request and once as CloudTrail records it, needs the same
# permissions on the same resources. CLOUDTRAIL_SERVICES: other folders of botocore to take than these.
cd "$(dirname "$0")/../.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
# shellcheck disable=SC2086
exec env PYTHONDONTWRITEBYTECODE=1 "$build/venv/bin/python" tests/e2e/cloudtrail_bind.py "$build/leastpriv" ${CLOUDTRAIL_SERVICES:-apigateway \
    cloudformation cloudfront dynamodb ecs eks events iam kms lambda rds route53 s3 secretsmanager sns sqs ssm stepfunctions}
