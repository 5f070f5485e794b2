#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every operation of every service through `leastpriv classify`: are its actions and resources right?

    authorize_all.t [--misses FILE] [SERVICE...]

Checked against the Service Authorization Reference (tables/iam/): every action exists with AWS's own
capitals; every ARN fits a pattern of its action. Counted: where the action takes a resource and the
request names one, how often the resource comes out rather than a wildcard. A request "names" one
when some member of it must be the name of a resource the action takes: its values are made so that
they can be told in an ARN (members called ...Arn hold ARNs that fit the action's patterns).
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys

import pinned  # noqa: F401
import aws_arns
import aws_requests
from aws_arns import fits

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("BUILD", "build")
RATE_BAR = 0.97

# Why operations that seem to name a resource get a wildcard, by service.
BY_ID = "the name is not the id that AWS chose for the ARN"
NEW_NAME = "the member renames or describes, it does not name"
FILTER = "the member filters a list"
WHY = {
    "apigateway": "the reference lists no type for this verb and path", "apigatewayv2": "the reference lists no type for this verb and path",
    "artifact": "a wildcard for the version, the report is named", "athena": "a query's name is none of the workgroup",
    "bedrock": "an ARN that fits none of the action's types", "bedrock-agentcore": "the ARN of the model's own example",
    "chime-sdk-identity": NEW_NAME, "chime-sdk-messaging": NEW_NAME, "chime-sdk-voice": NEW_NAME, "cloudwatch": "the reference has a type that metrics are not",
    "config": BY_ID, "devops-agent": BY_ID, "dms": BY_ID, "ecs": "an attribute's target is the instance's", "fis": "a template's own id is chosen by AWS",
    "dsql": "its peers are named, not the cluster that is made", "fms": BY_ID, "glue": FILTER + ", or " + BY_ID, "imagebuilder": "a wildcard for the build, the image is named", "interconnect": BY_ID,
    "iotsitewise": BY_ID, "kms": "the key behind an alias is not in the request", "lex-models": "a wildcard for the version, the intent is named",
    "license-manager": FILTER, "migrationhuborchestrator": NEW_NAME, "neptunedata": "an endpoint's id is none of the cluster",
    "organizations": "an account that is not in the organization yet", "partnercentral-selling": BY_ID, "qapps": BY_ID, "quicksight": FILTER,
    "rds": BY_ID, "resource-groups": FILTER, "route53resolver": FILTER + ", or " + BY_ID, "rum": BY_ID, "s3tables": BY_ID, "sesv2": NEW_NAME,
    "application-autoscaling": BY_ID, "bcm-data-exports": BY_ID, "fsx": BY_ID, "ivschat": FILTER, "lightsail": BY_ID, "redshift-serverless": BY_ID,
    "servicediscovery": BY_ID, "sagemaker": BY_ID, "sns": "a telephone number is given too", "swf": "a task's token names the domain, not the request",
    "mediapackage": BY_ID, "servicecatalog-appregistry": BY_ID, "synthetics": BY_ID,
    "socialmessaging": BY_ID, "stepfunctions": "an alias's name is none of the machine", "workspaces-web": NEW_NAME,
}

# Operations that hand a role to a service, and the principal of that service.
PASSES = {
    "amplify.CreateApp": "amplify",
    "application-autoscaling.RegisterScalableTarget": "application-autoscaling", "apprunner.CreateService": "apprunner",
    "appsync.CreateDataSource": "appsync", "autoscaling.PutLifecycleHook": "autoscaling", "backup.StartBackupJob": "backup",
    "backup.StartRestoreJob": "backup", "batch.CreateComputeEnvironment": "batch", "batch.RegisterJobDefinition": "ecs-tasks",
    "bedrock-agent.CreateAgent": "bedrock", "bedrock-agent.CreateKnowledgeBase": "bedrock",
    "bedrock.CreateModelCustomizationJob": "bedrock", "cloudformation.CreateStack": "cloudformation",
    "cloudformation.UpdateStack": "cloudformation", "cloudformation.CreateChangeSet": "cloudformation",
    "cloudtrail.CreateTrail": "cloudtrail", "codebuild.CreateProject": "codebuild",
    "codedeploy.CreateDeploymentGroup": "codedeploy", "codepipeline.CreatePipeline": "codepipeline",
    "comprehend.CreateDocumentClassifier": "comprehend", "comprehend.StartEntitiesDetectionJob": "comprehend",
    "config.PutConfigurationRecorder": "config", "databrew.CreateProfileJob": "databrew",
    "datasync.CreateLocationS3": "datasync", "deadline.CreateFleet": "deadline", "dlm.CreateLifecyclePolicy": "dlm",
    "ec2.CreateFlowLogs": "vpc-flow-logs",
    "ecs.RegisterTaskDefinition": "ecs-tasks", "ecs.RunTask": "ecs-tasks", "ecs.CreateService": "ecs",
    "eks.CreateCluster": "eks", "eks.CreateNodegroup": "eks", "eks.CreateFargateProfile": "eks",
    "emr-serverless.StartJobRun": "emr-serverless", "events.PutRule": "events", "events.PutTargets": "events",
    "firehose.CreateDeliveryStream": "firehose", "fis.CreateExperimentTemplate": "fis",
    "glue.CreateJob": "glue", "glue.CreateCrawler": "glue", "imagebuilder.CreateImage": "imagebuilder",
    "iot.CreateTopicRule": "iot", "kendra.CreateIndex": "kendra", "kinesisanalyticsv2.CreateApplication": "kinesisanalytics",
    "lambda.CreateFunction": "lambda", "lambda.UpdateFunctionConfiguration": "lambda",
    "lexv2-models.CreateBot": "lexv2", "logs.PutSubscriptionFilter": "logs", "logs.PutDestination": "logs",
    "mediaconvert.CreateJob": "mediaconvert", "medialive.CreateChannel": "medialive", "mwaa.CreateEnvironment": "airflow",
    "osis.CreatePipeline": "osis-pipelines", "pipes.CreatePipe": "pipes",
    "rds.AddRoleToDBCluster": "rds", "rds.CreateDBInstance": "monitoring.rds", "rds.StartExportTask": "export.rds",
    "redshift.CreateCluster": "redshift", "rekognition.CreateStreamProcessor": "rekognition",
    "s3.PutBucketReplication": "s3", "s3control.CreateJob": "batchoperations.s3",
    "sagemaker.CreateModel": "sagemaker", "sagemaker.CreateTrainingJob": "sagemaker", "scheduler.CreateSchedule": "scheduler",
    "ssm.CreateActivation": "ssm", "ssm.SendCommand": "ssm", "stepfunctions.CreateStateMachine": "states",
    "stepfunctions.UpdateStateMachine": "states",
    "transcribe.StartTranscriptionJob": "transcribe", "transfer.CreateUser": "transfer",
    "translate.StartTextTranslationJob": "translate",
}


CREATES = re.compile(r"(Create|Allocate|Register|Run|Request|Import|Provision|Purchase|Issue|Copy|Invite|Put|Start|Generate|Send)")


def names_one(operation, params, reference, action):
    """Members that name a resource of the action: called like a variable of its patterns or like a type of it.

    Not those that cannot: an ARN that fits none of the patterns, and the name a creation gives to
    what AWS will call by an id of its own choice.
    """
    prefix = action.split(":")[0]
    patterns = reference.patterns(action)
    wanted, by_name = set(), False
    for t, _ in reference.actions[action]:
        base = re.sub(r"[^a-z0-9]", "", t.lower())
        wanted |= {base + s for s in ("", "id", "name", "arn", "identifier", "ids", "names", "arns", "identifiers", "s")}
        for p in reference.types[prefix, t]:
            free = [v for v in re.findall(r"\$\{(\w+)\}", p) if v not in ("Partition", "Region", "Account")]
            if free:
                wanted |= {free[-1].lower(), free[-1].lower() + "s"}
                by_name = by_name or free[-1].lower().endswith(("name", "namewithpath"))
    if len(reference.actions[action]) == 1:
        wanted |= {"id", "name", "arn", "identifier", "resourceid", "resourcename"}
    wanted |= {"resourcearn"}
    out = []
    for name, value in params:
        key = re.sub(r"[^a-z0-9]", "", name.lower())
        if key not in wanted or (re.match(r"a?arn", value) and not any(fits(value, p) for p in patterns)):
            continue
        if CREATES.match(operation) and key.endswith("name") and not by_name:
            continue
        out.append(f"{name}={value}")
    return out


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--tables", default=os.path.join(HERE, "..", "..", "collector", "model", "tables"))
    ap.add_argument("--misses", help="file for what names a resource and got none")
    ap.add_argument("service", nargs="*")
    args = ap.parse_args()
    reference = aws_arns.reference_of(args.tables)
    services = args.service or aws_requests.services()
    requests, failed = [], []
    for ident, newest, line, params in aws_arns.corpus(BUILD, args.tables, services):
        if not ident:
            failed.append((None, line, None))
        elif newest:
            service, _, _, operation, variant = ident.split(".")
            requests.append((".".join((service, operation, variant)), line, params))
    done = subprocess.run([os.path.join(BUILD, "leastpriv"), "classify"], input="\n".join(r[1] for r in requests) + "\n", text=True,
                          stdout=subprocess.PIPE, check=True)
    answers = done.stdout.splitlines()
    count = collections.Counter()
    bad, misses, unknown, bad_pass = [], [], [], []
    for (ident, _, params), text in zip(requests, answers):
        answer = json.loads(text)
        count["requests"] += 1
        if "error" in answer:
            unknown.append(ident + ": " + answer["error"] + " " + str(answer.get("operation", "")))
            continue
        operation = ident.rsplit(".", 1)[0]
        if operation in PASSES and ident.endswith(".all"):
            passed = [a for a in answer["actions"] if a["action"] == "iam:PassRole"]
            to = [v for a in passed for v in a.get("conditions", {}).get("StringEquals", {}).get("iam:PassedToService", [])]
            if not passed or PASSES[operation] + ".amazonaws.com" not in to or \
                    not all(":role/" in r for a in passed for r in a["resources"]):
                bad_pass.append(f"{ident}: {passed}")
        if not answer["actions"]:
            count["no permission"] += 1
        for act in answer["actions"]:
            name = act["action"]
            count["actions"] += 1
            if name not in reference.actions:
                bad.append(f"{ident}: no action {name}")
                continue
            patterns = reference.patterns(name)
            for arn in act["resources"]:
                count["resources"] += 1
                if arn != "*" and not any(fits(arn, p) for p in patterns):
                    bad.append(f"{ident}: {name} on {arn} fits none of its patterns")
            if not patterns or act is not answer["actions"][0]:
                continue
            named = names_one(ident.split(".")[1], params, reference, name)
            if not named:
                continue
            count["name one"] += 1
            if all(r == "*" or r.endswith(("/*", ":*")) for r in act["resources"]) and not any("my" in r.lower() for r in act["resources"]):
                misses.append(f"{ident} {name} {act['resources']} has {sorted(set(named))[:6]}")
    rate = 1 - len(misses) / max(1, count["name one"])
    if args.misses:
        with open(args.misses, "w", encoding="utf-8") as fh:
            fh.write("\n".join(["# bad"] + bad + ["# unknown"] + unknown + ["# missed"] + misses + ["# not made"] + [f[1] for f in failed]) + "\n")
    print("1..5")
    print("# " + ", ".join(f"{v} {k}" for k, v in count.items()) + f", {len(unknown)} without an answer, {len(failed)} not made")
    print(("ok" if len(answers) == len(requests) else "not ok") + f" 1 - {len(answers)} answers to {len(requests)} requests")
    print(("ok" if not bad else "not ok") + f" 2 - every action exists and every ARN fits: {len(bad)} do not")
    for b in bad[:20]:
        print("#   " + b)
    print(("ok" if rate >= RATE_BAR else "not ok") + f" 3 - {100 * rate:.2f} % of requests that name a resource get it")
    by = collections.defaultdict(set)
    for m in misses:
        service, operation = m.split(".")[:2]
        by[service].add(operation)
    for service, operations in sorted(by.items()):
        print(f"#   {service}: {WHY.get(service, 'no reason is known')}: " + " ".join(sorted(operations)))
    print(("ok" if not bad_pass else "not ok") + f" 4 - {len(PASSES)} operations that hand over a role need iam:PassRole on it")
    for b in bad_pass:
        print("#   " + b)
    print(("ok" if not unknown and not failed else "not ok") + " 5 - none is left out")
    for u in (unknown + [f[1] for f in failed])[:40]:
        print("#   " + u)
    return 0 if not bad_pass and not unknown and not failed and len(answers) == len(requests) and not bad and rate >= RATE_BAR else 1


if __name__ == "__main__":
    sys.exit(main())
