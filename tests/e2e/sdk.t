#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# One scenario (sdk/sdk.py: create bucket, put, get, list, delete; put and query an item; send and
# receive a message; assume a role and call with it) in every client that can be had, as an ordinary
# user would run it, over TLS. Each must leave exactly the policies that boto3's run leaves, or the
# tool must itself have said that it could not see. What came out is in $BUILD/sdk/matrix.tsv, from
# which `make matrix` writes the table of README.md.
#
#   sdk.t [NAME ...]  only these
#
# Functions are called by their names:
# shellcheck disable=SC2034,SC2046,SC2086,SC2317
. "$(dirname "$0")/lib.sh"

use_way tls
# As ordinary users have it: on a busy machine the SDK for Go 2 now and then closes a request's body before
# net/http is done with it, which closes the connection, and counts on its next attempt.
unset AWS_MAX_ATTEMPTS
export AWS_REGION=us-east-1 NODE_EXTRA_CA_CERTS=$LP_EMU_CA LP_QUEUE_URL=$LP_EMU_TLS/123456789012/lp-queue
SDK=$E2E/sdk
host=${LP_EMU_TLS#https://}
mkdir -p "$BUILD/sdk"
matrix=$BUILD/sdk/matrix.tsv
all="s3 dynamodb sqs sts"

# --- the clients: what runs one, which version it is, what of the scenario it can do -------------------
debian() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null; }
python_has() { "$BUILD/venv/bin/python" -c "import $1; print($1.__version__)" 2>/dev/null; }
npm_has() { node -p "require('$BUILD/sdk-node/node_modules/$1/package.json').version" 2>/dev/null; }
java_has() {
    [ -d "$BUILD/sdk-java/classes" ] || return 1
    find "$BUILD/sdk-java/lib" -name "$1-[0-9]*.jar" | sed 's/.*-\([0-9.]*\)\.jar/\1/'
}
java_run() {
    java -Djavax.net.ssl.trustStore="$WORK/trust.p12" -Djavax.net.ssl.trustStorePassword=changeit \
        -cp "$BUILD/sdk-java/classes:$BUILD/sdk-java/lib/*" "$@"
}

clients=(boto3 awscli1 awscli2 javascript3 javascript3_bun javascript2 java1 java2_apache java2_url java2_netty
    java2_netty_openssl java2_crt go2 go2_pie go1 go1_pie awscrt awscrt_node awscrt_debian rust obstore ruby php curl
    curl_nss s3cmd s3fs rclone restic ecr)

run_boto3() { python3 "$SDK/sdk.py" "$@"; }
boto3_title="boto3"
boto3_version() { python_has boto3; }

aws_parts() { # how, part ...
    local aws=$1 part
    shift
    for part; do
        case $part in
        s3)
            printf 'a line of an object\n' >body
            "$aws" s3api create-bucket --bucket lp-sdk
            "$aws" s3api put-object --bucket lp-sdk --key in/a.txt --body body
            "$aws" s3api get-object --bucket lp-sdk --key in/a.txt got
            "$aws" s3api list-objects-v2 --bucket lp-sdk --prefix in/
            "$aws" s3api delete-object --bucket lp-sdk --key in/a.txt
            ;;
        dynamodb)
            "$aws" dynamodb put-item --table-name lp-table --item '{"id":{"S":"1"}}'
            "$aws" dynamodb query --table-name lp-table --key-condition-expression 'id = :i' \
                --expression-attribute-values '{":i":{"S":"1"}}'
            ;;
        sqs)
            "$aws" sqs send-message --queue-url "$LP_QUEUE_URL" --message-body hello
            "$aws" sqs receive-message --queue-url "$LP_QUEUE_URL"
            ;;
        sts)
            read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN < <("$aws" sts assume-role --output text \
                --role-arn arn:aws:iam::123456789012:role/lp-deploy --role-session-name lp \
                --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')
            export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
            "$aws" sqs send-message --queue-url "$LP_QUEUE_URL" --message-body 'from a role'
            ;;
        esac
    done
}
aws1() { aws --endpoint-url "$LP_EMU_TLS" "$@"; }
run_awscli1() { aws_parts aws1 "$@"; }
awscli1_title="AWS CLI 1"
awscli1_version() { python_has awscli; }
aws2() { /usr/bin/aws --endpoint-url "$LP_EMU_TLS" "$@"; }
run_awscli2() { aws_parts aws2 "$@"; }
awscli2_title="AWS CLI 2 (Debian)"
awscli2_version() { debian awscli; }

