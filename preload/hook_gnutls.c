/* SPDX-License-Identifier: MIT */

/*
 * GnuTLS 3.x. A send that returns GNUTLS_E_AGAIN has encrypted and kept the bytes; the program may
 * then finish it with a NULL buffer, so we keep a copy for that moment. Corked sends are accepted
 * when they are made.
 */

#include "resolve.h"
#include "sessions.h"
#include "shim.h"

/* The library's numbers, part of its ABI (gnutls/gnutls.h). */
#define E_AGAIN	      (-28)
#define E_INTERRUPTED (-52)
#define NAME_DNS      1

struct datum {
	unsigned char *data;
	unsigned int size;
};

/* After any kind of send: `r` bytes of `data` are on their way, or an error. */
static void sent(const void *s, const void *data, size_t len, ssize_t r)
{
	if (r == E_AGAIN || r == E_INTERRUPTED) {
		if (data && len)
			lps_session_keep(s, data, len);
	} else {
		if (r > 0 && data)
			lps_session_out(s, data, (size_t)r);
		else if (r > 0)
			lps_session_out_kept(s, (size_t)r);
		lps_session_unkeep(s);
	}
}

LPS_HOOK(int, gnutls_init, (void **session, unsigned int flags))
{
	int r = LPS_TLS(gnutls_init, NULL)(session, flags);

	if (r == 0)
		lps_session_new(*session);
	return r;
}

LPS_HOOK(int, gnutls_server_name_set, (void *session, int type, const void *name, size_t len))
{
	int r = LPS_TLS(gnutls_server_name_set, session)(session, type, name, len);

	if (r == 0 && type == NAME_DNS && name)
		lps_session_server(session, name, len);
	return r;
}

LPS_HOOK(void, gnutls_deinit, (void *session))
{
	lps_type_gnutls_deinit *real = LPS_TLS(gnutls_deinit, session);

	lps_session_unkeep(session);
	lps_session_end(session);
	real(session);
}

LPS_HOOK(int, gnutls_bye, (void *session, int how))
{
	lps_type_gnutls_bye *real = LPS_TLS(gnutls_bye, session);
	/* Only this half is closed: an answer may still come. */
	struct lps_tls_mark m = lps_tls_begin();
	int r = real(session, how);

	lps_tls_end(m);
	return r;
}

LPS_HOOK(ssize_t, gnutls_record_send, (void *session, const void *data, size_t len))
{
	lps_type_gnutls_record_send *real = LPS_TLS(gnutls_record_send, session);
	struct lps_io_mark m = LPS_IO_BEGIN(session, true);
	ssize_t r = real(session, data, len);

	if (lps_io_end(m))
		sent(session, data, len, r);
	return r;
}

/* Sends what corked calls collected, by calling itself: those bytes are reported already. */
LPS_HOOK(int, gnutls_record_uncork, (void *session, unsigned int flags))
{
	lps_type_gnutls_record_uncork *real = LPS_TLS(gnutls_record_uncork, session);
	struct lps_io_mark m = LPS_IO_BEGIN(session, true);
	int r = real(session, flags);

	lps_io_end(m);
	return r;
}

LPS_HOOK(ssize_t, gnutls_record_send2,
	 (void *session, const void *data, size_t len, size_t pad, unsigned int flags))
{
	lps_type_gnutls_record_send2 *real = LPS_TLS(gnutls_record_send2, session);
	struct lps_io_mark m = LPS_IO_BEGIN(session, true);
	ssize_t r = real(session, data, len, pad, flags);

	if (lps_io_end(m))
		sent(session, data, len, r);
	return r;
}

LPS_HOOK(ssize_t, gnutls_record_send_range,
	 (void *session, const void *data, size_t len, const void *range))
{
	lps_type_gnutls_record_send_range *real = LPS_TLS(gnutls_record_send_range, session);
	struct lps_io_mark m = LPS_IO_BEGIN(session, true);
	ssize_t r = real(session, data, len, range);

	if (lps_io_end(m))
		sent(session, data, len, r);
	return r;
}

LPS_HOOK(ssize_t, gnutls_record_send_early_data, (void *session, const void *data, size_t len))
{
	lps_type_gnutls_record_send_early_data *real =
		LPS_TLS(gnutls_record_send_early_data, session);
	struct lps_io_mark m = LPS_IO_BEGIN(session, true);
	ssize_t r = real(session, data, len);

	if (lps_io_end(m) && r == 0)
		lps_session_out(session, data, len);
	return r;
}

LPS_HOOK(ssize_t, gnutls_record_send_file, (void *session, int fd, off_t *offset, size_t count))
{
	lps_type_gnutls_record_send_file *real = LPS_TLS(gnutls_record_send_file, session);
	struct lps_io_mark m = LPS_IO_BEGIN(session, true);
	ssize_t r = real(session, fd, offset, count);

	if (lps_io_end(m) && r > 0)
		lps_session_skip(session, true, (uint64_t)r);
	return r;
}

LPS_HOOK(ssize_t, gnutls_record_recv, (void *session, void *data, size_t len))
{
	lps_type_gnutls_record_recv *real = LPS_TLS(gnutls_record_recv, session);
	struct lps_io_mark m = LPS_IO_BEGIN(session, false);
	ssize_t r = real(session, data, len);

	if (lps_io_end(m) && r > 0)
		lps_session_in(session, data, (size_t)r);
	return r;
}

LPS_HOOK(ssize_t, gnutls_record_recv_seq,
	 (void *session, void *data, size_t len, unsigned char *seq))
{
	lps_type_gnutls_record_recv_seq *real = LPS_TLS(gnutls_record_recv_seq, session);
	struct lps_io_mark m = LPS_IO_BEGIN(session, false);
	ssize_t r = real(session, data, len, seq);

	if (lps_io_end(m) && r > 0)
		lps_session_in(session, data, (size_t)r);
	return r;
}

typedef void lps_type_gnutls_packet_get(const void *packet, struct datum *data, unsigned char *seq);

LPS_HOOK(ssize_t, gnutls_record_recv_packet, (void *session, void **packet))
{
	lps_type_gnutls_record_recv_packet *real = LPS_TLS(gnutls_record_recv_packet, session);
	struct lps_io_mark m = LPS_IO_BEGIN(session, false);
	ssize_t r = real(session, packet);

	if (lps_io_end(m) && r > 0) {
		struct datum d = {NULL, 0};

		LPS_TLS(gnutls_packet_get, session)(*packet, &d, NULL);
		if (d.data)
			lps_session_in(session, d.data, d.size);
	}
	return r;
}
