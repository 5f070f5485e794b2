/* SPDX-License-Identifier: MIT */
/* What a connection carries: recognised, and handed on to who reads it. */
#include "flows_impl.h"

#include <errno.h>
#include <stdlib.h>

#include "aws_host.h"
#include "hello.h"
#include "http2.h"
#include "login.h"

#define HELLO_MAX	 (16 * 1024)
#define RECORD_MAX	 (16 * 1024 + 256)
#define APPLICATION_DATA 23
#define JOINED_MIN	 22 /* an alert, or a KeyUpdate, of TLS 1.3 is at most that long */
#define LOOKS_MAX	 32
#define DEPTH_MAX	 4
#define PROXY_HEAD_MAX	 107 /* of version 1 */

/* Its client said all that it will. */
static bool ended(const struct lp_flow *w)
{
	const struct lp_side *s = &w->side[w->client];

	return w->reset || (s->fin && s->next == s->fin_seq);
}

static void end_tls(struct lp_flows *f, struct lp_flow *w)
{
	if (w->tls)
		f->decrypt->end(w->tls);
	w->tls = NULL;
}

static void end_inner(struct lp_flows *f, struct lp_flow *w);

/* Nothing more of it is of interest. */
static void ignore(struct lp_flows *f, struct lp_flow *w)
{
	if (w->inner)
		end_inner(f, w);
	end_tls(f, w);
	if (w->link)
		lp_links_free(&f->links, w->link);
	w->link = NULL;
	free(w->hello);
	w->hello = NULL;
	w->kind = LP_FLOW_IGNORED;
	lp_flow_drop_queues(f, w);
}

/* A TLS connection that nobody reads, unless its SDK names what is called: with AWS that is said.
 */
static void unread(struct lp_flows *f, struct lp_flow *w)
{
	struct lp_span host = lp_span_str(w->server);

	if (lp_host_kind_of(host) == LP_HOST_AWS)
		lp_assemble_reached(f->assemble, &f->process, host, w->why, f->time_ns);
	ignore(f, w);
}

/* There is no key, or no use for it any more. Where its client sends nothing, nothing was missed.
 */
static void seal(struct lp_flows *f, struct lp_flow *w, enum lp_reached_why why)
{
	end_tls(f, w);
	w->why = (uint8_t)why;
	w->kind = LP_FLOW_SEALED;
	if (w->spoke)
		unread(f, w);
	else if (lp_host_kind_of(lp_span_str(w->server)) != LP_HOST_AWS)
		ignore(f, w);
}

static void end_hello(struct lp_flows *f, struct lp_flow *w, struct lp_span host)
{
	if (!host.len)
		host = lp_names_of(&f->names, w->addr[!w->client]);
	else if (w->from_start) /* else it may be a proxy's address */
		lp_names_add(&f->names, w->addr[!w->client], host);
	host = lp_span_first(host, sizeof(w->server) - 1);
	if (host.len)
		memcpy(w->server, host.ptr, host.len);
	free(w->hello);
	w->hello = NULL;
	w->kind = LP_FLOW_CIPHER;
	if (!w->tls)
		seal(f, w, w->why);
}

/* The ClientHello, which may lie in several segments: its name is read as soon as it is there. */
static void on_hello(struct lp_flows *f, struct lp_flow *w, struct lp_span in)
{
	struct lp_hello_name name;

	in = lp_span_first(in, HELLO_MAX - w->hello_len);
	memcpy(w->hello + w->hello_len, in.ptr, in.len);
	w->hello_len += (uint32_t)in.len;
	if (lp_hello_read(lp_span_of(w->hello, w->hello_len), &name) || w->hello_len == HELLO_MAX)
		end_hello(f, w, lp_hello_host(&name));
}

static bool begin_hello(struct lp_flows *f, struct lp_flow *w)
{
	w->hello = malloc(HELLO_MAX);
	if (!w->hello)
		return false;
	w->hello_len = 0;
	w->kind = LP_FLOW_HELLO;
	w->all = f;
	w->tls = f->decrypt ? f->decrypt->begin(f->decrypt->ctx) : NULL;
	w->why = LP_REACHED_NO_KEY;
	return true;
}

/* The start of TLS; where what came before was not seen, only what a ClientHello starts with. */
static bool starts_tls(const struct lp_flow *w, struct lp_span in)
{
	return in.ptr[0] == LP_TLS_HANDSHAKE && (in.len < 2 || in.ptr[1] == 3) &&
	       (w->from_start || (in.len > 5 && in.ptr[5] == LP_TLS_CLIENT_HELLO));
}

