// SPDX-License-Identifier: MIT
'use strict';
// Node's two clients, on kept-alive connections: https.request, and fetch.
const https = require('https');

const port = process.env.V_TLS;
const agent = new https.Agent({ keepAlive: true, maxSockets: 2 });
const headers = {
	host: 's3.us-east-1.amazonaws.com',
	authorization: 'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/s3/aws4_request, ' +
		'SignedHeaders=host, Signature=5ec2e75169a70e5ec2e75169a70e5ec2e7',
	'x-amz-security-token': '5ec2e770cen',
};

const request = (path) => new Promise((resolve, reject) => {
	https.request({ agent, host: '127.0.0.1', port, path, method: 'PUT', headers }, (answer) => {
		let text = '';
		answer.on('data', (part) => { text += part; });
		answer.on('end', () => resolve(text));
	}).on('error', reject).end('a body of Node\'s');
});

async function main() {
	const paths = Array.from({ length: 20 }, (_, i) => `/node/request-${i}`);

	process.stdout.write((await Promise.all(paths.map(request))).join(''));
	agent.destroy();
	for (let i = 0; i < 5; i++) {
		const answer = await fetch(`https://127.0.0.1:${port}/node/fetch-${i}`, { method: 'POST', headers, body: 'x' });

		process.stdout.write(await answer.text());
	}
}

main();
