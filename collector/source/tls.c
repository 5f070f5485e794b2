/* SPDX-License-Identifier: MIT */
#include "tls.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "hello.h"
#include "tls_keys.h"
#include "tls_record.h"

#define RECORD_MAX     LP_TLS_RECORD_MAX
#define HELLO_MAX      (16 * 1024)
#define EARLY_BESIDE   17	    /* bytes of a record of early data: type and tag */
#define EARLY_MAX      (64 * 1024)  /* of early data that waits for the server's word on it */
#define SEEK_MAX       (64 * 1024)  /* records that may be tried for one gap, in all */
#define SEEK_BYTES_MAX (256u << 20) /* and their bytes */
#define SEEK_ALL_MAX   (UINT64_C(16) << 30) /* and those of all gaps of all connections */
#define GAP_UNKNOWN    (UINT64_C(1) << 40)  /* more than any message: framing starts anew */

enum message {
	CLIENT_HELLO = 1,
	SERVER_HELLO = 2,
	NEW_SESSION_TICKET = 4,
	ENCRYPTED_EXTENSIONS = 8,
	FINISHED = 20,
	KEY_UPDATE = 24
};
enum extension {
	ENCRYPT_THEN_MAC = 22,
	SESSION_TICKET = 35,
	EARLY_DATA = 42,
	SUPPORTED_VERSIONS = 43
};

/* One direction. */
struct half {
	uint8_t head[LP_TLS_RECORD_HEAD];
	uint32_t n, want; /* of the record, its head included */
	bool lost;	  /* records are not followed: wait for one at a segment's start */
	bool hole;	  /* the record at hand lacks bytes */
	bool sealed;	  /* records are encrypted */
	bool app;	  /* with the secret for application data */
	bool unopened;	  /* the last record did not open */
	uint64_t seq;
	uint8_t secret[SECRET_MAX];
	struct lp_tls_keys keys;
	struct lp_tls_keys next; /* TLS 1.2: from its next ChangeCipherSpec on */
	uint64_t gap;		 /* bytes missing since it is lost, */
	uint32_t seek;		 /* and the records that were tried, */
	uint64_t sought;	 /* and their bytes */
	uint8_t message[4];	 /* head of a handshake message */
	uint32_t n_message, message_left;
	uint8_t *hello; /* body of the first message, HELLO_MAX */
	uint32_t hello_len;
	uint8_t *record; /* RECORD_MAX */
};

struct tls {
	const struct secrets *secrets; /* NULL, or `mine` */
	struct secrets mine;
	struct lp_keys *keys;
	const struct lp_tls_suite *suite; /* agreed on, in TLS 1.2 perhaps not in use yet */
	bool v13, have_client, have_server;
	bool recalled; /* the secret is that of the session that the client offered to take up */
	uint8_t session[RANDOM], n_session; /* its id */
	bool early;			    /* the client sent data before it had an answer */
	bool refused;			    /* which the server did not take */
	uint8_t *early_text;
	uint32_t early_len;
	uint64_t early_missing; /* bytes of it that could not be read, behind the text */
	uint8_t client_random[RANDOM], server_random[RANDOM];
	struct half half[2]; /* [1] what the client sends */
	struct half zero;    /* what it sends before it has an answer: keys, seq; suite NULL */
	EVP_CIPHER_CTX *cipher;
	uint8_t plain[RECORD_MAX];
};

/* --- keys ------------------------------------------------------------------------------------- */

static size_t hash_len(const struct lp_tls_suite *s)
{
	return strcmp(s->hash, "SHA384") ? 32 : 48;
}

static bool use_secret(const struct lp_tls_suite *suite, struct half *h, const uint8_t *secret)
{
	size_t n = hash_len(suite);

	if (secret != h->secret)
		memcpy(h->secret, secret, n);
	h->keys.suite = suite;
	h->seq = 0;
	return lp_tls_expand(suite, h->secret, n, "key", h->keys.key, suite->key) &&
	       lp_tls_expand(suite, h->secret, n, "iv", h->keys.iv, LP_TLS_IV);
}

