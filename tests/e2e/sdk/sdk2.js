// SPDX-License-Identifier: MIT
'use strict';
// The AWS SDK for JavaScript 2: the scenario of sdk.py.
//
//   sdk2.js FOLDER PART ...      where the SDK's node_modules are
const path = require('path');

process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = '1';
const AWS = require(path.join(process.argv[2], 'node_modules/aws-sdk'));
const Bucket = 'lp-sdk', Key = 'in/a.txt', TableName = 'lp-table', QueueUrl = process.env.LP_QUEUE_URL;
const RoleArn = 'arn:aws:iam::123456789012:role/lp-deploy';
const Body = 'a line of an object\n'.repeat(1000);
const at = { endpoint: process.env.AWS_ENDPOINT_URL, region: 'us-east-1' };

function check(right) {
	if (!right)
		throw new Error('another answer than expected');
}

const parts = {
	async s3() {
		const c = new AWS.S3({ ...at, s3ForcePathStyle: true });
		await c.createBucket({ Bucket }).promise();
		await c.putObject({ Bucket, Key, Body }).promise();
		check((await c.getObject({ Bucket, Key }).promise()).Body.toString() === Body);
		check((await c.listObjectsV2({ Bucket, Prefix: 'in/' }).promise()).KeyCount === 1);
		await c.deleteObject({ Bucket, Key }).promise();
	},
	async dynamodb() {
		const c = new AWS.DynamoDB(at);
		await c.putItem({ TableName, Item: { id: { S: '1' } } }).promise();
		check((await c.query({
			TableName, KeyConditionExpression: 'id = :i', ExpressionAttributeValues: { ':i': { S: '1' } },
		}).promise()).Count === 1);
	},
	async sqs() {
		const c = new AWS.SQS(at);
		await c.sendMessage({ QueueUrl, MessageBody: 'hello' }).promise();
		check((await c.receiveMessage({ QueueUrl }).promise()).Messages[0].Body === 'hello');
	},
	async sts() {
		const role = (await new AWS.STS(at).assumeRole({ RoleArn, RoleSessionName: 'lp' }).promise()).Credentials;
		const c = new AWS.SQS({ ...at, accessKeyId: role.AccessKeyId, secretAccessKey: role.SecretAccessKey,
			sessionToken: role.SessionToken });
		await c.sendMessage({ QueueUrl, MessageBody: 'from a role' }).promise();
	},
};

(async () => {
	for (const part of process.argv.slice(3))
		await parts[part]();
})().catch((err) => {
	console.error(err);
	process.exit(1);
});
