#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Unmodified AWS clients under leastpriv-run, against the emulator that `make demo` started.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD_DIR:-$PWD/build}
export PATH="$build:$build/venv/bin:$PATH"
export AWS_ACCESS_KEY_ID=AKIARZPUZDIKAMBVUEID AWS_SECRET_ACCESS_KEY=emulated AWS_DEFAULT_REGION=eu-west-1
export AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_PAGER=
# The emulator's: at AWS itself none of these is needed, leastpriv never is the reason for one.
export HTTPS_PROXY=$LP_EMU_PROXY AWS_CA_BUNDLE=$LP_EMU_CA

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Prints a command as a person would have typed it, then runs it.
run() {
    printf '\n\033[1m$ %s\033[0m\n' "$*"
    "$@"
}
[ -t 1 ] || run() { printf '\n$ %s\n' "$*"; "$@"; }

mkdir report
echo '<h1>June</h1>' >report/index.html
echo 'a,b' >report/data.csv
cat >orders.py <<'PY'
import boto3

table = boto3.client("dynamodb")
table.put_item(TableName="orders", Item={"id": {"S": "1"}, "total": {"N": "12"}})
table.query(TableName="orders", KeyConditionExpression="id = :i", ExpressionAttributeValues={":i": {"S": "1"}})
boto3.client("sqs").send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/123456789012/mail", MessageBody="1")
PY
{
    aws s3 mb s3://acme-reports
    aws sqs create-queue --queue-name mail --endpoint-url https://sqs.eu-west-1.amazonaws.com
    aws dynamodb create-table --table-name orders --billing-mode PAY_PER_REQUEST \
        --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH
} >setup.log 2>&1 || { cat setup.log; exit 1; }

run leastpriv-run -- aws s3 sync report s3://acme-reports/june --no-progress
run cat leastpriv-policy.json
run cat orders.py
run leastpriv-run -o orders.json --calls orders.jsonl -- python orders.py
run cat orders.json
run cat orders.jsonl