/* What comes after a KeyUpdate. */
static bool next_secret(struct half *h)
{
	uint8_t next[SECRET_MAX];

	return lp_tls_expand(h->keys.suite, h->secret, hash_len(h->keys.suite), "traffic upd", next,
			     hash_len(h->keys.suite)) &&
	       use_secret(h->keys.suite, h, next);
}

/* RFC 5246 section 6.3: both keys of MACs, where there are any, then both keys, then both IVs. */
static bool use_master(struct tls *t, bool etm)
{
	size_t mac = t->suite->mac ? t->suite->tag : 0, key = t->suite->key;
	size_t iv = lp_tls_fixed_iv(t->suite), n = 0;
	uint8_t block[2 * (LP_TLS_MAC_MAX + LP_TLS_KEY_MAX + LP_TLS_IV)];

	if (!lp_tls_key_block(t->suite, t->secrets->v[MASTER_SECRET], MASTER, t->server_random,
			      t->client_random, block, 2 * (mac + key + iv)))
		return false;
	for (unsigned out = 2; out-- > 0; n += mac)
		memcpy(t->half[out].next.mac, block + n, mac);
	for (unsigned out = 2; out-- > 0; n += key)
		memcpy(t->half[out].next.key, block + n, key);
	for (unsigned out = 2; out-- > 0; n += iv)
		memcpy(t->half[out].next.iv, block + n, iv);
	for (unsigned out = 0; out < 2; out++) {
		t->half[out].next.suite = t->suite;
		t->half[out].next.etm = etm;
	}
	return true;
}

/* Opens a record's body into t->plain; its length, or -1. */
static int open_record(struct tls *t, const struct half *h, uint64_t seq, const uint8_t *body,
		       size_t len)
{
	return lp_tls_open(t->cipher, &h->keys, h->head, seq, body, len, t->plain);
}

/* --- handshakes ------------------------------------------------------------------------------- */

static unsigned u16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* The extension of that type among those in len bytes; NULL: there is none. */
static const uint8_t *extension(const uint8_t *p, size_t len, enum extension type)
{
	for (size_t at = 0; at + 4 <= len; at += 4 + u16(p + at + 2))
		if (u16(p + at) == type)
			return at + 4 + u16(p + at + 2) <= len ? p + at : NULL;
	return NULL;
}

static struct lp_span span_of(const uint8_t *p, size_t len)
{
	return lp_span_of((const char *)p, len);
}

/* A ClientHello's session, for want of its own secret: by its ticket, or else by its id. */
static const uint8_t *recall(struct tls *t, const uint8_t *p, size_t len)
{
	size_t at = 2 + RANDOM, n = len > at ? p[at] : 0;
	struct lp_span id = span_of(p + at + 1, n);
	const uint8_t *ticket, *master = NULL;

	if (n > RANDOM || len < at + 1 + n + 2)
		return NULL;
	t->n_session = (uint8_t)n;
	memcpy(t->session, p + at + 1, n);
	at += 1 + n;
	at += 2 + u16(p + at); /* suites */
	if (len > at)
		at += 1 + (size_t)p[at]; /* compressions */
	ticket = len > at + 2 ? extension(p + at + 2, len - at - 2, SESSION_TICKET) : NULL;
	if (ticket)
		master = lp_keys_recall(t->keys, span_of(ticket + 4, u16(ticket + 2)));
	return master ? master : lp_keys_recall(t->keys, id);
}

