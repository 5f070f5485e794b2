// SPDX-License-Identifier: MIT
'use strict';
// The calls of ebpf.t, signed and sent with nothing but Node's own modules. Node carries its OpenSSL inside.
const crypto = require('crypto');
const https = require('https');

const emulator = new URL(process.env.LP_EMU_TLS);
const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
const mac = (key, text) => crypto.createHmac('sha256', key).update(text).digest();
const digest = (data) => crypto.createHash('sha256').update(data).digest('hex');

// What Signature Version 4 asks for.
function sign(service, method, url, headers, body) {
	const now = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
	const scope = [now.slice(0, 8), 'us-east-1', service, 'aws4_request'].join('/');
	const all = { ...headers, host: url.host, 'x-amz-date': now, 'x-amz-content-sha256': digest(body) };
	const names = Object.keys(all).sort();
	const canonical = [method, url.pathname, url.searchParams.toString(),
		...names.map((n) => `${n}:${all[n]}`), '', names.join(';'), digest(body)].join('\n');
	const key = scope.split('/').reduce(mac, `AWS4${process.env.AWS_SECRET_ACCESS_KEY}`);
	const signature = mac(key, ['AWS4-HMAC-SHA256', now, scope, digest(canonical)].join('\n'));
	all.authorization = `AWS4-HMAC-SHA256 Credential=${process.env.AWS_ACCESS_KEY_ID}/${scope}, ` +
		`SignedHeaders=${names.join(';')}, Signature=${signature.toString('hex')}`;
	return all;
}

// AWS's own host names, at the emulator's address.
function call(service, method, where, body = '', headers = {}) {
	const url = new URL(where);
	return new Promise((resolve, reject) => {
		const request = https.request({
			agent, method, host: emulator.hostname, port: emulator.port, servername: url.hostname,
			path: url.pathname + url.search,
			headers: { ...sign(service, method, url, headers, body), 'content-length': Buffer.byteLength(body) },
		}, (answer) => {
			const parts = [];
			answer.on('data', (part) => parts.push(part));
			answer.on('end', () => {
				const text = Buffer.concat(parts).toString();
				if (answer.statusCode === 200)
					resolve(text);
				else
					reject(new Error(`${where}: ${answer.statusCode} ${text}`));
			});
		});
		request.on('error', reject);
		request.end(body);
	});
}

async function main() {
	const large = '0123456789abcdef'.repeat(3 << 16);
	await call('s3', 'PUT', 'https://lp-in.s3.us-east-1.amazonaws.com/dir/a.txt', large);
	if (await call('s3', 'GET', 'https://s3.us-east-1.amazonaws.com/lp-in/dir/a.txt') !== large)
		throw new Error('another body than was put');
	await call('s3', 'GET', 'https://lp-in.s3.us-east-1.amazonaws.com/?list-type=2');
	await call('sts', 'POST', 'https://sts.us-east-1.amazonaws.com/',
		'Action=GetCallerIdentity&Version=2011-06-15', { 'content-type': 'application/x-www-form-urlencoded' });
	await call('dynamodb', 'POST', 'https://dynamodb.us-east-1.amazonaws.com/',
		'{"TableName":"lp-table","Key":{"id":{"S":"1"}}}',
		{ 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.GetItem' });
	agent.destroy();
}

main().catch((err) => {
	console.error(err);
	process.exit(1);
});
