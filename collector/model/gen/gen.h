/* SPDX-License-Identifier: MIT */
#ifndef LP_GEN_H
#define LP_GEN_H

/*
 * What the table compilers share: reading tables, a string pool, and the numbering of operations.
 * They are programs of the build host, one file each, so everything here is static inline; memory
 * is never given back, and any trouble ends the program with file, line and reason.
 *
 * Tables are text. '#' starts a comment line; empty lines count for nothing; words are separated by
 * blanks. Tables of API models (tables/api/X.tbl by scripts/import_api.py, tables/hand/api-X.tbl
 * by hand) have these lines:
 *
 *	dir NAME		a service starts; NAME is botocore's folder, unique over all tables
 *	id SERVICE ID		the service id, to the end of the line, blanks inside
 *	sign NAME...		names in the credential scope, the usual one first
 *	host NAME...		first host labels, the usual one first; FIPS marks removed
 *	protocol NAME...	cbor json query ec2 rest-json rest-xml, the preferred one first
 *	version DATE...		API versions, newest first
 *	base PATH...		path that endpoints of the service put before every operation's
 *	target PREFIX...	before the dot of X-Amz-Target; also the CBOR service name
 *	bearer			all of the service is called with bearer tokens
 *	behind-prefix		a customer's own resource answers: only where its host has labels
 *				before the service's
 *	own-hosts		and at hosts that are neither AWS's nor an emulator's
 *	token-auth		a token or password in Authorization stands for its owner's rights
 *	op NAME [METHOD PATH CONDITION...] [!FLAG...] [@HOSTPREFIX]
 *	route NAME METHOD PATH CONDITION...	another way to call it (older APIs)
 *	coded-slash		%2F ends the first segment of a path like a slash
 *
 * "op" lines stand in LC_ALL=C order of NAME. PATH has {label} and {label+} segments. CONDITION is
 * ?key or ?key=value (stands in the query), +key (required query parameter), ^header (required
 * header), ^header=start (stands there, with a value that starts so), =name (signed for that name).
 * FLAG is unsigned, deprecated or old. HOSTPREFIX is what stands before the service's own host
 * labels: fixed text, or patterns with {labels} separated by '|'. Lines outside a service:
 *
 *	partition ID SUFFIX DUALSTACK_SUFFIX GLOBAL_REGION
 *	region-prefix ID TEXT	what regions of the partition start with
 *	more DIR		sign, host, target, route, token-auth, coded-slash lines that
 *				follow add to it
 *	also SERVICE ID		another id that SDKs call the service by, to the end of the line
 *	suffix ID SUFFIX	another host suffix of a partition
 *	emulator SUFFIX		a host suffix under which emulators name services and buckets
 *	metadata HOST		instance and container metadata
 *	v2-header SIGN		the signing name behind "Authorization: AWS AKID:signature"
 *	prefix HEAD PATTERN...	what host labels before HEAD name, instead of the URI's first label:
 *				the first pattern that fits; {AccountId} fits 12 digits, the
 *				last {label} of a pattern the least
 *
 * The number of an operation is its rank in (dir, NAME) order, LC_ALL=C, over all services:
 * gen_api_read() gives the operations in that order.
 */

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GEN_UNUSED __attribute__((unused))

__attribute__((noreturn, format(printf, 1, 2))) static inline void gen_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("gen: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

static inline void *gen_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		gen_die("out of memory");
	return p;
}

static inline char *gen_strndup(const char *s, size_t len)
{
	char *p = gen_alloc(len + 1);

	memcpy(p, s, len);
	return p;
}

/* Room for one more item of `size` bytes in an array that grows by doubling. */
static inline void *gen_grow(void *array, size_t n, size_t size)
{
	if (n && (n & (n - 1)))
		return array;
	array = realloc(array, (n ? 2 * n : 1) * size);
	if (!array)
		gen_die("out of memory");
	return array;
}

#define GEN_PUSH(array, n, item)                                                                   \
	do {                                                                                       \
		(array) = gen_grow((array), (n), sizeof((array)[0]));                              \
		(array)[(n)++] = (item);                                                           \
	} while (0)

/* FNV-1a with a final mix; the same function looks up at run time (base/hash.h). */
#include "base/hash.h"

/* --- string pool: every distinct string once, NUL-terminated; offset 0 is "" ------------------ */

struct gen_pool {
	char *data;
	size_t len, cap;
	uint32_t *slots; /* offset + 1, 0 is free */
	size_t n_slots, n;
};

static inline uint32_t gen_pool_add_n(struct gen_pool *p, const char *s, size_t len);

