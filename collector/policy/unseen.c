/* SPDX-License-Identifier: MIT */
#include "unseen.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/compare.h"
#include "base/grow.h"
#include "base/log.h"
#include "build.h"

#define TEXTS	6
#define KEY_MAX (64u * 1024 * 1024) /* bytes; a line of a log is far shorter */

struct lp_unseen lp_unseen_in_file(const char *path, const char *reason, uint64_t count)
{
	return (struct lp_unseen){
		.program = "",
		.kind = "capture",
		.name = lp_last_part(path),
		.service = "",
		.reason = reason,
		.advice = "",
		.count = count,
	};
}

void lp_unseen_init(struct lp_unseen_set *s)
{
	*s = (struct lp_unseen_set){.counts = NULL};
	lp_intern_init(&s->keys);
}

void lp_unseen_fini(struct lp_unseen_set *s)
{
	lp_intern_fini(&s->keys);
	free(s->counts);
}

static int add(struct lp_unseen_set *s, struct lp_span key, uint64_t count)
{
	uint32_t id;
	int err = lp_grow_zeroed(&s->counts, s->keys.n_strs, &s->cap, 8, sizeof(*s->counts));

	if (!err)
		err = lp_intern(&s->keys, key, &id);
	if (!err)
		s->counts[id] = lp_count_add(s->counts[id], count);
	return err;
}

int lp_unseen_add(struct lp_unseen_set *s, const struct lp_unseen *u)
{
	const char *const texts[TEXTS] = {u->kind,    u->name,	 u->program,
					  u->service, u->reason, u->advice};
	struct lp_buf key = {.ptr = NULL};
	int err = 0;

	/* Each with its NUL, so that the joined text can be read in place. */
	for (size_t i = 0; !err && i < TEXTS; i++)
		err = lp_buf_add(&key, lp_span_of(texts[i], strlen(texts[i]) + 1), KEY_MAX);
	if (!err)
		err = add(s, lp_buf_span(&key), u->count);
	lp_buf_fini(&key);
	return err;
}

static int by_texts(const void *a, const void *b)
{
	const struct lp_unseen *x = a, *y = b;
	const char *const xs[TEXTS] = {x->kind,	   x->name,   x->program,
				       x->service, x->reason, x->advice};
	const char *const ys[TEXTS] = {y->kind,	   y->name,   y->program,
				       y->service, y->reason, y->advice};

	return lp_compare_strs(xs, ys, TEXTS);
}

int lp_unseen_list(const struct lp_unseen_set *s, struct lp_unseen **list, size_t *n)
{
	*n = s->keys.n_strs;
	*list = calloc(*n ? *n : 1, sizeof(**list));
	if (!*list)
		return -ENOMEM;
	for (uint32_t i = 0; i < *n; i++) {
		struct lp_unseen *u = &(*list)[i];
		const char **const texts[TEXTS] = {&u->kind,	&u->name,   &u->program,
						   &u->service, &u->reason, &u->advice};
		const char *at = lp_intern_str(&s->keys, i);

		for (size_t k = 0; k < TEXTS; at += strlen(at) + 1, k++)
			*texts[k] = at;
		u->count = s->counts[i];
	}
	if (*n)
		qsort(*list, *n, sizeof(**list), by_texts);
	return 0;
}

/* --- words ------------------------------------------------------------------------------------ */

static bool is_connection(const struct lp_unseen *u)
{
	return !strcmp(u->kind, "host");
}

/* "connections to x.amazonaws.com (S3)", for reports; NULL when the arena is full. */
static const char *title_of(const struct lp_unseen *u, struct lp_arena *arena)
{
	const char *kind = is_connection(u) ? "connections to" : u->kind;
	const char *name = u->name[0] ? u->name : "an unknown host";

	return u->service[0] ? lp_arena_printf(arena, "%s %s (%s)", kind, name, u->service)
			     : lp_arena_printf(arena, "%s %s", kind, name);
}

bool lp_gap_of(const struct lp_unseen *u, struct lp_arena *arena, struct lp_gap *out)
{
	*out = (struct lp_gap){
		.what = title_of(u, arena),
		.by = u->program,
		.reason = u->reason,
		.advice = u->advice,
		.count = u->count,
	};
	return out->what != NULL;
}

static const char *joined(struct lp_arena *arena, const char *before, const char *text)
{
	const char *made = text[0] ? lp_arena_printf(arena, "%s%s", before, text) : "";

	return made ? made : "";
}

const char *lp_unseen_sentence(const struct lp_unseen *u, struct lp_arena *arena)
{
	const char *by = u->program[0] ? u->program : "an unknown program";
	const char *advice = joined(arena, "; ", u->advice);
	const char *pid = u->pid ? lp_arena_printf(arena, " (pid %d)", u->pid) : "";

	if (!pid)
		return NULL;
	if (is_connection(u))
		return lp_arena_printf(
			arena, "not read: %" PRIu64 " connection%s%s%s to %s%s (%s)%s", u->count,
			lp_plural(u->count), joined(arena, " of ", u->program), pid,
			u->name[0] ? u->name : "an unknown host", joined(arena, ", ", u->service),
			u->reason, advice);
	if (!strcmp(u->kind, "call"))
		return lp_arena_printf(arena,
				       "not read: on what %" PRIu64 " call%s%s%s of %s "
				       "worked (%s)%s",
				       u->count, lp_plural(u->count),
				       joined(arena, " by ", u->program), pid, u->name, u->reason,
				       advice);
	if (!strcmp(u->kind, "capture"))
		return lp_arena_printf(arena, "%s: %s%s", u->name, u->reason, advice);
	if (!strcmp(u->name, u->program)) /* itself, or by its like */
		return lp_arena_printf(arena, "not followed: %s%s (%s), %" PRIu64 " time%s%s",
				       u->name, pid, u->reason, u->count, lp_plural(u->count),
				       advice);
	return lp_arena_printf(arena,
			       "not followed: %s (%s), started by %s%s, %" PRIu64 " time%s%s",
			       u->name, u->reason, by, pid, u->count, lp_plural(u->count), advice);
}
