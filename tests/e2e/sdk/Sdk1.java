// SPDX-License-Identifier: MIT
// The AWS SDK for Java 1: the scenario of sdk.py.
//
//   Sdk1 PART ...
import com.amazonaws.auth.AWSStaticCredentialsProvider;
import com.amazonaws.auth.BasicSessionCredentials;
import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDB;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDBClientBuilder;
import com.amazonaws.services.dynamodbv2.model.AttributeValue;
import com.amazonaws.services.dynamodbv2.model.QueryRequest;
import com.amazonaws.services.s3.AmazonS3;
import com.amazonaws.services.s3.AmazonS3ClientBuilder;
import com.amazonaws.services.securitytoken.AWSSecurityTokenServiceClientBuilder;
import com.amazonaws.services.securitytoken.model.AssumeRoleRequest;
import com.amazonaws.services.securitytoken.model.Credentials;
import com.amazonaws.services.sqs.AmazonSQS;
import com.amazonaws.services.sqs.AmazonSQSClientBuilder;
import java.util.Map;

class Sdk1 {
	static final String BUCKET = "lp-sdk", KEY = "in/a.txt", TABLE = "lp-table";
	static final String QUEUE = System.getenv("LP_QUEUE_URL");
	static final String ROLE = "arn:aws:iam::123456789012:role/lp-deploy";
	static final String BODY = "a line of an object\n".repeat(1000);
	static final EndpointConfiguration AT =
			new EndpointConfiguration(System.getenv("AWS_ENDPOINT_URL"), "us-east-1");

	static void check(boolean right) {
		if (!right)
			throw new IllegalStateException("another answer than expected");
	}

	static void play(String part) {
		switch (part) {
		case "s3":
			AmazonS3 s3 = AmazonS3ClientBuilder.standard().withEndpointConfiguration(AT)
					.withPathStyleAccessEnabled(true).build();
			s3.createBucket(BUCKET);
			s3.putObject(BUCKET, KEY, BODY);
			check(s3.getObjectAsString(BUCKET, KEY).equals(BODY));
			check(s3.listObjectsV2(BUCKET, "in/").getKeyCount() == 1);
			s3.deleteObject(BUCKET, KEY);
			break;
		case "dynamodb":
			AmazonDynamoDB items = AmazonDynamoDBClientBuilder.standard().withEndpointConfiguration(AT).build();
			items.putItem(TABLE, Map.of("id", new AttributeValue("1")));
			check(items.query(new QueryRequest(TABLE).withKeyConditionExpression("id = :i")
					.withExpressionAttributeValues(Map.of(":i", new AttributeValue("1")))).getCount() == 1);
			break;
		case "sqs":
			AmazonSQS sqs = AmazonSQSClientBuilder.standard().withEndpointConfiguration(AT).build();
			sqs.sendMessage(QUEUE, "hello");
			check(sqs.receiveMessage(QUEUE).getMessages().get(0).getBody().equals("hello"));
			break;
		default:
			Credentials c = AWSSecurityTokenServiceClientBuilder.standard().withEndpointConfiguration(AT).build()
					.assumeRole(new AssumeRoleRequest().withRoleArn(ROLE).withRoleSessionName("lp")).getCredentials();
			AmazonSQSClientBuilder.standard().withEndpointConfiguration(AT)
					.withCredentials(new AWSStaticCredentialsProvider(new BasicSessionCredentials(
							c.getAccessKeyId(), c.getSecretAccessKey(), c.getSessionToken())))
					.build().sendMessage(QUEUE, "from a role");
		}
	}

	public static void main(String[] args) {
		for (String part : args)
			play(part);
	}
}