run_javascript3() { node "$SDK/sdk3.js" "$BUILD/sdk-node" "$@"; }
javascript3_title="AWS SDK for JavaScript 3"
javascript3_version() { npm_has @aws-sdk/client-s3; }
run_javascript3_bun() { "$BUILD/bun/bin/bun" "$SDK/sdk3.js" "$BUILD/sdk-node" "$@"; }
javascript3_bun_title="AWS SDK for JavaScript 3, Bun"
javascript3_bun_version() { [ -x "$BUILD/bun/bin/bun" ] && npm_has @aws-sdk/client-s3; }
run_javascript2() { node "$SDK/sdk2.js" "$BUILD/sdk-node" "$@"; }
javascript2_title="AWS SDK for JavaScript 2"
javascript2_version() { npm_has aws-sdk; }

run_java1() { java_run Sdk1 "$@"; }
java1_title="AWS SDK for Java 1"
java1_version() { java_has aws-java-sdk-s3; }
run_java2_apache() { java_run Sdk2 apache "$@"; }
java2_apache_title="AWS SDK for Java 2, Apache"
java2_apache_version() { java_has s3; }
run_java2_url() { java_run Sdk2 url "$@"; }
java2_url_title="AWS SDK for Java 2, URL connection"
java2_url_version() { java_has s3; }
run_java2_netty() { java_run Sdk2 netty "$@"; }
java2_netty_title="AWS SDK for Java 2, Netty"
java2_netty_version() { java_has s3; }
run_java2_netty_openssl() { java_run Sdk2 netty_openssl "$@"; }
java2_netty_openssl_title="AWS SDK for Java 2, Netty with BoringSSL"
java2_netty_openssl_version() { java_has s3; }
run_java2_crt() { java_run Sdk2 crt "$@"; }
java2_crt_title="AWS SDK for Java 2, CRT"
java2_crt_version() { java_has s3; }

# Stripped. The module that they were made of says which version it is.
go_has() { [ -x "$BUILD/sdk-go$1/$2" ] && sed -n "s,.*$3 v,,p" "$SDK/go$1/go.mod"; }
run_go2() { "$BUILD/sdk-go2/static" "$@"; }
go2_title="AWS SDK for Go 2, static"
go2_version() { go_has 2 static aws-sdk-go-v2; }
run_go2_pie() { "$BUILD/sdk-go2/pie" "$@"; }
go2_pie_title="AWS SDK for Go 2, PIE"
go2_pie_version() { go_has 2 pie aws-sdk-go-v2; }
run_go1() { "$BUILD/sdk-go1/static" "$@"; }
go1_title="AWS SDK for Go 1, static"
go1_version() { go_has 1 static aws-sdk-go; }
run_go1_pie() { "$BUILD/sdk-go1/pie" "$@"; }
go1_pie_title="AWS SDK for Go 1, PIE"
go1_pie_version() { go_has 1 pie aws-sdk-go; }

run_awscrt() { PYTHONPATH=$BUILD/awscrt python3 "$SDK/awscrt_http.py"; }
awscrt_title="awscrt (Python)"
awscrt_parts=s3
awscrt_version() { PYTHONPATH=$BUILD/awscrt python_has awscrt; }
run_awscrt_node() { node "$SDK/awscrt_http.js" "$BUILD/awscrt-node"; }
awscrt_node_title="aws-crt (Node)"
awscrt_node_parts=s3
awscrt_node_version() { node -p "require('$BUILD/awscrt-node/package.json').version" 2>/dev/null; }
run_awscrt_debian() { /usr/bin/python3 "$SDK/awscrt_http.py"; }
awscrt_debian_title="awscrt (Debian)"
awscrt_debian_parts=s3
awscrt_debian_version() { debian python3-awscrt; }

