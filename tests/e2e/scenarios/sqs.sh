# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
ways="tls http proxy"
calls=2

# This CLI has a legacy host name for SQS that goes before AWS_ENDPOINT_URL.
aws_sqs() { aws sqs ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} "$@"; }

setup() { aws_sqs create-queue --queue-name lp-queue; }

client() {
    aws_sqs get-queue-url --queue-name lp-queue
    aws_sqs send-message-batch --queue-url https://sqs.us-east-1.amazonaws.com/123456789012/lp-queue \
        --entries 'Id=1,MessageBody=one' 'Id=2,MessageBody=two'
}