static int on_client_hello(struct tls *t, const uint8_t *p, size_t len)
{
	const struct secrets *found;
	const uint8_t *master;

	if (len < 2 + RANDOM)
		return -EBADMSG;
	memcpy(t->client_random, p + 2, RANDOM);
	t->have_client = true;
	found = lp_keys_find(t->keys, t->client_random);
	master = found ? NULL : recall(t, p, len);
	if (!found && !master)
		return -ENOKEY;
	t->recalled = !found;
	t->mine = found ? *found : (struct secrets){.len = {[MASTER_SECRET] = MASTER}};
	if (master)
		memcpy(t->mine.v[MASTER_SECRET], master, MASTER);
	t->secrets = &t->mine;
	return 0;
}

/* A server that refuses early data has not read it: the client says it again. */
static void refuse_early(struct tls *t)
{
	t->refused = true;
	t->early_len = 0;
	t->early_missing = 0;
}

/* RFC 8446 section 4.1.3: the random that makes it a HelloRetryRequest. */
static bool is_retry(const uint8_t random[RANDOM])
{
	static const uint8_t retry[8] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11};

	return !memcmp(random, retry, sizeof(retry));
}

/* A server that goes on with the session says so by its id; of another it tells the id. */
static bool goes_on(struct tls *t, struct lp_span session)
{
	if (t->recalled)
		return !t->n_session || lp_span_eq(session, span_of(t->session, t->n_session));
	if (t->secrets->len[MASTER_SECRET])
		lp_keys_remember(t->keys, session, t->secrets->v[MASTER_SECRET]);
	return true;
}

static int on_server_hello(struct tls *t, const uint8_t *p, size_t len)
{
	size_t at = 2 + RANDOM, end, n_more;
	const uint8_t *version;
	struct lp_span session;
	unsigned id;

	if (!t->have_client || len < at + 1 || len < at + 1 + p[at] + 3)
		return -EBADMSG;
	if (is_retry(p + 2)) {
		refuse_early(t);
		return 0;
	}
	memcpy(t->server_random, p + 2, RANDOM);
	session = span_of(p + at + 1, p[at]);
	at += 1 + (size_t)p[at];
	id = u16(p + at);
	at += 3;
	end = at + 2 <= len ? at + 2 + u16(p + at) : at;
	if (end > len)
		return -EBADMSG;
	n_more = end > at + 2 ? end - at - 2 : 0;
	version = extension(p + at + 2, n_more, SUPPORTED_VERSIONS);
	t->v13 |= version && u16(version + 2) == 2 && u16(version + 4) == 0x0304;
	/* Before 1.2 keys were made in another way. */
	t->suite = u16(p) == 0x0303 ? lp_tls_suite_find((uint16_t)id, t->v13) : NULL;
	if (!t->suite)
		return -ENOTSUP;
	t->have_server = true;
	if (!t->v13 && !goes_on(t, session))
		return -ENOKEY;
	if (!t->v13)
		return t->secrets->len[MASTER_SECRET] && use_master(t, extension(p + at + 2, n_more,
										 ENCRYPT_THEN_MAC))
			       ? 0
			       : -ENOKEY;
	for (unsigned out = 0; out < 2; out++) {
		enum secret hs = out ? CLIENT_HS : SERVER_HS, app = out ? CLIENT_APP : SERVER_APP;

		if (t->secrets->len[app] != hash_len(t->suite))
			return -ENOKEY;
		t->half[out].sealed = true;
		t->half[out].app = t->secrets->len[hs] != hash_len(t->suite);
		if (!use_secret(t->suite, &t->half[out],
				t->secrets->v[t->half[out].app ? app : hs]))
			return -EIO;
	}
	return 0;
}

/* In clear, or, in TLS 1.2, for a handshake within the connection. */
static bool says_hello(const struct tls *t, const struct half *h)
{
	return (!h->sealed || !t->v13) &&
	       (h->message[0] == CLIENT_HELLO || h->message[0] == SERVER_HELLO);
}

