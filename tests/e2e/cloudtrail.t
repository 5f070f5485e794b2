#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Events as CloudTrail delivers them, of many services, and the permissions each shows. Forms of parameters follow the
"Logging ... API calls" chapters of the services' guides; names and numbers are ours."""
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

LEASTPRIV = pathlib.Path(os.environ.get("BUILD", "build")).resolve() / "leastpriv"
A = "123456789012"
DATA = {"managementEvent": False, "eventCategory": "Data"}
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
RECORDS = []
tests = failed = 0


def ok(good, what, detail=""):
    global tests, failed
    tests += 1
    failed += not good
    print(("ok" if good else "not ok"), tests, "-", what)
    if not good and detail:
        print("\n".join("# " + line for line in str(detail).splitlines()))


def event(source, name, params, region="us-east-1", resources=None, response=None, **extra):
    ev = {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAEXAMPLEID:s", "arn": f"arn:aws:sts::{A}:assumed-role/app/s",
            "accountId": A, "accessKeyId": "ASIARZPUZDIKEXAMPLE",
            "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLEID", "accountId": A,
                                                 "arn": f"arn:aws:iam::{A}:role/service/app", "userName": "app"},
                               "attributes": {"creationDate": "2026-01-31T11:00:00Z", "mfaAuthenticated": "false"}}},
        "eventTime": "2026-01-31T12:00:00Z", "eventSource": source + ".amazonaws.com", "eventName": name,
        "awsRegion": region, "sourceIPAddress": "192.0.2.10", "userAgent": "aws-sdk", "requestParameters": params,
        "responseElements": response, "requestID": "79104EXAMPLEB723", "eventID": "0298example", "readOnly": False,
        "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": A, "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
                       "clientProvidedHostHeader": source + ".amazonaws.com"}}
    if resources is not None:
        ev["resources"] = resources
    ev.update(extra)
    return ev


def rec(source, name, params, want, **more):
    RECORDS.append((event(source, name, params, **more), want.split("\n") if isinstance(want, str) else want))


def arn(service, name, region="us-east-1", account=A):
    return f"arn:aws:{service}:{region}:{account}:{name}"


def res(*arns):
    return [{"accountId": A, "type": "AWS::Any::Thing", "ARN": a} for a in arns]


