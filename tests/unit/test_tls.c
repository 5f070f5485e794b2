/* SPDX-License-Identifier: MIT */
/*
 * source/tls: what two OpenSSL endpoints say to each other, read with the secrets that one of them
 * logs; whole, byte by byte, and with gaps. LDLIBS: -lssl -lcrypto
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "source/tls_keys.h"

struct chunk {
	bool out;
	char *bytes;
	size_t len;
};

static struct chunk chunks[64];
static unsigned n_chunks;
static char log_text[16384];
static char said[2][4096], heard[2][4096];
static uint64_t missed;
static SSL_SESSION *session; /* of the last client; resumed when `resume` */
static bool resume, early, refuse;
static bool again;	/* TLS 1.2: another handshake within the connection */
static bool anew;	/* with a secret of its own */
static bool no_tickets; /* sessions are named by ids */
static bool mte;	/* CBC: the MAC is of the text, as before RFC 7366 */
static unsigned many;	/* records that the client sends at once */

static void on_key(const SSL *ssl, const char *line)
{
	size_t n = strlen(log_text);

	(void)ssl;
	snprintf(log_text + n, sizeof(log_text) - n, "%s\n", line);
}

/* What `from` wrote goes to `to`, and down here. */
static void move(SSL *from, SSL *to, bool out)
{
	static char buf[1 << 22];
	int n = BIO_read(SSL_get_wbio(from), buf, sizeof(buf));
	struct chunk *k = n_chunks ? &chunks[n_chunks - 1] : NULL;

	if (n <= 0)
		return;
	assert_true(n_chunks < LP_ARRAY_LEN(chunks));
	k = &chunks[n_chunks++];
	*k = (struct chunk){out, malloc((size_t)n), (size_t)n};
	memcpy(k->bytes, buf, (size_t)n);
	assert_int_equal(BIO_write(SSL_get_rbio(to), buf, n), n);
}

static void say(SSL *from, SSL *to, bool out, const char *text)
{
	char buf[256];

	assert_int_equal(SSL_write(from, text, (int)strlen(text)), (int)strlen(text));
	move(from, to, out);
	assert_int_equal(SSL_read(to, buf, sizeof(buf)), (int)strlen(text));
	move(to, from, !out); /* an answer to a key update, for one */
	strcat(said[out], text);
}

static SSL_CTX *context(const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	assert_non_null(ctx);
	SSL_CTX_set_security_level(ctx, 0); /* short tags */
	SSL_CTX_set_dh_auto(ctx, 1);
	SSL_CTX_set_keylog_callback(ctx, method == TLS_client_method() ? on_key : NULL);
	return ctx;
}

static SSL *endpoint(SSL_CTX *ctx, bool client)
{
	SSL *ssl = SSL_new(ctx);

	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	if (client)
		SSL_set_connect_state(ssl);
	else
		SSL_set_accept_state(ssl);
	return ssl;
}

