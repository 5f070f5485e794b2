# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# A user assumes role A, role A assumes role B, and beside them a program takes its credentials from the
# instance metadata: four identities, each with its own policy; asking the metadata is no permission.
ways="tls"
calls=9

setup() {
    local trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'
    aws s3 mb s3://lp-in
    echo text | aws s3 cp - s3://lp-in/report.csv
    aws dynamodb create-table --table-name lp-jobs --attribute-definitions AttributeName=id,AttributeType=S \
        --key-schema AttributeName=id,KeyType=HASH --billing-mode PAY_PER_REQUEST
    aws iam create-user --user-name lp-dev
    aws iam create-access-key --user-name lp-dev --output text \
        --query 'join(``, [`LP_KEY=`, AccessKey.AccessKeyId, `\nLP_SECRET=`, AccessKey.SecretAccessKey])' >.names
    aws iam create-role --role-name lp-a --assume-role-policy-document "$trust"
    aws iam create-role --role-name lp-b --path /batch/ --assume-role-policy-document "$trust"
}

assume() { # role: its credentials replace those in the environment
    read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN < <(
        aws sts assume-role --role-arn "arn:aws:iam::123456789012:role/$1" --role-session-name step \
            --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
    export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
}

# As scripts on instances do: a token, the role's name, its credentials.
instance() {
    local at token role port to
    exec {imds}> >(exec python "$E2E/clients/imds.py" lp-instance ASIARZPUZDIKAMBVUEID >port)
    while [ ! -s port ]; do sleep 0.05; done
    to=(--noproxy '*' -sS --connect-to "169.254.169.254:80:127.0.0.1:$(cat port)")
    at=http://169.254.169.254/latest
    token=$(curl "${to[@]}" -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$at/api/token")
    role=$(curl "${to[@]}" -H "X-aws-ec2-metadata-token: $token" "$at/meta-data/iam/security-credentials/")
    curl "${to[@]}" -H "X-aws-ec2-metadata-token: $token" "$at/meta-data/iam/security-credentials/$role" >credentials
    exec {imds}>&-
    AWS_ACCESS_KEY_ID=$(sed -n 's/.*"AccessKeyId": "\(.*\)".*/\1/p' credentials)
    AWS_SECRET_ACCESS_KEY=$(sed -n 's/.*"SecretAccessKey": "\(.*\)".*/\1/p' credentials)
    AWS_SESSION_TOKEN=$(sed -n 's/.*"Token": "\(.*\)".*/\1/p' credentials)
    rm credentials port
    aws s3api put-object --bucket lp-in --key instance/log
    aws dynamodb get-item --table-name lp-jobs --key '{"id":{"S":"1"}}'
}

client() {
    export AWS_SESSION_TOKEN
    AWS_ACCESS_KEY_ID=$LP_KEY AWS_SECRET_ACCESS_KEY=$LP_SECRET
    aws sts get-caller-identity
    aws s3api list-objects-v2 --bucket lp-in
    assume lp-a
    aws s3api get-object --bucket lp-in --key report.csv report.csv
    assume batch/lp-b
    aws dynamodb put-item --table-name lp-jobs --item '{"id":{"S":"1"}}'
    aws sts get-caller-identity
    instance
}