run_rust() { "$BUILD/sdk-rust/sdk" "$@"; }
rust_title="AWS SDK for Rust"
rust_version() { cat "$BUILD/sdk-rust/version" 2>/dev/null; }

run_obstore() {
    signed s3 -X PUT "$LP_EMU_TLS/lp-sdk"
    PYTHONPATH=$BUILD/obstore python3 "$SDK/obstore_s3.py"
}
obstore_title="obstore (Rust: rustls, aws-lc)"
obstore_parts=s3
obstore_version() { PYTHONPATH=$BUILD/obstore python_has obstore; }

run_ruby() { ruby "$SDK/sdk.rb"; }
ruby_title="AWS SDK for Ruby"
ruby_parts=s3
ruby_version() { debian ruby-aws-sdk-s3; }

run_php() { php "$SDK/sdk.php" "$@"; }
php_title="PHP, ext/curl"
php_version() { php -r 'defined("CURLOPT_AWS_SIGV4") ? print PHP_VERSION : exit(1);' 2>/dev/null; }

run_curl() {
    local part role
    for part; do
        case $part in
        s3)
            signed s3 -X PUT "$LP_EMU_TLS/lp-sdk"
            signed s3 -X PUT -d 'a line of an object' "$LP_EMU_TLS/lp-sdk/in/a.txt"
            signed s3 "$LP_EMU_TLS/lp-sdk/in/a.txt"
            signed s3 "$LP_EMU_TLS/lp-sdk?list-type=2&prefix=in%2F"
            signed s3 -X DELETE "$LP_EMU_TLS/lp-sdk/in/a.txt"
            ;;
        dynamodb)
            signed dynamodb -H 'Content-Type: application/x-amz-json-1.0' -H 'X-Amz-Target: DynamoDB_20120810.PutItem' \
                -d '{"TableName":"lp-table","Item":{"id":{"S":"1"}}}' "$LP_EMU_TLS/"
            signed dynamodb -H 'Content-Type: application/x-amz-json-1.0' -H 'X-Amz-Target: DynamoDB_20120810.Query' \
                -d '{"TableName":"lp-table","KeyConditionExpression":"id = :i","ExpressionAttributeValues":{":i":{"S":"1"}}}' \
                "$LP_EMU_TLS/"
            ;;
        sqs)
            signed sqs -d 'Action=SendMessage&Version=2012-11-05&MessageBody=hello' "$LP_QUEUE_URL"
            signed sqs -d 'Action=ReceiveMessage&Version=2012-11-05' "$LP_QUEUE_URL"
            ;;
        sts)
            role=$(signed sts -d 'Action=AssumeRole&Version=2011-06-15&RoleSessionName=lp' \
                --data-urlencode RoleArn=arn:aws:iam::123456789012:role/lp-deploy "$LP_EMU_TLS/")
            of() { sed -n "s,.*<$1>\(.*\)</$1>.*,\1,p" <<<"$role"; }
            AWS_ACCESS_KEY_ID=$(of AccessKeyId) AWS_SECRET_ACCESS_KEY=$(of SecretAccessKey) \
                signed sqs -H "X-Amz-Security-Token: $(of SessionToken)" \
                -d 'Action=SendMessage&Version=2012-11-05&MessageBody=role' "$LP_QUEUE_URL"
            ;;
        esac
    done
}
signed() {
    local service=$1
    shift
    curl -sSf --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" --aws-sigv4 "aws:amz:us-east-1:$service" "$@"
}
curl_title="curl"
curl_version() { debian curl; }

run_curl_nss() { python3 "$SDK/curl_nss.py"; }
curl_nss_title="libcurl with NSS"
curl_nss_parts=s3
curl_nss_version() { debian libcurl3-nss; }

run_s3cmd() {
    local options=(--host="$host" --host-bucket="$host" --ca-certs="$LP_EMU_CA" --access_key="$AWS_ACCESS_KEY_ID"
        --secret_key="$AWS_SECRET_ACCESS_KEY" --region=us-east-1 --config=/dev/null)
    printf 'a line of an object\n' >body
    s3cmd "${options[@]}" mb s3://lp-sdk
    s3cmd "${options[@]}" put body s3://lp-sdk/in/a.txt
    s3cmd "${options[@]}" get --force s3://lp-sdk/in/a.txt got
    s3cmd "${options[@]}" ls s3://lp-sdk/in/
    s3cmd "${options[@]}" del s3://lp-sdk/in/a.txt
}
s3cmd_title="s3cmd"
s3cmd_parts=s3
s3cmd_more=yes
s3cmd_version() { debian s3cmd; }

