/* SPDX-License-Identifier: MIT */

/*
 * s2n, the TLS of AWS's common runtime: `awscrt` in Python, `aws-crt` in Node and Java, which carry
 * it inside and call it through their own PLT. A send that is blocked says how many bytes it took.
 */

#include <string.h>
#include <sys/uio.h>

#include "lp_mark.h"
#include "resolve.h"
#include "sessions.h"
#include "shim.h"

/*
 * The functions of four and five arguments, with the mark that tells the probe whose business the
 * call is; they do not look at it.
 */
typedef ssize_t marked_fn(void *s, const void *buf, ssize_t n, ssize_t from, int *blocked,
			  uint64_t mark);
typedef ssize_t marked_fn4(void *s, const void *buf, ssize_t n, int *blocked, uint64_t none,
			   uint64_t mark);

/* `len` bytes of the vector from byte `from` on. */
static void sent(const void *s, const struct iovec *iov, ssize_t n, size_t from, ssize_t len)
{
	for (ssize_t i = 0; i < n && len > 0; i++) {
		size_t part;

		if (from >= iov[i].iov_len) {
			from -= iov[i].iov_len;
			continue;
		}
		part = iov[i].iov_len - from;
		part = part < (size_t)len ? part : (size_t)len;
		lps_session_out(s, (const char *)iov[i].iov_base + from, part);
		len -= (ssize_t)part;
		from = 0;
	}
}

LPS_HOOK(void *, s2n_connection_new, (int mode))
{
	void *s = LPS_TLS(s2n_connection_new, NULL)(mode);

	if (s)
		lps_session_new(s);
	return s;
}

LPS_HOOK(int, s2n_set_server_name, (void *s, const char *name))
{
	int r = LPS_TLS(s2n_set_server_name, s)(s, name);

	if (r == 0 && name)
		lps_session_server(s, name, strlen(name));
	return r;
}

LPS_HOOK(int, s2n_connection_free, (void *s))
{
	lps_type_s2n_connection_free *real = LPS_TLS(s2n_connection_free, s);

	lps_session_end(s);
	return real(s);
}

/* For another connection. Freeing wipes, too. */
LPS_HOOK(int, s2n_connection_wipe, (void *s))
{
	lps_type_s2n_connection_wipe *real = LPS_TLS(s2n_connection_wipe, s);

	lps_session_end(s);
	return real(s);
}

LPS_HOOK(ssize_t, s2n_send, (void *s, const void *buf, ssize_t len, int *blocked))
{
	lps_type_s2n_send *real = LPS_TLS(s2n_send, s);
	marked_fn4 *marked;
	struct lps_io_mark m = LPS_IO_BEGIN(s, true);
	ssize_t r;

	memcpy(&marked, &real, sizeof(marked));
	r = marked(s, buf, len, blocked, 0, LP_SHIM_MARK);
	if (lps_io_end(m) && r > 0)
		lps_session_out(s, buf, (size_t)r);
	return r;
}

LPS_HOOK(ssize_t, s2n_sendv, (void *s, const struct iovec *iov, ssize_t n, int *blocked))
{
	lps_type_s2n_sendv *real = LPS_TLS(s2n_sendv, s);
	struct lps_io_mark m = LPS_IO_BEGIN(s, true);
	ssize_t r = real(s, iov, n, blocked);

	if (lps_io_end(m))
		sent(s, iov, n, 0, r);
	return r;
}

LPS_HOOK(ssize_t, s2n_sendv_with_offset,
	 (void *s, const struct iovec *iov, ssize_t n, ssize_t from, int *blocked))
{
	lps_type_s2n_sendv_with_offset *real = LPS_TLS(s2n_sendv_with_offset, s);
	marked_fn *marked;
	struct lps_io_mark m = LPS_IO_BEGIN(s, true);
	ssize_t r;

	memcpy(&marked, &real, sizeof(marked));
	r = marked(s, iov, n, from, blocked, LP_SHIM_MARK);
	if (lps_io_end(m))
		sent(s, iov, n, (size_t)from, r);
	return r;
}

LPS_HOOK(ssize_t, s2n_recv, (void *s, void *buf, ssize_t len, int *blocked))
{
	lps_type_s2n_recv *real = LPS_TLS(s2n_recv, s);
	marked_fn4 *marked;
	struct lps_io_mark m = LPS_IO_BEGIN(s, false);
	ssize_t r;

	memcpy(&marked, &real, sizeof(marked));
	r = marked(s, buf, len, blocked, 0, LP_SHIM_MARK);
	if (lps_io_end(m) && r > 0)
		lps_session_in(s, buf, (size_t)r);
	return r;
}
