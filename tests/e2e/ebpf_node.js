// SPDX-License-Identifier: MIT
'use strict';
// The calls of ebpf.t, signed and sent with nothing but Node's own modules. Node carries its OpenSSL inside.
// With LP_HTTP2, a URL, over one connection of HTTP/2, the last ones at once (http2.t).
const crypto = require('crypto');
const http2 = require('http2');
const https = require('https');

const session = process.env.LP_HTTP2 && http2.connect(process.env.LP_HTTP2, { servername: 'localhost' });
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

function callHttp2(url, method, body, { host, ...headers }) {
	return new Promise((resolve, reject) => {
		const stream = session.request({
			':method': method, ':authority': host, ':path': url.pathname + url.search, ...headers,
		}, { endStream: !body });
		const parts = [];
		let status;
		stream.on('response', (answer) => { status = answer[':status']; });
		stream.on('data', (part) => parts.push(part));
		stream.on('error', reject);
		stream.on('end', () => {
			const text = Buffer.concat(parts).toString();
			if (status === 200)
				resolve(text);
			else
				reject(new Error(`${url}: ${status} ${text}`));
		});
		if (body)
			stream.end(body);
	});
}

// AWS's own host names, at the emulator's address.
function call(service, method, where, body = '', headers = {}) {
	const url = new URL(where);
	if (session)
		return callHttp2(url, method, body, sign(service, method, url, headers, body));
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
	const calls = [];
	const next = (...args) => {
		calls.push(call(...args));
		return session ? null : calls[calls.length - 1];
	};
	await next('s3', 'GET', 'https://lp-in.s3.us-east-1.amazonaws.com/?list-type=2');
	await next('sts', 'POST', 'https://sts.us-east-1.amazonaws.com/',
		'Action=GetCallerIdentity&Version=2011-06-15', { 'content-type': 'application/x-www-form-urlencoded' });
	await next('dynamodb', 'POST', 'https://dynamodb.us-east-1.amazonaws.com/',
		'{"TableName":"lp-table","Key":{"id":{"S":"1"}}}',
		{ 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.GetItem' });
	await Promise.all(calls);
	if (session)
		session.close();
	agent.destroy();
}

main().catch((err) => {
	console.error(err);
	process.exit(1);
});