# A mounted bucket is read and written at whatever moment the kernel wants.
run_s3fs() {
    signed s3 -X PUT "$LP_EMU_TLS/lp-sdk"
    mkdir -p mnt
    s3fs lp-sdk mnt -f -o url="$LP_EMU_TLS",use_path_request_style,endpoint=us-east-1 &
    local pid=$! i
    for i in $(seq 50); do
        if mountpoint -q mnt; then break; fi
        sleep 0.1
    done
    mountpoint -q mnt && mkdir -p mnt/in && echo x >mnt/in/a.txt && cat mnt/in/a.txt && ls mnt/in && rm mnt/in/a.txt
    i=$?
    fusermount -u mnt || umount mnt
    wait "$pid"
    return "$i"
}
s3fs_title="s3fs"
s3fs_parts=s3
s3fs_more=yes
s3fs_root=$([ "$(stat -c %a /dev/fuse 2>/dev/null)" = 666 ] || echo yes) # it opens /dev/fuse itself
s3fs_version() { [ -e /dev/fuse ] && debian s3fs; }

run_rclone() {
    export RCLONE_CONFIG_E_TYPE=s3 RCLONE_CONFIG_E_PROVIDER=AWS RCLONE_CONFIG_E_REGION=us-east-1 \
        RCLONE_CONFIG_E_ENV_AUTH=true RCLONE_CONFIG=/dev/null RCLONE_CA_CERT=$LP_EMU_CA HTTPS_PROXY=$LP_EMU_PROXY
    unset AWS_CA_BUNDLE
    printf 'a line of an object\n' >a.txt
    rclone mkdir e:lp-sdk && rclone copy a.txt e:lp-sdk/in && rclone cat e:lp-sdk/in/a.txt &&
        rclone lsf e:lp-sdk/in && rclone deletefile e:lp-sdk/in/a.txt
}
rclone_title="rclone"
rclone_parts=s3
rclone_more=yes
rclone_version() { debian rclone; }

run_restic() {
    export RESTIC_PASSWORD=lp RESTIC_REPOSITORY=s3:https://s3.us-east-1.amazonaws.com/lp-sdk HTTPS_PROXY=$LP_EMU_PROXY
    restic --no-cache --cacert "$LP_EMU_CA" init && echo x >a.txt &&
        restic --no-cache --cacert "$LP_EMU_CA" backup a.txt
}
restic_title="restic"
restic_parts=s3
restic_more="s3:CreateBucket arn:aws:s3:::lp-sdk s3:PutObject arn:aws:s3:::lp-sdk/config"
restic_version() { debian restic; }

run_ecr() { echo 123456789012.dkr.ecr.us-east-1.amazonaws.com | HTTPS_PROXY=$LP_EMU_PROXY docker-credential-ecr-login get; }
ecr_title="Amazon ECR credential helper"
ecr_parts=ecr
ecr_more="ecr:GetAuthorizationToken *"
ecr_version() { debian amazon-ecr-credential-helper; }

# --- running them -------------------------------------------------------------------------------------
export -f aws_parts aws1 aws2 java_run signed "${clients[@]/#/run_}"
export SDK host

prepare() {
    emulator_reset
    signed sqs -d 'Action=CreateQueue&Version=2012-11-05&QueueName=lp-queue' "$LP_EMU_TLS/" &&
        signed dynamodb -H 'Content-Type: application/x-amz-json-1.0' -H 'X-Amz-Target: DynamoDB_20120810.CreateTable' \
            -d '{"TableName":"lp-table","BillingMode":"PAY_PER_REQUEST",
                "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],
                "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}' "$LP_EMU_TLS/"
}