static void certify(SSL_CTX *ctx)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	X509 *x = X509_new();

	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	assert_int_equal(SSL_CTX_use_certificate(ctx, x), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void forget(void)
{
	for (unsigned i = 0; i < n_chunks; i++)
		free(chunks[i].bytes);
	n_chunks = 0;
	log_text[0] = said[0][0] = said[1][0] = '\0';
}

/* A handshake within the connection, asked for by the server. */
static void renegotiate(SSL *client, SSL *server)
{
	char buf[64];

	assert_int_equal(SSL_renegotiate(server), 1);
	SSL_do_handshake(server);
	for (int i = 0; i < 8; i++) {
		move(server, client, false);
		SSL_read(client, buf, sizeof(buf));
		move(client, server, true);
		SSL_read(server, buf, sizeof(buf));
	}
	assert_false(SSL_renegotiate_pending(server));
}

static void say_many(SSL *client, SSL *server)
{
	char buf[64];

	for (unsigned i = 0; i < many; i++)
		assert_int_equal(SSL_write(client, ".", 1), 1);
	move(client, server, true);
	for (unsigned i = 0; i < many; i++)
		assert_int_equal(SSL_read(server, buf, sizeof(buf)), 1);
}

static void talk(const char *suite, bool v13, bool retry)
{
	static const char suites_v13[] =
		"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
		"TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256";
	static SSL_CTX *server_ctx;
	SSL_CTX *client_ctx = context(TLS_client_method());
	SSL *client, *server;

	if (!server_ctx) {
		server_ctx = context(TLS_server_method());
		certify(server_ctx);
		assert_int_equal(SSL_CTX_set_cipher_list(server_ctx, "ALL"), 1);
		assert_int_equal(SSL_CTX_set_ciphersuites(server_ctx, suites_v13), 1);
	}
	forget();
	SSL_CTX_set_max_proto_version(client_ctx, v13 ? TLS1_3_VERSION : TLS1_2_VERSION);
	assert_int_equal(v13 ? SSL_CTX_set_ciphersuites(client_ctx, suite)
			     : SSL_CTX_set_cipher_list(client_ctx, suite),
			 1);
	if (no_tickets)
		SSL_CTX_set_options(client_ctx, SSL_OP_NO_TICKET);
	SSL_CTX_clear_options(server_ctx, SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
	if (anew)
		SSL_CTX_set_options(server_ctx, SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
	if (mte)
		SSL_CTX_set_options(client_ctx, SSL_OP_NO_ENCRYPT_THEN_MAC);
	SSL_CTX_set_max_early_data(server_ctx, 16384);
	SSL_CTX_set_options(server_ctx, SSL_OP_NO_ANTI_REPLAY); /* keeps no sessions */
	client = endpoint(client_ctx, true);
	server = endpoint(server_ctx, false);
	/* The server wants another group than the client offers a key for. */
	if (retry) {
		SSL_set1_groups_list(client, "X25519:P-256");
		SSL_set1_groups_list(server, "P-256");
	}
	if (resume)
		assert_int_equal(SSL_set_session(client, session), 1);
	if (early && resume) {
		char buf[64];
		size_t n;

		assert_int_equal(SSL_write_early_data(client, "GET /0", 6, &n), 1);
		move(client, server, true);
		/* A server that does not ask for it refuses it. */
		if (!refuse) {
			assert_int_equal(SSL_read_early_data(server, buf, sizeof(buf), &n),
					 SSL_READ_EARLY_DATA_SUCCESS);
			move(server, client, false);
			assert_int_equal(SSL_read_early_data(server, buf, sizeof(buf), &n),
					 SSL_READ_EARLY_DATA_ERROR);
			strcat(said[1], "GET /0");
		}
	}
	for (int i = 0; i < 8; i++) {
		SSL_do_handshake(client);
		move(client, server, true);
		SSL_do_handshake(server);
		move(server, client, false);
	}
	assert_true(SSL_is_init_finished(client) && SSL_is_init_finished(server));
	assert_int_equal(SSL_session_reused(client), resume);
	say(client, server, true, "GET /a");
	say(server, client, false, "200 a");
	if (v13) {
		SSL_key_update(client, SSL_KEY_UPDATE_REQUESTED);
		say(client, server, true, "GET /b");
		say(server, client, false, "200 b");
	}
	if (again)
		renegotiate(client, server);
	say_many(client, server);
	say(client, server, true, "GET /c");
	say(server, client, false, "200 c");
	SSL_SESSION_free(session);
	session = SSL_get1_session(client);
	SSL_shutdown(client);
	move(client, server, true);
	SSL_set_shutdown(server, SSL_SENT_SHUTDOWN); /* else it forgets the session */
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(client_ctx);
}

static void plain(void *ctx, bool out, struct lp_span bytes, uint64_t missing)
{
	size_t n = strlen(heard[out]);

	(void)ctx;
	missed += missing;
	assert_true(n + bytes.len < sizeof(heard[out]));
	if (bytes.len)
		memcpy(heard[out] + n, bytes.ptr, bytes.len);
	heard[out][n + bytes.len] = '\0';
}

/* `piece` bytes at once; of chunk `hurt` the bytes from `from` on, `lost` many, are missing. */
static int listen_with(const struct lp_decrypt *d, size_t piece, unsigned hurt, size_t from,
		       size_t lost)
{
	void *conn = d->begin(d->ctx);
	int err = 0;

	assert_non_null(conn);
	heard[0][0] = heard[1][0] = '\0';
	missed = 0;
	for (unsigned i = 0; i < n_chunks && !err; i++) {
		struct chunk *k = &chunks[i];

		for (size_t at = 0, n; at < k->len && !err; at += n) {
			char *copy;

			n = piece < k->len - at ? piece : k->len - at;
			if (i == hurt && at < from && at + n > from)
				n = from - at;
			if (i == hurt && at == from) {
				n = lost < k->len - at ? lost : k->len - at;
				err = d->gap(conn, k->out, (uint32_t)n, plain, NULL);
				continue;
			}
			copy = malloc(n);
			memcpy(copy, k->bytes + at, n);
			err = d->feed(conn, k->out, lp_span_of(copy, n), plain, NULL);
			free(copy);
		}
	}
	d->end(conn);
	return err;
}

static const struct {
	const char *name;
	bool v13;
} suites[] = {
	{"TLS_AES_128_GCM_SHA256", true},
	{"TLS_AES_256_GCM_SHA384", true},
	{"TLS_CHACHA20_POLY1305_SHA256", true},
	{"ECDHE-RSA-AES128-GCM-SHA256", false},
	{"ECDHE-RSA-AES256-GCM-SHA384", false},
	{"ECDHE-RSA-CHACHA20-POLY1305", false},
	{"AES128-GCM-SHA256", false},
	{"AES256-GCM-SHA384", false},
	{"TLS_AES_128_CCM_SHA256", true},
	{"TLS_AES_128_CCM_8_SHA256", true},
	{"AES128-CCM", false},
	{"AES256-CCM", false},
	{"DHE-RSA-AES128-CCM8", false},
	{"AES256-CCM8", false},
	{"AES128-SHA", false},
	{"AES256-SHA", false},
	{"AES128-SHA256", false},
	{"AES256-SHA256", false},
	{"DHE-RSA-AES128-SHA", false},
	{"DHE-RSA-AES256-SHA256", false},
	{"ECDHE-RSA-AES128-SHA", false},
	{"ECDHE-RSA-AES256-SHA", false},
	{"ECDHE-RSA-AES128-SHA256", false},
	{"ECDHE-RSA-AES256-SHA384", false},
};

static struct lp_keys *keys_of(const char *text)
{
	struct lp_keys *k;

	assert_int_equal(lp_keys_new(&k), 0);
	assert_true(lp_keys_read(k, lp_span_str(text)) > 0);
	return k;
}

static void hears_all(struct lp_keys *k, size_t piece)
{
	assert_int_equal(listen_with(lp_keys_decrypt(k), piece, 99, 0, 0), 0);
	assert_string_equal(heard[1], said[1]);
	assert_string_equal(heard[0], said[0]);
	assert_int_equal(missed, 0);
}

static void test_suites(void **state)
{
	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(suites); i++) {
		struct lp_keys *k;

		talk(suites[i].name, suites[i].v13, i == 0);
		k = keys_of(log_text);
		for (size_t piece = 1; piece < 4000; piece += piece < 40 ? 1 : 977) {
			hears_all(k, piece);
		}
		lp_keys_free(k);
		/* Once more with the other order of CBC's MAC. */
		if (!mte && !suites[i].v13 && strstr(suites[i].name, "-SHA")) {
			mte = true;
			i--;
		} else {
			mte = false;
		}
	}
	forget();
}

/* Without the handshake's secrets, which some programs do not log. */
static void test_only_traffic(void **state)
{
	static char text[16384];
	struct lp_span rest;
	struct lp_keys *k;

	(void)state;
	talk(suites[0].name, true, false);
	rest = lp_span_str(log_text);
	text[0] = '\0';
	while (rest.len) {
		struct lp_span line = lp_span_first(rest, lp_span_find(rest, '\n') + 1);

		if (lp_span_starts(line, LP_SPAN("CLIENT_TRAFFIC")) ||
		    lp_span_starts(line, LP_SPAN("SERVER_TRAFFIC")))
			strncat(text, line.ptr, line.len);
		rest = lp_span_from(rest, line.len);
	}
	k = keys_of(text);
	assert_int_equal(listen_with(lp_keys_decrypt(k), 10000, 99, 0, 0), 0);
	assert_string_equal(heard[1], said[1]);
	assert_string_equal(heard[0], said[0]);
	lp_keys_free(k);
	forget();
}

/* Of one direction only, the client's, and of both but for the server's hello. */
static void test_one_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(suites); i++) {
		struct lp_keys *k;
		unsigned n = 0;

		if (!suites[i].v13)
			continue;
		talk(suites[i].name, true, false);
		k = keys_of(log_text);
		assert_int_equal(listen_with(lp_keys_decrypt(k), 10000, 1, 0, chunks[1].len), 0);
		assert_string_equal(heard[1], said[1]);
		assert_string_equal(heard[0], said[0]);
		for (unsigned c = 0; c < n_chunks; c++) {
			if (chunks[c].out)
				chunks[n++] = chunks[c];
			else
				free(chunks[c].bytes);
		}
		n_chunks = n;
		assert_int_equal(listen_with(lp_keys_decrypt(k), 10000, 99, 0, 0), 0);
		assert_string_equal(heard[1], said[1]);
		assert_int_equal(missed, 0);
		lp_keys_free(k);
	}
	forget();
}

