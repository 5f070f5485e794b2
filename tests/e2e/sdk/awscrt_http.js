// SPDX-License-Identifier: MIT
'use strict';
// aws-crt's own TLS (s2n) and HTTP from Node: the s3 part of sdk.py.
//
//   awscrt_http.js FOLDER      where the package is, whose native parts need no others
const path = require('path');
const { Readable } = require('stream');

const [auth, http, io] = ['auth', 'http', 'io'].map((name) => require(path.join(process.argv[2], 'dist/native', name)));
const BUCKET = 'lp-sdk', KEY = 'in/a.txt', BODY = 'a line of an object\n'.repeat(100); // of more than 16 KiB it sends a part

const at = new URL(process.env.AWS_ENDPOINT_URL);
const options = new io.TlsContextOptions();
options.override_default_trust_store_from_path(undefined, process.env.LP_EMU_CA);
const tls = new io.TlsConnectionOptions(new io.ClientTlsContext(options), at.hostname);
const keys = auth.AwsCredentialsProvider.newStatic(process.env.AWS_ACCESS_KEY_ID, process.env.AWS_SECRET_ACCESS_KEY);

function connect() {
	return new Promise((resolve, reject) => {
		const conn = new http.HttpClientConnection(new io.ClientBootstrap(), at.hostname, Number(at.port),
			new io.SocketOptions(), tls);
		conn.on('connect', () => resolve(conn));
		conn.on('error', reject);
	});
}

async function call(conn, method, target, body = '') {
	const headers = new http.HttpHeaders([['Host', at.host], ['Content-Length', String(body.length)]]);
	const request = new http.HttpRequest(method, target, headers, body ? new io.InputStream(Readable.from(body, { objectMode: false })) : undefined);
	await auth.aws_sign_request(request, {
		algorithm: auth.AwsSigningAlgorithm.SigV4, signature_type: auth.AwsSignatureType.HttpRequestViaHeaders,
		provider: keys, region: 'us-east-1', service: 's3', use_double_uri_encode: false,
		signed_body_value: 'UNSIGNED-PAYLOAD', // a body is read once only
		signed_body_header: auth.AwsSignedBodyHeaderType.XAmzContentSha256,
	});
	return new Promise((resolve, reject) => {
		const stream = conn.request(request), got = [];
		let status = 200; // the package forgets to tell it where the end comes with it
		stream.on('response', (code) => { status = code; });
		stream.on('data', (chunk) => got.push(Buffer.from(chunk)));
		stream.on('error', reject);
		stream.on('end', () => status < 300 ? resolve(Buffer.concat(got).toString()) : reject(new Error(`status ${status}`)));
		stream.activate();
	});
}

function check(right) {
	if (!right)
		throw new Error('another answer than expected');
}

(async () => {
	const conn = await connect();
	await call(conn, 'PUT', `/${BUCKET}`);
	await call(conn, 'PUT', `/${BUCKET}/${KEY}`, BODY);
	check(await call(conn, 'GET', `/${BUCKET}/${KEY}`) === BODY);
	check((await call(conn, 'GET', `/${BUCKET}?list-type=2&prefix=in%2F`)).includes('<KeyCount>1</KeyCount>'));
	await call(conn, 'DELETE', `/${BUCKET}/${KEY}`);
	conn.close();
})().catch((e) => {
	console.error(e);
	process.exit(1);
});