/* For the client to take up the session by; longer ones, with certificates in them, are let go. */
static bool gives_ticket(const struct tls *t, const struct half *h)
{
	return !t->v13 && t->have_server && h == &t->half[0] &&
	       h->message[0] == NEW_SESSION_TICKET && !h->message[1] &&
	       u16(h->message + 2) <= HELLO_MAX;
}

/* The body of the message is wanted. */
static bool is_kept(const struct tls *t, const struct half *h)
{
	return says_hello(t, h) ||
	       (t->v13 && h == &t->half[0] && h->message[0] == ENCRYPTED_EXTENSIONS) ||
	       gives_ticket(t, h);
}

static int end_message(struct tls *t, struct half *h)
{
	bool out = h == &t->half[1], hello = says_hello(t, h);
	uint8_t type = h->message[0];
	int err = 0;

	h->n_message = 0;
	if (type == CLIENT_HELLO && out && hello)
		err = on_client_hello(t, h->hello, h->hello_len);
	else if (type == SERVER_HELLO && !out && hello)
		err = on_server_hello(t, h->hello, h->hello_len);
	else if (gives_ticket(t, h) && h->hello_len > 6)
		lp_keys_remember(t->keys, span_of(h->hello + 6, h->hello_len - 6),
				 t->secrets->v[MASTER_SECRET]);
	else if (type == ENCRYPTED_EXTENSIONS && !out && t->v13 && h->hello_len >= 2 &&
		 !extension(h->hello + 2, h->hello_len - 2, EARLY_DATA))
		refuse_early(t);
	else if (type == FINISHED && t->v13 && !h->app) {
		h->app = true;
		err = use_secret(t->suite, h, t->secrets->v[out ? CLIENT_APP : SERVER_APP]) ? 0
											    : -EIO;
	} else if (type == KEY_UPDATE && t->v13 && h->app) {
		err = next_secret(h) ? 0 : -EIO;
	}
	h->hello_len = 0;
	return err;
}

/* Handshake messages in pieces of any size. */
static int on_handshake(struct tls *t, struct half *h, const uint8_t *p, size_t len)
{
	while (len) {
		size_t n;

		if (h->n_message < 4) {
			h->message[h->n_message++] = *p++;
			len--;
			if (h->n_message < 4)
				continue;
			h->message_left = (uint32_t)h->message[1] << 16 | u16(h->message + 2);
			h->hello_len = 0;
		}
		n = len < h->message_left ? len : h->message_left;
		if (is_kept(t, h)) {
			if (n > HELLO_MAX - h->hello_len)
				return -E2BIG;
			memcpy(h->hello + h->hello_len, p, n);
			h->hello_len += (uint32_t)n;
		}
		p += n;
		len -= n;
		h->message_left -= (uint32_t)n;
		if (!h->message_left) {
			int err = end_message(t, h);

			if (err)
				return err;
		}
	}
	return 0;
}

/* --- records ---------------------------------------------------------------------------------- */

/* With the keys at hand, else as the first record of application data. -1: neither. */
static int unseal(struct tls *t, struct half *h, const uint8_t *body, size_t len)
{
	bool out = h == &t->half[1];
	int n = open_record(t, h, h->seq, body, len);
	struct half as_app;

	if (n >= 0 || !t->v13 || h->app)
		return n;
	as_app = *h;
	if (!use_secret(t->suite, &as_app, t->secrets->v[out ? CLIENT_APP : SERVER_APP]))
		return -1;
	n = open_record(t, &as_app, 0, body, len);
	if (n >= 0) {
		*h = as_app;
		h->app = true;
	}
	return n;
}

/* Trying is dear, and a file may be made to have it done again and again. */
static bool may_seek(const struct tls *t, const struct half *h)
{
	return h->seek < SEEK_MAX && h->sought < SEEK_BYTES_MAX && t->keys->sought < SEEK_ALL_MAX;
}

