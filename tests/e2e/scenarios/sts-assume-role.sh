# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# Two identities, one policy each: a user, known from GetCallerIdentity, and a role, known from the
# answer of AssumeRole alone.
ways="tls http proxy"
calls=3

setup() {
    aws s3 mb s3://lp-in
    aws iam create-user --user-name lp-dev --path /people/
    aws iam create-access-key --user-name lp-dev --output text \
        --query 'join(``, [`LP_KEY=`, AccessKey.AccessKeyId, `\nLP_SECRET=`, AccessKey.SecretAccessKey])' >.names
    aws iam create-role --role-name lp-deploy --path /ci/ --assume-role-policy-document '{"Version":"2012-10-17",
        "Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'
}

client() {
    AWS_ACCESS_KEY_ID=$LP_KEY AWS_SECRET_ACCESS_KEY=$LP_SECRET
    aws sts get-caller-identity
    read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN < <(
        aws sts assume-role --role-arn arn:aws:iam::123456789012:role/ci/lp-deploy --role-session-name ci \
            --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
    export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
    echo one | aws s3 cp - s3://lp-in/out
}
