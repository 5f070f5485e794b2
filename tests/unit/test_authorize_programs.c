/* SPDX-License-Identifier: MIT */
/*
 * What requests of whole programs need, where the operation's name and its reference alone mislead:
 * deployments, jobs and moves of data as people write them.
 */
#include "authorize_case.h"

#define MACHINE "arn:aws:states:us-east-1:123456789012:stateMachine:m"
#define STATES	"AWSStepFunctions."

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
