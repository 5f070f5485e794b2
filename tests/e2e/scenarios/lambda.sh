# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# The payload's own FunctionName is the function's business, not the call's.
ways="tls http proxy"
calls=2

setup() {
    aws iam create-role --role-name lp-exec --assume-role-policy-document '{"Version":"2012-10-17","Statement":[]}'
    printf 'def f(e, c): return e\n' >m.py
    python -m zipfile -c m.zip m.py
    aws lambda create-function --function-name lp-fn --runtime python3.12 --handler m.f --zip-file fileb://m.zip \
        --role arn:aws:iam::123456789012:role/lp-exec --publish
}

client() {
    aws lambda invoke --function-name lp-fn --payload '{"FunctionName":"other","Qualifier":"prod"}' out
    aws lambda invoke --function-name lp-fn --qualifier 1 --payload '{}' out
}