def s3_res(bucket, key=None):
    o = {"ARN": f"arn:aws:s3:::{bucket}/{key}"} if key else {"ARNPrefix": f"arn:aws:s3:::{bucket}/"}
    return [dict(o, type="AWS::S3::Object"), {"accountId": A, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"}]


def run(args, data):
    p = subprocess.run([LEASTPRIV, "cloudtrail", *args, "-"], input=data if isinstance(data, bytes) else data.encode(),
                       capture_output=True)
    return p.returncode, p.stdout.decode(), p.stderr.decode()


def permissions(log):
    got = set()
    for line in map(json.loads, log.splitlines()):
        for a in line.get("actions", []):
            if "possible" not in a.get("flags", []):
                # An account that the call did not name is the caller's.
                got |= {a["action"] + " " + r.replace(":*:", f":{A}:", 1) for r in a["resources"]}
    return sorted(got)


rec("s3", "GetObject", {"bucketName": "acme-reports", "Host": "acme-reports.s3.us-east-1.amazonaws.com", "key": "june/data.csv"},
    "s3:GetObject arn:aws:s3:::acme-reports/june/data.csv",
    resources=s3_res("acme-reports", "june/data.csv"), **DATA)
rec("s3", "ListObjects", {"list-type": "2", "bucketName": "acme-reports", "encoding-type": "url", "prefix": "june/", "Host": "s3.amazonaws.com"},
    "s3:ListBucket arn:aws:s3:::acme-reports",
    resources=s3_res("acme-reports"), **DATA)
rec("s3", "CopyObject", {"bucketName": "acme-reports", "Host": "h", "x-amz-copy-source": "acme-src/a b.md", "key": "copy.md"},
    "s3:GetObject arn:aws:s3:::acme-src/a b.md\n"
    "s3:PutObject arn:aws:s3:::acme-reports/copy.md", **DATA)
rec("s3", "PutBucketPublicAccessBlock", {"bucketName": "acme-reports", "PublicAccessBlockConfiguration": {}, "publicAccessBlock": ""},
    "s3:PutBucketPublicAccessBlock arn:aws:s3:::acme-reports")
rec("s3", "DeleteObjects", {"bucketName": "acme-reports", "delete": "", "Host": "h"},
    "s3:DeleteObject arn:aws:s3:::acme-reports/*",
    resources=s3_res("acme-reports"), **DATA)
rec("dynamodb", "PutItem", {"tableName": "orders", "key": {"id": {"S": "1"}}, "items": ["id"]},
    f"dynamodb:PutItem arn:aws:dynamodb:us-east-1:{A}:table/orders",
    resources=res(f"arn:aws:dynamodb:us-east-1:{A}:table/orders"), **DATA)
rec("dynamodb", "TransactWriteItems", {"requestItems": [{"operation": "Put", "tableName": "orders", "key": {"id": "1"}},
                                                       {"operation": "ConditionCheck", "TableName": "stock"}]},
    f"dynamodb:PutItem arn:aws:dynamodb:us-east-1:{A}:table/orders\n"
    f"dynamodb:ConditionCheckItem arn:aws:dynamodb:us-east-1:{A}:table/stock", **DATA)
rec("dynamodb", "BatchExecuteStatement", {"requestItems": [{"statement": "UPDATE Music SET Album = ***(Redacted) WHERE Artist = 'x'"},
                                                          {"statement": "INSERT INTO Films VALUE {'a' : ***(Redacted)}"}]},
    f"dynamodb:PartiQLUpdate arn:aws:dynamodb:us-east-1:{A}:table/Music\n"
    f"dynamodb:PartiQLInsert arn:aws:dynamodb:us-east-1:{A}:table/Films", **DATA)
rec("dynamodb", "CreateTable", {"tableName": "orders", "attributeDefinitions": [], "keySchema": [], "billingMode": "PAY_PER_REQUEST"},
    f"dynamodb:CreateTable arn:aws:dynamodb:us-east-1:{A}:table/orders", apiVersion="2012-08-10")
rec("ec2", "TerminateInstances", {"instancesSet": {"items": [{"instanceId": "i-0a"}, {"instanceId": "i-0b"}]}},
    f"ec2:TerminateInstances arn:aws:ec2:us-east-1:{A}:instance/i-0a\n"
    f"ec2:TerminateInstances arn:aws:ec2:us-east-1:{A}:instance/i-0b")
rec("ec2", "RunInstances", {"instancesSet": {"items": [{"imageId": "ami-0a", "minCount": 1, "maxCount": 1, "keyName": "k"}]}, "groupSet": {"items": [{"groupId": "sg-0a"}]}, "instanceType": "t3.micro", "subnetId": "subnet-0a", "iamInstanceProfile": {"name": "web"}, "blockDeviceMapping": {}, "tagSpecificationSet": {"items": [{"resourceType": "instance", "tags": [{"key": "Name", "value": "x"}]}]}},
    f"ec2:CreateTags arn:aws:ec2:us-east-1:{A}:instance/*\n"
    f"ec2:RunInstances arn:aws:ec2:us-east-1:{A}:instance/*\n"
    f"ec2:RunInstances arn:aws:ec2:us-east-1:{A}:key-pair/k\n"
    f"ec2:RunInstances arn:aws:ec2:us-east-1:{A}:network-interface/*\n"
    f"ec2:RunInstances arn:aws:ec2:us-east-1:{A}:security-group/sg-0a\n"
    f"ec2:RunInstances arn:aws:ec2:us-east-1:{A}:subnet/subnet-0a\n"
    f"ec2:RunInstances arn:aws:ec2:us-east-1:{A}:volume/*\n"
    "ec2:RunInstances arn:aws:ec2:us-east-1::image/ami-0a\n"
    f"iam:PassRole arn:aws:iam::{A}:role/*",
    response={"instancesSet": {"items": [{"instanceId": "i-0c"}]}})
rec("ec2", "DeleteFlowLogs", {"DeleteFlowLogsRequest": {"FlowLogId": {"content": "fl-0a", "tag": 1}}},
    f"ec2:DeleteFlowLogs arn:aws:ec2:us-east-1:{A}:vpc-flow-log/fl-0a")
rec("ec2", "CreateTrafficMirrorSession", {"CreateTrafficMirrorSessionRequest": {"NetworkInterfaceId": "eni-0a", "TrafficMirrorFilterId": "tmf-0a", "TrafficMirrorTargetId": "tmt-0a"}},
    f"ec2:CreateTrafficMirrorSession arn:aws:ec2:us-east-1:{A}:network-interface/eni-0a\n"
    f"ec2:CreateTrafficMirrorSession arn:aws:ec2:us-east-1:{A}:traffic-mirror-filter/tmf-0a\n"
    f"ec2:CreateTrafficMirrorSession arn:aws:ec2:us-east-1:{A}:traffic-mirror-session/*\n"
    f"ec2:CreateTrafficMirrorSession arn:aws:ec2:us-east-1:{A}:traffic-mirror-target/tmt-0a")
rec("ec2", "AuthorizeSecurityGroupIngress", {"groupId": "sg-0a", "ipPermissions": {"items": [{"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "groups": {}, "ipRanges": {"items": [{"cidrIp": "10.0.0.0/8"}]}}]}},
    f"ec2:AuthorizeSecurityGroupIngress arn:aws:ec2:us-east-1:{A}:security-group/sg-0a")
rec("ec2", "CreateTags", {"resourcesSet": {"items": [{"resourceId": "i-0a"}, {"resourceId": "vol-0a"}]}, "tagSet": {"items": [{"key": "a", "value": "b"}]}},
    f"ec2:CreateTags arn:aws:ec2:us-east-1:{A}:instance/i-0a\n"
    f"ec2:CreateTags arn:aws:ec2:us-east-1:{A}:volume/vol-0a")
rec("ec2", "DescribeInstances", {"instancesSet": {}, "filterSet": {}},
    "ec2:DescribeInstances *")
rec("ec2", "AttachVolume", {"volumeId": "vol-0a", "instanceId": "i-0a", "device": "/dev/sdf"},
    f"ec2:AttachVolume arn:aws:ec2:us-east-1:{A}:instance/i-0a\n"
    f"ec2:AttachVolume arn:aws:ec2:us-east-1:{A}:volume/vol-0a")
rec("lambda", "CreateFunction20150331", {"functionName": "f", "role": f"arn:aws:iam::{A}:role/fn", "runtime": "nodejs20.x", "code": {}, "handler": "x", "environment": {}},
    f"iam:PassRole arn:aws:iam::{A}:role/fn\n"
    f"lambda:CreateFunction arn:aws:lambda:us-east-1:{A}:function:f")
rec("lambda", "UpdateFunctionCode20150331v2", {"functionName": "f", "publish": False, "dryRun": False},
    f"lambda:UpdateFunctionCode arn:aws:lambda:us-east-1:{A}:function:f")
rec("lambda", "Invoke", {"functionName": f"arn:aws:lambda:us-east-1:{A}:function:f:live"},
    f"lambda:InvokeFunction arn:aws:lambda:us-east-1:{A}:function:f:live",
    resources=res(f"arn:aws:lambda:us-east-1:{A}:function:f"), **DATA)
rec("cloudfront", "CreateInvalidation2020_05_31", {"distributionId": "E1", "invalidationBatch": {"paths": {}}},
    f"cloudfront:CreateInvalidation arn:aws:cloudfront::{A}:distribution/E1")
rec("cloudfront", "UpdateDistribution2020_05_31", {"id": "E1", "ifMatch": "x", "distributionConfig": {"webACLId": ""}},
    f"cloudfront:UpdateDistribution arn:aws:cloudfront::{A}:distribution/E1")
rec("route53", "ChangeResourceRecordSets", {"hostedZoneId": "Z1", "changeBatch": {"changes": [{"action": "UPSERT", "resourceRecordSet": {"name": "a.example.com.", "type": "A"}}]}},
    "route53:ChangeResourceRecordSets arn:aws:route53:::hostedzone/Z1")
rec("iam", "AttachRolePolicy", {"roleName": "r", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
    f"iam:AttachRolePolicy arn:aws:iam::{A}:role/r")
rec("iam", "CreateUser", {"userName": "bob", "path": "/dev/"},
    f"iam:CreateUser arn:aws:iam::{A}:user/dev/bob")
rec("iam", "CreateAccessKey", {"userName": "bob"},
    f"iam:CreateAccessKey arn:aws:iam::{A}:user/bob")
rec("sts", "AssumeRole", {"roleArn": f"arn:aws:iam::{A}:role/deploy", "roleSessionName": "x"},
    f"sts:AssumeRole arn:aws:iam::{A}:role/deploy",
    resources=res(f"arn:aws:iam::{A}:role/deploy"),
    response={"credentials": {"accessKeyId": "ASIARZPUZDIKDEPLOYAA", "sessionToken": "SECRET", "expiration": "x"}, "assumedRoleUser": {"assumedRoleId": "AROA:x", "arn": f"arn:aws:sts::{A}:assumed-role/deploy/x"}})
rec("kms", "Decrypt", {"encryptionContext": {}, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
    f"kms:Decrypt arn:aws:kms:us-east-1:{A}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    resources=res(f"arn:aws:kms:us-east-1:{A}:key/1234abcd-12ab-34cd-56ef-1234567890ab"))
rec("kms", "GenerateDataKey", {"keyId": "alias/app", "keySpec": "AES_256"},
    f"kms:GenerateDataKey arn:aws:kms:us-east-1:{A}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    resources=res(f"arn:aws:kms:us-east-1:{A}:key/1234abcd-12ab-34cd-56ef-1234567890ab"))
rec("secretsmanager", "GetSecretValue", {"secretId": "prod/db", "versionStage": "AWSCURRENT"},
    f"secretsmanager:GetSecretValue arn:aws:secretsmanager:us-east-1:{A}:secret:prod/db-??????")
rec("ssm", "GetParameters", {"names": ["/app/a", "/app/b"], "withDecryption": True},
    f"ssm:GetParameters arn:aws:ssm:us-east-1:{A}:parameter/app/a\n"
    f"ssm:GetParameters arn:aws:ssm:us-east-1:{A}:parameter/app/b")
rec("sqs", "CreateQueue", {"queueName": "mail"},
    f"sqs:CreateQueue arn:aws:sqs:us-east-1:{A}:mail",
    response={"queueUrl": f"https://sqs.us-east-1.amazonaws.com/{A}/mail"})
rec("sqs", "SendMessage", {"queueUrl": f"https://sqs.us-east-1.amazonaws.com/{A}/mail", "messageBody": "HIDDEN_DUE_TO_SECURITY_REASONS"},
    f"sqs:SendMessage arn:aws:sqs:us-east-1:{A}:mail", **DATA)
rec("sns", "Publish", {"topicArn": f"arn:aws:sns:us-east-1:{A}:news", "message": "HIDDEN_DUE_TO_SECURITY_REASONS"},
    f"sns:Publish arn:aws:sns:us-east-1:{A}:news", **DATA)
rec("rds", "DeleteDBInstance", {"dBInstanceIdentifier": "db1", "skipFinalSnapshot": True},
    f"rds:DeleteDBInstance arn:aws:rds:us-east-1:{A}:db:db1")
rec("rds", "CreateDBInstance", {"dBInstanceIdentifier": "db1", "dBInstanceClass": "db.t3.micro", "engine": "mysql", "masterUsername": "a", "masterUserPassword": "****", "dBSubnetGroupName": "sub", "vpcSecurityGroupIds": ["sg-0a"]},
    f"rds:CreateDBInstance arn:aws:rds:us-east-1:{A}:db:db1\n"
    f"rds:CreateDBInstance arn:aws:rds:us-east-1:{A}:subgrp:sub")
rec("monitoring", "PutMetricAlarm", {"alarmName": "cpu", "metricName": "CPUUtilization", "namespace": "AWS/EC2"},
    f"cloudwatch:PutMetricAlarm arn:aws:cloudwatch:us-east-1:{A}:alarm:cpu")
rec("monitoring", "DeleteAlarms", {"alarmNames": ["cpu", "mem"]},
    f"cloudwatch:DeleteAlarms arn:aws:cloudwatch:us-east-1:{A}:alarm:cpu\n"
    f"cloudwatch:DeleteAlarms arn:aws:cloudwatch:us-east-1:{A}:alarm:mem")
rec("logs", "CreateLogGroup", {"logGroupName": "/app"},
    f"logs:CreateLogGroup arn:aws:logs:us-east-1:{A}:log-group:/app:*")
rec("events", "PutRule", {"name": "nightly", "scheduleExpression": "rate(1 day)"},
    f"events:PutRule arn:aws:events:us-east-1:{A}:rule/nightly")
rec("events", "PutTargets", {"rule": "nightly", "targets": [{"id": "1", "arn": f"arn:aws:lambda:us-east-1:{A}:function:f"}]},
    f"events:PutTargets arn:aws:events:us-east-1:{A}:rule/nightly")
rec("autoscaling", "UpdateAutoScalingGroup", {"autoScalingGroupName": "asg", "minSize": 1},
    f"autoscaling:UpdateAutoScalingGroup arn:aws:autoscaling:us-east-1:{A}:autoScalingGroup:*:autoScalingGroupName/asg")
rec("cloudformation", "CreateStack", {"stackName": "net", "templateURL": "https://x", "parameters": []},
    f"cloudformation:CreateStack arn:aws:cloudformation:us-east-1:{A}:stack/net/*",
    response={"stackId": f"arn:aws:cloudformation:us-east-1:{A}:stack/net/abc"})
rec("ecs", "UpdateService", {"cluster": "prod", "service": "web", "desiredCount": 2},
    f"ecs:UpdateService arn:aws:ecs:us-east-1:{A}:service/prod/web")
rec("ecr", "BatchGetImage", {"registryId": f"{A}", "repositoryName": "app", "imageIds": [{"imageTag": "latest"}]},
    f"ecr:BatchGetImage arn:aws:ecr:us-east-1:{A}:repository/app",
    resources=res(f"arn:aws:ecr:us-east-1:{A}:repository/app"))
rec("eks", "DescribeCluster", {"name": "prod"},
    f"eks:DescribeCluster arn:aws:eks:us-east-1:{A}:cluster/prod")
rec("eks", "CreateNodegroup", {"clusterName": "prod", "nodegroupName": "ng", "nodeRole": f"arn:aws:iam::{A}:role/node", "subnets": ["subnet-0a"]},
    f"eks:CreateNodegroup arn:aws:eks:us-east-1:{A}:cluster/prod\n"
    f"iam:GetRole arn:aws:iam::{A}:role/node\n"
    f"iam:ListAttachedRolePolicies arn:aws:iam::{A}:role/node\n"
    f"iam:PassRole arn:aws:iam::{A}:role/node")
rec("kinesis", "PutRecord", {"streamName": "clicks", "partitionKey": "x", "data": "HIDDEN_DUE_TO_SECURITY_REASONS"},
    f"kinesis:PutRecord arn:aws:kinesis:us-east-1:{A}:stream/clicks", **DATA)
rec("firehose", "CreateDeliveryStream", {"deliveryStreamName": "d", "extendedS3DestinationConfiguration": {"roleARN": f"arn:aws:iam::{A}:role/fh", "bucketARN": "arn:aws:s3:::b"}},
    f"firehose:CreateDeliveryStream arn:aws:firehose:us-east-1:{A}:deliverystream/d\n"
    f"iam:PassRole arn:aws:iam::{A}:role/fh")
rec("states", "StartExecution", {"stateMachineArn": f"arn:aws:states:us-east-1:{A}:stateMachine:m", "input": "***"},
    f"states:StartExecution arn:aws:states:us-east-1:{A}:stateMachine:m")
rec("glue", "StartJobRun", {"jobName": "etl", "arguments": {}},
    f"glue:StartJobRun arn:aws:glue:us-east-1:{A}:job/etl")
rec("athena", "StartQueryExecution", {"queryString": "***", "workGroup": "primary", "resultConfiguration": {}},
    f"athena:StartQueryExecution arn:aws:athena:us-east-1:{A}:workgroup/primary")
rec("apigateway", "CreateDeployment", {"restApiId": "abc", "createDeploymentInput": {"stageName": "prod"}},
    "apigateway:POST arn:aws:apigateway:us-east-1::/restapis/abc/deployments")
rec("cognito-idp", "AdminGetUser", {"userPoolId": "us-east-1_abc", "username": "HIDDEN_DUE_TO_SECURITY_REASONS"},
    f"cognito-idp:AdminGetUser arn:aws:cognito-idp:us-east-1:{A}:userpool/us-east-1_abc")
rec("elasticache", "CreateCacheCluster", {"cacheClusterId": "c1", "engine": "redis", "numCacheNodes": 1},
    f"elasticache:CreateCacheCluster arn:aws:elasticache:us-east-1:{A}:cluster:c1\n"
    f"elasticache:CreateCacheCluster arn:aws:elasticache:us-east-1:{A}:parametergroup:*")
rec("redshift", "DescribeClusters", {"clusterIdentifier": "dw"},
    f"redshift:DescribeClusters arn:aws:redshift:us-east-1:{A}:cluster:dw")
rec("elasticfilesystem", "DeleteFileSystem", {"fileSystemId": "fs-0a"},
    f"elasticfilesystem:DeleteFileSystem arn:aws:elasticfilesystem:us-east-1:{A}:file-system/fs-0a")
rec("guardduty", "GetDetector", {"detectorId": "d0a"},
    f"guardduty:GetDetector arn:aws:guardduty:us-east-1:{A}:detector/d0a")
rec("codebuild", "StartBuild", {"projectName": "ci"},
    f"codebuild:StartBuild arn:aws:codebuild:us-east-1:{A}:project/ci")
rec("codecommit", "GitPull", None,
    f"codecommit:GitPull arn:aws:codecommit:us-east-1:{A}:repo",
    resources=res(f"arn:aws:codecommit:us-east-1:{A}:repo"))
rec("acm", "RequestCertificate", {"domainName": "example.com"},
    "acm:RequestCertificate *")
rec("sagemaker", "CreateEndpoint", {"endpointName": "e", "endpointConfigName": "c"},
    f"sagemaker:CreateEndpoint arn:aws:sagemaker:us-east-1:{A}:endpoint-config/c\n"
    f"sagemaker:CreateEndpoint arn:aws:sagemaker:us-east-1:{A}:endpoint/e")
rec("organizations", "DescribeAccount", {"accountId": "111122223333"},
    f"organizations:DescribeAccount arn:aws:organizations::{A}:account/o-*/111122223333")
rec("batch", "SubmitJob", {"jobName": "j", "jobQueue": "q", "jobDefinition": "d:1"},
    f"batch:SubmitJob arn:aws:batch:us-east-1:{A}:job-definition/d:1\n"
    f"batch:SubmitJob arn:aws:batch:us-east-1:{A}:job-queue/q\n"
    f"batch:SubmitJob arn:aws:batch:us-east-1:{A}:job/*")
rec("bedrock", "InvokeModel", {"modelId": "anthropic.claude-v2"},
    "bedrock:InvokeModel arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2")
rec("amazonmq", "DescribeBroker", {"brokerId": "b-1"},
    f"mq:DescribeBroker arn:aws:mq:us-east-1:{A}:broker:*:b-1")
rec("cassandra", "Select", {"keyspaceName": "k", "tableName": "t"},
    f"cassandra:Select arn:aws:cassandra:us-east-1:{A}:/keyspace/k/table/t",
    resources=res(f"arn:aws:cassandra:us-east-1:{A}:/keyspace/k/table/t"), **DATA)
rec("tagging", "GetResources", {},
    "tag:GetResources *")
rec("email", "SendEmail", {"source": "a@example.com"},
    f"ses:SendEmail arn:aws:ses:us-east-1:{A}:identity/*")
rec("ses", "SendEmail", {"fromEmailAddress": "a@example.com", "destination": {}},
    f"ses:SendEmail arn:aws:ses:us-east-1:{A}:identity/*")
rec("health", "DescribeEvents", {},
    "health:DescribeEvents *")
rec("es", "DescribeDomain", {"domainName": "logs"},
    f"es:DescribeDomain arn:aws:es:us-east-1:{A}:domain/logs")
rec("elasticloadbalancing", "DeleteLoadBalancer", {"loadBalancerName": "old"},
    f"elasticloadbalancing:DeleteLoadBalancer arn:aws:elasticloadbalancing:us-east-1:{A}:loadbalancer/old",
    apiVersion="2012-06-01")
rec("elasticloadbalancing", "DeleteLoadBalancer",
    {"loadBalancerArn": arn("elasticloadbalancing", "loadbalancer/app/web/50dc6c495c0c9188")},
    f"elasticloadbalancing:DeleteLoadBalancer arn:aws:elasticloadbalancing:us-east-1:{A}:loadbalancer/app/web/50dc6c495c0c9188",
    apiVersion="2015-12-01")

# --- each event by itself ------------------------------------------------------------------------------------------
services = {ev["eventSource"] for ev, _ in RECORDS}
for ev, want in RECORDS:
    _, out, err = run(["--calls", "-", "-o", "/dev/null"], json.dumps({"Records": [ev]}))
    got = permissions(out)
    ok(got == sorted(want), f"{ev['eventSource'].split('.')[0]} {ev['eventName']}", f"got  {got}\nwant {sorted(want)}\n{err}")
ok(len(services) >= 30, f"events of {len(services)} services")

# --- every form gives the same policy --------------------------------------------------------------------------------
events = [ev for ev, _ in RECORDS]
delivered = json.dumps({"Records": events})
strict, policy, _ = run(["--strict"], delivered)
ok('"Statement"' in policy, "delivered form gives a policy")


def presto(value):
    """A structure as Athena prints it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k.lower()}={presto(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(presto, value)) + "]"
    return "null" if value is None else str(value)


def athena(evs, quoted=True):
    columns = ["eventversion", "useridentity", "eventtime", "eventsource", "eventname", "awsregion", "sourceipaddress",
               "errorcode", "errormessage", "requestparameters", "responseelements", "resources", "eventtype", "apiversion"]
    names = {c.lower(): c for ev in evs for c in ev}
    rows = [",".join(f'"{c}"' for c in columns)]
    for ev in evs:
        cells = []
        for c in columns:
            v = ev.get(names.get(c, c))
            text = "" if v is None else json.dumps(v) if c in ("requestparameters", "responseelements") else presto(v)
            cells.append('"' + text.replace('"', '""') + '"')
        rows.append(",".join(cells))
    return "\r\n".join(rows) + "\r\n"


def lake(evs, left_out=(), cell=lambda name, text: {name: text}):
    """Rows of CloudTrail Lake, which keeps parameters as maps of texts."""
    rows = []
    for ev in evs:
        row = []
        for name, v in ev.items():
            if name in ("requestParameters", "responseElements") and v:
                v = {k: w if isinstance(w, str) else json.dumps(w) for k, w in v.items()}
                v = "{" + ", ".join(f"{k}={w}" for k, w in v.items()) + "}"
            if name not in left_out and v is not None:
                row.append(cell(name, v if isinstance(v, str) else presto(v)))
        rows.append(row)
    return rows


def ocsf(ev, version):
    """As Security Lake has it."""
    user, p, answer = ev["userIdentity"], ev.get("requestParameters"), ev.get("responseElements")
    who, params = {"type": user["type"], "credential_uid": user.get("accessKeyId"), "account_uid": user.get("accountId")}, {}
    if version == "1.5":
        who.update(uid=user.get("arn"), uid_alt=user.get("principalId"))
    else:
        who.update(uid=user.get("principalId"), uuid=user.get("arn"))
    if version == "flat" and p and all(isinstance(v, str) for v in p.values()):
        params = {f"requestParameters.{k}": v for k, v in p.items()}
    return {"activity_id": 2, "actor": {"invoked_by": user.get("invokedBy"), "user": who, "session": {
                "is_mfa": False, "issuer": user.get("sessionContext", {}).get("sessionIssuer", {}).get("arn")}},
            "api": {"operation": ev["eventName"], "request": {"uid": ev.get("requestID"), "data": "" if params or p is None else json.dumps(p)},
                    "response": {"error": ev.get("errorCode"), "message": ev.get("errorMessage"), "data": json.dumps(answer) if answer else ""},
                    "service": {"name": ev["eventSource"]}, "version": ev.get("apiVersion")},
            "class_uid": 6003, "cloud": {"account": {"uid": A}, "provider": "AWS", "region": ev["awsRegion"]},
            "metadata": {"event_code": ev.get("eventType"), "product": {"feature": {"name": ev.get("eventCategory")}, "name": "CloudTrail"}},
            "resources": [{"owner": {"account": {"uid": A}}, "type": r.get("type"), "uid": r.get("ARN") or r.get("arn")} for r in ev.get("resources") or []],
            "src_endpoint": {"domain": "", "ip": ev.get("sourceIPAddress")}, "time": 1769860800000, "time_dt": "2026-01-31T13:00:00+01:00",
            "unmapped": {"managementEvent": str(ev.get("managementEvent", "")).lower(), **params}}


lines = "".join(json.dumps(ev) + "\n" for ev in events)
forms = {
    "gzip": gzip.compress(delivered.encode()),
    "two gzip members": gzip.compress(lines[:5000].encode()) + gzip.compress(lines[5000:].encode()),
    "pretty-printed": json.dumps({"Records": events}, indent=2),
    "an event a line": lines,
    "an event a line behind its time": "".join("2026-01-31T12:00:00.000Z " + json.dumps(ev) + "\n" for ev in events),
    "lookup-events": json.dumps({"Events": [{"EventId": "1", "Username": "s", "CloudTrailEvent": json.dumps(ev)} for ev in events]}),
    "EventBridge": "".join(json.dumps({"version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3",
                                       "resources": [], "detail": ev}) + "\n" for ev in events),
    "CloudWatch Logs": json.dumps({"messageType": "DATA_MESSAGE", "logGroup": "trail",
                                   "logEvents": [{"id": "1", "timestamp": 1, "message": json.dumps(ev)} for ev in events]}),
    "filter-log-events": json.dumps({"events": [{"logStreamName": "1", "message": json.dumps(ev)} for ev in events], "searchedLogStreams": []}, indent=4),
    "a JSON array": json.dumps(events),
    "lookup-events --query": json.dumps([json.dumps(ev) for ev in events], indent=4),
    "Firehose's gzip around CloudWatch's": gzip.compress(b"".join(gzip.compress(json.dumps(
        {"messageType": kind, "logEvents": [{"message": m} for m in messages]}).encode()) for kind, messages in (
            ("CONTROL_MESSAGE", ["CWL CONTROL MESSAGE: Checking health of destination Firehose."]),
            ("DATA_MESSAGE", map(json.dumps, events))))),
    "get-query-results": json.dumps({"results": [[{"field": "@timestamp", "value": "2026"}, {"field": "@message", "value": json.dumps(ev)},
                                                  {"field": "@ptr", "value": "C"}] for ev in events], "status": "Complete"}, indent=4),
    "messages of a queue": json.dumps({"Messages": [{"MessageId": "1", "Body": json.dumps({"detail": ev})} for ev in events]}),
    **{f"OCSF, {v}": "".join(json.dumps(ocsf(ev, v)) + "\n" for ev in events) for v in ("1.5", "1.0", "flat")},
    "Athena": athena(events),
    "rows of CloudTrail Lake": json.dumps({"QueryStatus": "FINISHED", "QueryStatistics": {"ResultsCount": len(events), "BytesScanned": 1},
                                           "QueryResultRows": lake(events), "NextToken": "x"}),
    "the same, pretty-printed": json.dumps({"QueryStatus": "FINISHED", "QueryResultRows": lake(events)}, indent=4),
    "rows of CloudWatch Logs": json.dumps(lake(events, cell=lambda name, text: {"field": name, "value": text})),
}
for name, text in forms.items():
    code, out, err = run(["--strict"], text)
    ok((code, out) == (strict, policy), f"the same policy from: {name}", err)
without = "without requestParameters: what calls were made on is not known"
short = lake(events, ("requestParameters",))
for name, text in (
        ("a table", "\n".join(line for line in athena(events[:3]).replace("requestparameters", "other").splitlines())),
        ("rows of Athena", json.dumps({"ResultSet": {"Rows": [{"Data": [{"VarCharValue": c} for c in row]} for row in (
            ("eventsource", "eventname"), ("sqs.amazonaws.com", "SendMessage"))]}})),
        ("rows of CloudTrail Lake", json.dumps({"QueryResultRows": short})),
        ("objects of Athena", "".join(json.dumps({k.lower(): v for k, v in ev.items() if k != "requestParameters"}) + "\n" for ev in events))):
    code, _, err = run([], text)
    ok(code == 0 and without in err, f"what lacks parameters is said of {name}", err)
ok(without not in run([], lines.split("\n")[0] + "\n" + json.dumps({"eventSource": "kms.amazonaws.com", "eventName": "ListKeys"}))[2],
   "not where one record has none")
many = [dict(events[i % len(events)], requestID=f"{i:0400}") for i in range(12000)]
code, out, err = run([], json.dumps({"QueryStatus": "FINISHED", "QueryResultRows": lake(many)}))
ok(code == 0 and out == policy, "results of many megabytes, whose list does not come first", err)
for name, text in (("OCSF", json.dumps(ocsf(events[0], "1.5"), indent=2)),
                   ("Athena", athena([dict(events[0], eventTime="2026-01-31 12:00:00.000")]))):
    code, out, err = run(["--calls", "-", "-o", "/dev/null"], text)
    ok('"time":"2026-01-31T12:00:00' in out, f"the time of {name}", out)
rows = [["useridentity", *(c.lower() for c in ("eventTime", "eventSource", "eventName", "awsRegion", "requestParameters"))],
        *([json.dumps(ev["userIdentity"]), *(ev[c] for c in ("eventTime", "eventSource", "eventName", "awsRegion")),
           json.dumps(ev.get("requestParameters"))] for ev in many)]
table = "\n".join(",".join('"' + c.replace('"', '""') + '"' for c in row) for row in rows)
result = {"UpdateCount": 0, "ResultSet": {"Rows": [{"Data": [{"VarCharValue": c} for c in row]} for row in rows], "ResultSetMetadata": {"ColumnInfo": [{}]}}}
code, out, err = run(["--strict"], json.dumps(result, indent=4))
ok(code == 0 and out == run([], table)[1], "results of Athena of many megabytes", err)
code, _, err = run([], delivered.encode("utf-16"))
ok(code == 2 and "UTF-16" in err, "text in UTF-16 is named", err)

# --- broken files ------------------------------------------------------------------------------------------------------
broken = "".join(["not a record\n", lines.split("\n")[0] + "\n", lines.split("\n")[1][:90] + "\n", lines.split("\n")[2] + "\n"])
code, out, err = run(["--calls", "-", "-o", "/dev/null"], broken)
ok(code == 0 and len(permissions(out)) == 3, "what surrounds broken lines is used", out + err)
ok("stdin:1: skipped" in err and "stdin:3: skipped: torn" in err, "broken lines are named by number", err)
packed = gzip.compress(lines.encode())
code, out, err = run(["--calls", "-", "-o", "/dev/null"], packed[: len(packed) * 2 // 3])
ok(code == 0 and len(permissions(out)) > 10 and "ends in the middle" in err, "a cut gzip file keeps what came before", err)
code, out, err = run([], packed[: len(packed) // 2] + b"\0" * 500 + packed[len(packed) // 2 + 500:])
ok(code == 0 and "is damaged" in err, "so does a damaged one", err)
code, out, err = run([], gzip.compress(gzip.compress(lines.encode() + bytes(70 << 20))))
ok(out == policy and "tiny part" in err, "what is packed to next to nothing is not unpacked to its end", err)
code, _, err = run([], "{}\n")
ok(code == 2 and "not a CloudTrail log (line 1: " in err and "skipped" not in err, "what is no log is refused, once", err)

# --- who -----------------------------------------------------------------------------------------------------------------
user = {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": f"arn:aws:iam::{A}:user/dev/ana", "accountId": A,
        "accessKeyId": "AKIARZPUZDIKAMBVUEID", "userName": "ana"}
get = {"bucketName": "acme", "key": "k"}
who = [
    event("s3", "GetObject", get, userIdentity=user, **DATA),
    event("s3", "GetObject", get, userIdentity={"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}),
    event("s3", "GetObject", get, userIdentity={"type": "AWSAccount", "principalId": "AIDA", "accountId": "210987654321"}),
    event("signin", "ConsoleLogin", None, userIdentity=user, eventType="AwsConsoleSignIn"),
    event("ec2", "SharedSnapshotVolumeCreated", None, userIdentity=user, eventType="AwsServiceEvent"),
    event("ec2", "DescribeInstances", {}, userIdentity={
        "type": "AssumedRole", "arn": f"arn:aws:sts::{A}:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling", "accountId": A,
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::{A}:role/aws-service-role/"
                                             "autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"}}}),
    event("sts", "AssumeRoleWithSAML", {"roleArn": f"arn:aws:iam::{A}:role/deploy"}, userIdentity={"type": "SAMLUser"},
          response={"credentials": {"accessKeyId": "ASIARZPUZDIKDEPLOYAA", "sessionToken": "lpTokenMustNotShow"},
                    "assumedRoleUser": {"arn": f"arn:aws:sts::{A}:assumed-role/deploy/ana"}}),
    event("kms", "Decrypt", None, userIdentity=dict(user, invokedBy="s3.amazonaws.com"), resources=res(arn("kms", "key/" + KEY))),
    event("ec2", "StopInstances", {"instancesSet": {"items": [{"instanceId": "i-0d"}]}}, userIdentity=user,
          errorCode="Client.UnauthorizedOperation", errorMessage="You are not authorized to perform this operation."),
    event("s3", "PutObject", {"bucketName": "acme", "key": "x"}, userIdentity=user, errorCode="AccessDenied",
          errorMessage=f"User: arn:aws:iam::{A}:user/dev/ana is not authorized to perform: s3:PutObjectTagging on resource: "
                       "\"arn:aws:s3:::acme/x\" because no identity-based policy allows the s3:PutObjectTagging action", **DATA),
]
code, log, err = run(["--calls", "-", "-o", "/dev/null"], json.dumps({"Records": who}))
who_lines = [json.loads(line) for line in log.splitlines()]
calls = [c for c in who_lines if c.get("actions")]
ok({c["identity"] for c in calls} == {user["arn"]}, "calls belong to the user alone", log)
for left in ("1 call by an AWS service in", "1 call by a service-linked", "1 call from another account", "1 console sign-in\n",
             "1 event that is no call\n"):
    ok("left out: " + left in err, f"said: {left}", err)
ok({"accessKeyId": "ASIARZPUZDIKDEPLOYAA", "kind": "issued", "value": f"arn:aws:iam::{A}:role/deploy"}
   in [f for c in who_lines for f in c.get("facts", [])], "a session's key is tied to its role", log)
ok("lpTokenMustNotShow" not in log, "session tokens stay out", log)
got = {(c["actions"][0]["action"], tuple(c["actions"][0].get("flags", []))) for c in calls}
ok(("kms:Decrypt", ("dependent",)) in got, "calls with the caller's rights depend on the service", got)
ok(("s3:PutObjectTagging", ("denied",)) in got, "AWS's own message of refusal is read", got)
unlogged = [event("dynamodb", "GetItem", None, errorCode="AccessDenied", errorMessage=f"User: x is not authorized to perform: "
                  f"dynamodb:GetItem on resource: {arn('dynamodb', 'table/t')} because no identity-based policy allows it"),
            event("dynamodb", "GetItem", {"tableName": "u"}), event("dynamodb", "DeleteTable", None)]
_, out, _ = run([], json.dumps({"Records": unlogged}))
statements = json.loads(out)["Statement"]
ok({r.split("/")[-1] for s in statements if "dynamodb:GetItem" in s["Action"] for r in s["Resource"]} == {"t", "u"},
   "of a refused call without parameters the message names the resource", out)
ok([s["Resource"] for s in statements if "dynamodb:DeleteTable" in s["Action"]][0][0].endswith("table/*"), "else it is open", out)
_, out, _ = run(["--only-denied"], json.dumps({"Records": who}))
ok("ec2:StopInstances" in out and "s3:PutObjectTagging" in out and "s3:GetObject" not in out, "--only-denied", out)

# --- filters ---------------------------------------------------------------------------------------------------------------
mixed = [event("sqs", "CreateQueue", {"queueName": "a"}), event("sqs", "CreateQueue", {"queueName": "b"}, userIdentity=user),
         event("sqs", "CreateQueue", {"queueName": "c"}, region="eu-west-1"),
         event("sqs", "CreateQueue", {"queueName": "d"}, sourceIPAddress="2001:db8::7"),
         event("sqs", "CreateQueue", {"queueName": "e"}, eventTime="2026-02-01T00:00:00Z"),
         event("sqs", "CreateQueue", {"queueName": "f"}, sourceIPAddress="cloudformation.amazonaws.com")]
for args, want in (
        ([], "abcdef"), (["--only-role", "app"], "acdef"), (["--only-role", f"arn:aws:iam::{A}:role/service/app"], "acdef"),
        (["--only-role", "ana"], "b"), (["--only-role", "ana", "--only-role", "app"], "abcdef"),
        (["--only-region", "eu-west-1"], "c"), (["--only-source-ip", "2001:db8::/32"], "d"),
        (["--only-source-ip", "192.0.2.0/24"], "abce"), (["--only-source-ip", "cloudformation.amazonaws.com"], "f"),
        (["--since", "2026-02-01"], "e"), (["--until", "2026-02-01T00:00:00Z"], "abcdf")):
    _, out, err = run([*args, "--calls", "-", "-o", "/dev/null"], json.dumps({"Records": mixed}))
    got = "".join(sorted(p.rsplit(":", 1)[1] for p in permissions(out)))
    ok(got == want, "filter " + (" ".join(args) or "none"), f"got {got}, want {want}\n{err}")
# The same events again, at other times, from other places and sessions, are no longer read whole: nothing may differ for it.
again = [dict(json.loads(json.dumps(e)), eventTime=f"2026-02-0{i}T00:00:00Z", requestID=f"r{i}", sourceIPAddress=f"192.0.2.{i}")
         for i in range(1, 5) for e in events]
for e in again:
    e["userIdentity"]["accessKeyId"] = "ASIARZPUZDIKOTHER" + e["eventTime"][9]
one_by_one = [run(["--calls", "-", "-o", "/dev/null"], json.dumps(e))[1] for e in again[: len(events) * 2]]
merged = subprocess.run([LEASTPRIV, "merge", "-o", "-", "-"], input="".join(one_by_one).encode(), capture_output=True).stdout.decode()
_, at_once, err = run(["--calls", "-", "-o", "/dev/null"], json.dumps({"Records": again[: len(events) * 2]}))
ok(at_once == merged, "events that come again give what each gives by itself", err)
_, out, err = run(["--since", "2026-02-02", "--until", "2026-02-04", "--only-source-ip", "192.0.2.3", "--calls", "-", "-o", "/dev/null"],
                  json.dumps({"Records": again}))
times = {t for line in map(json.loads, out.splitlines()) if "actions" in line for t in (line["time"], line["lastTime"])}
ok(times == {"2026-02-03T00:00:00.000000000Z"} and f"by the filters: {3 * len(events)} calls" in err,
   "filters of time and place hold for what comes again", f"{times}\n{err}")
for until in "2026-02-01", "2026-01-31T23:59:59Z":
    code, _, err = run(["--since", "2026-02-01", "--until", until], delivered)
    ok(code == 2 and "no call is at or after --since and before --until" in err, "no time between --since and --until", err)
code, _, err = run(["--since", "yesterday"], delivered)
ok(code == 2 and "2026-01-31" in err, "a time of no use is refused", err)

# --- what sums up calls ----------------------------------------------------------------------------------------------------
insight = {"eventVersion": "1.07", "eventType": "AwsCloudTrailInsight", "eventCategory": "Insight", "awsRegion": "us-east-1",
           "insightDetails": {"state": "Start", "eventSource": "s3.amazonaws.com", "eventName": "PutBucketPolicy"}}
summary = {"eventVersion": "1.0", "eventType": "AwsAggregatedEvent", "eventCategory": "Aggregated", "eventSource": "s3.amazonaws.com"}
code, out, err = run(["--strict"], json.dumps({"Records": [insight, summary, event("s3", "ListBuckets", {})]}))
ok(code == 0 and "2 events that are no calls" in err and "s3:ListAllMyBuckets" in out, "Insights and aggregated events are no calls", err)
code, out, err = run([], json.dumps({"Records": [insight]}))
ok(code == 0 and "1 event that is no call" in err, "a log of nothing but Insights is one", err)
code, out, err = run(["--strict"], json.dumps({"Records": [insight]}))
ok(code == 3 and "the evidence has no call at all: the policy is empty" in err, "and no evidence of what is needed", err)

# --- calls as VPC endpoints log them ----------------------------------------------------------------------------------------
seen = event("kms", "Decrypt", {"keyId": arn("kms", "key/" + KEY)}, resources=res(arn("kms", "key/" + KEY)))
by_endpoint = [{k: v for k, v in event(source, name, None, eventType="AwsVpceEvent", eventCategory="NetworkActivity",
                                       managementEvent=False, vpcEndpointId="vpce-0a", **more).items() if "Elements" not in k}
               for source, name, more in (("kms", "Decrypt", {}), ("s3", "GetObject", {"errorCode": "VpceAccessDenied"}))]
_, out, err = run(["--calls", "-", "-o", "/dev/null"], json.dumps({"Records": by_endpoint}))
got = [(a["action"], a["resources"], sorted(a["flags"])) for line in map(json.loads, out.splitlines()) for a in line.get("actions", [])]
ok(got == [("kms:Decrypt", ["*"], ["unpinned"]), ("s3:GetObject", ["*"], ["unpinned"])] and "AWS refused 1 of 2 calls" in err,
   "network activity names operations", f"{got}\n{err}")
_, out, err = run([], json.dumps({"Records": [seen] + by_endpoint[:1]}))
ok([s["Resource"] for s in json.loads(out)["Statement"]] == [[arn("kms", "key/" + KEY)]], "and widens nothing", out + err)

# --- beside live capture, and folders -------------------------------------------------------------------------------------------
with tempfile.TemporaryDirectory() as d:
    d = pathlib.Path(d)
    trail = d / "AWSLogs" / A / "CloudTrail" / "us-east-1" / "2026" / "01" / "31"
    trail.mkdir(parents=True)
    for i in range(3):
        (trail / f"{A}_CloudTrail_us-east-1_20260131T12{i:02}Z_x.json.gz").write_bytes(gzip.compress(json.dumps({"Records": events[i::3]}).encode()))
    digest = d / "AWSLogs" / A / "CloudTrail-Digest"
    digest.mkdir()
    (digest / "d.json").write_text("{}")
    p = subprocess.run([LEASTPRIV, "cloudtrail", d], capture_output=True, text=True)
    ok(p.stdout == policy and "3 files" in p.stderr, "a bucket's folder gives the same policy", p.stderr)
    export = d / "exportedlogs" / "0a1b" / "123456789012_CloudTrail_us-east-1"
    export.mkdir(parents=True)
    (export / "000000.gz").write_bytes(gzip.compress("".join(f"2026-01-31T12:00:00Z {json.dumps(e)}\n" for e in events[::2]).encode()))
    (d / "exportedlogs" / "aws-logs-write-test").write_text("Permission Check Successful")
    (d / "exportedlogs" / "trail-1-2026-01-31-12-00-00-0a1b").write_text("".join(map(json.dumps, events[1::2])))
    p = subprocess.run([LEASTPRIV, "cloudtrail", d / "exportedlogs"], capture_output=True, text=True)
    ok(p.stdout == policy and "2 files" in p.stderr, "names without endings, of CloudWatch's exports and Firehose", p.stderr)
    (d / "link").symlink_to("AWSLogs")
    p = subprocess.run([LEASTPRIV, "cloudtrail", d / "link"], capture_output=True, text=True)
    ok(p.stdout == policy and "3 files" in p.stderr, "so does a link to it", p.stderr)
    (d / "trail.jsonl").write_text("")
    run(["--calls", str(d / "trail.jsonl"), "-o", "/dev/null"], delivered)
    (d / "live.jsonl").write_text(json.dumps({
        "v": 1, "accessKeyId": "ASIARZPUZDIKEXAMPLE", "service": "S3", "operation": "ListBuckets", "source": "shim",
        "actions": [{"action": "s3:ListAllMyBuckets", "resources": ["*"]}]}) + "\n")
    p = subprocess.run([LEASTPRIV, "policy", "-o", d / "p.json", d / "live.jsonl", d / "trail.jsonl"], capture_output=True, text=True)
    both = (d / "p.json").read_text() if (d / "p.json").exists() else ""
    ok("s3:ListAllMyBuckets" in both and "dynamodb:PutItem" in both, "a live call under a session's key joins the role's policy", p.stderr)
    p = subprocess.run([LEASTPRIV, "policy", d / "trail.jsonl"], capture_output=True, text=True)
    ok(p.stdout == policy, "the call log gives the same policy", p.stderr)

_, _, err = run([], json.dumps({"Records": [event("s3", "ListBuckets", {}), event("dynamodb", "PutItem", {"tableName": "t"}, **DATA)]}))
ok("s3: no data events" in err and "dynamodb: no data events" not in err, "services without data events are named", err)
print(f"1..{tests}")
sys.exit(failed != 0)
