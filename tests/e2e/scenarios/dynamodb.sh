# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
ways="tls http proxy"
calls=3

setup() {
    aws dynamodb create-table --table-name lp-table --billing-mode PAY_PER_REQUEST \
        --attribute-definitions AttributeName=id,AttributeType=S AttributeName=who,AttributeType=S \
        --key-schema AttributeName=id,KeyType=HASH --global-secondary-indexes \
        'IndexName=by-who,KeySchema=[{AttributeName=who,KeyType=HASH}],Projection={ProjectionType=ALL}'
}

client() {
    aws dynamodb put-item --table-name lp-table --item '{"id":{"S":"1"},"who":{"S":"me"}}'
    aws dynamodb query --table-name lp-table --key-condition-expression 'id = :i' \
        --expression-attribute-values '{":i":{"S":"1"}}'
    aws dynamodb query --table-name lp-table --index-name by-who --key-condition-expression 'who = :w' \
        --expression-attribute-values '{":w":{"S":"me"}}'
}
