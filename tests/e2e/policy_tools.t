#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The subcommands of leastpriv that read policies and call logs: findings with their places, and exit statuses.
cd "$(dirname "$0")/../.." || exit 1
. scripts/checks/tap.sh
build=$(cd "${BUILD:-build}" && pwd) || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$PWD/tests/e2e/report.jsonl
cd "$work" || exit 1

says() { # status text command...: the status, and the text somewhere in what is said
    local status=$1 text=$2 got=0
    shift 2
    "$build/leastpriv" "$@" > out 2>&1 < /dev/null || got=$?
    if [ "$got" != "$status" ]; then cat out; echo "exit status $got, not $status"; return 1; fi
    [ -z "$text" ] || grep -qF -- "$text" out || { cat out; return 1; }
}

run_says() { # status text argument...: the same of leastpriv-run
    local status=$1 text=$2 got=0
    "$build/leastpriv-run" --ebpf=off "${@:3}" > out 2>&1 < /dev/null || got=$?
    [ "$got:$(grep -cF -- "$text" out)" = "$status:1" ] || { cat out; echo "exit status $got, not $status"; return 1; }
}

policy() { # file statement...
    local file=$1
    shift
    printf '{\n"Version": "2012-10-17",\n"Statement": [\n%s\n]\n}\n' "$*" > "$file"
}
policy everything.json '{"Effect": "Allow", "Action": "*:*", "Resource": "*"}'
policy web.json '{"Effect": "Allow", "Action": ["secretsmanager:*", "s3:*", "sqs:*"], "Resource": "*"}'
policy mixed.json '{"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]}'
policy good.json '{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}'
policy typo.json '{"Effect": "Allow", "Action": "s3:GetObjekt", "Resource": "arn:aws:s3:::b/*"}'
echo '{"Version": }' > torn.json

check "lint: *:*" says 1 'everything.json:4:31: error: "*:*" allows every action [full-access]' lint everything.json
for service in secretsmanager s3 sqs; do
    check "lint: $service:*" says 1 "\"$service:*\" allows all" lint web.json
done
check "lint: on *" says 1 'are allowed on "*" [any-resource]' lint web.json
check "lint: bucket and objects in one statement" says 1 'mixed.json:4:1: warning: "s3:GetObject" does not work on "arn:aws:s3:::b"' \
    lint mixed.json
check "lint: an action that is none" says 1 'typo.json:4:31: error: "s3:GetObjekt" matches no action' lint typo.json
policy short.json '{"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam"}'
check "lint: an ARN that ends early" says 1 '"arn:aws:iam" is no whole ARN: AWS takes "*" for what is missing' lint short.json
check "  gives what it gives" says 1 'iam:CreateAccessKey can be used to gain more permissions' lint short.json
fits() { ! "$build/leastpriv" lint "$1" | grep -q fits-no; }
check "  and is no resource that fits nothing" fits short.json
policy owned.json '{"Effect": "Allow", "Action": "ssm:SendCommand", "Resource": "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"}'
check "lint: what AWS owns has no account, which is a note and no mistake" says 0 'owned.json:4:62: note: ' lint owned.json
stars=$(printf '%0900d' 0 | tr 0 '*')
many=$(for i in {1..50}; do printf '%s{"Effect": "Allow", "Action": "*:*e*", "Resource": "arn:*:*:*:*:%s%s"}' "${sep:-}" "$stars" "$i"; sep=,; done)
policy stars.json "$many"
soon() { (ulimit -t 3 && says "$@"); } # says, within three seconds of the processor
check "lint: many wildcards beside each other" soon 1 stars.json lint stars.json
check "  and diff of them" soon 0 'unused: stars.json' diff stars.json <(
    for i in {1..9999}; do
        echo '{"v":1,"service":"S3","operation":"GetObject","actions":[{"action":"s3:GetObject","resources":["arn:aws:s3:::b/'"$i"'"]}]}'
    done
)
for i in {1..20000}; do
    echo '{"v":1,"service":"S3","operation":"GetObject","actions":[{"action":"s3:GetObject","resources":["arn:aws:s3:::b/'"$i"'"]}]}'
done > names.jsonl
"$build/leastpriv" policy --limit none -o names.json names.jsonl 2> /dev/null
check "diff: as many resources as calls" soon 0 '' diff --fail-on unused,missing names.json names.jsonl
check "lint: nothing to object to" says 0 '' lint good.json
check "lint: no such format" says 2 '--format takes text, json or sarif, not "x"' lint --format x good.json
check "lint: unusable" says 2 'torn.json:1:13:' lint torn.json
check "lint: as JSON" says 1 '"rule": "full-access"' lint --format json everything.json
check "lint: as SARIF" says 1 '"ruleId": "full-access"' lint --format sarif everything.json

