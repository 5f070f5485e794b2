// SPDX-License-Identifier: MIT
'use strict';
// For tests/bench/run: N signed requests over one kept-alive TLS connection for each line "aws N",
// answered with the nanoseconds of CPU
// time and of time that they took.
//
//   requests.js PORT CA
const fs = require('fs');
const https = require('https');
const readline = require('readline');

const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: fs.readFileSync(process.argv[3]) });
const options = {
	host: '127.0.0.1', port: process.argv[2], path: '/lp-bench/key', agent, headers: {
		'x-amz-date': '20261125T000000Z',
		Authorization: 'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/us-east-1/s3/aws4_request, '
			+ `SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
	},
};

const one = () => new Promise((done, fail) => {
	https.get(options, (res) => res.on('end', done).resume()).on('error', fail);
});

(async () => {
	for await (const line of readline.createInterface({ input: process.stdin })) {
		const before = process.cpuUsage(), start = process.hrtime.bigint();
		for (let n = Number(line.split(' ')[1]); n > 0; n--)
			await one();
		const used = process.cpuUsage(before);
		console.log(`${(used.user + used.system) * 1000} ${process.hrtime.bigint() - start}`);
	}
	agent.destroy();
})();
