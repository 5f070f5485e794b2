# SPDX-License-Identifier: MIT
"""The scenario that every client of tests/e2e/sdk/ plays: the parts named as arguments."""
import os
import sys

import boto3
from botocore.config import Config

BUCKET, KEY, TABLE = "lp-sdk", "in/a.txt", "lp-table"
QUEUE = os.environ["LP_QUEUE_URL"]
ROLE = "arn:aws:iam::123456789012:role/lp-deploy"
BODY = b"a line of an object\n" * 1000
CONFIG = Config(s3={"addressing_style": "path"})


def s3():
    c = boto3.client("s3", config=CONFIG)
    c.create_bucket(Bucket=BUCKET)
    c.put_object(Bucket=BUCKET, Key=KEY, Body=BODY)
    assert c.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == BODY
    assert c.list_objects_v2(Bucket=BUCKET, Prefix="in/")["KeyCount"] == 1
    c.delete_object(Bucket=BUCKET, Key=KEY)


def dynamodb():
    c = boto3.client("dynamodb")
    c.put_item(TableName=TABLE, Item={"id": {"S": "1"}})
    found = c.query(TableName=TABLE, KeyConditionExpression="id = :i", ExpressionAttributeValues={":i": {"S": "1"}})
    assert found["Count"] == 1


def sqs():
    c = boto3.client("sqs")
    c.send_message(QueueUrl=QUEUE, MessageBody="hello")
    assert c.receive_message(QueueUrl=QUEUE)["Messages"][0]["Body"] == "hello"


def sts():
    role = boto3.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="lp")["Credentials"]
    c = boto3.client("sqs", aws_access_key_id=role["AccessKeyId"], aws_secret_access_key=role["SecretAccessKey"],
                     aws_session_token=role["SessionToken"])
    c.send_message(QueueUrl=QUEUE, MessageBody="from a role")


for part in sys.argv[1:]:
    globals()[part]()
