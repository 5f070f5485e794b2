// SPDX-License-Identifier: MIT
'use strict';
// For tests/bench/run: N signed requests over one kept-alive TLS connection for each line "aws N",
// answered with the nanoseconds of CPU
// time and of time that they took. Each asks for another key, of another length, and is signed anew.
//
//   requests.js PORT CA [FOLDER]      DynamoDB's GetItem by the AWS SDK whose node_modules are there
const fs = require('fs');
const https = require('https');
const path = require('path');
const readline = require('readline');

const [port, ca, folder] = process.argv.slice(2);
const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: fs.readFileSync(ca) });
const options = { host: '127.0.0.1', port, agent, headers: { 'x-amz-date': '20261125T000000Z' } };
const authorization = 'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/us-east-1/s3/aws4_request, '
	+ 'SignedHeaders=host;x-amz-date, Signature=';

const bare = (n) => new Promise((done, fail) => {
	options.path = `/lp-bench/${'key'.repeat(n % 16)}-${n}`;
	options.headers.Authorization = authorization + String(n).padStart(64, '0');
	https.get(options, (res) => res.on('end', done).resume()).on('error', fail);
});

function sdk() {
	const { DynamoDBClient, GetItemCommand } = require(path.join(folder, 'node_modules/@aws-sdk/client-dynamodb'));
	const client = new DynamoDBClient({
		endpoint: `https://127.0.0.1:${port}`, region: 'us-east-1', maxAttempts: 1,
		credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' },
		requestHandler: { httpsAgent: agent },
	});
	return (n) => client.send(new GetItemCommand({ TableName: 'bench', Key: { id: { S: `item-${n}` } } }));
}

(async () => {
	const one = folder ? sdk() : bare;
	for await (const line of readline.createInterface({ input: process.stdin })) {
		const before = process.cpuUsage(), start = process.hrtime.bigint();
		for (let n = Number(line.split(' ')[1]); n > 0; n--)
			await one(n);
		const used = process.cpuUsage(before);
		console.log(`${(used.user + used.system) * 1000} ${process.hrtime.bigint() - start}`);
	}
	agent.destroy();
})();