/* The start of a record of application data, more than an alert or a KeyUpdate. */
static bool is_data(struct lp_span in)
{
	size_t len = in.len < 5 ? 0 : (size_t)(uint8_t)in.ptr[3] << 8 | (uint8_t)in.ptr[4];

	return len > JOINED_MIN && len <= RECORD_MAX && in.ptr[0] == APPLICATION_DATA &&
	       in.ptr[1] == 3 && in.ptr[2] == 3;
}

/*
 * Who may be at the other end of what was said is known at the end, if at all. Of a side that was
 * not captured the other's acknowledgements tell what it said.
 */
static void end_joined(struct lp_flows *f, struct lp_flow *w)
{
	for (unsigned d = 0; d < 2; d++) {
		struct lp_span host = lp_names_of(&f->names, w->addr[!d]);
		const struct lp_side *s = &w->side[d];
		bool told = !s->known && s->told && s->acked - s->told_from > JOINED_MIN + 5;

		if ((w->said[d] || told) && host.len)
			lp_assemble_reached(f->assemble, &f->process, host, LP_REACHED_LATE,
					    f->time_ns);
	}
}

/*
 * The head that load balancers put before what they pass on (the PROXY protocol, versions 1 and 2):
 * its length, 0 without.
 */
static size_t proxy_head(struct lp_span in)
{
	static const char v2[12] = "\r\n\r\n\0\r\nQUIT\n";
	const char *end = NULL;

	if (in.len >= 16 && !memcmp(in.ptr, v2, sizeof(v2)))
		return 16 + ((size_t)(uint8_t)in.ptr[14] << 8) + (uint8_t)in.ptr[15];
	if (lp_span_starts(in, LP_SPAN("PROXY ")))
		end = memmem(in.ptr, in.len < PROXY_HEAD_MAX ? in.len : PROXY_HEAD_MAX, "\r\n", 2);
	return end ? (size_t)(end - in.ptr) + 2 : 0;
}

static void begin_plain(struct lp_flows *f, struct lp_flow *w)
{
	w->link = lp_links_new(&f->links, &f->process, &f->list, ++f->serial, LP_EVF_TLS);
	w->kind = LP_FLOW_PLAIN;
	if (w->link)
		w->link->conn.flags = 0;
	else
		ignore(f, w);
}

/*
 * The first bytes say what it is, and who the client. What is neither may lead to it (SOCKS,
 * STARTTLS), as may what came before the capture began: then each segment is looked at.
 */
static void recognise(struct lp_flows *f, struct lp_flow *w, unsigned dir, struct lp_span in)
{
	bool request = lp_http1_starts(in, false) != -EBADMSG;

	if (starts_tls(w, in) && !(w->from_start && dir != w->client)) {
		w->client = (uint8_t)dir;
		if (!begin_hello(f, w))
			ignore(f, w);
	} else if (!w->from_start && !w->looks && is_data(in)) {
		w->kind = LP_FLOW_JOINED;
	} else if (request || (w->from_start && lp_http1_starts(in, true) >= 0) ||
		   lp_http2_starts(in) > 0) {
		/* The answer to what was said before the capture would be taken for a later one. */
		if (!w->from_start || request)
			w->client = (uint8_t)(request ? dir : !dir);
		begin_plain(f, w);
	} else if (w->from_start) {
		w->from_start = false;
		w->looks = LOOKS_MAX;
	} else if (w->looks && !--w->looks) {
		ignore(f, w);
	}
}

/* DNS over TCP (RFC 7766): what lies in one segment, as answers mostly do. */
static void on_dns(struct lp_flows *f, struct lp_span in)
{
	while (in.len > 2) {
		size_t len = (size_t)(uint8_t)in.ptr[0] << 8 | (uint8_t)in.ptr[1];

		in = lp_span_from(in, 2);
		if (!len || len > in.len)
			return;
		lp_names_answer(&f->names, lp_span_first(in, len));
		in = lp_span_from(in, len);
	}
}

/* --- tunnels ---------------------------------------------------------------------------------- */

/* HTTP led to what is none, through a proxy: it begins here. */
static void leave_http(struct lp_flows *f, struct lp_flow *w)
{
	lp_links_free(&f->links, w->link);
	w->link = NULL;
	w->kind = LP_FLOW_UNKNOWN;
	w->from_start = false;
	w->looks = LOOKS_MAX;
}

