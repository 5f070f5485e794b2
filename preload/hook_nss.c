/* SPDX-License-Identifier: MIT */

/*
 * NSS. Its TLS is a layer of NSPR's descriptors, so what is written and read goes through functions
 * that files and plain sockets have, too; the layer's number tells them apart. Where a program puts
 * a layer of its own on top (Firefox), it calls the layer below by pointer, which is not seen.
 */

#include <string.h>

#include "resolve.h"
#include "sessions.h"
#include "shim.h"

#define MSG_PEEK_PR 2 /* PR_MSG_PEEK */

/* PRFileDesc of nspr/prio.h; part of its ABI. */
struct descriptor {
	const void *methods;
	void *secret;
	struct descriptor *lower, *higher;
	void (*dtor)(struct descriptor *);
	int identity;
};

static _Atomic int tls_layer; /* 0 is the lowest layer, never TLS */

static bool is_tls(const struct descriptor *d)
{
	int layer = atomic_load_explicit(&tls_layer, memory_order_relaxed);

	return layer && d && d->identity == layer;
}

LPS_HOOK(struct descriptor *, SSL_ImportFD, (struct descriptor * model, struct descriptor *d))
{
	struct descriptor *r = LPS_TLS(SSL_ImportFD, d)(model, d);

	if (r) {
		atomic_store_explicit(&tls_layer, r->identity, memory_order_relaxed);
		lps_session_new(r);
	}
	return r;
}

LPS_HOOK(int, SSL_SetURL, (struct descriptor * d, const char *name))
{
	int r = LPS_TLS(SSL_SetURL, d)(d, name);

	if (r == 0 && name)
		lps_session_server(d, name, strlen(name));
	return r;
}

LPS_HOOK(int, PR_Close, (struct descriptor * d))
{
	lps_type_PR_Close *real = LPS_TLS(PR_Close, d);

	if (is_tls(d))
		lps_session_end(d);
	return real(d);
}

LPS_HOOK(int32_t, PR_Write, (struct descriptor * d, const void *buf, int32_t len))
{
	lps_type_PR_Write *real = LPS_TLS(PR_Write, d);
	struct lps_io_mark m;
	int32_t r;

	if (!is_tls(d))
		return real(d, buf, len);
	m = LPS_IO_BEGIN(d, true);
	r = real(d, buf, len);
	if (lps_io_end(m) && r > 0)
		lps_session_out(d, buf, (size_t)r);
	return r;
}

LPS_HOOK(int32_t, PR_Send,
	 (struct descriptor * d, const void *buf, int32_t len, int flags, uint32_t timeout))
{
	lps_type_PR_Send *real = LPS_TLS(PR_Send, d);
	struct lps_io_mark m;
	int32_t r;

	if (!is_tls(d))
		return real(d, buf, len, flags, timeout);
	m = LPS_IO_BEGIN(d, true);
	r = real(d, buf, len, flags, timeout);
	if (lps_io_end(m) && r > 0)
		lps_session_out(d, buf, (size_t)r);
	return r;
}

LPS_HOOK(int32_t, PR_Read, (struct descriptor * d, void *buf, int32_t len))
{
	lps_type_PR_Read *real = LPS_TLS(PR_Read, d);
	struct lps_io_mark m;
	int32_t r;

	if (!is_tls(d))
		return real(d, buf, len);
	m = LPS_IO_BEGIN(d, false);
	r = real(d, buf, len);
	if (lps_io_end(m) && r > 0)
		lps_session_in(d, buf, (size_t)r);
	return r;
}

LPS_HOOK(int32_t, PR_Recv,
	 (struct descriptor * d, void *buf, int32_t len, int flags, uint32_t timeout))
{
	lps_type_PR_Recv *real = LPS_TLS(PR_Recv, d);
	struct lps_io_mark m;
	int32_t r;

	if (!is_tls(d))
		return real(d, buf, len, flags, timeout);
	m = LPS_IO_BEGIN(d, false);
	r = real(d, buf, len, flags, timeout);
	if (lps_io_end(m) && r > 0 && !(flags & MSG_PEEK_PR))
		lps_session_in(d, buf, (size_t)r);
	return r;
}