static inline void gen_pool_rehash(struct gen_pool *p)
{
	uint32_t *old = p->slots;
	size_t n_old = p->n_slots;

	p->n_slots = n_old ? 2 * n_old : 1024;
	p->slots = gen_alloc(p->n_slots * sizeof(*p->slots));
	for (size_t i = 0; i < n_old; i++) {
		const char *s;
		size_t h;

		if (!old[i])
			continue;
		s = p->data + old[i] - 1;
		h = lp_hash(s, strlen(s)) & (p->n_slots - 1);
		while (p->slots[h])
			h = (h + 1) & (p->n_slots - 1);
		p->slots[h] = old[i];
	}
	free(old);
}

/* Offset of the string in the pool. It must hold no NUL. */
static inline uint32_t gen_pool_add_n(struct gen_pool *p, const char *s, size_t len)
{
	size_t h, at;

	if (!p->n_slots) {
		gen_pool_rehash(p);
		gen_pool_add_n(p, "", 0);
	}
	if (2 * p->n >= p->n_slots)
		gen_pool_rehash(p);
	h = lp_hash(s, len) & (p->n_slots - 1);
	while (p->slots[h]) {
		const char *have = p->data + p->slots[h] - 1;

		if (strlen(have) == len && memcmp(have, s, len) == 0)
			return p->slots[h] - 1;
		h = (h + 1) & (p->n_slots - 1);
	}
	if (p->len + len + 1 > p->cap) {
		p->cap = 2 * (p->len + len + 1);
		p->data = realloc(p->data, p->cap);
		if (!p->data)
			gen_die("out of memory");
	}
	at = p->len;
	memcpy(p->data + at, s, len);
	p->data[at + len] = '\0';
	p->len += len + 1;
	p->slots[h] = (uint32_t)at + 1;
	p->n++;
	return (uint32_t)at;
}

static inline uint32_t gen_pool_add(struct gen_pool *p, const char *s)
{
	return gen_pool_add_n(p, s, strlen(s));
}

/*
 * Writes `static const char NAME[] = ...`. As numbers, not as a string literal: compilers need not
 * take literals of this length, and pedantic ones do not.
 */
static inline void gen_pool_write(const struct gen_pool *p, FILE *f, const char *name)
{
	fprintf(f, "const char %s[%zu] = {", name, p->len);
	for (size_t i = 0; i < p->len; i++)
		fprintf(f, "%s%d,", i % 32 ? "" : "\n\t", p->data[i]);
	fputs("\n};\n", f);
}

/* --- tables as lines of words ----------------------------------------------------------------- */

struct gen_line {
	const char *file;
	int no;
	int n; /* words */
	char **word;
	const char *rest; /* the line from the second word on, blanks and all */
};