/* The same inside TLS, where the proxy is spoken to by it, too. */
static bool begin_inner(struct lp_flow *w)
{
	w->inner = w->depth < DEPTH_MAX ? calloc(1, sizeof(*w->inner)) : NULL;
	if (!w->inner)
		return false;
	w->inner->depth = w->depth + 1;
	w->inner->client = w->client;
	w->inner->looks = LOOKS_MAX;
	/* DNS knows the proxy's address only. */
	return true;
}

static void end_inner(struct lp_flows *f, struct lp_flow *w)
{
	struct lp_flow *inner = w->inner;

	w->inner = NULL;
	inner->reset = ended(w);
	lp_flow_end(f, inner);
	free(inner);
}

/* --- TLS -------------------------------------------------------------------------------------- */

static void skip(struct lp_flows *f, struct lp_flow *w, unsigned dir, uint32_t len);

/* It is no HTTP: what a client says first may be a login to something else. */
static void look_for_login(struct lp_flows *f, struct lp_flow *w, struct lp_span text)
{
	bool http = w->link ? !lp_conn_ignored(&w->link->conn)
			    : lp_http1_starts(text, false) != -EBADMSG || lp_http2_starts(text) > 0;
	struct lp_login login;

	if (http || w->login || w->texts == LP_LOGIN_WRITES)
		return;
	w->texts++;
	w->login = lp_login_find(text, &login);
	if (w->login)
		lp_links_login(&f->links, &f->process, &f->list, ++f->serial, &login);
}

/* Plaintext of a TLS connection. */
static void on_plain(void *ctx, bool out, struct lp_span bytes, uint64_t missing)
{
	struct lp_flow *w = ctx;
	struct lp_flows *f = w->all;
	unsigned dir = out ? w->client : !w->client;

	if (missing && missing <= UINT32_MAX && !f->in_gap) { /* else it was counted before */
		f->stats.gaps++;
		f->stats.gap_bytes += missing;
	}
	if (w->inner) {
		skip(f, w->inner, dir,
		     missing <= LP_FLOW_WINDOW ? (uint32_t)missing : LP_FLOW_WINDOW);
		lp_flow_bytes(f, w->inner, dir, bytes);
		return;
	}
	if (out && bytes.len)
		look_for_login(f, w, bytes);
	if (w->no_room)
		return;
	if (!w->link) {
		w->link = lp_links_new(&f->links, &f->process, &f->list, ++f->serial, LP_EVF_TLS);
		/* Later its first bytes would be taken for what they are not. */
		w->no_room = !w->link;
		if (!w->link)
			return;
		lp_conn_set_server(&w->link->conn, lp_span_str(w->server));
	}
	if (missing)
		(out ? lp_conn_skip_out : lp_conn_skip_in)(&w->link->conn, missing);
	if (bytes.len)
		(out ? lp_conn_out : lp_conn_in)(&w->link->conn, bytes.ptr, bytes.len);
	if (lp_conn_tunnelled(&w->link->conn) && begin_inner(w))
		lp_flow_bytes(f, w->inner, dir, bytes);
}

/* What is said inside TLS is no HTTP, or not any more. */
static bool is_other(const struct lp_flow *w)
{
	return !w->inner && w->link && lp_conn_ignored(&w->link->conn);
}

static void end_other(struct lp_flows *f, struct lp_flow *w)
{
	w->why = LP_REACHED_OTHER;
	if (lp_conn_silent(&w->link->conn) && !w->login)
		unread(f, w);
	else
		ignore(f, w);
}

/* The next bytes of a TLS connection, or, without, so many that are missing. */
static void on_cipher(struct lp_flows *f, struct lp_flow *w, bool out, struct lp_span in,
		      uint32_t lost)
{
	int err;

	f->in_gap = lost > 0;
	err = lost ? f->decrypt->gap(w->tls, out, lost, on_plain, w)
		   : f->decrypt->feed(w->tls, out, in, on_plain, w);
	f->in_gap = false;
	if (err) {
		enum lp_reached_why why = err == -ENOKEY    ? LP_REACHED_NO_KEY
					  : err == -ENOTSUP ? LP_REACHED_SUITE
							    : LP_REACHED_BROKEN;

		w->why = (uint8_t)why;
		if (w->kind == LP_FLOW_HELLO)
			end_tls(f, w); /* its server is still worth knowing */
		else
			seal(f, w, why);
	} else if (w->no_room || (w->inner && w->inner->kind == LP_FLOW_IGNORED)) {
		ignore(f, w);
	} else if (is_other(w) && (w->login || w->texts == LP_LOGIN_WRITES)) {
		end_other(f, w);
	}
}