# pairs FILE ...: each identity, action and resource of the policies, a line each
pairs() {
    python3 - "$@" <<'PY'
import json, pathlib, sys
for name in sys.argv[1:]:
    who = pathlib.Path(name).name.split(".")[1]
    for s in json.load(open(name))["Statement"]:
        for a in s["Action"]:
            for r in s["Resource"]:
                print("role" if who != "json" and not who.startswith("AKIA") else "user", a, r)
PY
}

# An ordinary user, where this is run by root and the programs are where such a user can go.
user=()
if [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$RUN" 2>/dev/null; then
    user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    chmod 711 "$WORK"
fi

# play NAME DIR OPTION ...: the client under leastpriv-run, as that user unless that cannot be
play() {
    local name=$1 dir=$2 parts=${1}_parts root=${1}_root as=("${user[@]}")
    shift 2
    [ -z "${AS_ROOT:-}${!root:-}" ] || as=()
    prepare >"$WORK/prepare.out" 2>&1 || { cat "$WORK/prepare.out"; return 1; }
    rm -rf "$dir"
    mkdir -p "$dir/home"
    [ ${#as[@]} = 0 ] || chown -R 65534:65534 "$dir"
    (cd "$dir/home" && HOME=$dir/home timeout 120 "${as[@]}" "$RUN" "$@" -o "$dir/p.json" --calls "$dir/calls.jsonl" -- \
        bash -c 'set -e; "$@"' client "run_$name" ${!parts:-$all} >"$dir/out" 2>&1)
}

# right NAME DIR: the policies are what sdk/expected says (boto3's), or hold all that the client is known to need
right() {
    local more=${1}_more parts=${1}_parts want=$WORK/want known
    pairs "$2"/p*.json | sort -u >"$2/pairs"
    case ${!more:-} in
    '' | yes)
        grep -E "$(for p in ${!parts:-$all}; do [ "$p" = sts ] && printf '^role|sts:|' || printf '^user %s:|' "$p"; done)^$" \
            "$SDK/expected" | sort -u >"$want"
        ;;
    *)
        read -ra known <<<"${!more}" # a resource may be *
        printf 'user %s %s\n' "${known[@]}" | sort -u >"$want"
        ;;
    esac
    [ -s "$want" ] || return 1 # nothing to compare with is no agreement
    if [ -n "${!more:-}" ]; then
        [ -z "$(comm -23 "$want" "$2/pairs")" ]
    else
        diff "$want" "$2/pairs"
    fi
}

# What leastpriv-run says when it could not see.
reported() { grep -E 'leastpriv:.*(not read|unread|not followed|could not|cannot|blind)' "$1/out"; }

# row RESULT [LAYER ...]: one line of the matrix: client, version, shim, Java, ptrace, probe, CSM, result
row() {
    local result=$1 layer
    shift
    printf '%s\t%s' "${!title}" "$version"
    for layer in shim java ptrace probe csm; do
        case " $* " in
        *" $layer "*) printf '\tyes' ;;
        *) printf '\t-' ;;
        esac
    done
    printf '\t%s\n' "$result"
}