check "policy: what one identity needs" says 0 's3:ListBucket' policy --identity deploy "$log"
"$build/leastpriv" policy --identity deploy -o deploy.json "$log" 2> /dev/null
check "verify: enough for that identity" says 0 '0 of 4 recorded permissions refused' verify --identity deploy deploy.json "$log"
check "verify: not for all" says 1 'not allowed: dynamodb:Query on' verify deploy.json "$log"
policy query.json '{"Effect": "Allow", "Action": ["dynamodb:*", "sqs:*"], "Resource": "*"}'
policy never.json '{"Effect": "Deny", "Action": "dynamodb:Query", "Resource": "*"}'
check "verify: all documents of a split together" says 0 '0 of ' verify deploy.json query.json "$log"
check "  in any order, and more than one log" says 0 '0 of ' verify query.json deploy.json "$log" "$log"
check "  what one denies is denied" says 1 'denied: dynamodb:Query on' verify deploy.json query.json never.json "$log"
check "  a policy of no use among them" says 2 'torn.json: not a call log' verify deploy.json torn.json "$log"
check "  policies only" says 2 'leastpriv diff --baseline OLD NEW' verify deploy.json query.json
check "diff: all is used, nothing is missing" says 0 '' diff --identity deploy --fail-on unused,missing deploy.json "$log"
check "  and nothing is said" test ! -s out
check "  of a split policy" says 0 '' diff --fail-on missing deploy.json query.json "$log"
check "    each in its own file" says 0 'unused: query.json:4:' diff deploy.json query.json "$log"
check "    as JSON" says 0 '"file": "query.json", "line": 4' diff --json deploy.json query.json "$log"
check "diff: what is missing" says 1 'missing: dynamodb:Query on' diff --fail-on missing deploy.json "$log"
check "diff: is said and no failure when not asked for" says 0 'missing: dynamodb:Query on' diff deploy.json "$log"
check "diff: wildcards are expanded" says 1 'unused: web.json:4:52: s3:* (3 used of 1' diff --fail-on unused --tightened tight.json web.json "$log"
check "  and the tightened policy has what was used" grep -qF arn:aws:s3:::acme-reports/june/1.csv tight.json
check "  no more, no less" says 0 '' diff --identity deploy --fail-on missing tight.json "$log"
check "explain: an action without its service" says 2 'begins with its service' explain Query "$log"
check "explain: an action" says 0 '2 × DynamoDB:Query by arn:aws:iam::029608264753:role/worker-role in /opt/app/worker' explain 'dynamodb:*' "$log"
for when in 3 1 2; do
    printf '{"v":1,"time":"2026-01-0%sT00:00:00Z","accessKeyId":"ASIARZPUZDIKAMBVUE0%s","identity":"arn:aws:iam::123456789012:role/r","service":"S3","operation":"GetObject","actions":[{"action":"s3:GetObject","resources":["arn:aws:s3:::b/k"]}]}\n' $when $when
done > sessions.jsonl
tac sessions.jsonl > turned.jsonl
same_lines() { cmp <("$build/leastpriv" explain s3:GetObject sessions.jsonl) <("$build/leastpriv" explain s3:GetObject turned.jsonl); }
check "explain: the same in whatever order the evidence came" same_lines
check "explain: a statement" says 0 's3:ListBucket on arn:aws:s3:::acme-reports' explain --policy deploy.json S3ListBucket "$log"
check "explain: nothing" says 1 'no recorded call needs it' explain iam:PassRole "$log"
check "explain: no such statement" says 2 'has no statement "X"' explain --policy deploy.json X "$log"

wrapped() { # file: as `aws iam get-policy-version` prints the document, with a byte order mark before it
    printf '\357\273\277{"PolicyVersion": {"VersionId": "v3", "Document":\n' > "$1"
    cat web.json >> "$1"
    printf ', "IsDefaultVersion": true}}\n' >> "$1"
}
wrapped wrapped.json
check "lint: a document as the CLI prints it" says 1 'wrapped.json:5:52: warning: "s3:*" allows all' lint wrapped.json
check "verify: the same" says 0 '0 of ' verify --identity deploy wrapped.json "$log"
printf '{"v":1,"service":"S3","operation":"X","actions":[{"action":"s3:Frobnicate","resources":["*"]}],"status":403}\n' > odd.jsonl
check "policy: an action that no reference knows is named" says 0 'leastpriv: s3:Frobnicate: no action of that name' policy odd.jsonl
check "  refused calls are told of" says 0 'AWS refused 1 of 1 call; the policy allows it' policy odd.jsonl
printf '{"v":1,"service":"S3","operation":"GetObject","actions":[],"status":403}\n' > unsigned.jsonl
check "  one without a signature is not said to be allowed" says 0 'no call needs a permission' policy unsigned.jsonl
check "  neither as refused" bash -c '! grep -F "the policy allows" out'
nobody='the evidence has no "nobody"; it has arn:aws:iam::'
check "an identity that nobody has: verify" says 2 "$nobody" verify --identity nobody deploy.json "$log"
check "  diff" says 2 "$nobody" diff --identity nobody deploy.json "$log"
check "  policy" says 2 "$nobody" policy -o none.json --identity nobody "$log"
check "    leaves none" test ! -e none.json
check "  nor anybody else" says 2 'the evidence has no "nobody", and nobody else' verify --identity nobody deploy.json /dev/null
printf '{"v":1,"facts":[{"accessKeyId":"AKIAIDLE","kind":"caller","value":"arn:aws:iam::123456789012:user/idle"}]}\n' > idle.jsonl
check "  who needs nothing is somebody" says 0 '0 of 0 recorded permissions refused' verify --identity idle deploy.json idle.jsonl
for account in 111111111111 222222222222; do
    printf '{"v":1,"service":"S3","operation":"X","identity":"arn:aws:iam::%s:role/twin","actions":[{"action":"s3:GetObject","resources":["arn:aws:s3:::b/k"]}]}\n' $account
done > twins.jsonl
twins='"twin" is the name of 2 identities: arn:aws:iam::111111111111:role/twin arn:aws:iam::222222222222:role/twin'
check "an identity's name that two accounts have: policy" says 0 "$twins" policy --identity twin twins.jsonl
check "  diff" says 0 "$twins" diff --identity twin deploy.json twins.jsonl
one() { says 0 '' policy --identity arn:aws:iam::111111111111:role/twin twins.jsonl && ! grep identities out; }
check "  of one account" one
cp twins.jsonl keep.jsonl
check "policy: evidence is not written over" says 2 'keep.jsonl: --output would take its place' policy -o ./keep.jsonl keep.jsonl
check "  nor by a report" says 2 'keep.jsonl: --report would take its place' policy --report keep.jsonl keep.jsonl
check "  nor by a call log of what is captured in it" says 2 'keep.jsonl: --calls would take its place' \
    pcap --calls "$PWD/keep.jsonl" keep.jsonl
