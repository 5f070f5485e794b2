// SPDX-License-Identifier: MIT
// Requests by the AWS SDK for Java 2: DynamoDB's GetItem. Which CA is trusted, the machine is told.
//
//   RequestsSdk PORT
import java.net.URI;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

class RequestsSdk {
	public static void main(String[] args) throws Exception {
		DynamoDbClient client = DynamoDbClient.builder().endpointOverride(new URI("https://127.0.0.1:" + args[0]))
				.httpClient(Apache5HttpClient.create()).region(Region.US_EAST_1)
				.credentialsProvider(StaticCredentialsProvider.create(
						AwsBasicCredentials.create("AKIAIOSFODNN7EXAMPLE", "x"))).build();
		Requests.answer(() -> client.getItem(
				b -> b.tableName("bench").key(Map.of("id", AttributeValue.fromS("12345678")))));
	}
}
