/* SPDX-License-Identifier: MIT */
#include "tls_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/grow.h"
#include "base/lines.h"

#define LINE_MAX_    1024
#define SESSIONS_MAX (1u << 16)

int lp_keys_new(struct lp_keys **out)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	lp_intern_init(&(*out)->randoms);
	lp_intern_init(&(*out)->sessions);
	return 0;
}

void lp_keys_free(struct lp_keys *k)
{
	if (!k)
		return;
	lp_intern_fini(&k->randoms);
	lp_intern_fini(&k->sessions);
	free(k->masters);
	free(k->v);
	free(k);
}

/* Bytes that the hexadecimal text stands for; 0 when it is none or longer than `max`. */
static size_t unhex(struct lp_span s, uint8_t *out, size_t max)
{
	if (s.len % 2 || s.len / 2 > max)
		return 0;
	for (size_t i = 0; i < s.len; i += 2) {
		int hi = lp_hex_digit(s.ptr[i]), lo = lp_hex_digit(s.ptr[i + 1]);

		if (hi < 0 || lo < 0)
			return 0;
		out[i / 2] = (uint8_t)(hi << 4 | lo);
	}
	return s.len / 2;
}

static struct lp_span word(struct lp_span *s)
{
	size_t at = lp_span_find(*s, ' ');
	struct lp_span w = lp_span_first(*s, at);

	*s = lp_span_from(*s, at + 1);
	return w;
}

static int add_line(struct lp_keys *k, struct lp_span line)
{
	static const struct lp_span labels[SECRETS] = {
		[MASTER_SECRET] = {"CLIENT_RANDOM", 13},
		[CLIENT_EARLY] = {"CLIENT_EARLY_TRAFFIC_SECRET", 27},
		[CLIENT_HS] = {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", 31},
		[SERVER_HS] = {"SERVER_HANDSHAKE_TRAFFIC_SECRET", 31},
		[CLIENT_APP] = {"CLIENT_TRAFFIC_SECRET_0", 23},
		[SERVER_APP] = {"SERVER_TRAFFIC_SECRET_0", 23},
	};
	struct lp_span label = word(&line), random = word(&line);
	uint8_t name[RANDOM], secret[SECRET_MAX];
	unsigned i = 0;
	uint32_t id;
	size_t len;

	while (i < SECRETS && !lp_span_eq(label, labels[i]))
		i++;
	while (line.len && (unsigned char)line.ptr[line.len - 1] <= ' ')
		line.len--;
	if (i == SECRETS || unhex(random, name, RANDOM) != RANDOM)
		return 0;
	len = unhex(line, secret, SECRET_MAX);
	if (!len || (i == MASTER_SECRET && len != MASTER))
		return 0;
	/* The first line of a connection makes a place for all. */
	if (!lp_keys_find(k, name) && k->randoms.n_strs == LP_KEYS_MAX)
		return -E2BIG;
	if (lp_grow_zeroed(&k->v, k->randoms.n_strs, &k->cap, 64, sizeof(*k->v)) ||
	    lp_intern(&k->randoms, lp_span_of((const char *)name, RANDOM), &id))
		return -ENOMEM;
	memcpy(k->v[id].v[i], secret, len);
	k->v[id].len[i] = (uint8_t)len;
	return 1;
}

int lp_keys_read(struct lp_keys *k, struct lp_span text)
{
	int n = 0, one;

	while (text.len) {
		size_t end = lp_span_find(text, '\n');

		one = add_line(k, lp_span_first(text, end));
		if (one < 0)
			return one;
		n += n < INT32_MAX ? one : 0;
		text = lp_span_from(text, end + 1);
	}
	return n;
}

/* How many lines there were with a secret, if any; or an error. */
static int read_lines(struct lp_keys *k, struct lp_lines *lines)
{
	struct lp_span line;
	int n = 0, one = 0, got;

	while (one >= 0 && (got = lp_lines_next(lines, &line)) != 0) {
		if (got == -E2BIG) /* no secret is so long */
			continue;
		one = got < 0 ? got : lp_keys_read(k, line);
		n |= one > 0;
	}
	return one < 0 ? one : n;
}

int lp_keys_load(struct lp_keys *k, const char *path, char *why, size_t why_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), n = fd < 0 ? -errno : 0;
	struct lp_unpack *unpack = n ? NULL : lp_unpack_new(fd);
	struct lp_lines lines;
	const char *wrong;

	if (!n && !unpack)
		n = -ENOMEM;
	lp_lines_init(&lines, fd, LINE_MAX_);
	lines.unpack = unpack;
	if (!n)
		n = read_lines(k, &lines);
	wrong = n == -E2BIG		   ? "too many keys"
		: n < 0			   ? strerror(-n)
		: unpack && unpack->broken ? unpack->broken
		: n			   ? NULL
		    : "no line of it is a TLS secret; SSLKEYLOGFILE writes such files";
	if (wrong)
		snprintf(why, why_size, "%s", wrong);
	lp_lines_fini(&lines);
	lp_unpack_free(unpack);
	if (fd >= 0)
		close(fd);
	return n < 0 ? n : wrong ? -EBADMSG : 0;
}

const struct secrets *lp_keys_find(const struct lp_keys *k, const uint8_t random[RANDOM])
{
	uint32_t id = lp_intern_find(&k->randoms, lp_span_of((const char *)random, RANDOM));

	return id == LP_INTERN_NONE ? NULL : &k->v[id];
}

/* Tickets end in a MAC: as good a name as all of it. */
static struct lp_span short_name(struct lp_span name)
{
	return lp_span_from(name, name.len > RANDOM ? name.len - RANDOM : 0);
}

void lp_keys_remember(struct lp_keys *k, struct lp_span name, const uint8_t master[MASTER])
{
	uint32_t id;

	name = short_name(name);
	if (!name.len || (k->sessions.n_strs == SESSIONS_MAX && !lp_keys_recall(k, name)) ||
	    lp_grow(&k->masters, k->sessions.n_strs, &k->cap_masters, 64, sizeof(*k->masters)) ||
	    lp_intern(&k->sessions, name, &id))
		return;
	memcpy(k->masters[id], master, MASTER);
}

const uint8_t *lp_keys_recall(const struct lp_keys *k, struct lp_span name)
{
	uint32_t id = lp_intern_find(&k->sessions, short_name(name));

	return id == LP_INTERN_NONE ? NULL : k->masters[id];
}
