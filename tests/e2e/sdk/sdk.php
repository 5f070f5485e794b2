<?php
// SPDX-License-Identifier: MIT
// PHP's ext/curl, the transport of the AWS SDK for PHP, signing by itself: the scenario of sdk.py.
$at = getenv('AWS_ENDPOINT_URL');
$queue = getenv('LP_QUEUE_URL');
$keys = getenv('AWS_ACCESS_KEY_ID') . ':' . getenv('AWS_SECRET_ACCESS_KEY');

function call(string $service, string $method, string $url, string $body = '', array $headers = [], ?string $with = null): string
{
	global $keys;
	static $curl;
	$curl ??= curl_init();
	curl_reset($curl);
	curl_setopt_array($curl, [CURLOPT_URL => $url, CURLOPT_CUSTOMREQUEST => $method, CURLOPT_RETURNTRANSFER => true,
		CURLOPT_AWS_SIGV4 => "aws:amz:us-east-1:$service", CURLOPT_USERPWD => $with ?? $keys,
		CURLOPT_CAINFO => getenv('LP_EMU_CA'), CURLOPT_HTTPHEADER => $headers]);
	if ($body !== '')
		curl_setopt($curl, CURLOPT_POSTFIELDS, $body);
	$answer = curl_exec($curl);
	if ($answer === false || curl_getinfo($curl, CURLINFO_RESPONSE_CODE) >= 300)
		throw new RuntimeException("$method $url: " . curl_error($curl) . $answer);
	return $answer;
}

function query(string $service, string $url, array $fields, array $headers = [], ?string $with = null): string
{
	return call($service, 'POST', $url, http_build_query($fields), $headers, $with);
}

$parts = [
	's3' => function () use ($at) {
		call('s3', 'PUT', "$at/lp-sdk");
		call('s3', 'PUT', "$at/lp-sdk/in/a.txt", str_repeat("a line of an object\n", 1000));
		call('s3', 'GET', "$at/lp-sdk/in/a.txt");
		call('s3', 'GET', "$at/lp-sdk?list-type=2&prefix=in%2F");
		call('s3', 'DELETE', "$at/lp-sdk/in/a.txt");
	},
	'dynamodb' => function () use ($at) {
		$type = 'Content-Type: application/x-amz-json-1.0';
		call('dynamodb', 'POST', "$at/", '{"TableName":"lp-table","Item":{"id":{"S":"1"}}}',
			[$type, 'X-Amz-Target: DynamoDB_20120810.PutItem']);
		call('dynamodb', 'POST', "$at/", '{"TableName":"lp-table","KeyConditionExpression":"id = :i",'
			. '"ExpressionAttributeValues":{":i":{"S":"1"}}}', [$type, 'X-Amz-Target: DynamoDB_20120810.Query']);
	},
	'sqs' => function () use ($queue) {
		query('sqs', $queue, ['Action' => 'SendMessage', 'Version' => '2012-11-05', 'MessageBody' => 'hello']);
		query('sqs', $queue, ['Action' => 'ReceiveMessage', 'Version' => '2012-11-05']);
	},
	'sts' => function () use ($at, $queue) {
		$role = query('sts', "$at/", ['Action' => 'AssumeRole', 'Version' => '2011-06-15',
			'RoleArn' => 'arn:aws:iam::123456789012:role/lp-deploy', 'RoleSessionName' => 'lp']);
		$c = fn (string $tag) => preg_match("~<$tag>([^<]*)</$tag>~", $role, $m) ? $m[1] : '';
		query('sqs', $queue, ['Action' => 'SendMessage', 'Version' => '2012-11-05', 'MessageBody' => 'from a role'],
			['X-Amz-Security-Token: ' . $c('SessionToken')], $c('AccessKeyId') . ':' . $c('SecretAccessKey'));
	},
];
foreach (array_slice($argv, 1) as $part)
	$parts[$part]();
