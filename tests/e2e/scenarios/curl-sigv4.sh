# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# curl signs by itself; the host is AWS's own, reached through --connect-to.
ways="tls"
calls=5

setup() {
    aws s3 mb s3://lp-in
    aws dynamodb create-table --table-name lp-table --billing-mode PAY_PER_REQUEST \
        --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH
}

client() {
    signed() { # service, then curl's own arguments
        local service=$1
        shift
        curl -fsS --connect-to "::${LP_EMU_TLS#https://}" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
            --aws-sigv4 "aws:amz:us-east-1:$service" "$@"
    }
    echo one >body
    signed s3 -T body https://lp-in.s3.us-east-1.amazonaws.com/dir/a.txt
    signed s3 https://s3.us-east-1.amazonaws.com/lp-in/dir/a.txt | cmp - body
    signed s3 'https://lp-in.s3.us-east-1.amazonaws.com/?list-type=2'
    signed sts -d 'Action=GetCallerIdentity&Version=2011-06-15' https://sts.us-east-1.amazonaws.com/
    signed dynamodb -H 'Content-Type: application/x-amz-json-1.0' -H 'X-Amz-Target: DynamoDB_20120810.GetItem' \
        -d '{"TableName":"lp-table","Key":{"id":{"S":"1"}}}' https://dynamodb.us-east-1.amazonaws.com/
}
