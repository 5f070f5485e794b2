/* SPDX-License-Identifier: MIT */
/*
 * What requests of whole programs need, where the operation's name and its reference alone mislead:
 * deployments, jobs and moves of data as people write them.
 */
#include "authorize_case.h"

#define MACHINE "arn:aws:states:us-east-1:123456789012:stateMachine:m"
#define STATES	"AWSStepFunctions."
#define EMR	"arn:aws:elasticmapreduce:us-east-1:*:"
#define GLUE	"arn:aws:glue:us-east-1:123456789012:"
#define RDS	"arn:aws:rds:us-east-1:*:"
#define NESTED	GLUE "catalog," GLUE "catalog/s3tablescatalog," GLUE "catalog/s3tablescatalog/b,"
#define BELOW	"s3tablescatalog/b/"
#define SECRET	"arn:aws:secretsmanager:us-east-1:*:secret:"
#define OF_N	SECRET "events!connection/n/*"

static const struct wanted cases[] = {
	/* --- a machine's versions and aliases are authorized as the machine --- */
	JSON("states", STATES "StartExecution", "{\"stateMachineArn\":\"" MACHINE "\"}",
	     "states:StartExecution " MACHINE),
	JSON("states", STATES "StartExecution", "{\"stateMachineArn\":\"" MACHINE ":prod\"}",
	     "states:StartExecution " MACHINE),
	JSON("states", STATES "StartSyncExecution", "{\"stateMachineArn\":\"" MACHINE ":3\"}",
	     "states:StartSyncExecution " MACHINE),
	JSON("states", STATES "ListExecutions", "{\"stateMachineArn\":\"" MACHINE ":prod\"}",
	     "states:ListExecutions " MACHINE),
	JSON("states", STATES "DescribeStateMachine",
	     "{\"stateMachineArn\":\"" MACHINE "/label:prod\"}",
	     "states:DescribeStateMachine " MACHINE "/label"),
	JSON("states", STATES "UpdateStateMachineAlias",
	     "{\"stateMachineAliasArn\":\"" MACHINE ":prod\"}",
	     "states:UpdateStateMachineAlias " MACHINE),
	JSON("states", STATES "DeleteStateMachineVersion",
	     "{\"stateMachineVersionArn\":\"" MACHINE ":3\"}",
	     "states:DeleteStateMachineVersion " MACHINE),
	/* --- tags on create --- */
	JSON("transfer", "TransferService.CreateServer",
	     "{\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}",
	     "transfer:CreateServer *\ntransfer:TagResource arn:aws:transfer:us-east-1:*:server/*"),
	JSON("transfer", "TransferService.CreateServer", "{}", "transfer:CreateServer *"),
	REST("backup", "PUT", "/backup/plans",
	     "{\"BackupPlan\":{\"BackupPlanName\":\"p\",\"Rules\":[]},"
	     "\"BackupPlanTags\":{\"a\":\"b\"}}",
	     "backup:CreateBackupPlan arn:aws:backup:us-east-1:*:backup-plan:*\n"
	     "backup:TagResource arn:aws:backup:us-east-1:*:backup-plan:*"),
	REST("scheduler", "POST", "/schedule-groups/g",
	     "{\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}",
	     "scheduler:CreateScheduleGroup arn:aws:scheduler:us-east-1:*:schedule-group/g\n"
	     "scheduler:TagResource arn:aws:scheduler:us-east-1:*:schedule-group/g"),
	{"tags of a rule in a header", "iot", "POST", "iot.us-east-1.amazonaws.com", "/rules/r",
	 "x-amz-tagging: a=b\nContent-Type: application/json\n", "{\"sql\":\"x\",\"actions\":[]}",
	 NULL,
	 "iot:CreateTopicRule arn:aws:iot:us-east-1:*:rule/r\n"
	 "iot:TagResource arn:aws:iot:us-east-1:*:rule/r"},
	/* --- names in lists, and of what a copy is made from --- */
	JSON("elasticmapreduce", "ElasticMapReduce.TerminateJobFlows",
	     "{\"JobFlowIds\":[\"j-1\",\"j-2\"]}",
	     "elasticmapreduce:TerminateJobFlows " EMR "cluster/j-1," EMR "cluster/j-2"),
	JSON("elasticmapreduce", "ElasticMapReduce.StartNotebookExecution",
	     "{\"EditorId\":\"e-1\",\"ExecutionEngine\":{\"Id\":\"j-1\"},\"ServiceRole\":\"n\"}",
	     "elasticmapreduce:StartNotebookExecution " EMR "cluster/j-1," EMR "editor/e-1\n"
	     "iam:PassRole arn:aws:iam::*:role/n | StringEquals "
	     "iam:PassedToService=elasticmapreduce.amazonaws.com"),
	FORM("rds",
	     "Action=RestoreDBInstanceToPointInTime&Version=2014-10-31&"
	     "SourceDBInstanceIdentifier=o&TargetDBInstanceIdentifier=n&OptionGroupName=g&"
	     "DBParameterGroupName=p&DBSubnetGroupName=s",
	     "rds:RestoreDBInstanceToPointInTime " RDS "db:n," RDS "db:o," RDS "og:g," RDS
	     "pg:p," RDS "subgrp:s"),
	FORM("elasticache",
	     "Action=ModifyReplicationGroup&Version=2015-02-02&ReplicationGroupId=r&"
	     "UserGroupIdsToAdd.member.1=u",
	     "elasticache:ModifyReplicationGroup "
	     "arn:aws:elasticache:us-east-1:*:replicationgroup:r,"
	     "arn:aws:elasticache:us-east-1:*:usergroup:u"),
	REST("iotdata", "GET", "/things/t/shadow?name=s", NULL,
	     "iot:GetThingShadow arn:aws:iot:us-east-1:*:thing/t/s"),
	REST("iotdata", "GET", "/things/t/shadow", NULL,
	     "iot:GetThingShadow arn:aws:iot:us-east-1:*:thing/t"),
	JSON("ecs", "AmazonEC2ContainerServiceV20141113.StopServiceDeployment",
	     "{\"serviceDeploymentArn\":\"arn:aws:ecs:us-east-1:123456789012:service-deployment/c/"
	     "s/x\"}",
	     "ecs:StopServiceDeployment "
	     "arn:aws:ecs:us-east-1:123456789012:service-deployment/c/s/x,"
	     "arn:aws:ecs:us-east-1:123456789012:service/c/s"),
	/* --- catalogs within catalogs --- */
	JSON("glue", "AWSGlue.GetTable",
	     "{\"CatalogId\":\"123456789012:s3tablescatalog/"
	     "b\",\"DatabaseName\":\"d\",\"Name\":\"t\"}",
	     "glue:GetTable " NESTED GLUE "database/" BELOW "d," GLUE "table/" BELOW "d/t"),
	JSON("glue", "AWSGlue.GetTables",
	     "{\"CatalogId\":\"123456789012:c\",\"DatabaseName\":\"d\"}",
	     "glue:GetTables " GLUE "catalog," GLUE "catalog/c," GLUE "database/c/d," GLUE
	     "table/c/d/*"),
	JSON("glue", "AWSGlue.GetDatabase", "{\"CatalogId\":\"123456789012\",\"Name\":\"d\"}",
	     "glue:GetDatabase " GLUE "catalog," GLUE "database/d"),
	/* --- secrets that a service keeps for the caller --- */
	JSON("events", "AWSEvents.CreateConnection", "{\"Name\":\"n\"}",
	     "events:CreateConnection arn:aws:events:us-east-1:*:connection/n\n"
	     "~secretsmanager:CreateSecret " OF_N "\n~secretsmanager:GetSecretValue " OF_N "\n"
	     "~secretsmanager:PutSecretValue " OF_N),
	/* --- keys --- */
	JSON("kms", "TrentService.ReplicateKey",
	     "{\"KeyId\":\"mrk-1\",\"ReplicaRegion\":\"eu-west-1\",\"Tags\":[{\"TagKey\":\"a\"}]}",
	     "kms:ReplicateKey arn:aws:kms:us-east-1:*:key/mrk-1\nkms:CreateKey *\n"
	     "kms:TagResource arn:aws:kms:eu-west-1:*:key/mrk-1"),
	JSON("sagemaker", "SageMaker.CreateNotebookInstance",
	     "{\"NotebookInstanceName\":\"n\",\"KmsKeyId\":\"" KEY "\"}",
	     "sagemaker:CreateNotebookInstance "
	     "arn:aws:sagemaker:us-east-1:*:notebook-instance/n\n"
	     "~kms:CreateGrant " KEY
	     " | StringEquals kms:ViaService=sagemaker.us-east-1.amazonaws.com\n"
	     "~kms:DescribeKey " KEY
	     " | StringEquals kms:ViaService=sagemaker.us-east-1.amazonaws.com"),
};

static void test_cases(void **state)
{
	(void)state;
	assert_int_equal(wrong_cases(cases, LP_ARRAY_LEN(cases)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
