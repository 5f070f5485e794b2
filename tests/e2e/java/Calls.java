// SPDX-License-Identifier: MIT
// Signed requests over JSSE without an SDK: through sockets (HttpsURLConnection) and an engine
// (java.net.http), by several threads at once.
//
//   Calls URL COUNT        COUNT requests each way; objects sock/N and engine/N of bucket lp-java
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.stream.IntStream;

class Calls {
	static final String AUTH = "AWS4-HMAC-SHA256 Credential=AKIARZPUZDIKAMBVUEID/20261125/us-east-1/s3/aws4_request, "
			+ "SignedHeaders=host;x-amz-date, Signature="
			+ "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	static void socket(String url) throws Exception {
		HttpURLConnection c = (HttpURLConnection) new URI(url).toURL().openConnection();
		c.setRequestProperty("Authorization", AUTH);
		c.setRequestProperty("x-amz-date", "20261125T000000Z");
		try (InputStream in = c.getInputStream()) {
			in.readAllBytes();
		}
	}

	static void engine(String url) throws Exception {
		CLIENT.send(HttpRequest.newBuilder(new URI(url)).header("Authorization", AUTH)
				.header("x-amz-date", "20261125T000000Z").build(), HttpResponse.BodyHandlers.ofByteArray());
	}

	static void one(String base, int i) {
		try {
			socket(base + "/lp-java/sock/" + i);
			engine(base + "/lp-java/engine/" + i);
		} catch (Exception e) {
			throw new IllegalStateException(e);
		}
	}

	static void done() {
		System.out.println("done");
	}

	public static void main(String[] args) {
		IntStream.range(0, Integer.parseInt(args[1])).parallel().forEach(i -> one(args[0], i));
		done();
	}
}