# Do its monitoring datagrams, without the shim, name operations? "csm" when they do.
csm() {
    local parts=${1}_parts dir=$WORK/$1.csm port pid
    port=$(python3 -c 'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    prepare >/dev/null 2>&1
    mkdir -p "$dir"
    "$BUILD/leastpriv-collector" --socket "$dir/socket" --csm "$port" -o "$dir/p.json" --calls "$dir/calls.jsonl" \
        >/dev/null 2>&1 &
    pid=$!
    while [ ! -S "$dir/socket" ] && kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
    (cd "$dir" && AWS_CSM_ENABLED=true AWS_CSM_PORT=$port timeout 120 bash -c 'set -e; "$@"' client "run_$1" \
        ${!parts:-$all} >/dev/null 2>&1)
    kill "$pid"
    wait "$pid"
    [ ! -s "$dir/calls.jsonl" ] || echo csm
}

# Does the kernel's side see what the shim does not? "probe" when it does.
probe() {
    if AS_ROOT=1 play "$1" "$WORK/$1.probe" --ebpf=on && right "$1" "$WORK/$1.probe" >/dev/null 2>&1 &&
        grep -q '"source":"probe"' "$WORK/$1.probe"/calls*.jsonl; then
        echo probe
    fi
}

one() {
    local name=$1 title=${1}_title more=${1}_more version status=0 dir=$WORK/$1
    if ! version=$("${name}_version") || [ -z "$version" ]; then
        version=-
        skip "${!title}" "not installed here"
        row "not installed" >>"$matrix.new"
        return
    fi
    play "$name" "$dir" --ebpf=off || status=$?
    if [ "$status" != 0 ]; then
        tap_result 1 "${!title} $version: exit status $status"
        tail -n 12 "$dir/out" | sed 's/^/# /'
        row fails >>"$matrix.new"
    elif right "$name" "$dir" >"$dir/diff" 2>&1; then
        tap_result 0 "${!title} $version: $([ -n "${!more:-}" ] && echo all that it does || echo the policy of boto3)"
        row "$([ -n "${!more:-}" ] && echo holds || echo seen)" $(layers "$name" "$dir") >>"$matrix.new"
    elif [ -n "$(reported "$dir")" ]; then
        tap_result 0 "${!title} $version: not seen, and said so"
        row blind $(extras "$name" probe csm) >>"$matrix.new"
    else
        tap_result 1 "${!title} $version: another policy, and nothing said"
        sed 's/^/# /' "$dir/diff"
        grep -h leastpriv: "$dir/out" | sed 's/^/# /'
        row wrong >>"$matrix.new"
    fi
}

# layers NAME DIR: which of them captured, from the call log. The shim has a way of its own into Java's TLS.
layers() {
    local seen
    seen=$(sed -n 's/.*"source":"\([a-z]*\)".*/\1/p' "$2"/calls*.jsonl | sort -u)
    case $1:$seen in
    java2_crt:* | java2_netty_openssl:*) ;;
    java[12]*) seen=${seen/shim/java} ;;
    esac
    case $seen in
    *shim* | *java*) echo "$seen" $(extras "$1" csm) ;;
    *) echo "$seen" $(extras "$1" probe csm) ;;
    esac
}

# The kernel's side by itself: a library with nothing in it stands for the shim.
by_probe=(boto3 javascript3 go2 go2_pie go1 go1_pie php awscrt awscrt_node awscrt_debian rclone restic)

probe_alone() {
    local title=${1}_title more=${1}_more dir=$WORK/$1.alone status=0
    "${1}_version" >/dev/null || return 0
    AS_ROOT=1 LEASTPRIV_LIB=$WORK/empty.so play "$1" "$dir" --ebpf=on --ptrace=off || status=$?
    [ "$status" = 0 ] && right "$1" "$dir" >"$dir/diff" 2>&1 && ! grep -q '"gap"' "$dir/calls.jsonl"
    tap_result $? "${!title}, by the probe alone: $([ -n "${!more:-}" ] && echo all that it does || echo the policy of boto3)"
    [ "$status" = 0 ] && grep -qs . "$dir/diff" && sed 's/^/# /' "$dir/diff"
    grep -hs '"gap"' "$dir/calls.jsonl" | cut -c1-300 | sed 's/^/# /'
    [ "$status" = 0 ] || tail -n 12 "$dir/out" | sed 's/^/# /'
}

# extras NAME probe|csm ...: for `make matrix` only, as each runs the client once more
extras() {
    local way
    [ -n "${MATRIX:-}" ] || return 0
    for way in "${@:2}"; do "$way" "$1"; done
}

[ ! -d "$BUILD/sdk-java/classes" ] || keytool -importcert -noprompt -alias lp -file "$LP_EMU_CA" \
    -keystore "$WORK/trust.p12" -storetype PKCS12 -storepass changeit >/dev/null 2>&1
: >"$matrix.new"
[ $# = 0 ] || clients=("$@")
for client in "${clients[@]}"; do
    one "$client"
done
cc -shared -o "$WORK/empty.so" -x c /dev/null
if has_probe "by the probe alone"; then
    for client in "${by_probe[@]}"; do
        [[ " ${clients[*]} " != *" $client "* ]] || probe_alone "$client"
    done
fi
if [ $# = 0 ]; then mv "$matrix.new" "$matrix"; else rm "$matrix.new"; fi
done_testing
