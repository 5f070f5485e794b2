/* SPDX-License-Identifier: MIT */
/* Closes every descriptor, as daemons do, and goes on. LDLIBS: -lssl -lcrypto */
#define V_OPENSSL
#include "victim.h"

#include <fcntl.h>

int main(void)
{
	int fd = v_connect("V_HTTP"), lowest;
	SSL *s = v_tls(v_connect("V_TLS"));

	v_exchange(fd, "GET", "/closeall/before", "");
	v_tls_exchange(s, "GET", "/closeall/before-tls", "");
	printf("close_range %d\n", close_range(3, ~0u, 0));
	lowest = open("/dev/null", O_RDONLY);
	printf("lowest free %d\n", lowest);
	close(lowest);
	/* The old session's descriptor is gone, its memory is not. */
	SSL_set_quiet_shutdown(s, 1);
	SSL_free(s);
	fd = v_connect("V_TLS");
	s = v_tls(fd);
	v_tls_exchange(s, "GET", "/closeall/after-tls", "");
	for (int i = 3; i < 1024; i++)
		if (i != fd)
			close(i);
	v_tls_exchange(s, "GET", "/closeall/after-loop", "");
	SSL_free(s);
	closefrom(3);
	fd = v_connect("V_HTTP");
	v_exchange(fd, "GET", "/closeall/after-closefrom", "");
	printf("fd %d\n", fd);
	return 0;
}