check "  neither is it gone" cmp twins.jsonl keep.jsonl
(cat twins.jsonl; printf '{"v":1,"time":"2026-0') > torn.jsonl
cp deploy.json keep.json
cp deploy.json leastpriv-policy.json
check "policy: a baseline is not written over" says 2 'keep.json: --output would take its place' \
    policy --baseline keep.json -o ./keep.json "$log"
check "  nor by a run" run_says 125 'keep.json: --output would take its place' --baseline keep.json -o keep.json -- touch ran
check "  whose default name it has" run_says 125 'leastpriv-policy.json: --output would take its place; name another file' --baseline leastpriv-policy.json -- touch ran
check "  before the command runs" test ! -e ran
cp good.json many.deploy.json
check "  nor by a policy of several" says 2 'not written: many.deploy.json is a baseline' \
    policy --baseline many.deploy.json -o many.json "$log"
check "    as it was" cmp good.json many.deploy.json
check "diff: --tightened takes no operand's place" says 2 'keep.jsonl: --tightened would take its place' \
    diff --tightened keep.jsonl deploy.json keep.jsonl
check "  nor a policy's" says 2 'keep.json: --tightened would take its place' diff --tightened keep.json keep.json "$log"
check "  both are there" cmp deploy.json keep.json
check "policy: a torn line is skipped" says 0 'torn.jsonl: a call log with lines that cannot be read: calls may be missing' \
    policy -o ours.json torn.jsonl
check "  which --strict takes for what it is" says 3 'torn.jsonl:3: skipped: ' policy --strict -o ours.json torn.jsonl
"$build/leastpriv" merge -o merged.jsonl torn.jsonl 2> /dev/null
check "  also behind a merge" says 3 'torn.jsonl: a call log' policy --strict -o ours.json merged.jsonl
gzip -c twins.jsonl > twins.jsonl.gz
{ gzip -c twins.jsonl; gzip -c idle.jsonl; } > both.gz
"$build/leastpriv" merge -o both.jsonl twins.jsonl idle.jsonl
unpacked() { "$build/leastpriv" merge "$1" | cmp both.jsonl - && "$build/leastpriv" merge - < "$1" | cmp both.jsonl -; }
check "a log that is gzipped, as who rotates logs leaves it" unpacked both.gz
check "  verify takes it for no policy" says 0 '0 of 2 recorded permissions refused' verify everything.json twins.jsonl.gz
for i in $(seq 400); do sed "s,b/k,b/$i," twins.jsonl; done | gzip -c | head -c 1000 > torn.gz
check "  one that breaks off: what was there before" says 3 'the gzip file ends in the middle' policy --strict --per all --limit none torn.gz
check "    is in the policy" grep -q s3:GetObject out
head -c 30 twins.jsonl.gz > torn.gz
check "  one that breaks off at once" says 2 'torn.gz: not a call log, as --calls FILE writes it (line 1: the gzip file ends in the middle)' \
    policy torn.gz
if [ "$(id -u)" = 0 ] && mkdir small && mount -t tmpfs -o size=16k tmpfs small 2> /dev/null; then
    for k in $(seq 40); do sed "s,b/k,&$k," twins.jsonl; done > small/log.jsonl 2> /dev/null
    cp small/log.jsonl before.jsonl
    check "merge: in a log's own place, where there is no room" says 2 'small/log.jsonl: No space left' \
        merge -o small/log.jsonl small/log.jsonl
    check "  the log is as it was" cmp before.jsonl small/log.jsonl
    umount small
else
    skip "merge: in a log's own place, where there is no room" "may not mount here"
fi
check "two outputs in one place" says 2 'standard output: --calls and --output need files of their own' \
    cloudtrail --calls - keep.jsonl
nothing_captured() {
    ! "$build/leastpriv-collector" --pcap-filter 'port 80' 2>err && grep -q 'nothing is captured without --pcap' err
}
check "a filter of packets that nobody captures" nothing_captured
no_process() { ! "$build/leastpriv-collector" --pid 0 2>err && grep -q 'no process has the number 0' err; }
check "a process that none is" no_process
check "a number of names for nothing" says 2 '--threshold does nothing without --generalize' policy --threshold 3 keep.jsonl
check "a region of another partition" says 2 'region us-east-1 is not in partition aws-cn' \
    policy --region us-east-1 --partition aws-cn keep.jsonl
check "  of the same" says 0 '' policy --region cn-north-1 --partition aws-cn -o ours.json keep.jsonl
check "  of any" says 0 '' policy --region us-east-1 --partition variable -o ours.json keep.jsonl
collector_says() { ! "$build/leastpriv-collector" --socket none.sock "${@:2}" 2>err && grep -qF -- "$1" err; }
check "  and for the collector" collector_says 'not in partition' --region us-east-1 --partition aws-cn -o ours.json
check "a report in the policy's place" collector_says 'need files of their own' --report ours.json -o ours.json
tightens() { "$build/leastpriv" diff --tightened - web.json "$log" 2>said >tight && python3 -m json.tool <tight && grep '^unused: web.json' said; }
check "diff: a policy on standard output is alone there" tightens
check "diff: two things on standard output" says 2 '--json and --tightened need outputs' diff --json --tightened - deploy.json "$log"
check "lint: rules of a policy" says 2 'takes --rules without anything else' lint --rules deploy.json
check "diff: --fail-on without a word" says 2 '--fail-on takes unused,missing' diff --fail-on '' deploy.json "$log"
check "policy: a policy is no call log" says 2 'deploy.json: a policy document, where a call log must stand' policy deploy.json
check "  nor is one from a pipe" says 2 'not a call log, as --calls FILE writes it' policy <(cat deploy.json)
check "verify: operands in the wrong order are told apart" says 2 'report.jsonl:1:1: a call log, where a policy document must stand' \
    verify "$log" deploy.json
