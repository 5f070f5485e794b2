// SPDX-License-Identifier: MIT
'use strict';
// The AWS SDK for JavaScript 3: the scenario of sdk.py.
//
//   sdk3.js FOLDER PART ...      where the SDK's node_modules are
const path = require('path');

const load = (name) => require(path.join(process.argv[2], 'node_modules/@aws-sdk', `client-${name}`));
const Bucket = 'lp-sdk', Key = 'in/a.txt', TableName = 'lp-table', QueueUrl = process.env.LP_QUEUE_URL;
const RoleArn = 'arn:aws:iam::123456789012:role/lp-deploy';
const Body = 'a line of an object\n'.repeat(1000);

function check(right) {
	if (!right)
		throw new Error('another answer than expected');
}

const parts = {
	async s3() {
		const m = load('s3'), c = new m.S3Client({ forcePathStyle: true });
		await c.send(new m.CreateBucketCommand({ Bucket }));
		await c.send(new m.PutObjectCommand({ Bucket, Key, Body }));
		const got = await c.send(new m.GetObjectCommand({ Bucket, Key }));
		check(await got.Body.transformToString() === Body);
		check((await c.send(new m.ListObjectsV2Command({ Bucket, Prefix: 'in/' }))).KeyCount === 1);
		await c.send(new m.DeleteObjectCommand({ Bucket, Key }));
	},
	async dynamodb() {
		const m = load('dynamodb'), c = new m.DynamoDBClient({});
		await c.send(new m.PutItemCommand({ TableName, Item: { id: { S: '1' } } }));
		check((await c.send(new m.QueryCommand({
			TableName, KeyConditionExpression: 'id = :i', ExpressionAttributeValues: { ':i': { S: '1' } },
		}))).Count === 1);
	},
	async sqs() {
		const m = load('sqs'), c = new m.SQSClient({});
		await c.send(new m.SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
		check((await c.send(new m.ReceiveMessageCommand({ QueueUrl }))).Messages[0].Body === 'hello');
	},
	async sts() {
		const m = load('sts'), q = load('sqs');
		const role = (await new m.STSClient({}).send(
			new m.AssumeRoleCommand({ RoleArn, RoleSessionName: 'lp' }))).Credentials;
		const c = new q.SQSClient({ credentials: { accessKeyId: role.AccessKeyId,
			secretAccessKey: role.SecretAccessKey, sessionToken: role.SessionToken } });
		await c.send(new q.SendMessageCommand({ QueueUrl, MessageBody: 'from a role' }));
	},
};

(async () => {
	for (const part of process.argv.slice(3))
		await parts[part]();
})().catch((err) => {
	console.error(err);
	process.exit(1);
});
