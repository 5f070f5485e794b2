#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sends all that must not be seen again and writes it down, one a line: in the file $LP_SECRETS
what must not even reach the collector; in $LP_SECRET_MEMBERS members of JSON request bodies, which
the collector reads for names and forgets."""
import json
import os
import re

import boto3
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError

seen = {os.environ["AWS_SECRET_ACCESS_KEY"], os.environ["AWS_SESSION_TOKEN"]}


def note(request, **_):
    value = request.headers.get("Authorization", "")
    value = value.decode() if isinstance(value, bytes) else value
    seen.update(re.findall("Signature=([0-9a-f]{64})", value))


session = boto3.session.Session()
session.events.register("before-send", note)

body = "lpObjectBody" * 20
s3 = session.client("s3", config=Config(signature_version="s3v4"))
s3.put_object(Bucket="lp-in", Key="a", Body=body.encode(), ContentType="application/json")
assert s3.get_object(Bucket="lp-in", Key="a")["Body"].read() == body.encode()
customer_key = "lpCustomerKeylpCustomerKeylpCust"
s3.put_object(Bucket="lp-in", Key="b", Body=b"x", SSECustomerKey=customer_key, SSECustomerAlgorithm="AES256")
seen.update({body[:60], customer_key, "bHBDdXN0b21lcktleWxwQ3VzdG9tZXJLZXlscEN1c3Q="})

url = s3.generate_presigned_url("get_object", Params={"Bucket": "lp-in", "Key": "a"})
seen.update(re.findall("X-Amz-Signature=([0-9a-f]{64})", url))
assert requests.get(url, cookies={"session": "lpCookieLpCookie"}, timeout=10).status_code == 200
seen.add("lpCookieLpCookie")

name = f"lp-secret-{os.getpid()}"
session.client("secretsmanager").create_secret(Name=name, SecretString="lpSecretStringLpSecretString")
assert "lpSecretString" in session.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
bodies = {"lpSecretStringLpSecretString"}
credentials = session.client("sts").assume_role(RoleArn="arn:aws:iam::123456789012:role/lp-any",
                                                RoleSessionName="ci")["Credentials"]
seen.update({credentials["SecretAccessKey"], credentials["SessionToken"]})
session.client("lambda").invoke(FunctionName="lp-fn", Payload=json.dumps({"password": "lpPayloadLpPayload"}))
seen.add("lpPayloadLpPayload")

# What users fill, and secrets in maps: whether the emulator knows the call does not matter.
arn = "arn:aws:states:us-east-1:123456789012:stateMachine:lp-machine"
for service, call, members in (
    ("ssm", "send_command", {"DocumentName": "AWS-RunShellScript", "InstanceIds": ["i-0123456789abcdef0"],
                             "Parameters": {"commands": ["echo lpCommandLpCommand"]}}),
    ("stepfunctions", "start_execution", {"stateMachineArn": arn, "input": '{"a": "lpInputLpInput"}'}),
    ("athena", "start_query_execution", {"QueryString": "select 'lpQueryLpQuery'", "WorkGroup": "primary"}),
    ("glue", "create_connection", {"ConnectionInput": {
        "Name": "lp-glue", "ConnectionType": "JDBC", "ConnectionProperties": {},
        "AuthenticationConfiguration": {"CustomAuthenticationCredentials": {"user": "lpMapLpMap"}}}}),
):
    try:
        getattr(session.client(service), call)(**members)
    except ClientError:
        pass
seen.update({"lpCommandLpCommand", "lpInputLpInput", "lpQueryLpQuery", "lpMapLpMap"})
own = AWSRequest("GET", os.environ["AWS_ENDPOINT_URL"] + "/prod/pets?api_key=lpApiKeyLpApiKey&lpBareLpBare")
SigV4Auth(session.get_credentials(), "execute-api", "us-east-1").add_auth(own)
requests.get(own.url, headers=dict(own.headers.items()), timeout=10)
seen.update({"lpApiKeyLpApiKey", "lpBareLpBare"})

for name, words in (("LP_SECRETS", seen), ("LP_SECRET_MEMBERS", bodies)):
    with open(os.environ[name], "w", encoding="ascii") as out:
        out.write("".join(f"{s}\n" for s in sorted(words)))
