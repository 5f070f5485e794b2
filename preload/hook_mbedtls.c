/* SPDX-License-Identifier: MIT */

/*
 * Mbed TLS 2 and 3 as a shared library. A write that is blocked takes nothing and is asked again
 * with the same bytes; what it returns in the end is how many it took.
 */

#include <string.h>

#include "resolve.h"
#include "sessions.h"
#include "shim.h"

LPS_HOOK(int, mbedtls_ssl_setup, (void *s, const void *config))
{
	int r = LPS_TLS(mbedtls_ssl_setup, s)(s, config);

	if (r == 0)
		lps_session_new(s);
	return r;
}

LPS_HOOK(int, mbedtls_ssl_session_reset, (void *s))
{
	int r = LPS_TLS(mbedtls_ssl_session_reset, s)(s);

	lps_session_clear(s);
	return r;
}

LPS_HOOK(int, mbedtls_ssl_set_hostname, (void *s, const char *name))
{
	int r = LPS_TLS(mbedtls_ssl_set_hostname, s)(s, name);

	if (r == 0 && name)
		lps_session_server(s, name, strlen(name));
	return r;
}

LPS_HOOK(void, mbedtls_ssl_free, (void *s))
{
	lps_type_mbedtls_ssl_free *real = LPS_TLS(mbedtls_ssl_free, s);

	lps_session_end(s);
	real(s);
}

LPS_HOOK(int, mbedtls_ssl_write, (void *s, const unsigned char *buf, size_t len))
{
	lps_type_mbedtls_ssl_write *real = LPS_TLS(mbedtls_ssl_write, s);
	struct lps_io_mark m = LPS_IO_BEGIN(s, true);
	int r = real(s, buf, len);

	if (lps_io_end(m) && r > 0)
		lps_session_out(s, buf, (size_t)r);
	return r;
}

LPS_HOOK(int, mbedtls_ssl_read, (void *s, unsigned char *buf, size_t len))
{
	lps_type_mbedtls_ssl_read *real = LPS_TLS(mbedtls_ssl_read, s);
	struct lps_io_mark m = LPS_IO_BEGIN(s, false);
	int r = real(s, buf, len);

	if (lps_io_end(m) && r > 0)
		lps_session_in(s, buf, (size_t)r);
	return r;
}