/* Two suites in one connection. */
static void test_renegotiated(void **state)
{
	(void)state;
	again = true;
	for (size_t i = 0; i < 2 * LP_ARRAY_LEN(suites); i++) {
		struct lp_keys *k;

		anew = i % 2;
		if (suites[i / 2].v13)
			continue;
		talk(suites[i / 2].name, false, false);
		k = keys_of(log_text);
		hears_all(k, 1000);
		lp_keys_free(k);
		/* The second handshake's secret was not logged; it may be the first one's. */
		*strstr(strstr(log_text, "CLIENT_RANDOM") + 1, "CLIENT_RANDOM") = '\0';
		k = keys_of(log_text);
		if (anew) {
			assert_int_equal(listen_with(lp_keys_decrypt(k), 1000, 99, 0, 0), -ENOKEY);
			assert_string_equal(heard[1], "GET /a");
		} else {
			hears_all(k, 1000);
		}
		lp_keys_free(k);
	}
	again = anew = false;
	forget();
}

/* A session taken up again, whose secrets are logged anew; data before the server answered, too:
 * where its secret is not, that it is missing is said. */
static void test_resumed(void **state)
{
	(void)state;
	for (unsigned v13 = 0; v13 < 2; v13++)
		for (early = false;; early = true) {
			struct lp_keys *k;

			resume = false;
			talk(suites[v13 ? 1 + early : 4].name, v13, false);
			resume = true;
			talk(suites[v13 ? 1 + early : 4].name, v13, false);
			k = keys_of(log_text);
			hears_all(k, 1000);
			lp_keys_free(k);
			if (early) {
				memcpy(strstr(log_text, "CLIENT_EARLY"), "NOTHING", 7);
				k = keys_of(log_text);
				assert_int_equal(listen_with(lp_keys_decrypt(k), 1000, 99, 0, 0),
						 0);
				assert_string_equal(heard[1], said[1] + 6);
				assert_true(missed > 0);
				lp_keys_free(k);
			}
			if (early || !v13)
				break;
		}
	resume = early = false;
	SSL_SESSION_free(session);
	session = NULL;
	forget();
}

