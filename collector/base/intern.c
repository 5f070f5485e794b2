/* SPDX-License-Identifier: MIT */
#include "intern.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#define BLOCK_SIZE  (64 * 1024) /* bytes of strings allocated at a time */
#define FIRST_SLOTS 64

struct lp_intern_block {
	struct lp_intern_block *next;
	size_t size;
	char data[];
};

struct lp_intern_str {
	const char *ptr;
	uint32_t len;
	uint32_t hash;
};

/* One for the process: tables are made by the thousand. */
static uint64_t seed;

void lp_intern_init(struct lp_intern *t)
{
	*t = (struct lp_intern){0};
	/* Before the kernel has random bytes, nobody sends names either. */
	if (!seed && getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != (ssize_t)sizeof(seed))
		seed = 1;
}

void lp_intern_fini(struct lp_intern *t)
{
	while (t->blocks) {
		struct lp_intern_block *next = t->blocks->next;

		free(t->blocks);
		t->blocks = next;
	}
	free(t->strs);
	free(t->slots);
	lp_intern_init(t);
}

/*
 * Eight bytes a step, because call logs put every name of every line through here. Traced programs
 * choose names: 40,000 that met in one place took the time of a million, so the place is a secret.
 */
static uint32_t hash_of(struct lp_span s)
{
	uint64_t h = seed ^ s.len;
	uint64_t w;

	while (s.len >= sizeof(w)) {
		memcpy(&w, s.ptr, sizeof(w));
		h = (h ^ w) * 0xff51afd7ed558ccdull;
		h ^= h >> 32;
		s = lp_span_from(s, sizeof(w));
	}
	if (s.len) {
		w = 0;
		memcpy(&w, s.ptr, s.len);
		h = (h ^ w) * 0xff51afd7ed558ccdull;
		h ^= h >> 32;
	}
	h *= 0xc4ceb9fe1a85ec53ull;
	return (uint32_t)(h >> 32);
}

/* The slot that holds `s`, or the free one where it belongs. The table has slots. */
static uint32_t slot_of(const struct lp_intern *t, struct lp_span s, uint32_t hash)
{
	uint32_t mask = t->n_slots - 1;
	uint32_t i = hash & mask;

	for (; t->slots[i]; i = (i + 1) & mask) {
		const struct lp_intern_str *str = &t->strs[t->slots[i] - 1];

		if (str->hash == hash && lp_span_eq(lp_span_of(str->ptr, str->len), s))
			break;
	}
	return i;
}

static int grow_slots(struct lp_intern *t)
{
	uint32_t n = t->n_slots ? t->n_slots * 2 : FIRST_SLOTS;
	uint32_t *slots = calloc(n, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (uint32_t id = 0; id < t->n_strs; id++) {
		uint32_t i = t->strs[id].hash & (n - 1);

		while (slots[i])
			i = (i + 1) & (n - 1);
		slots[i] = id + 1;
	}
	free(t->slots);
	t->slots = slots;
	t->n_slots = n;
	return 0;
}

static int grow_strs(struct lp_intern *t)
{
	uint32_t cap = t->cap_strs ? t->cap_strs * 2 : FIRST_SLOTS / 2;
	struct lp_intern_str *strs;

	if (cap >= INT32_MAX)
		return -ENOMEM;
	strs = realloc(t->strs, cap * sizeof(*strs));
	if (!strs)
		return -ENOMEM;
	t->strs = strs;
	t->cap_strs = cap;
	return 0;
}

static char *copy_of(struct lp_intern *t, struct lp_span s)
{
	size_t need = s.len + 1;
	char *p;

	if (!t->blocks || t->blocks->size - t->block_used < need) {
		size_t size = need > BLOCK_SIZE ? need : BLOCK_SIZE;
		struct lp_intern_block *b = malloc(sizeof(*b) + size);

		if (!b)
			return NULL;
		b->size = size;
		b->next = t->blocks;
		t->blocks = b;
		t->block_used = 0;
	}
	p = t->blocks->data + t->block_used;
	if (s.len)
		memcpy(p, s.ptr, s.len);
	p[s.len] = '\0';
	t->block_used += need;
	return p;
}

int lp_intern(struct lp_intern *t, struct lp_span s, uint32_t *id)
{
	uint32_t hash, slot;
	char *copy;

	if (s.len >= UINT32_MAX)
		return -E2BIG;
	if (t->n_strs + 1 > t->n_slots / 2 && grow_slots(t))
		return -ENOMEM;
	hash = hash_of(s);
	slot = slot_of(t, s, hash);
	if (t->slots[slot]) {
		*id = t->slots[slot] - 1;
		return 0;
	}
	if (t->n_strs == t->cap_strs && grow_strs(t))
		return -ENOMEM;
	copy = copy_of(t, s);
	if (!copy)
		return -ENOMEM;
	*id = t->n_strs++;
	t->strs[*id] = (struct lp_intern_str){copy, (uint32_t)s.len, hash};
	t->slots[slot] = *id + 1;
	return 0;
}

uint32_t lp_intern_find(const struct lp_intern *t, struct lp_span s)
{
	uint32_t slot;

	if (!t->n_slots)
		return LP_INTERN_NONE;
	slot = slot_of(t, s, hash_of(s));
	return t->slots[slot] ? t->slots[slot] - 1 : LP_INTERN_NONE;
}

const char *lp_intern_str(const struct lp_intern *t, uint32_t id)
{
	return t->strs[id].ptr;
}

struct lp_span lp_intern_span(const struct lp_intern *t, uint32_t id)
{
	return lp_span_of(t->strs[id].ptr, t->strs[id].len);
}