check "lint: so is a call log" says 2 'a call log, where a policy' lint "$log"
check "diff: a place that --tightened cannot be written to is named" says 2 'the policy is not written: none/x: No such file' \
    diff --tightened none/x deploy.json "$log"
check "--model without a name" says 2 '--model takes the name of a file' policy --model
check "--model of a folder" says 2 'Is a directory' policy --model . "$log"
check "policy: nothing to allow" says 0 'no call of that identity needs a permission: the policy is empty' policy --identity idle idle.jsonl
printf '{"v":1,"service":"SQS","operation":"X","accessKeyId":"AKIAOLD","actions":[{"action":"sqs:SendMessage","resources":["arn:aws:sqs:eu-west-1:*:q"]}]}\n' > nobody.jsonl
policy queue.json '{"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:eu-west-1:123456789012:q"}'
check "verify: calls that tell no account are in the policy's" says 0 '0 of 1' verify queue.json nobody.jsonl
check "  or in another" says 1 'arn:aws:sqs:eu-west-1:210987654321:q' verify --account 210987654321 queue.json nobody.jsonl
check "  which those that tell one are not" says 0 '0 of 4' verify --account 210987654321 --identity deploy deploy.json "$log"
check "  and which is an account" says 2 '--account takes 12 digits' verify --account 12 queue.json nobody.jsonl
check "  for policy, too" says 2 '--account takes 12 digits' policy --account abc nobody.jsonl
check "  nor is nothing an account" says 2 '--account takes 12 digits' policy --account '' nobody.jsonl
policy ip.json '{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}'
check "verify: what hangs on more than a log tells" says 1 '; it depends on aws:SourceIp, which the evidence does not tell' \
    verify ip.json "$log"
echo '{"v":1,"service":"S3","operation":"GetObject","actions":[{"action":"s3:GetObject","resources":["arn:aws:s3:::*/*"],"flags":["unpinned"]}]}' > pinless.jsonl
for op in StringEqualsIfExists StringNotEquals ForAllValues:StringEquals; do
    policy untold.json '{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"'$op'": {"aws:SourceVpce": "vpce-1"}}}'
    check "verify: what $op allows where the key is absent, of which a log tells nothing" says 1 \
        'not allowed: dynamodb:Query on ' verify untold.json "$log"
    check "  the key is named" grep -q '; it depends on aws:SourceVpce, which the evidence does not tell' out
    check "  beside what allows it without" says 0 '0 of 6' verify untold.json everything.json "$log"
    check "  of a call whose resource is not known" says 1 'recorded permission refused' verify untold.json pinless.jsonl
    check "  the key is named" grep -q '; it depends on aws:SourceVpce, which the evidence does not tell' out
    check "  beside what allows it without" says 0 '0 of 1 ' verify untold.json good.json pinless.jsonl
    policy untold.json '{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:sns:*", "Condition": {"'$op'": {"aws:SourceVpce": "vpce-1"}}}'
    check "  and that of all but some" says 1 'it depends on aws:SourceVpce' verify untold.json pinless.jsonl
done
policy plain.json '{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}'
check "  a Deny that asks for a value that no log tells" says 0 '0 of 6' verify everything.json plain.json "$log"
policy told.json '{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEqualsIfExists": {"aws:PrincipalAccount": ["123456789012", "029608264753"]}}}'
check "  of a key that the log tells" says 0 '0 of 6' verify told.json "$log"
# Statements on one resource that differ in two conditions.
n=8000
policy pairs.json "$(for ((i = 0; i < n; i++)); do
    printf '%s{"Effect": "Allow", "Action": "sns:Publish", "Resource": "arn:aws:sns:eu-west-1:123456789012:t", "Condition": {"StringEquals": {"aws:RequestTag/a": "v%d", "aws:RequestTag/b": "w%d"}}}' "${comma:-}" $i $((i * 7 % n))
    comma=,
done)"
for ((i = 0; i < n; i++)); do
    printf '{"v":1,"service":"SNS","operation":"Publish","actions":[{"action":"sns:Publish","resources":["arn:aws:sns:eu-west-1:123456789012:t"],"conditions":[{"op":"StringEquals","key":"aws:RequestTag/a","value":"v%d"},{"op":"StringEquals","key":"aws:RequestTag/b","value":"w%d"}]}]}\n' $i $((i * 7 % n))
done > pairs.jsonl
check "verify: thousands of statements on one resource" soon 0 '0 of 8000' verify pairs.json pairs.jsonl
check "  and diff of them" soon 0 '' diff --fail-on unused,missing pairs.json pairs.jsonl
# Where a call went and who made it is told where the resource is `*`: what guard rails ask for.
call() { # region source file
    printf '{"v":1,"service":"EC2","operation":"DescribeInstances","identity":"arn:aws:iam::123456789012:role/app","region":"%s","source":"%s","actions":[{"action":"ec2:DescribeInstances","resources":["*"]}]}\n' "$1" "$2" > "$3"
}
call eu-west-1 cloudtrail west.jsonl
call us-east-1 cloudtrail east.jsonl
call eu-west-1 shim shim.jsonl
policy region.json '{"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}'
policy exempt.json '{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}}}'
policy mine.json '{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalAccount": "123456789012", "aws:PrincipalType": "AssumedRole", "ec2:Region": "eu-west-1"}}}'
check "verify: a region that is not denied" says 0 '0 of 1' verify everything.json region.json west.jsonl
check "  one that is" says 1 'denied: ec2:DescribeInstances on *' verify everything.json region.json east.jsonl
check "  both, as one element of the evidence" says 1 'it depends on aws:RequestedRegion, which the evidence does not tell' \
    verify everything.json region.json west.jsonl east.jsonl