/* What the server did not take is not heard, with or without its secret, for whatever reason. */
static void test_refused(void **state)
{
	(void)state;
	early = refuse = true;
	for (unsigned retry = 0; retry < 2; retry++) {
		struct lp_keys *k;

		resume = false;
		talk(suites[1].name, true, false);
		resume = true;
		talk(suites[1].name, true, retry);
		k = keys_of(log_text);
		for (size_t piece = 1; piece < 2000; piece += 333)
			hears_all(k, piece);
		lp_keys_free(k);
		memcpy(strstr(log_text, "CLIENT_EARLY"), "NOTHING", 7);
		k = keys_of(log_text);
		hears_all(k, 1000);
		lp_keys_free(k);
	}
	resume = early = refuse = false;
	SSL_SESSION_free(session);
	session = NULL;
	forget();
}

/* A client may log a session's secret once, and take the session up again by its ticket or id. */
static void test_recalled(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct lp_keys *k;

		resume = false;
		no_tickets = i;
		talk("ECDHE-RSA-AES128-GCM-SHA256", false, false);
		k = keys_of(log_text);
		hears_all(k, 1000);
		resume = true;
		talk("ECDHE-RSA-AES128-GCM-SHA256", false, false);
		for (size_t piece = 1; piece < 2000; piece += 333)
			hears_all(k, piece);
		lp_keys_free(k);
		/* Who did not hear the first conversation has no key for the second. */
		k = keys_of("CLIENT_RANDOM "
			    "00000000000000000000000000000000000000000000000000000000000000ff "
			    "00000000000000000000000000000000000000000000000000000000000000000000"
			    "0000000000000000000000000000\n");
		assert_int_equal(listen_with(lp_keys_decrypt(k), 1000, 99, 0, 0), -ENOKEY);
		lp_keys_free(k);
	}
	resume = no_tickets = false;
	SSL_SESSION_free(session);
	session = NULL;
	forget();
}

