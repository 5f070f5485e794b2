// SPDX-License-Identifier: MIT
'use strict';
// What Node's https, tls and http2 promise in their documentation, with client and server in this
// process; one line for each, in the same words whoever looks on.
//   V_CERT, V_KEY: files with a certificate for "localhost" that signed itself
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const http2 = require('http2');
const https = require('https');
const net = require('net');
const tls = require('tls');
const { Duplex } = require('stream');
const { once } = require('events');
const { Worker, isMainThread, workerData } = require('worker_threads');

const cert = fs.readFileSync(process.env.V_CERT);
const key = fs.readFileSync(process.env.V_KEY);
const trust = { ca: cert, servername: 'localhost', host: '127.0.0.1' };

async function listening(server) {
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return server.address().port;
}

// Resolves with the whole answer and its text.
function get(options, body) {
	return new Promise((resolve, reject) => {
		const request = https.request({ ...trust, ...options }, async (answer) => {
			const parts = [];
			try {
				for await (const part of answer)
					parts.push(part);
				resolve({ answer, request, text: Buffer.concat(parts).toString() });
			} catch (e) {
				reject(e);
			}
		});
		request.on('error', reject);
		request.end(body);
	});
}

// A server for the time of `use`.
async function serving(options, handler, use) {
	const server = https.createServer({ cert, key, ...options }, handler);
	server.on('tlsClientError', () => {});
	try {
		return await use(await listening(server), server);
	} finally {
		server.closeAllConnections();
		server.close();
	}
}

const failure = (promise) => promise.then(() => 'no error', (e) => e.code);
const hash = (data) => crypto.createHash('sha256').update(data).digest('hex').slice(0, 16);
const hello = (request, answer) => answer.end(`hello ${request.url}`);
const signed = {
	host: 's3.us-east-1.amazonaws.com',
	authorization: 'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/s3/aws4_request, ' +
		'SignedHeaders=host, Signature=5ec2e75169a70e5ec2e75169a70e5ec2e7',
};

