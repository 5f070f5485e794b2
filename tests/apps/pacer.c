/* SPDX-License-Identifier: MIT */
/* One request for each byte on standard input, on one connection. LDLIBS: -lssl -lcrypto */
#define V_OPENSSL
#include "victim.h"

int main(void)
{
	SSL *s = v_tls(v_connect("V_TLS"));
	char c, path[32];

	for (int i = 0; read(0, &c, 1) == 1; i++) {
		snprintf(path, sizeof(path), "/pacer/%d", i);
		v_tls_exchange(s, "GET", path, "");
		fflush(stdout);
	}
	SSL_free(s);
	return 0;
}
