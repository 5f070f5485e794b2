# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# One or two calls to each of the services that a first user is likely to have.
ways="tls http proxy"
calls=14

setup() {
    trust='{"Version":"2012-10-17","Statement":[]}'
    aws iam create-role --role-name lp-exec --assume-role-policy-document "$trust"
    aws iam create-role --role-name lp-task --path /tasks/ --assume-role-policy-document "$trust"
    echo "LP_KEYID=$(aws kms create-key --query KeyMetadata.KeyId --output text)" >.names
    aws secretsmanager create-secret --name lp/db --secret-string s
    aws ssm put-parameter --name /lp/cfg --value v --type String
    aws logs create-log-group --log-group-name /lp/app
    aws logs create-log-stream --log-group-name /lp/app --log-stream-name one
    aws sns create-topic --name lp-topic
    aws ecs create-cluster --cluster-name lp-cluster
    aws cloudformation create-stack --stack-name lp-stack --template-body \
        '{"Resources":{"T":{"Type":"AWS::SNS::Topic","Properties":{"TopicName":"t"}}}}'
}

client() { python "$E2E/clients/wide.py"; }
