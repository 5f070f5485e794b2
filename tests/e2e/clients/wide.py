#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A little of many services."""
import io
import os
import zipfile

import boto3

ROLES = "arn:aws:iam::123456789012:role"

key = os.environ["LP_KEYID"]
kms = boto3.client("kms")
sealed = kms.encrypt(KeyId=key, Plaintext=b"hello")["CiphertextBlob"]
kms.decrypt(KeyId=f"arn:aws:kms:us-east-1:123456789012:key/{key}", CiphertextBlob=sealed)

boto3.client("secretsmanager").get_secret_value(SecretId="lp/db")
boto3.client("ssm").get_parameter(Name="/lp/cfg")
boto3.client("cloudwatch").put_metric_data(Namespace="lp", MetricData=[{"MetricName": "m", "Value": 1}])

logs = boto3.client("logs")
logs.put_log_events(logGroupName="/lp/app", logStreamName="one",
                    logEvents=[{"timestamp": 1766491200000, "message": '{"logGroupName": "other"}'}])
logs.describe_log_groups()

boto3.client("sns").publish(TopicArn="arn:aws:sns:us-east-1:123456789012:lp-topic", Message="TopicArn=x")

ecs = boto3.client("ecs")
ecs.describe_clusters(clusters=["lp-cluster"])
ecs.register_task_definition(family="lp-family", taskRoleArn=f"{ROLES}/tasks/lp-task",
                             executionRoleArn=f"{ROLES}/lp-exec",
                             containerDefinitions=[{"name": "c", "image": "i", "memory": 64}])

boto3.client("cloudformation").describe_stacks(StackName="lp-stack")

iam = boto3.client("iam")
iam.get_role(RoleName="lp-exec")
iam.list_roles()

code = io.BytesIO()
with zipfile.ZipFile(code, "w") as z:
    z.writestr("m.py", "def f(e, c): return e\n")
boto3.client("lambda").create_function(FunctionName="lp-new", Runtime="python3.12", Handler="m.f",
                                       Role=f"{ROLES}/lp-exec", Code={"ZipFile": code.getvalue()})