/* The record's text when it is the first of the next `most` that open, which moves on to it. */
static int seek(struct tls *t, struct half *h, uint64_t most, const uint8_t *body, size_t len)
{
	for (uint64_t i = 0; i < most && may_seek(t, h); i++) {
		int n = open_record(t, h, h->seq + i, body, len);

		h->seek++;
		h->sought += len;
		t->keys->sought += len;
		if (n >= 0) {
			h->seq += i;
			return n;
		}
	}
	return -1;
}

/*
 * After a gap: which record is it? As many as the gap's bytes can have held may be missing, and a
 * KeyUpdate among them. -1: none that can be told.
 */
static int unseal_later(struct tls *t, struct half *h, const uint8_t *body, size_t len)
{
	uint64_t most = h->gap / (LP_TLS_RECORD_HEAD + lp_tls_overhead(h->keys.suite)) + 2;
	int n = seek(t, h, most, body, len);
	struct half next;

	if (n >= 0 || !t->v13)
		return n;
	next = *h;
	if (!next_secret(&next))
		return -1;
	n = seek(t, &next, most, body, len);
	if (n >= 0)
		*h = next;
	h->seek = next.seek;
	h->sought = next.sought;
	return n;
}

/*
 * A record with the keys of early data, which a client that takes up a session again may send
 * before it has an answer: of which suite they are only their length tells. -1: it is none.
 */
static int unseal_early(struct tls *t, const struct half *h, const uint8_t *body, size_t len)
{
	size_t n_secret = t->secrets ? t->secrets->len[CLIENT_EARLY] : 0;
	const struct lp_tls_suite *s;

	memcpy(t->zero.head, h->head, LP_TLS_RECORD_HEAD);
	for (size_t i = 0; (s = lp_tls_suite_v13(i)); i++) {
		struct half as = t->zero;
		int n;

		if (hash_len(s) != n_secret || (as.keys.suite && as.keys.suite != s))
			continue;
		if (!as.keys.suite && !use_secret(s, &as, t->secrets->v[CLIENT_EARLY]))
			return -1;
		n = open_record(t, &as, as.seq, body, len);
		if (n >= 0) {
			t->zero = as;
			t->zero.seq++;
			return n;
		}
	}
	return -1;
}

/* The length of the text of TLS 1.3 in t->plain, n bytes with its type behind it. -1: it has none.
 */
static int inner(const struct tls *t, int n, uint8_t *type)
{
	while (n > 0 && !t->plain[n - 1])
		n--;
	if (n > 0)
		*type = t->plain[--n];
	return n > 0 || *type ? n : -1;
}

/*
 * It may be a request, which counts when the server took it: until then it waits. Where it cannot
 * be read, that it is missing is said.
 */
static void on_early(struct tls *t, struct half *h, const uint8_t *body, size_t len)
{
	int n = unseal_early(t, h, body, len);
	uint8_t type = 0;

	t->early = true;
	if (t->refused)
		return;
	if (n >= 0)
		n = inner(t, n, &type);
	if (n >= 0 && type != LP_TLS_APPLICATION_DATA)
		return;
	if (!t->early_text)
		t->early_text = malloc(EARLY_MAX);
	if (n < 0 || t->early_missing || !t->early_text || (size_t)n > EARLY_MAX - t->early_len) {
		t->early_missing += len > EARLY_BESIDE ? len - EARLY_BESIDE : 1;
		return;
	}
	if (n)
		memcpy(t->early_text + t->early_len, t->plain, (size_t)n);
	t->early_len += (uint32_t)n;
}

/* What is said after the handshake comes behind it. */
static void end_early(struct tls *t, lp_plain_fn plain, void *ctx)
{
	if (t->early_len)
		plain(ctx, true, lp_span_of((const char *)t->early_text, t->early_len), 0);
	if (t->early_missing)
		plain(ctx, true, lp_span_of(NULL, 0), t->early_missing);
	t->early_len = 0;
	t->early_missing = 0;
}

