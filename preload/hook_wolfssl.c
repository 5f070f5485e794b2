/* SPDX-License-Identifier: MIT */

/* wolfSSL as a shared library. A write that is blocked takes nothing and is asked again. */

#include "resolve.h"
#include "sessions.h"
#include "shim.h"

#define NAME_DNS 0 /* WOLFSSL_SNI_HOST_NAME, part of the ABI */

LPS_HOOK(void *, wolfSSL_new, (void *ctx))
{
	void *s = LPS_TLS(wolfSSL_new, NULL)(ctx);

	if (s)
		lps_session_new(s);
	return s;
}

LPS_HOOK(int, wolfSSL_UseSNI, (void *s, unsigned char type, const void *name, unsigned short len))
{
	int r = LPS_TLS(wolfSSL_UseSNI, s)(s, type, name, len);

	if (r == 1 && type == NAME_DNS && name)
		lps_session_server(s, name, len);
	return r;
}

LPS_HOOK(int, wolfSSL_clear, (void *s))
{
	int r = LPS_TLS(wolfSSL_clear, s)(s);

	lps_session_clear(s);
	return r;
}

LPS_HOOK(void, wolfSSL_free, (void *s))
{
	lps_type_wolfSSL_free *real = LPS_TLS(wolfSSL_free, s);

	lps_session_end(s);
	real(s);
}

LPS_HOOK(int, wolfSSL_write, (void *s, const void *buf, int len))
{
	lps_type_wolfSSL_write *real = LPS_TLS(wolfSSL_write, s);
	struct lps_io_mark m = LPS_IO_BEGIN(s, true);
	int r = real(s, buf, len);

	if (lps_io_end(m) && r > 0)
		lps_session_out(s, buf, (size_t)r);
	return r;
}

LPS_HOOK(int, wolfSSL_read, (void *s, void *buf, int len))
{
	lps_type_wolfSSL_read *real = LPS_TLS(wolfSSL_read, s);
	struct lps_io_mark m = LPS_IO_BEGIN(s, false);
	int r = real(s, buf, len);

	if (lps_io_end(m) && r > 0)
		lps_session_in(s, buf, (size_t)r);
	return r;
}
