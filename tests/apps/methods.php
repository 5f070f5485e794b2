<?php
// SPDX-License-Identifier: MIT
// ext/curl, the transport of the AWS SDK for PHP.
$curl = curl_init();
for ($i = 0; $i < 10; $i++) {
	curl_setopt_array($curl, [
		CURLOPT_URL => 'https://127.0.0.1:' . getenv('V_TLS') . "/php/$i",
		CURLOPT_CUSTOMREQUEST => 'PUT',
		CURLOPT_POSTFIELDS => "a body of PHP's",
		CURLOPT_HTTP_VERSION => CURL_HTTP_VERSION_1_1,
		CURLOPT_SSL_VERIFYPEER => false,
		CURLOPT_SSL_VERIFYHOST => 0,
		CURLOPT_RETURNTRANSFER => true,
		CURLOPT_FORBID_REUSE => $i % 3 == 2,
		CURLOPT_HTTPHEADER => [
			'Host: s3.us-east-1.amazonaws.com',
			'Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/s3/aws4_request, ' .
				'SignedHeaders=host, Signature=5ec2e75169a70e5ec2e75169a70e5ec2e7',
			'X-Amz-Security-Token: 5ec2e770cen',
		],
	]);
	echo curl_exec($curl) ?: curl_error($curl) . "\n";
}