static int on_sealed(struct tls *t, struct half *h, const uint8_t *body, size_t len,
		     lp_plain_fn plain, void *ctx)
{
	bool out = h == &t->half[1], was_lost = h->lost;
	uint8_t type = h->head[0];
	int n = was_lost ? unseal_later(t, h, body, len) : unseal(t, h, body, len);

	if (n < 0) {
		/* Early data, which the server may refuse, has keys of its own. */
		if (t->v13 && !h->seq && out && (t->early || t->secrets->len[CLIENT_EARLY]))
			on_early(t, h, body, len);
		h->unopened = true;
		if ((was_lost && may_seek(t, h)) || (t->v13 && !h->seq))
			return 0;
		return -EBADMSG;
	}
	h->seq++;
	h->lost = h->unopened = false;
	h->gap = h->seek = h->sought = 0;
	if (h->app)
		end_early(t, plain, ctx);
	if (was_lost)
		plain(ctx, out, lp_span_of(NULL, 0), GAP_UNKNOWN);
	if (t->v13) {
		type = 0;
		n = inner(t, n, &type);
		if (n < 0)
			return -EBADMSG;
	}
	if (type == LP_TLS_APPLICATION_DATA && n)
		plain(ctx, out, lp_span_of((const char *)t->plain, (size_t)n), 0);
	return type == LP_TLS_HANDSHAKE ? on_handshake(t, h, t->plain, (size_t)n) : 0;
}

/*
 * The client's records are sealed, and the server's hello was not there: captures may have one
 * direction only. In TLS 1.3 the client's first record tells which suite it is. True where it does.
 */
static bool adopt(struct tls *t, struct half *h, const uint8_t *body, size_t len)
{
	static const enum secret firsts[] = {CLIENT_HS, CLIENT_APP};
	const struct lp_tls_suite *s;

	for (size_t i = 0; t->secrets && (s = lp_tls_suite_v13(i)); i++) {
		for (unsigned app = 0; app < LP_ARRAY_LEN(firsts); app++) {
			struct half as = *h, *in = &t->half[0];
			size_t n = hash_len(s);

			if (t->secrets->len[firsts[app]] != n || t->secrets->len[CLIENT_APP] != n ||
			    t->secrets->len[SERVER_APP] != n ||
			    !use_secret(s, &as, t->secrets->v[firsts[app]]) ||
			    open_record(t, &as, 0, body, len) < 0 ||
			    !use_secret(s, in, t->secrets->v[SERVER_APP]))
				continue;
			as.sealed = in->sealed = in->app = in->lost = true;
			as.app = app;
			*h = as;
			t->suite = s;
			t->v13 = t->have_server = true;
			return true;
		}
	}
	return false;
}

static int on_record(struct tls *t, struct half *h, lp_plain_fn plain, void *ctx)
{
	size_t len = h->want - LP_TLS_RECORD_HEAD;

	if (h->hole) { /* as long as its text, but for padding */
		uint64_t text = h->keys.suite->mode == LP_TLS_CBC
					? GAP_UNKNOWN
					: len - lp_tls_overhead(h->keys.suite);

		h->seq++;
		if (h->head[0] == LP_TLS_APPLICATION_DATA && h->app)
			plain(ctx, h == &t->half[1], lp_span_of(NULL, 0), text);
		return 0;
	}
	if (h->head[0] == LP_TLS_CHANGE_CIPHER_SPEC) {
		if (t->have_server && !t->v13) {
			h->sealed = h->app = true;
			h->keys = h->next;
			h->seq = 0;
		}
		return 0;
	}
	if (!h->sealed && h->head[0] == LP_TLS_APPLICATION_DATA && h == &t->half[1] &&
	    t->have_client && !t->have_server && !adopt(t, h, h->record, len))
		on_early(t, h, h->record, len);
	if (h->sealed)
		return on_sealed(t, h, h->record, len, plain, ctx);
	return h->head[0] == LP_TLS_HANDSHAKE ? on_handshake(t, h, h->record, len) : 0;
}