const cases = {
	async 'one connection for all'() {
		const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
		return serving({}, hello, async (port) => {
			const got = [];
			for (let i = 0; i < 3; i++) {
				const { request, text } = await get({ port, agent, path: `/${i}` });
				got.push(text, request.reusedSocket);
			}
			agent.destroy();
			return got;
		});
	},
	async 'many at once'() {
		const agent = new https.Agent({ maxSockets: 8 });
		return serving({}, hello, async (port) => {
			const all = await Promise.all(Array.from({ length: 64 }, (_, i) =>
				get({ port, agent, path: `/https/${i}`, headers: signed })));
			return hash(all.map((one) => one.text).join());
		});
	},
	async 'a large body there and back'() {
		const body = crypto.createHash('sha512').update('x').digest().toString('hex').repeat(1 << 14);
		const echo = (request, answer) => request.pipe(answer);
		return serving({}, echo, async (port) => (await get({ port, method: 'POST' }, body)).text === body);
	},
	async 'small fragments'() {
		const some = (request, answer) => {
			const small = request.socket.setMaxSendFragment(512);
			answer.end(String(small).repeat(5000));
		};
		return serving({}, some, async (port) => hash((await get({ port })).text));
	},
	async 'trailers'() {
		const chunks = (request, answer) => {
			answer.writeHead(200, { Trailer: 'X-Sum' });
			answer.write('a');
			answer.addTrailers({ 'X-Sum': '1' });
			answer.end('b');
		};
		return serving({}, chunks, async (port) => {
			const { answer, text } = await get({ port });
			return [text, answer.trailers['x-sum']];
		});
	},
	async 'continue'() {
		return serving({}, hello, async (port) => {
			const request = https.request({ ...trust, port, method: 'PUT', headers: { Expect: '100-continue' } });
			request.flushHeaders();
			await once(request, 'continue');
			request.end('body');
			const [answer] = await once(request, 'response');
			answer.resume();
			await once(answer, 'end');
			return answer.statusCode;
		});
	},
	async 'sessions are resumed'() {
		const got = [];
		for (const maxVersion of ['TLSv1.2', 'TLSv1.3'])
			await serving({ maxVersion }, hello, async (port) => {
				let session;
				for (let i = 0; i < 2; i++) {
					const socket = tls.connect({ ...trust, port, session });
					const fresh = once(socket, 'session');
					await once(socket, 'secureConnect');
					socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
					got.push(socket.getProtocol(), socket.isSessionReused());
					socket.resume();
					if (i === 0)
						[session] = await fresh;
					await once(socket, 'close');
				}
			});
		return got;
	},
	async 'names and protocols'() {
		const options = {
			ALPNProtocols: ['lp', 'http/1.1'],
			SNICallback: (name, done) => done(null, tls.createSecureContext({ cert, key })),
		};
		return serving(options, hello, async (port, server) => {
			const accepted = once(server, 'secureConnection');
			const socket = tls.connect({ ...trust, port, ALPNProtocols: ['none', 'lp'] });
			await once(socket, 'secureConnect');
			const [other] = await accepted;
			const got = [socket.alpnProtocol, other.servername, socket.authorized];
			const same = (a, b) => a.equals(b);
			got.push(same(socket.exportKeyingMaterial(32, 'lp', Buffer.alloc(4)), other.exportKeyingMaterial(32, 'lp', Buffer.alloc(4))));
			got.push(same(socket.getFinished(), other.getPeerFinished()));
			socket.destroy();
			return got;
		});
	},
	async 'both show a certificate'() {
		const who = (request, answer) => answer.end(`${request.client.getPeerCertificate().subject.CN} ${request.client.authorized}`);
		return serving({ requestCert: true, ca: cert }, who, async (port) => [
			(await get({ port, cert, key })).text,
			await failure(get({ port })),
		]);
	},
	async 'who is not believed'() {
		return serving({}, hello, async (port) => [
			await failure(get({ port, ca: undefined })),
			await failure(get({ port, servername: 'elsewhere' })),
			(await get({ port, rejectUnauthorized: false, ca: undefined })).text,
		]);
	},
	async 'versions and ciphers that do not meet'() {
		return serving({ minVersion: 'TLSv1.3' }, hello, async (port) => [
			await failure(get({ port, maxVersion: 'TLSv1.2' })),
		]);
	},
	async 'an answer that breaks off'() {
		const half = (request, answer) => {
			answer.writeHead(200, { 'Content-Length': 100 });
			answer.write('half', () => request.socket.destroy());
		};
		return serving({}, half, async (port) => failure(get({ port })));
	},
	async 'a request that is given up'() {
		return serving({}, () => {}, async (port) => {
			const abort = new AbortController();
			setTimeout(() => abort.abort(), 50);
			return [await failure(get({ port, signal: abort.signal })),
				await new Promise((resolve) => {
					const request = https.get({ ...trust, port, timeout: 50 });
					request.on('timeout', () => { resolve('timeout'); request.destroy(); });
					request.on('error', () => {});
				})];
		});
	},
	async 'negotiated again'() {
		return serving({ maxVersion: 'TLSv1.2' }, hello, async (port) => {
			const socket = tls.connect({ ...trust, port });
			await once(socket, 'secureConnect');
			const error = await new Promise((resolve) => socket.renegotiate({}, resolve));
			socket.write('GET /again HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
			const [data] = await once(socket, 'data');
			socket.destroy();
			return [error, data.toString().split('\r\n')[0]];
		});
	},
	async 'through a proxy'() {
		return serving({}, hello, async (port) => {
			const proxy = http.createServer().on('connect', (request, socket) => {
				const on = net.connect(port, '127.0.0.1', () => {
					socket.write('HTTP/1.1 200 OK\r\n\r\n');
					on.pipe(socket).pipe(on);
				});
				for (const one of [on, socket])
					one.on('error', () => {});
			});
			const tunnel = http.request({ port: await listening(proxy), host: '127.0.0.1', method: 'CONNECT', path: 'localhost:443' }).end();
			const [, socket] = await once(tunnel, 'connect');
			const inside = tls.connect({ ...trust, host: undefined, socket });
			const { text } = await get({ port, path: '/tunnel', agent: false, createConnection: () => inside });
			inside.destroy();
			proxy.close();
			return text;
		});
	},
	async 'without a descriptor'() {
		const [left, right] = [0, 1].map(() => new Duplex({ read() {}, final(done) { this.other.push(null); done(); },
			write(data, _, done) { this.other.push(data); done(); } }));
		left.other = right;
		right.other = left;
		const server = new tls.TLSSocket(right, { isServer: true, cert, key });
		server.on('data', (data) => server.end(`${data}!`));
		const client = tls.connect({ ca: cert, servername: 'localhost', socket: left });
		client.write('GET me');
		const [data] = await once(client, 'data');
		return data.toString();
	},
	async 'HTTP/2, and 1.1 beside it'() {
		const server = http2.createSecureServer({ cert, key, allowHTTP1: true }, (request, answer) =>
			answer.end(`${request.httpVersion} ${request.url}`));
		const port = await listening(server);
		const session = http2.connect(`https://localhost:${port}`, { ca: cert, lookup: (name, options, done) =>
			options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4) });
		const texts = await Promise.all(Array.from({ length: 20 }, async (_, i) => {
			const stream = session.request({ ':path': `/${i}` });
			let text = '';
			for await (const part of stream)
				text += part;
			return text;
		}));
		session.close();
		texts.push((await get({ port, path: '/old', agent: false })).text);
		server.close();
		return texts.join();
	},
	async 'in a thread'() {
		return serving({}, hello, async (port) => {
			const [text] = await once(new Worker(__filename, { workerData: { port } }), 'message');
			return text;
		});
	},
};

async function main() {
	for (const [name, run] of Object.entries(cases))
		console.log(`${name}: ${JSON.stringify(await run().catch((e) => `${e.code} ${e.message}`))}`);
}

if (isMainThread)
	main().then(() => process.exit(0));
else
	get({ port: workerData.port, path: '/thread', agent: false }).then(({ text }) =>
		require('worker_threads').parentPort.postMessage(text));
