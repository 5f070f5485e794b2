# SPDX-License-Identifier: MIT
"""The calls of ebpf.t through boto3."""
import boto3

large = b"0123456789abcdef" * (3 << 16)
s3 = boto3.client("s3")
s3.put_object(Bucket="lp-in", Key="dir/a.txt", Body=large)
assert s3.get_object(Bucket="lp-in", Key="dir/a.txt")["Body"].read() == large
s3.list_objects_v2(Bucket="lp-in")
boto3.client("sts").get_caller_identity()
boto3.client("dynamodb").get_item(TableName="lp-table", Key={"id": {"S": "1"}})