/* Bytes are missing anywhere: nothing is made up; after a lost record the next ones are read. */
static void test_gaps(void **state)
{
	static const char *const names[] = {"ECDHE-RSA-AES128-GCM-SHA256", "TLS_AES_256_GCM_SHA384",
					    "AES128-SHA", "AES128-CCM"};

	(void)state;
	for (unsigned i = 0; i < LP_ARRAY_LEN(names); i++) {
		unsigned whole_records = 0;
		struct lp_keys *k;

		talk(names[i], i == 1, false);
		k = keys_of(log_text);
		for (unsigned hurt = 0; hurt < n_chunks; hurt++)
			for (size_t at = 0; at < chunks[hurt].len; at += at < 30 ? 1 : 37)
				for (size_t lost = 1; lost < 2000; lost += 333)
					(void)listen_with(lp_keys_decrypt(k), 10000, hurt, at,
							  lost);
		for (unsigned hurt = 0; hurt < n_chunks; hurt++) {
			int err = listen_with(lp_keys_decrypt(k), 10000, hurt, 0, 100000);

			if (!err && strstr(heard[1], "/c") && !strstr(heard[1], "/a")) {
				whole_records++;
				assert_true(missed > 0);
			}
		}
		assert_true(whole_records > 0);
		lp_keys_free(k);
	}
	/* More records are missing than one can try; of those that one can, more than a few. */
	for (many = 600; many < 80000; many += 70000) {
		struct lp_keys *k;
		unsigned most = 0;
		int err;

		talk(suites[3].name, false, false);
		k = keys_of(log_text);
		for (unsigned i = 0; i < n_chunks; i++)
			most = chunks[i].len > chunks[most].len ? i : most;
		err = listen_with(lp_keys_decrypt(k), 1 << 22, most, 0, 1 << 22);
		assert_int_equal(err, many == 600 ? 0 : -EBADMSG);
		assert_int_equal(strstr(heard[1], "/c") != NULL, many == 600);
		/* Not when a file has had too much tried already. */
		assert_true(k->sought > 0);
		k->sought = UINT64_MAX / 2;
		assert_int_equal(listen_with(lp_keys_decrypt(k), 1 << 22, most, 0, 1 << 22),
				 -EBADMSG);
		lp_keys_free(k);
	}
	many = 0;
	forget();
}

static void test_logs(void **state)
{
	struct lp_keys *k;
	char why[256];

	(void)state;
	assert_int_equal(lp_keys_new(&k), 0);
	assert_int_equal(lp_keys_read(k, LP_SPAN("# comment\n\nCLIENT_RANDOM 00 11\nRSA aa bb\n"
						 "CLIENT_RANDOM zz\n")),
			 0);
	assert_true(lp_keys_load(k, "/nonexistent", why, sizeof(why)) < 0);
	assert_true(lp_keys_load(k, "/dev/null", why, sizeof(why)) < 0);
	assert_non_null(strstr(why, "SSLKEYLOGFILE"));
	/* A connection that no key is for; later ones know more. */
	talk(suites[0].name, true, false);
	assert_int_equal(listen_with(lp_keys_decrypt(k), 100, 99, 0, 0) < 0, 1);
	assert_string_equal(heard[0], "");
	assert_true(lp_keys_read(k, lp_span_str(log_text)) > 0);
	assert_int_equal(listen_with(lp_keys_decrypt(k), 100, 99, 0, 0), 0);
	assert_string_equal(heard[0], said[0]);
	lp_keys_free(k);
	forget();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suites),	     cmocka_unit_test(test_only_traffic),
		cmocka_unit_test(test_one_way),	     cmocka_unit_test(test_resumed),
		cmocka_unit_test(test_refused),	     cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_renegotiated), cmocka_unit_test(test_logs),
		cmocka_unit_test(test_recalled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