"$build/leastpriv" merge -o both.jsonl west.jsonl east.jsonl
"$build/leastpriv" merge -o merged.jsonl east.jsonl
check "  merged" says 1 'it depends on aws:RequestedRegion' verify everything.json region.json both.jsonl west.jsonl
check "  which keeps the region" says 1 'denied: ec2:DescribeInstances on *, for EC2:DescribeInstances by arn:aws:iam::123456789012:role/app (1 call)' \
    verify everything.json region.json merged.jsonl
not_untold() { ! grep -q 'depends on' out; } # of the last
check "    and hangs on nothing" not_untold
check "verify: a role that is exempt" says 0 '0 of 1' verify everything.json exempt.json west.jsonl
check "  of whose path nothing is known" says 1 'it depends on aws:PrincipalArn' verify everything.json exempt.json shim.jsonl
check "  the caller's account and kind" says 0 '0 of 1' verify mine.json west.jsonl
check "diff: a region that is not denied" says 0 '' diff --fail-on missing everything.json region.json west.jsonl
check "  one that is" says 1 'missing: ec2:DescribeInstances' diff --fail-on missing everything.json region.json east.jsonl
policy bucket.json '{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}'
check "verify: the policy of a resource" says 2 'bucket.json:4:1: a statement with a Principal' verify bucket.json "$log"
check "  nor beside another" says 2 'bucket.json:4:1: a statement with a Principal' verify deploy.json bucket.json "$log"
check "policy: one as baseline" says 2 'bucket.json:4:1: a statement with a Principal' policy --baseline bucket.json "$log"

# Names come from traffic: they must neither command a terminal nor end a comment.
printf '{"v":1,"program":"/opt/x\\nPolicies: evil\\u001b[2J","service":"S3","operation":"X","actions":[{"action":"s3:GetObject","resources":["arn:aws:s3:::b/a\\u009bb"]}]}\n' > hostile.jsonl
harmless() { # command...: at most a line for the call, and no control characters in it
    "$build/leastpriv" "$@" hostile.jsonl > out 2>&1 || true
    ! LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]\|\302[\200-\237]')" out && ! grep -q '^Policies: evil' out
}
for tool in "verify deploy.json" "diff deploy.json" "explain s3:*" "policy --per program --format text" \
    "policy --per program --format markdown" "policy --per program --format sam" "policy --per program -o x.json"; do
    # shellcheck disable=SC2086
    check "hostile names: $tool" harmless $tool
done
printf '{"v":1,"service":"S3","operation":"X","actions":[{"action":"s3:GetObject","resources":["arn:aws:s3:::b/{{resolve:ssm:x}}","arn:aws:s3:::b/&{aws:username}"]}]}\n' > replaced.jsonl
replaced() { "$build/leastpriv" policy --format "$1" replaced.jsonl 2> /dev/null | grep -qF -- "$2"; }
for format in cloudformation cloudformation-json sam cdk; do
    check "$format: a name is no reference to a secret" replaced $format ':::b/?{resolve:ssm:x}}'
done
check "terraform: nor a policy variable" replaced terraform ':::b/?{aws:username}'
check "json: and stays as it is" replaced json ':::b/&{aws:username}'
if [ -c /dev/full ]; then
    full() { # status program argument...
        local status=$1 got=0
        "$build/$2" "${@:3}" > /dev/full 2> out || got=$?
        [ "$got" = "$status" ] && grep -q 'standard output' out
    }
    check "a full disk: verify" full 2 leastpriv verify deploy.json "$log"
    check "a full disk: diff" full 2 leastpriv diff deploy.json "$log"
    check "a full disk: lint" full 2 leastpriv lint web.json
    for asked in --help --version; do
        check "a full disk: leastpriv $asked" full 2 leastpriv $asked
        check "a full disk: leastpriv-run $asked" full 125 leastpriv-run $asked
        check "a full disk: leastpriv-collector $asked" full 1 leastpriv-collector $asked
    done
fi
check "policy: a folder is no file" says 2 "leastpriv: $work: Is a directory" policy -o "$work" "$log"
for i in $(seq 48); do
    printf '{"v":1,"service":"S3","operation":"X","actions":[{"action":"s3:GetObject","resources":["arn:aws:s3:::bucket/a-key-that-is-long-%0200d"]}]}\n' "$i"
done > long.jsonl
check "policy: longer than one document" says 0 'was split into 2' policy -o long.json long.jsonl
check "  than all inline policies may be" says 0 'more than the 10240 that all inline policies of a role may have' policy --limit role -o role.json long.jsonl long.jsonl
check "  of a group" says 0 'more than the 5120 that all inline policies of a group may have' policy --limit group -o group.json long.jsonl
check "  what an earlier run left is named" says 0 'long-2.json is not part of this policy' policy -o long.json nobody.jsonl
if unshare -m true 2> /dev/null; then
    echo > mounted.json
    # shellcheck disable=SC2016
    mounted() { unshare -m sh -c 'mount --bind tight.json mounted.json && "$0" policy -o mounted.json "$1" && grep -q Statement mounted.json' "$build/leastpriv" "$log"; }
    check "policy: a file that is mounted by itself" mounted
