/* SPDX-License-Identifier: MIT */
#include "tls_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/lines.h"

#define LINE_MAX_ 1024

int lp_keys_new(struct lp_keys **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void lp_keys_free(struct lp_keys *k)
{
	if (k)
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
	struct secrets s = {.len = {0}}, *to;
	unsigned i = 0;
	size_t len;

	while (i < SECRETS && !lp_span_eq(label, labels[i]))
		i++;
	while (line.len && (unsigned char)line.ptr[line.len - 1] <= ' ')
		line.len--;
	if (i == SECRETS || unhex(random, s.random, RANDOM) != RANDOM)
		return 0;
	len = unhex(line, s.v[i], SECRET_MAX);
	if (!len || (i == MASTER_SECRET && len != MASTER))
		return 0;
	s.len[i] = (uint8_t)len;
	/* Lines of one connection mostly stand together; the rest is joined after sorting. */
	to = k->n ? &k->v[k->n - 1] : NULL;
	if (to && !memcmp(to->random, s.random, RANDOM)) {
		memcpy(to->v[i], s.v[i], len);
		to->len[i] = (uint8_t)len;
		return 1;
	}
	if (k->n == k->cap) {
		size_t cap = k->cap ? k->cap * 2 : 64;
		struct secrets *v = cap <= LP_KEYS_MAX ? realloc(k->v, cap * sizeof(*v)) : NULL;

		if (!v)
			return cap <= LP_KEYS_MAX ? -ENOMEM : -E2BIG;
		k->v = v;
		k->cap = cap;
	}
	k->v[k->n++] = s;
	k->sorted = false;
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

int lp_keys_load(struct lp_keys *k, const char *path, char *why, size_t why_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), n = 0, one = 0, got;
	struct lp_lines lines;
	struct lp_span line;

	if (fd < 0) {
		int err = -errno;

		snprintf(why, why_size, "%s", strerror(-err));
		return err;
	}
	lp_lines_init(&lines, fd, LINE_MAX_);
	while (one >= 0 && (got = lp_lines_next(&lines, &line)) != 0) {
		if (got == -E2BIG) /* no secret is so long */
			continue;
		one = got < 0 ? got : lp_keys_read(k, line);
		n |= one > 0;
	}
	lp_lines_fini(&lines);
	close(fd);
	if (one < 0)
		snprintf(why, why_size, "%s", one == -E2BIG ? "too many keys" : strerror(-one));
	else if (!n)
		snprintf(why, why_size,
			 "no line of it is a TLS secret; SSLKEYLOGFILE writes such files");
	return one < 0 ? one : n ? 0 : -EBADMSG;
}

static int by_random(const void *a, const void *b)
{
	const struct secrets *x = a, *y = b;

	return memcmp(x->random, y->random, RANDOM);
}

static void sort(struct lp_keys *k)
{
	size_t n = 0;

	if (k->n)
		qsort(k->v, k->n, sizeof(*k->v), by_random);
	for (size_t i = 0; i < k->n; i++) {
		if (n && !by_random(&k->v[n - 1], &k->v[i])) {
			for (unsigned s = 0; s < SECRETS; s++)
				if (k->v[i].len[s]) {
					k->v[n - 1].len[s] = k->v[i].len[s];
					memcpy(k->v[n - 1].v[s], k->v[i].v[s], SECRET_MAX);
				}
		} else {
			k->v[n++] = k->v[i];
		}
	}
	k->n = n;
	k->sorted = true;
}

const struct secrets *lp_keys_find(struct lp_keys *k, const uint8_t random[RANDOM])
{
	struct secrets key;

	memcpy(key.random, random, RANDOM);
	if (!k->sorted)
		sort(k);
	return k->n ? bsearch(&key, k->v, k->n, sizeof(key), by_random) : NULL;
}
