#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Output judged by what others made: policies by parliament, CDK code by the TypeScript compiler and the CDK's own types,
# SARIF by its schema; call logs by the schema that we document.
. "$(dirname "$0")/lib.sh"
modules=$BUILD/node-judges/node_modules
log=$E2E/policy_formats.jsonl

# Judged by actions that AWS had when parliament's list of them was made.
known() {
    cat <<'LOG'
{"v":1,"accessKeyId":"AKIARZPUZDIKAMBVUEID","service":"S3","operation":"A","actions":[{"action":"s3:GetObject","resources":["arn:aws:s3:::acme/june/a${*}b","arn:aws:s3:::acme/é"]},{"action":"s3:PutObject","resources":["arn:aws:s3:::acme/june/x"]},{"action":"s3:ListBucket","resources":["arn:aws:s3:::acme"]},{"action":"s3:ListAllMyBuckets","resources":["*"]}],"source":"shim"}
{"v":1,"accessKeyId":"AKIARZPUZDIKAMBVUEID","service":"SQS","operation":"B","actions":[{"action":"sqs:SendMessage","resources":["arn:aws:sqs:us-east-1:123456789012:mail"]},{"action":"dynamodb:Query","resources":["arn:aws:dynamodb:us-east-1:*:table/orders"]},{"action":"iam:PassRole","resources":["arn:aws:iam::*:role/worker"],"conditions":[{"op":"StringEquals","key":"iam:PassedToService","value":"lambda.amazonaws.com"}]},{"action":"lambda:InvokeFunction","resources":["arn:aws:lambda:us-east-1:123456789012:function:f"]}],"source":"shim"}
{"v":1,"accessKeyId":"AKIARZPUZDIKAMBVUEID","service":"EC2","operation":"C","actions":[{"action":"ec2:DescribeInstances","resources":["*"]},{"action":"ec2:TerminateInstances","resources":["arn:aws:ec2:us-east-1:123456789012:instance/i-0a"]},{"action":"kms:Decrypt","resources":["arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"]},{"action":"secretsmanager:GetSecretValue","resources":["arn:aws:secretsmanager:us-east-1:123456789012:secret:db-??????"]},{"action":"logs:CreateLogStream","resources":["arn:aws:logs:us-east-1:123456789012:log-group:/app:log-stream:x"]}],"source":"shim"}
LOG
}

judged() { # options of leastpriv policy
    "$BUILD/leastpriv" policy "$@" "$WORK/known.jsonl" >"$WORK/known.json" &&
        "$BUILD/venv/bin/parliament" --json --minimum_severity LOW <"$WORK/known.json" >"$WORK/judgement" &&
        ! grep . "$WORK/judgement"
}
objects() { "$BUILD/venv/bin/parliament" <"$WORK/wrong.json" | grep "Unknown action"; }
known >"$WORK/known.jsonl"
if [ -x "$BUILD/venv/bin/parliament" ]; then
    check "parliament finds nothing in a policy" judged
    check "  with reading and writing apart" judged --split-access
    check "  without a size limit" judged --limit none
    echo '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObjekt","Resource":"*"}]}' >"$WORK/wrong.json"
    check "parliament does look" objects
else
    skip "parliament" "it is not installed in $BUILD/venv"
fi

compiled() {
    local n=0 options
    rm -rf "$WORK/cdk" && mkdir "$WORK/cdk" && ln -s "$modules" "$WORK/cdk/node_modules" || return
    for options in "" "--split-access" "--account variable --region variable --partition variable" \
        "--generalize=prefix --threshold 2"; do
        n=$((n + 1))
        # shellcheck disable=SC2086
        "$BUILD/leastpriv" policy --format cdk $options "$log" >"$WORK/cdk/policy$n.ts" || return
    done
    cat >"$WORK/cdk/tsconfig.json" <<'JSON'
{"compilerOptions": {"strict": true, "noEmit": true, "target": "ES2022", "module": "commonjs", "moduleResolution": "node",
 "skipLibCheck": true, "preserveSymlinks": true, "types": []}, "include": ["policy*.ts"]}
JSON
    node "$modules/typescript/bin/tsc" -p "$WORK/cdk"
}
# What the CDK makes of the code is what the JSON says; it sorts statements' members and unwraps lists of one.
synthesised() { # options
    "$BUILD/leastpriv" policy "$@" "$log" >"$WORK/want.json" && "$BUILD/leastpriv" policy --format cdk "$@" "$log" >"$WORK/synth.ts" &&
        node "$E2E/judges/synth.cjs" "$modules" "$WORK/synth.ts" >"$WORK/got.json" || return
    python - "$WORK/want.json" "$WORK/got.json" <<'PY'
import json, sys
listed = lambda v: sorted(v) if isinstance(v, list) else [v]
want, got = [{s["Sid"]: (s["Effect"], listed(s["Action"]), listed(s["Resource"]),
                         {o: {k: listed(x) for k, x in c.items()} for o, c in s.get("Condition", {}).items()})
              for s in json.load(open(f))["Statement"]} for f in sys.argv[1:]]
assert want == got and want, (want, got)
PY
}
valid() { node "$E2E/judges/validate.cjs" "$modules" "$@"; }

sarif() {
    "$BUILD/leastpriv" lint --format sarif "$@" >"$WORK/lint.sarif"
    [ $? -le 1 ] && valid "$modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json" "$WORK/lint.sarif"
}
schema=$PWD/scripts/man/leastpriv-calls.schema.json
live() {
    use_way tls
    "$RUN" --quiet -o "$WORK/live.json" --calls "$WORK/live.jsonl" -- sh -c \
        'aws s3 mb s3://lp-judged && aws sts get-caller-identity && aws sqs list-queues; aws s3 cp s3://lp-judged/none - || true' \
        >/dev/null 2>&1 && valid "$schema" "$WORK/live.jsonl" lines
}
refused() {
    echo '{"v":1,"operation":1}' >"$WORK/wrong.jsonl"
    ! valid "$schema" "$WORK/wrong.jsonl" lines
}
merged() { "$BUILD/leastpriv" merge -o "$WORK/merged.jsonl" "$WORK/live.jsonl" "$log" && valid "$schema" "$WORK/merged.jsonl" lines; }

if [ -d "$modules/typescript" ] && command -v node >/dev/null; then
    check "the TypeScript compiler takes CDK code" compiled
    check "  and the CDK makes the same policy of it" synthesised
    check "  with the template's own account, region and partition" synthesised --account variable --region variable --partition variable
    check "SARIF of findings is valid by its schema" sarif tests/fuzz/corpus/policy/mistakes.json
    check "SARIF without findings, too" sarif "$WORK/known.json"
    check "a call log is valid by the documented schema" live
    check "a merged one, too" merged
    check "the schema does look" refused
else
    skip "TypeScript, SARIF and call logs" "node or $modules is missing"
fi
done_testing
