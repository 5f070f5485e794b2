#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Keys with IAM's own special characters, and bodies that look like other requests."""
import boto3

KEYS = ["a$b", "c*d", "e?f", "g%h", "i\nj", "${aws:username}", 'k"l\\m', "n/../o", "\u00fc"]

s3 = boto3.client("s3")
for key in KEYS:
    s3.put_object(Bucket="lp-in", Key=key, Body=b'{"Bucket": "other", "Key": "else", "TableName": "t"}',
                  ContentType="application/json")

table = boto3.client("dynamodb")
table.put_item(TableName="lp-table", Item={"id": {"S": "1"}, "TableName": {"S": "other"}, "a(": {"S": "x"},
                                           "RequestItems": {"M": {"third": {"L": []}}}})
table.get_item(TableName="lp-table", Key={"id": {"S": "1"}}, ProjectionExpression="#t",
               ExpressionAttributeNames={"#t": "TableName"})
table.update_item(TableName="lp-table", Key={"id": {"S": "1"}}, UpdateExpression="SET #a = :v",
                  ExpressionAttributeNames={"#a": "a("}, ExpressionAttributeValues={
                      ":v": {"S": '{"TableName": "fourth"}'}})