else
    skip "policy: a file that is mounted by itself" "no rights to mount"
fi
check "policy: a file that cannot be" says 2 'leastpriv: none/x.json: no file can be made in none/: No such file' policy -o none/x.json "$log"

# Two programs that were not seen, one of them by two runs, and a capture that ends early.
gap() { # pid program member name count reason
    printf '{"v":1,"pid":%s,"program":%s,"gap":{"%s":"%s","service":null,"reason":"%s","advice":"do it","count":%s}}\n' \
        "$1" "$2" "$3" "$4" "$6" "$5"
}
{ cat "$log"; gap 7 '"/bin/a"' host sqs.us-east-1.amazonaws.com 2 unread; gap 7 '"/bin/a"' program /bin/b 1 static; } > one.jsonl
{ gap 9 '"/bin/a"' host sqs.us-east-1.amazonaws.com 3 unread; gap null null capture x.pcap 1 'the end is missing'; } > two.jsonl
"$build/leastpriv" merge -o 12.jsonl one.jsonl two.jsonl
"$build/leastpriv" merge two.jsonl one.jsonl | cmp 12.jsonl -
tap_result $? "merge: what was not seen, in any order of the logs"
"$build/leastpriv" merge 12.jsonl | cmp 12.jsonl -
tap_result $? "  and once more"
check "  once each, with its count" test "$(grep -c '"gap"' 12.jsonl) $(grep -c '"count":5}}' 12.jsonl)" = "3 1"
for logs in "one.jsonl two.jsonl" 12.jsonl; do
    # shellcheck disable=SC2086
    check "policy of $logs: --strict fails, and says" says 3 \
        'not read: 5 connections of /bin/a to sqs.us-east-1.amazonaws.com (unread); do it' policy --strict --format text $logs
    check "  what was not followed" grep -qF 'not followed: /bin/b (static), started by /bin/a' out
    check "  what a capture lacks" grep -qF 'x.pcap: the end is missing' out
    check "  and has comments" grep -qF '# connections to sqs.us-east-1.amazonaws.com, by /bin/a, 5 times: unread; do it' out
done
check "policy: without --strict they are said only" says 0 'not followed: /bin/b' policy 12.jsonl
grep -v '"unknown"' "$log" > known.jsonl
check "policy: a log without a call" says 0 'none.json: 0 actions on 0 resources' policy -o none.json /dev/null
check "  is said to be that" says 3 'the evidence has no call at all: the policy is empty' policy --strict /dev/null
check "policy: --strict without gaps" says 0 '' policy --strict known.jsonl
check "  but a call that is not understood" says 3 'not in the policy: Strange:Thing' policy --strict "$log"
check "verify: gaps are told of" says 0 'the evidence has 3 gaps' verify --identity deploy deploy.json 12.jsonl
esc=$'\033[7m'
cp torn.jsonl "torn$esc.jsonl"; cp torn.json "torn$esc.json"; mkdir "logs$esc"; echo '[1]' > "logs$esc/a.json"
plain() {
    "$build/leastpriv" "$@" > out 2>&1 < /dev/null
    if grep -F "$esc" out || ! grep -qF '?[7m' out; then cat -v out; return 1; fi
}
for command in "policy torn$esc.jsonl" "policy no$esc" "lint torn$esc.json" "verify torn$esc.json x" "cloudtrail logs$esc" "pcap no$esc" \
    "model show no$esc" "merge -o no/$esc torn.jsonl" "explain --policy deploy.json X$esc torn.jsonl" "no$esc" "policy --format no$esc"; do
    # shellcheck disable=SC2086
    check "control characters of names are not said to the terminal: ${command//$'\033'/}" plain $command
done
check "help of a command" says 0 'usage: leastpriv diff' help diff
check "an option in a command's place" says 2 'there is no option "--identity"' --identity x policy
lacks() { # operands command...
    says 2 "takes $1; \`leastpriv $2 --help\` says more" "${@:2}" && [ "$(wc -l < out)" = 1 ]
}
policy but.json '{"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"}'
check "diff: what a NotAction grants" says 1 'unused: but.json:4:35: all actions but iam:* sts:* (1 used of ' diff --fail-on unused but.json twins.jsonl
check "  and by which it was used" grep -q ': s3:GetObject)$' out
check "  as JSON" says 0 '"kind": "unused-not-action", "not_action": ["iam:*", "sts:*"], "file": "but.json", "line": 4, "column": 35, "granted": ' \
    diff --json but.json twins.jsonl
check "  of which nothing was used" says 0 'all actions but iam:* sts:* (0 used of ' diff but.json /dev/null
check "  one of no action" says 0 '' diff <(sed 's/"iam.*sts:."//' but.json) twins.jsonl
check "what a command lacks is said in a line: policy" lacks 'LOG...' policy
check "  merge" lacks 'LOG...' merge
check "  verify" lacks 'POLICY... LOG...' verify deploy.json
check "  diff" lacks 'POLICY... LOG...' diff
check "  lint" lacks 'POLICY...' lint
check "  explain" lacks 'ACTION LOG...' explain s3:GetObject
check "  explain of a policy" lacks '--policy POLICY SID LOG...' explain --policy deploy.json
check "  lookup" lacks 'NAME...' lookup
check "  cloudtrail" lacks 'FILE, DIR or -' cloudtrail
check "  pcap" lacks 'FILE...' pcap
check "  model" lacks 'show FILE..., add FILE..., list or remove NAME...' model lst
check "  or has too much: classify" lacks 'no file, but requests from the standard input' classify x
for command in policy cloudtrail pcap merge verify diff lint explain lookup classify; do
    check "--help of $command tells all options" says 0 '  --model FILE ' $command --help
