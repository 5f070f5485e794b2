/* SPDX-License-Identifier: MIT */

/*
 * OpenSSL 1.1.1 to 3.x, and the libraries that kept its names. Bytes are reported once the library
 * accepted them: a non-blocking client calls SSL_write again and again for the same bytes.
 * SSL_peek consumes nothing and is not hooked.
 */

#include <string.h>

#include "resolve.h"
#include "sessions.h"
#include "shim.h"

#define CTRL_SET_TLSEXT_HOSTNAME 55 /* openssl/tls1.h; part of the ABI */

LPS_HOOK(void *, SSL_new, (void *ctx))
{
	void *s = LPS_TLS(SSL_new, ctx)(ctx);

	lps_session_new(s);
	return s;
}

LPS_HOOK(int, SSL_clear, (void *s))
{
	int r = LPS_TLS(SSL_clear, s)(s);

	lps_session_clear(s);
	return r;
}

/* What SSL_set_tlsext_host_name expands to. */
LPS_HOOK(long, SSL_ctrl, (void *s, int cmd, long larg, void *parg))
{
	long r = LPS_TLS(SSL_ctrl, s)(s, cmd, larg, parg);

	if (cmd == CTRL_SET_TLSEXT_HOSTNAME && r == 1 && parg)
		lps_session_server(s, parg, strlen(parg));
	return r;
}

LPS_HOOK(int, SSL_up_ref, (void *s))
{
	int r = LPS_TLS(SSL_up_ref, s)(s);

	if (r == 1)
		lps_session_ref(s);
	return r;
}

/* One under way is not copied: the same comes back. */
LPS_HOOK(void *, SSL_dup, (void *s))
{
	void *r = LPS_TLS(SSL_dup, s)(s);

	if (r == s)
		lps_session_ref(s);
	else
		lps_session_new(r);
	return r;
}

LPS_HOOK(void, SSL_free, (void *s))
{
	lps_type_SSL_free *real = LPS_TLS(SSL_free, s);
	struct lps_tls_mark m;

	/* Before: afterwards another thread may get the same address from SSL_new. */
	lps_session_unref(s);
	m = lps_tls_begin();
	real(s);
	lps_tls_end(m);
}

LPS_HOOK(int, SSL_shutdown, (void *s))
{
	lps_type_SSL_shutdown *real = LPS_TLS(SSL_shutdown, s);
	/* Only this half is closed: an answer may still come. */
	struct lps_tls_mark m = lps_tls_begin();
	int r = real(s);

	lps_tls_end(m);
	return r;
}

LPS_HOOK(int, SSL_write, (void *s, const void *buf, int num))
{
	lps_type_SSL_write *real = LPS_TLS(SSL_write, s);
	struct lps_io_mark m = LPS_IO_BEGIN(s, true);
	int r = real(s, buf, num);

	if (lps_io_end(m) && r > 0)
		lps_session_out(s, buf, (size_t)r);
	return r;
}

LPS_HOOK(int, SSL_write_ex, (void *s, const void *buf, size_t num, size_t *written))
{
	lps_type_SSL_write_ex *real = LPS_TLS(SSL_write_ex, s);
	struct lps_io_mark m = LPS_IO_BEGIN(s, true);
	int r = real(s, buf, num, written);

	if (lps_io_end(m) && r > 0)
		lps_session_out(s, buf, *written);
	return r;
}

LPS_HOOK(int, SSL_write_ex2,
	 (void *s, const void *buf, size_t num, uint64_t flags, size_t *written))
{
	lps_type_SSL_write_ex2 *real = LPS_TLS(SSL_write_ex2, s);
	struct lps_io_mark m = LPS_IO_BEGIN(s, true);
	int r = real(s, buf, num, flags, written);

	if (lps_io_end(m) && r > 0)
		lps_session_out(s, buf, *written);
	return r;
}

LPS_HOOK(int, SSL_write_early_data, (void *s, const void *buf, size_t num, size_t *written))
{
	lps_type_SSL_write_early_data *real = LPS_TLS(SSL_write_early_data, s);
	struct lps_io_mark m = LPS_IO_BEGIN(s, true);
	int r = real(s, buf, num, written);

	if (lps_io_end(m) && r > 0)
		lps_session_out(s, buf, *written);
	return r;
}

LPS_HOOK(ssize_t, SSL_sendfile, (void *s, int fd, off_t offset, size_t size, int flags))
{
	lps_type_SSL_sendfile *real = LPS_TLS(SSL_sendfile, s);
	struct lps_io_mark m = LPS_IO_BEGIN(s, true);
	ssize_t r = real(s, fd, offset, size, flags);

	if (lps_io_end(m) && r > 0)
		lps_session_skip(s, true, (uint64_t)r);
	return r;
}

LPS_HOOK(int, SSL_read, (void *s, void *buf, int num))
{
	lps_type_SSL_read *real = LPS_TLS(SSL_read, s);
	struct lps_io_mark m = LPS_IO_BEGIN(s, false);
	int r = real(s, buf, num);

	if (lps_io_end(m) && r > 0)
		lps_session_in(s, buf, (size_t)r);
	return r;
}

LPS_HOOK(int, SSL_read_ex, (void *s, void *buf, size_t num, size_t *readbytes))
{
	lps_type_SSL_read_ex *real = LPS_TLS(SSL_read_ex, s);
	struct lps_io_mark m = LPS_IO_BEGIN(s, false);
	int r = real(s, buf, num, readbytes);

	if (lps_io_end(m) && r > 0)
		lps_session_in(s, buf, *readbytes);
	return r;
}
