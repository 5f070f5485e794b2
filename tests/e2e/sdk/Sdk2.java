// SPDX-License-Identifier: MIT
// The AWS SDK for Java 2: the scenario of sdk.py over a transport.
//
//   Sdk2 apache|url|netty|netty_openssl|crt PART ...
import io.netty.handler.ssl.SslProvider;
import java.util.Arrays;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.crt.AwsCrtAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sts.StsAsyncClient;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.AssumeRoleRequest;
import software.amazon.awssdk.services.sts.model.Credentials;
import software.amazon.awssdk.utils.AttributeMap;

class Sdk2 {
	static final String BUCKET = "lp-sdk", KEY = "in/a.txt", TABLE = "lp-table";
	static final String QUEUE = System.getenv("LP_QUEUE_URL");
	static final String ROLE = "arn:aws:iam::123456789012:role/lp-deploy";
	static final String BODY = "a line of an object\n".repeat(1000);
	static final PutItemRequest PUT = PutItemRequest.builder().tableName(TABLE)
			.item(Map.of("id", AttributeValue.fromS("1"))).build();
	static final QueryRequest QUERY = QueryRequest.builder().tableName(TABLE).keyConditionExpression("id = :i")
			.expressionAttributeValues(Map.of(":i", AttributeValue.fromS("1"))).build();
	static final AssumeRoleRequest ASSUME = AssumeRoleRequest.builder().roleArn(ROLE).roleSessionName("lp").build();

	static void check(boolean right) {
		if (!right)
			throw new IllegalStateException("another answer than expected");
	}

	static StaticCredentialsProvider role(Credentials c) {
		return StaticCredentialsProvider.create(
				AwsSessionCredentials.create(c.accessKeyId(), c.secretAccessKey(), c.sessionToken()));
	}

	static void sync(SdkHttpClient http, String part) {
		switch (part) {
		case "s3":
			S3Client s3 = S3Client.builder().httpClient(http).forcePathStyle(true).build();
			s3.createBucket(b -> b.bucket(BUCKET));
			s3.putObject(b -> b.bucket(BUCKET).key(KEY), RequestBody.fromString(BODY));
			check(s3.getObjectAsBytes(b -> b.bucket(BUCKET).key(KEY)).asUtf8String().equals(BODY));
			check(s3.listObjectsV2(b -> b.bucket(BUCKET).prefix("in/")).keyCount() == 1);
			s3.deleteObject(b -> b.bucket(BUCKET).key(KEY));
			break;
		case "dynamodb":
			DynamoDbClient items = DynamoDbClient.builder().httpClient(http).build();
			items.putItem(PUT);
			check(items.query(QUERY).count() == 1);
			break;
		case "sqs":
			SqsClient sqs = SqsClient.builder().httpClient(http).build();
			sqs.sendMessage(b -> b.queueUrl(QUEUE).messageBody("hello"));
			check(sqs.receiveMessage(b -> b.queueUrl(QUEUE)).messages().get(0).body().equals("hello"));
			break;
		default:
			Credentials c = StsClient.builder().httpClient(http).build().assumeRole(ASSUME).credentials();
			SqsClient.builder().httpClient(http).credentialsProvider(role(c)).build()
					.sendMessage(b -> b.queueUrl(QUEUE).messageBody("from a role"));
		}
	}

	static void async(SdkAsyncHttpClient http, String part) {
		switch (part) {
		case "s3":
			S3AsyncClient s3 = S3AsyncClient.builder().httpClient(http).forcePathStyle(true).build();
			s3.createBucket(b -> b.bucket(BUCKET)).join();
			s3.putObject(b -> b.bucket(BUCKET).key(KEY), AsyncRequestBody.fromString(BODY)).join();
			check(s3.getObject(b -> b.bucket(BUCKET).key(KEY), AsyncResponseTransformer.toBytes()).join()
					.asUtf8String().equals(BODY));
			check(s3.listObjectsV2(b -> b.bucket(BUCKET).prefix("in/")).join().keyCount() == 1);
			s3.deleteObject(b -> b.bucket(BUCKET).key(KEY)).join();
			break;
		case "dynamodb":
			DynamoDbAsyncClient items = DynamoDbAsyncClient.builder().httpClient(http).build();
			items.putItem(PUT).join();
			check(items.query(QUERY).join().count() == 1);
			break;
		case "sqs":
			SqsAsyncClient sqs = SqsAsyncClient.builder().httpClient(http).build();
			sqs.sendMessage(b -> b.queueUrl(QUEUE).messageBody("hello")).join();
			check(sqs.receiveMessage(b -> b.queueUrl(QUEUE)).join().messages().get(0).body().equals("hello"));
			break;
		default:
			Credentials c = StsAsyncClient.builder().httpClient(http).build().assumeRole(ASSUME).join().credentials();
			SqsAsyncClient.builder().httpClient(http).credentialsProvider(role(c)).build()
					.sendMessage(b -> b.queueUrl(QUEUE).messageBody("from a role")).join();
		}
	}

	public static void main(String[] args) {
		for (String part : Arrays.copyOfRange(args, 1, args.length)) {
			switch (args[0]) {
			case "apache": sync(ApacheHttpClient.create(), part); break;
			case "url": sync(UrlConnectionHttpClient.create(), part); break;
			case "netty":
				async(NettyNioAsyncHttpClient.builder().sslProvider(SslProvider.JDK).build(), part);
				break;
			case "netty_openssl":
				async(NettyNioAsyncHttpClient.builder().sslProvider(SslProvider.OPENSSL).build(), part);
				break;
			// The common runtime reads no trust store of Java's.
			default: async(AwsCrtAsyncHttpClient.builder().buildWithDefaults(AttributeMap.builder()
					.put(SdkHttpConfigurationOption.TRUST_ALL_CERTIFICATES, true).build()), part);
			}
		}
		System.exit(0);
	}
}
