// SPDX-License-Identifier: MIT
// For tests/bench/run: N signed requests over one kept-alive TLS connection for each line "aws N",
// answered with the nanoseconds of CPU
// time (of the thread that made them) and of time that they took.
//
//   Requests PORT          with no input: one connection, and an end
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;

class Requests {
	static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
	static final String AUTH = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/us-east-1/s3/aws4_request, "
			+ "SignedHeaders=host;x-amz-date, Signature=" + "0".repeat(64);

	interface One {
		void make() throws Exception;
	}

	static void one(URL url) throws Exception {
		HttpURLConnection c = (HttpURLConnection) url.openConnection();
		c.setRequestProperty("Authorization", AUTH);
		c.setRequestProperty("x-amz-date", "20261125T000000Z");
		try (InputStream in = c.getInputStream()) {
			in.readAllBytes();
		}
	}

	static void answer(One one) throws Exception {
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
		String line = in.readLine();
		if (line == null)
			one.make();
		for (; line != null; line = in.readLine()) {
			long before = THREADS.getCurrentThreadCpuTime(), start = System.nanoTime();
			for (int n = Integer.parseInt(line.split(" ")[1]); n > 0; n--)
				one.make();
			System.out.println((THREADS.getCurrentThreadCpuTime() - before) + " " + (System.nanoTime() - start));
		}
	}

	public static void main(String[] args) throws Exception {
		URL url = new URI("https://127.0.0.1:" + args[0] + "/lp-bench/key").toURL();
		answer(() -> one(url));
	}
}