/* So many bytes went by unseen. */
static void skip(struct lp_flows *f, struct lp_flow *w, unsigned dir, uint32_t len)
{
	if (!len || w->kind == LP_FLOW_IGNORED)
		return;
	w->spoke |= dir == w->client; /* for all that is known */
	if (w->kind == LP_FLOW_HELLO && dir == w->client) {
		end_tls(f, w);
		end_hello(f, w, lp_span_of(NULL, 0));
	} else if (w->kind == LP_FLOW_SEALED) {
		if (w->spoke)
			unread(f, w);
	} else if (w->kind == LP_FLOW_JOINED) {
		w->said[dir] = true;
	} else if (w->tls) {
		on_cipher(f, w, dir == w->client, lp_span_of(NULL, 0), len);
	} else if (w->kind == LP_FLOW_PLAIN) {
		(dir == w->client ? lp_conn_skip_out : lp_conn_skip_in)(&w->link->conn, len);
	} else {
		w->from_start = false; /* look for a start at each segment */
	}
}

/* --- the whole -------------------------------------------------------------------------------- */

static void on_http(struct lp_flows *f, struct lp_flow *w, unsigned dir, struct lp_span in)
{
	struct lp_conn *c = &w->link->conn;

	(dir == w->client ? lp_conn_out : lp_conn_in)(c, in.ptr, in.len);
	if (lp_conn_tunnelled(c)) {
		leave_http(f, w);
		lp_flow_bytes(f, w, dir, in);
	} else if (lp_conn_ignored(c)) {
		ignore(f, w);
	}
}

void lp_flow_bytes(struct lp_flows *f, struct lp_flow *w, unsigned dir, struct lp_span in)
{
	if (w->kind == LP_FLOW_UNKNOWN && w->port[dir] == LP_FLOW_DNS_PORT) {
		on_dns(f, in);
		return;
	}
	if (w->kind == LP_FLOW_UNKNOWN)
		in = lp_span_from(in, proxy_head(in));
	if (!in.len)
		return;
	if (w->kind == LP_FLOW_UNKNOWN)
		recognise(f, w, dir, in);
	if (w->kind == LP_FLOW_JOINED)
		w->said[dir] |= is_data(in);
	w->heard |= dir != w->client;
	if (dir == w->client &&
	    (w->kind == LP_FLOW_HELLO || w->kind == LP_FLOW_CIPHER || w->kind == LP_FLOW_SEALED))
		w->spoke |= lp_handshake_sent(&w->sent, in);
	if (w->kind == LP_FLOW_HELLO && dir == w->client)
		on_hello(f, w, in);
	if (w->kind == LP_FLOW_SEALED && w->spoke)
		unread(f, w);
	if (w->tls)
		on_cipher(f, w, dir == w->client, in, 0);
	else if (w->kind == LP_FLOW_PLAIN)
		on_http(f, w, dir, in);
}

void lp_flow_gap(struct lp_flows *f, struct lp_flow *w, unsigned dir, uint32_t len)
{
	if (len && w->kind != LP_FLOW_IGNORED && w->kind != LP_FLOW_JOINED &&
	    (w->kind != LP_FLOW_UNKNOWN || w->from_start)) {
		f->stats.gaps++;
		f->stats.gap_bytes += len;
	}
	skip(f, w, dir, len);
}

void lp_flow_end(struct lp_flows *f, struct lp_flow *w)
{
	if (w->kind == LP_FLOW_HELLO)
		end_hello(f, w, lp_span_of(NULL, 0));
	if (w->kind == LP_FLOW_JOINED)
		end_joined(f, w);
	if (w->kind == LP_FLOW_CIPHER && is_other(w))
		end_other(f, w);
	/* Of a connection whose end was not captured its client may have said more. What only the
	 * server's side gave is no request. */
	if (w->kind == LP_FLOW_SEALED ||
	    (w->kind == LP_FLOW_CIPHER && (!w->link || lp_conn_silent(&w->link->conn)))) {
		bool quiet = w->tls && f->decrypt->quiet(w->tls);

		if (w->kind == LP_FLOW_CIPHER)
			w->why = w->heard ? LP_REACHED_BROKEN : LP_REACHED_DEAF;
		if ((w->spoke && !quiet) || (!w->link && !ended(w)))
			unread(f, w);
	}
	ignore(f, w);
}
