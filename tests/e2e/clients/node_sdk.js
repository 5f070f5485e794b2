// SPDX-License-Identifier: MIT
'use strict';
// The AWS SDK for JavaScript: bucket, objects and items, several at a time.
//
//   node_sdk.js FOLDER      where the SDK's node_modules are
const path = require('path');

const load = (name) => require(path.join(process.argv[2], 'node_modules', name));
const s3 = load('@aws-sdk/client-s3');
const dynamodb = load('@aws-sdk/client-dynamodb');

async function main() {
	const objects = new s3.S3Client({ forcePathStyle: true });
	const items = new dynamodb.DynamoDBClient({});
	const Bucket = 'lp-node', TableName = 'lp-table', keys = ['a', 'b', 'c', 'd'];
	const body = 'a line of an object\n'.repeat(20000);

	await objects.send(new s3.CreateBucketCommand({ Bucket }));
	await Promise.all(keys.map((key) =>
		objects.send(new s3.PutObjectCommand({ Bucket, Key: `in/${key}`, Body: body }))));
	const answer = await objects.send(new s3.GetObjectCommand({ Bucket, Key: 'in/a' }));
	if (await answer.Body.transformToString() !== body)
		throw new Error('another body than was put');
	const list = await objects.send(new s3.ListObjectsV2Command({ Bucket, Prefix: 'in/' }));
	if (list.KeyCount !== keys.length)
		throw new Error(`${list.KeyCount} objects`);
	await objects.send(new s3.DeleteObjectCommand({ Bucket, Key: 'in/a' }));
	await Promise.all(keys.map((id) =>
		items.send(new dynamodb.PutItemCommand({ TableName, Item: { id: { S: id } } }))));
	const found = await items.send(new dynamodb.QueryCommand({
		TableName, KeyConditionExpression: 'id = :i', ExpressionAttributeValues: { ':i': { S: 'b' } },
	}));
	if (found.Count !== 1)
		throw new Error(`${found.Count} items`);
}

main().catch((err) => {
	console.error(err);
	process.exit(1);
});