done
check "explain: an action that is misspelt" says 1 'no action is known as s3:GetObjekt' explain s3:GetObjekt "$log"
check "  one that nobody needed" says 1 'leastpriv: no recorded call needs it' explain s3:GetObjectTorrent "$log"
policy sids.json '{"Sid": "One", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}, {"Sid": "Two", "Effect": "Allow", "Action": "sqs:*", "Resource": "*"}'
policy no.json '{"Sid": "No", "Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}'
check "explain: a Deny" says 1 "a Deny, which no call needs; " explain --policy no.json No "$log"
printf '{"v":1,"service":"S3","operation":"X","possible":[{"action":"kms:Decrypt","resources":["arn:aws:kms:*:*:key/*"],"reason":"only for a bucket of a key"}]}\n' > perhaps.jsonl
check "explain: what is only possible" says 0 ': perhaps, and not granted: only for a bucket of a key' explain kms:Decrypt perhaps.jsonl
check "verify: standard input as policy and as log" says 2 '- stands twice' verify - -
check "merge: into no name" says 2 '--output takes the name of a file' merge -o '' twins.jsonl
check "model: a document that is not kept" says 2 'no document is called zork; ' model remove zork
check "explain: a statement that is not there" says 2 'sids.json has no statement "Three"; it has One Two' \
    explain --policy sids.json Three "$log"
check "  where none has a name" says 2 'none of its statements has a Sid' explain --policy good.json Three "$log"
check "a region that is none" says 2 '--region takes a region such as eu-west-1, "variable" or' \
    policy --region eu-west-1a "$log"
check "  one that is not yet known" says 0 '' policy --region xx-north-1 "$log"
check "a partition that is none" says 2 '--partition takes a partition such as aws-cn' policy --partition amazon "$log"
check "verify: a log without a call" says 0 'the evidence has no call at all' verify deploy.json /dev/null
check "  which this one is not" says 0 '' verify everything.json "$log"
check "    nor is it said" test -z "$(grep 'no call at all' out)"
refused() {
    "$build/leastpriv" verify --json "$1" "$log" > out 2> said
    python3 -c 'import json; print(*sorted({(r["kind"], r["action"], r["denied"]) for r in json.load(open("out"))}), sep="\n")'
}
check "verify: --json lists what is refused" grep -qF "('refused', 's3:PutObject', False)" <(refused good.json)
check "  nothing" says 0 '[
]' verify --json everything.json known.jsonl
check "verify: --strict of a log without a call" says 3 'the evidence has no call at all' verify --strict everything.json /dev/null
check "  of one that ends early" says 3 'the evidence has 1 gap' verify --strict everything.json <(head -c -9 known.jsonl)
check "  of one with a call that is not understood" says 3 '1 recorded call was not understood' verify --strict everything.json "$log"
check "    without it" says 0 '0 of 6' verify everything.json "$log"
check "  of one that is whole" says 0 '0 of 6' verify --strict everything.json known.jsonl
check "  what is refused comes first" says 1 'not allowed: ' verify --strict good.json "$log"
check "diff: --strict of a log without a call" says 3 'the evidence has no call at all' diff --strict everything.json /dev/null
check "  of one that is whole" says 0 '' diff --strict --fail-on missing everything.json known.jsonl
check "  what is missing comes first" says 1 'missing: ' diff --strict --fail-on missing good.json "$log"
check "policy: a baseline that is enough" says 0 'the baseline allows whatever is needed: the policy is empty' \
    policy --baseline everything.json "$log"
check "monitoring that nobody listens to" collector_says '--csm: with --no-udp nobody listens there' --csm 31001 --no-udp
check "  in either order" collector_says '--csm: with --no-udp nobody listens there' --no-udp --csm 31001
line() { # time, program, key[, more]
    printf '{"v":1,"time":"%s","pid":1,"program":"%s","identity":null,"accessKeyId":"ASIAQNZGKIQY56JQ7WML","service":"S3","operation":"GetObject",' "$1" "$2"
    printf '"region":"us-east-1","actions":[{"action":"s3:GetObject","resources":["arn:aws:s3:::b/%s"]}],"status":200,"requestId":"%s","errorCode":null,"source":"shim"%s}\n' \
        "$3" "$1" "${4:-}"
}
role=',"facts":[{"accessKeyId":"ASIAQNZGKIQY56JQ7WML","kind":"caller","value":"arn:aws:iam::123456789012:role/app"}]'
for day in 2026-01-31 2026-02-01 2026-02-02 2026-03-01; do line "${day}T00:00:00Z" /opt/app same; done > days.jsonl
line 2026-01-31T00:00:00Z /usr/bin/agent first "$role" >> days.jsonl
line 2026-02-28T23:59:59.999Z /usr/bin/agent last >> days.jsonl
part() { # text option...: count and key of each line
    local want=$1
    shift
    "$build/leastpriv" merge "$@" 2> said > part
    python3 -c 'import json
calls = [c for c in map(json.loads, open("part")) if "actions" in c]
print(*sorted("%d %s" % (c["count"], c["actions"][0]["resources"][0].split("/")[1]) for c in calls))' > out
    [ "$(cat out)" = "$want" ] || { cat out said; return 1; }
}
check "merge: a part by time" part '1 last 2 same' --since 2026-02-01 --until 2026-03-01 days.jsonl
check "  how much is left out is said" grep -qx 'leastpriv: 3 calls taken, 3 left out by the options' said
check "  of a merged log: what may be within" part '1 last 4 same' --since 2026-02-10 <("$build/leastpriv" merge days.jsonl)
check "  by program" part '1 first 1 last' --program '/usr/*' days.jsonl
check "  by none" part '4 same' --not-program '*/agent' days.jsonl
june() { "$build/leastpriv" merge --since 2026-02-01 days.jsonl | "$build/leastpriv" policy -o named.json - 2>&1 | grep 'role/app, 1 action on 2 res'; }
check "  who is who is known from the rest" june
check "  a time of no use" says 2 '--until takes 2026-01-31 or' merge --until soon days.jsonl
check "  the first there is" part '' --until 1970-01-01 days.jsonl
check "  and at or after it" part '1 first 1 last 4 same' --since 1970-01-01T00:00:00Z days.jsonl
check "  nor is it none" says 2 'no call is at or after --since and before --until' merge --since 2026-02-01 --until 1970-01-01 days.jsonl
check "  which policies do not have" says 2 '--baseline compares policies' diff --baseline everything.json --until 1970-01-01 good.json
check "  no time at all" says 2 'no call is at or after --since and before --until' merge --since 2026-02-01 --until 2026-02-01 days.jsonl
parts='--since 2026-02-01 --until 2026-03-01 --not-program */agent days.jsonl'
# shellcheck disable=SC2086
for command in policy "verify good.json" "diff good.json" "explain s3:GetObject"; do
    check "${command%% *}: a part by time and program" says 0 'leastpriv: 2 calls taken, 4 left out by the options' $command $parts
    check "  which is no time" says 2 'no call is at or after --since and before --until' $command \
        --since 2026-02-01 --until 2026-01-01 days.jsonl
