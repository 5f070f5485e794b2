/* SPDX-License-Identifier: MIT */
/* Dies by SIGKILL in the moment after the request was accepted. LDLIBS: -lssl -lcrypto */
#define V_OPENSSL
#include "victim.h"

#include <signal.h>

int main(int argc, char **argv)
{
	char buf[4096];
	size_t n = v_request(buf, sizeof(buf), "GET", "/killed", "");

	(void)argv;
	if (argc > 1) {
		SSL *s = v_tls(v_connect("V_TLS"));

		if (SSL_write(s, buf, (int)n) == (int)n)
			raise(SIGKILL);
	} else if (write(v_connect("V_HTTP"), buf, n) == (ssize_t)n) {
		raise(SIGKILL);
	}
	return 1;
}
