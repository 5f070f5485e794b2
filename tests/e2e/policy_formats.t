#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# One call log in every notation, read back by tools of others: each says what the JSON says.
cd "$(dirname "$0")/../.." || exit 1
. scripts/checks/tap.sh
build=$(cd "${BUILD:-build}" && pwd) || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$PWD/tests/e2e/policy_formats.jsonl
python=$build/venv/bin/python
[ -x "$python" ] || python=python3

render() {
    "$build/leastpriv" policy "${options[@]}" --format "$1" "$log" > "$work/$2"
}
options=()

# reads MODULE NAME FORMAT FILE PYTHON...: PYTHON gets the text as `text` and the JSON as `want`, and
# leaves what it read in `got`.
reads() {
    local module=$1 name=$2 format=$3 file=$4
    shift 4
    if ! "$python" -c "import $module" 2> /dev/null; then
        skip "$name" "the Python module $module is not installed"
        return
    fi
    check "$name" compare "$format" "$file" "$@"
}

compare() {
    render json policy.json && render "$1" "$2" && "$python" - "$work/policy.json" "$work/$2" "$3" <<'PY'
import json, sys

want = json.load(open(sys.argv[1]))
text = open(sys.argv[2], encoding="utf-8").read()
scope = {"want": want, "text": text}
exec(sys.argv[3], scope)
assert scope["got"] == want, scope["got"]
PY
}

check "JSON" render json policy.json
reads json "CloudFormation JSON" cloudformation-json policy.cfn.json '
import json
(r,) = json.loads(text)["Resources"].values()
got = r["Properties"]["PolicyDocument"]'
reads yaml "CloudFormation YAML" cloudformation policy.yaml '
import yaml
(r,) = yaml.safe_load(text)["Resources"].values()
got = r["Properties"]["PolicyDocument"]'
reads yaml "SAM" sam policy.sam.yaml '
import yaml
(got,) = yaml.safe_load(text)["Policies"]'
# shellcheck disable=SC2016
hcl='
import hcl2, json, re
def plain(s):
    if s.startswith("\""): s = json.loads(s)
    for data, name in (("caller_identity", "AccountId"), ("region", "Region"), ("partition", "Partition")):
        s = re.sub(r"(?<!\$)\$\{data\.aws_%s\.\w+\.(account_id|id|partition)\}" % data, "${AWS::%s}" % name, s)
    return s.replace("$${", "${").replace("%%{", "%{")
(doc,) = [v for data in hcl2.loads(text)["data"] for k, v in data.items() if plain(k) == "aws_iam_policy_document"]
(d,) = doc.values()
got = {"Version": plain(d["version"]), "Statement": []}
for s in d.get("statement", []):
    st = {"Sid": plain(s["sid"]), "Effect": plain(s["effect"]), "Action": [plain(x) for x in s["actions"]],
          "Resource": [plain(x) for x in s["resources"]]}
    for c in s.get("condition", []):
        st.setdefault("Condition", {}).setdefault(plain(c["test"]), {})[plain(c["variable"])] = [plain(x) for x in c["values"]]
    got["Statement"].append(st)'
reads hcl2 "Terraform" terraform policy.tf "$hcl"
if [ -x "$build/venv/bin/cfn-lint" ]; then
    check "cfn-lint, YAML" "$build/venv/bin/cfn-lint" "$work/policy.yaml"
    check "cfn-lint, JSON" "$build/venv/bin/cfn-lint" "$work/policy.cfn.json"
else
    skip "cfn-lint" "it is not installed in $build/venv"
fi

# Parameters: what the account, region and partition are is left to the template's own time.
parameters() {
    "$build/leastpriv" policy --account variable --region variable --partition variable --format "$1" "$log" > "$work/$2"
}
ways_to_write() {
    parameters json p.json && parameters terraform p.tf && parameters cloudformation p.yaml &&
        parameters cloudformation-json p.cfn.json && parameters cdk p.ts && parameters sam p.sam.yaml || return 1
    # shellcheck disable=SC2016
    grep -q '"arn:${AWS::Partition}:' "$work/p.json" && ! grep -q 'arn:aws:[^i]' "$work"/p.* &&
        grep -q 'arn:${data.aws_partition.[A-Za-z0-9_]*.partition}:' "$work/p.tf" &&
        grep -q 'Fn::Sub: "arn:${AWS::Partition}:' "$work/p.yaml" "$work/p.sam.yaml" &&
        grep -q '{"Fn::Sub": "arn:${AWS::Partition}:' "$work/p.cfn.json" &&
        grep -q '`arn:${Aws.PARTITION}:' "$work/p.ts"
}
check "parameters in each notation's own way" ways_to_write
options=(--account variable --region variable --partition variable)
reads hcl2 "Terraform's parameters are those of the JSON" terraform policy.v.tf "$hcl"
# shellcheck disable=SC2016
reads yaml "SAM's, too" sam policy.v.sam.yaml '
import yaml
def plain(v):
    if isinstance(v, list): return [plain(x) for x in v]
    if not isinstance(v, dict): return v
    # "${!" is a dollar that Fn::Sub leaves alone.
    return v["Fn::Sub"].replace("${!", "${") if list(v) == ["Fn::Sub"] else {k: plain(x) for k, x in v.items()}
(got,) = plain(yaml.safe_load(text)["Policies"])'
options=()
if [ -x "$build/venv/bin/cfn-lint" ]; then
    check "cfn-lint, parameters" "$build/venv/bin/cfn-lint" "$work/p.yaml" "$work/p.cfn.json"
else
    skip "cfn-lint, parameters" "it is not installed in $build/venv"
fi
# shellcheck disable=SC2016
check "a variable of the person's own" sh -c '"$0" policy --account "\${var.account}" --format hcl "$1" | grep -q ":\${var.account}:"' \
    "$build/leastpriv" "$log"
# Beyond 16 bits JSON has two escapes for a character, YAML one.
log=$work/emoji.jsonl
sed -n '1s|b/k1"|b/\xf0\x9f\x98\x80"|p' tests/e2e/policy_formats.jsonl > "$log"
reads yaml "YAML: a character of more than 16 bits" cloudformation emoji.yaml '
import yaml
(r,) = yaml.safe_load(text)["Resources"].values()
got = r["Properties"]["PolicyDocument"]'
done_testing