__attribute__((noreturn, format(printf, 2, 3))) static inline void
gen_line_die(const struct gen_line *l, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%d: ", l->file, l->no);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* Appends the lines of one file. */
static inline void gen_read_file(const char *path, struct gen_line **lines, size_t *n)
{
	FILE *f = fopen(path, "r");
	const char *file = gen_strndup(path, strlen(path));
	char *buf = NULL;
	size_t cap = 0;
	ssize_t len;
	int no = 0;

	if (!f)
		gen_die("%s: %s", path, strerror(errno));
	while ((len = getline(&buf, &cap, f)) >= 0) {
		struct gen_line l = {.file = file, .no = no + 1};
		size_t n_words = 0;
		char *s, *save = NULL, *w;

		no++;
		while (len && strchr("\n\r\t ", buf[len - 1]))
			buf[--len] = '\0';
		if (!len || buf[0] == '#')
			continue;
		s = gen_strndup(buf, (size_t)len);
		s += strspn(s, " \t");
		w = gen_strndup(s, strlen(s));
		w += strcspn(w, " \t");
		l.rest = w + strspn(w, " \t");
		for (w = strtok_r(s, " \t", &save); w; w = strtok_r(NULL, " \t", &save))
			GEN_PUSH(l.word, n_words, w);
		l.n = (int)n_words;
		GEN_PUSH(*lines, *n, l);
	}
	free(buf);
	fclose(f);
}

static inline int gen_name_cmp(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* Appends the lines of all `dir`/PREFIX*.tbl, files in name order. A missing folder has none. */
static inline void gen_read_dir(const char *dir, const char *prefix, struct gen_line **lines,
				size_t *n)
{
	DIR *d = opendir(dir);
	char **names = NULL, path[4096];
	size_t n_names = 0;
	struct dirent *e;

	if (!d && errno == ENOENT)
		return;
	if (!d)
		gen_die("%s: %s", dir, strerror(errno));
	while ((e = readdir(d))) {
		size_t len = strlen(e->d_name);

		if (len > 4 && strcmp(e->d_name + len - 4, ".tbl") == 0 &&
		    strncmp(e->d_name, prefix, strlen(prefix)) == 0)
			GEN_PUSH(names, n_names, gen_strndup(e->d_name, len));
	}
	closedir(d);
	if (n_names)
		qsort(names, n_names, sizeof(names[0]), gen_name_cmp);
	for (size_t i = 0; i < n_names; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", dir, names[i]) >= (int)sizeof(path))
			gen_die("%s: name too long", names[i]);
		gen_read_file(path, lines, n);
	}
}

/* --- the API models --------------------------------------------------------------------------- */

struct gen_op {
	const char *dir, *name;
	const struct gen_line *line;
	uint16_t service; /* index into gen_api.services */
};

struct gen_service {
	const char *dir, *id;
	/* Lines by keyword, NULL or a line whose words from 1 on count. */
	const struct gen_line *sign, *host, *protocol, *version, *base, *target;
	bool bearer, behind_prefix, own_hosts, token_auth, coded_slash;
	uint32_t first_op, n_ops;
};

struct gen_api {
	struct gen_line *lines; /* all lines, of partitions too */
	size_t n_lines;
	struct gen_service *services; /* in dir order */
	size_t n_services;
	struct gen_op *ops; /* in (dir, name) order: the index is the number */
	size_t n_ops;
};

static inline int gen_service_cmp(const void *a, const void *b)
{
	const struct gen_service *x = a, *y = b;

	return strcmp(x->dir, y->dir);
}

static inline int gen_op_cmp(const void *a, const void *b)
{
	const struct gen_op *x = a, *y = b;
	int d = strcmp(x->dir, y->dir);

	return d ? d : strcmp(x->name, y->name);
}

/* Reads TABLES/api/X.tbl and TABLES/hand/api-X.tbl. */
static inline GEN_UNUSED void gen_api_read(const char *tables, struct gen_api *api)
{
	char path[4096];
	struct gen_service *s = NULL;

	memset(api, 0, sizeof(*api));
	if (snprintf(path, sizeof(path), "%s/api", tables) >= (int)sizeof(path))
		gen_die("%s: name too long", tables);
	gen_read_dir(path, "", &api->lines, &api->n_lines);
	snprintf(path, sizeof(path), "%.4000s/hand", tables);
	gen_read_dir(path, "api-", &api->lines, &api->n_lines);

	for (size_t i = 0; i < api->n_lines; i++) {
		const struct gen_line *l = &api->lines[i];
		const char *key = l->word[0];

		if (strcmp(key, "dir") == 0 && l->n == 2) {
			struct gen_service fresh = {.dir = l->word[1]};

			GEN_PUSH(api->services, api->n_services, fresh);
			s = &api->services[api->n_services - 1];
		} else if (strcmp(key, "more") == 0) {
			s = NULL;
		} else if (s && strcmp(key, "id") == 0) {
			s->id = l->rest;
		} else if (s && strcmp(key, "sign") == 0) {
			s->sign = l;
		} else if (s && strcmp(key, "host") == 0) {
			s->host = l;
		} else if (s && strcmp(key, "protocol") == 0) {
			s->protocol = l;
		} else if (s && strcmp(key, "version") == 0) {
			s->version = l;
		} else if (s && strcmp(key, "base") == 0) {
			s->base = l;
		} else if (s && strcmp(key, "target") == 0) {
			s->target = l;
		} else if (s && strcmp(key, "bearer") == 0) {
			s->bearer = true;
		} else if (s && strcmp(key, "behind-prefix") == 0) {
			s->behind_prefix = true;
		} else if (s && strcmp(key, "own-hosts") == 0) {
			s->own_hosts = true;
		} else if (s && strcmp(key, "op") == 0 && l->n >= 2) {
			struct gen_op op = {.dir = s->dir, .name = l->word[1], .line = l};

			GEN_PUSH(api->ops, api->n_ops, op);
		}
	}
	if (!api->n_services || !api->n_ops)
		gen_die("%s: no API tables", tables);
	qsort(api->services, api->n_services, sizeof(api->services[0]), gen_service_cmp);
	qsort(api->ops, api->n_ops, sizeof(api->ops[0]), gen_op_cmp);
	for (size_t i = 0, o = 0; i < api->n_services; i++) {
		s = &api->services[i];
		if (i && strcmp(api->services[i - 1].dir, s->dir) == 0)
			gen_die("service %s stands twice", s->dir);
		s->first_op = (uint32_t)o;
		for (; o < api->n_ops && strcmp(api->ops[o].dir, s->dir) == 0; o++) {
			if (o > s->first_op && strcmp(api->ops[o - 1].name, api->ops[o].name) == 0)
				gen_line_die(api->ops[o].line, "operation stands twice");
			api->ops[o].service = (uint16_t)i;
		}
		s->n_ops = (uint32_t)(o - s->first_op);
	}
}

/* Number of an operation, or -1. */
static inline GEN_UNUSED long gen_api_find(const struct gen_api *api, const char *dir,
					   const char *name)
{
	struct gen_op key = {.dir = dir, .name = name};
	const struct gen_op *op = bsearch(&key, api->ops, api->n_ops, sizeof(key), gen_op_cmp);

	return op ? op - api->ops : -1;
}

#endif