static bool begin_record(struct half *h)
{
	h->want = LP_TLS_RECORD_HEAD + u16(h->head + 3);
	h->hole = false;
	if (h->lost && (h->head[0] != LP_TLS_APPLICATION_DATA || h->head[2] != 3))
		return false;
	return h->head[0] >= LP_TLS_CHANGE_CIPHER_SPEC && h->head[0] <= LP_TLS_APPLICATION_DATA &&
	       h->head[1] == 3 && h->want <= RECORD_MAX;
}

static int feed(void *conn, bool out, struct lp_span in, lp_plain_fn plain, void *ctx)
{
	struct tls *t = conn;
	struct half *h = &t->half[out];

	while (in.len) {
		size_t n;

		if (h->n < LP_TLS_RECORD_HEAD) {
			h->head[h->n++] = (uint8_t)in.ptr[0];
			in = lp_span_from(in, 1);
			if (h->n < LP_TLS_RECORD_HEAD)
				continue;
			if (!begin_record(h)) {
				h->n = 0;
				return h->lost ? 0 : -EBADMSG;
			}
		}
		n = h->want - h->n < in.len ? h->want - h->n : in.len;
		if (n)
			memcpy(h->record + h->n - LP_TLS_RECORD_HEAD, in.ptr, n);
		h->n += (uint32_t)n;
		in = lp_span_from(in, n);
		if (h->n == h->want) {
			int err = on_record(t, h, plain, ctx);

			h->n = 0;
			if (err || h->lost) /* the next may start where a segment does */
				return err;
		}
	}
	return 0;
}

static int gap(void *conn, bool out, uint32_t len, lp_plain_fn plain, void *ctx)
{
	struct tls *t = conn;
	struct half *h = &t->half[out];

	/* Before there are keys there is nothing to go on with, but what the client says. */
	if ((!h->sealed || !h->app) && (out || !t->have_client || t->have_server))
		return -EBADMSG;
	h->gap += len;
	if (!h->sealed) {
		h->lost = true;
		h->n = 0;
		return 0;
	}
	if (h->lost || h->n < LP_TLS_RECORD_HEAD || len > h->want - h->n ||
	    h->want < LP_TLS_RECORD_HEAD + lp_tls_overhead(h->keys.suite)) {
		h->lost = true;
		h->n = 0;
		return 0;
	}
	h->hole = true;
	h->n += len;
	if (h->n < h->want)
		return 0;
	h->n = 0;
	return on_record(t, h, plain, ctx);
}

static bool quiet(void *conn)
{
	const struct tls *t = conn;
	const struct half *h = &t->half[1];

	return h->app && !h->unopened && !h->lost && !h->n;
}

static void end(void *conn)
{
	struct tls *t = conn;

	for (unsigned i = 0; t && i < 2; i++) {
		free(t->half[i].record);
		free(t->half[i].hello);
	}
	if (t) {
		EVP_CIPHER_CTX_free(t->cipher);
		free(t->early_text);
	}
	free(t);
}

static void *begin(void *ctx)
{
	struct tls *t = calloc(1, sizeof(*t));
	bool ok = t != NULL;

	for (unsigned i = 0; t && i < 2; i++) {
		t->half[i].record = malloc(RECORD_MAX);
		t->half[i].hello = malloc(HELLO_MAX);
		ok = ok && t->half[i].record && t->half[i].hello;
	}
	if (t) {
		t->keys = ctx;
		t->cipher = EVP_CIPHER_CTX_new();
		ok = ok && t->cipher;
	}
	if (ok)
		return t;
	end(t);
	return NULL;
}

const struct lp_decrypt *lp_keys_decrypt(struct lp_keys *k)
{
	k->decrypt = (struct lp_decrypt){k, begin, feed, gap, quiet, end};
	return &k->decrypt;
}