done
policy first.json '{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/first"}'
check "verify: what was left out is refused by nobody" says 0 '0 of 1 recorded permission refused' verify --program '/usr/*' --until 2026-02-01 first.json days.jsonl
check "diff: nor is it missing" says 0 '' diff --fail-on missing,unused --program '/usr/*' --until 2026-02-01 first.json days.jsonl
check "explain: of one identity" says 0 's3:GetObject on arn:aws:s3:::b/k' explain --identity arn:aws:iam::111111111111:role/twin 's3:*' twins.jsonl
check "  nobody else" sh -c '! grep 222222222222 out'
check "  whom the log does not have" says 2 'the evidence has no "nobody"; it has' explain --identity nobody 's3:*' twins.jsonl
explained() { # what of each call, policy_tools.t's report log as JSON
    "$build/leastpriv" explain --json "${@:2}" > out 2> said
    python3 -c 'import json, sys
for c in json.load(open("out")):
    print(*[",".join(v) if isinstance(v, list) else v for v in map(c.get, sys.argv[1].split())])' "$1"
}
check "explain: --json has what is printed" grep -qxF \
    'needed dynamodb:Query DynamoDB:Query arn:aws:iam::029608264753:role/worker-role /opt/app/worker 2 False None' \
    <(explained "kind action operation identity program count denied error" 'dynamodb:*' "$log")
check "  times and sources" grep -qx '2026-01-31T00:00:00.000000000Z 2026-03-01T00:00:00.000000000Z shim' \
    <(explained "first last sources" s3:GetObject days.jsonl)
check "  what is only possible" grep -qx 'possible kms:Decrypt only for a bucket of a key' <(explained "kind action reason" 'kms:*' perhaps.jsonl)
check "  nothing" says 1 '[
]' explain --json iam:PassRole "$log"
mkdir -p kept
check "a folder in the place of a log" says 2 'kept: Is a directory; of one that leastpriv-collector keeps the call logs are in it' policy kept
check "an option that is misspelt" says 2 'perhaps --format; ' policy --formt text "$log"
check "  with its value" says 2 'perhaps --identity; ' verify --idenity=u everything.json "$log"
check "  one that is like none" says 2 'leastpriv policy --help' policy --xyzzy "$log"
check "  of leastpriv-run" run_says 125 'perhaps --strict; ' --strit -- true
check "a command that is misspelt" says 2 'there is no command "verfy"; perhaps' verfy
for command in policy merge verify diff lint explain lookup classify cloudtrail pcap; do
    check "$command: an unknown option, and where to read on" says 2 "\`leastpriv $command --help\` lists the options" "$command" --nonsuch
done
check "a report in the policy's place" says 2 'x.json: --report and --output need files of their own' policy --report x.json -o x.json "$log"
run_clash() { ! "$build/leastpriv-run" --report y.json "$1" y.json -- touch ran 2> err && grep -q 'files of their own' err && [ ! -e ran ]; }
check "  is refused before the command runs, too" run_clash --output
check "  and in the call log's place" run_clash --calls
check "policies of two identities to the standard output" says 0 '2 documents one after the other; -o FILE' policy "$log"
check "  as CDK" says 0 '2 documents one after the other; -o FILE' policy --format cdk "$log"
alone() { says 0 '' "$@" && ! grep 'one after the other' out; }
for format in terraform text markdown; do
    check "  in $format these go together" alone policy --format "$format" "$log"
done
check "  of one" says 0 '' policy --identity deploy "$log"
check "    needs no such word" sh -c '! grep -q "one after the other" out'
mkfifo pipe
jq_all() {
    "$build/leastpriv" policy -o pipe "$log" 2> err & python3 -c 'import json, sys
d, text = json.JSONDecoder(), open("pipe").read().strip()
n = 0
while text:
    n, text = n + 1, text[d.raw_decode(text)[1]:].strip()
sys.exit(n != 2)' && wait $! && [ "$(echo pipe*)" = pipe ]
}
check "policies of two identities into a pipe" jq_all

done_testing
