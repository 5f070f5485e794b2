// SPDX-License-Identifier: MIT
// Calls as JSON lines in, the requests that the AWS SDK for JavaScript v3 makes of them out, as
// `leastpriv classify` reads them. Nothing is sent: the request handler keeps what it gets.
//
//     node serialise.mjs NODE_MODULES < CALLS > REQUESTS
//
// A call: {"id","package","operation","params"}; {"$bytes":BASE64} and {"$time":MS} stand for what
// JSON cannot hold. One line {"id","skip":REASON} where the SDK has no such command or refuses it.
import {createRequire} from "node:module";
import {createInterface} from "node:readline";
import {resolve} from "node:path";

const require = createRequire(resolve(process.argv[2]) + "/");
const clients = new Map();
let taken = null;

const requestHandler = {
	metadata: {handlerProtocol: "h1"},
	async handle(request) {
		taken = request;
		throw new Error("taken");
	},
	updateHttpClientConfig() {},
	httpHandlerConfigs: () => ({}),
};

function decode(value) {
	if (Array.isArray(value))
		return value.map(decode);
	if (value === null || typeof value !== "object")
		return value;
	if ("$bytes" in value)
		return Buffer.from(value.$bytes, "base64");
	if ("$time" in value)
		return new Date(value.$time);
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decode(inner)]));
}

function clientOf(name) {
	if (clients.has(name))
		return clients.get(name);
	const module = require(name);
	// The one class that has a command's send() and a service behind it.
	const found = Object.entries(module).find(([key, value]) => typeof value === "function" &&
		/Client$/.test(key) && key !== "__Client");
	const config = {
		region: "us-east-1",
		credentials: {accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "none"},
		requestHandler,
		maxAttempts: 1,
	};
	if (name.endsWith("apigatewaymanagementapi"))
		config.endpoint = "https://a1b2c3.execute-api.us-east-1.amazonaws.com/prod";
	const entry = {module, client: new found[1](config)};
	clients.set(name, entry);
	return entry;
}

function queryOf(query) {
	const pairs = [];
	for (const [key, value] of Object.entries(query ?? {}))
		for (const one of Array.isArray(value) ? value : [value])
			pairs.push(one === null || one === undefined ? encodeURIComponent(key) :
				`${encodeURIComponent(key)}=${encodeURIComponent(one)}`);
	return pairs.length ? `?${pairs.join("&")}` : "";
}

function bodyOf(body) {
	if (typeof body === "string" || body instanceof Uint8Array)
		return Buffer.from(body).toString("base64");
	return undefined;
}

async function serialise(call) {
	const {module, client} = clientOf(call.package);
	const wanted = `${call.operation}command`.toLowerCase();
	const command = Object.keys(module).find((key) => key.toLowerCase() === wanted);
	if (!command)
		return {id: call.id, skip: "no such command"};
	taken = null;
	try {
		await client.send(new module[command](decode(call.params)));
	} catch (error) {
		if (!taken)
			return {id: call.id, skip: String(error).split("\n")[0]};
	}
	return {id: call.id, host: taken.hostname, method: taken.method,
		target: taken.path + queryOf(taken.query), headers: taken.headers, body: bodyOf(taken.body)};
}

for await (const line of createInterface({input: process.stdin}))
	console.log(JSON.stringify(await serialise(JSON.parse(line))));
