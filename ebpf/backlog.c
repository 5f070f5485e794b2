/* SPDX-License-Identifier: MIT */
#include "backlog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK	    (256 * 1024)
#define BACKLOG_MAX (64 * 1024 * 1024)
#define ALIGN	    (sizeof(__u64) - 1)

struct lpb_backlog_block {
	struct lpb_backlog_block *next;
	size_t from, to; /* of `bytes` that are still to be read */
	_Alignas(struct lpb_rec) char bytes[];
};

void lpb_backlog_init(struct lpb_backlog *b)
{
	*b = (struct lpb_backlog){0};
}

void lpb_backlog_fini(struct lpb_backlog *b)
{
	while (b->first) {
		struct lpb_backlog_block *next = b->first->next;

		free(b->first);
		b->first = next;
	}
	free(b->spare);
	*b = (struct lpb_backlog){0};
}

bool lpb_backlog_has_room(const struct lpb_backlog *b)
{
	return b->held < BACKLOG_MAX;
}

static size_t size_of(const struct lpb_rec *r)
{
	return (sizeof(*r) + r->kept + ALIGN) & ~ALIGN;
}

static int add_block(struct lpb_backlog *b)
{
	struct lpb_backlog_block *block = b->spare;

	if (!block)
		block = lpb_backlog_has_room(b) ? malloc(sizeof(*block) + BLOCK) : NULL;
	if (!block)
		return -ENOMEM;
	b->spare = NULL;
	block->next = NULL;
	block->from = block->to = 0;
	*(b->first ? &b->last->next : &b->first) = block;
	b->last = block;
	b->held += BLOCK;
	return 0;
}

int lpb_backlog_put(struct lpb_backlog *b, const struct lpb_rec *r)
{
	size_t size = size_of(r);

	if (size > BLOCK)
		return -ENOMEM;
	if ((!b->first || BLOCK - b->last->to < size) && add_block(b))
		return -ENOMEM;
	memcpy(b->last->bytes + b->last->to, r, sizeof(*r) + r->kept);
	b->last->to += size;
	return 0;
}

const struct lpb_rec *lpb_backlog_first(const struct lpb_backlog *b)
{
	const void *at = b->first ? b->first->bytes + b->first->from : NULL;

	return at;
}

void lpb_backlog_drop(struct lpb_backlog *b)
{
	struct lpb_backlog_block *block = b->first;
	const void *at = block->bytes + block->from;

	block->from += size_of(at);
	if (block->from < block->to)
		return;
	b->first = block->next;
	b->held -= BLOCK;
	/* One is kept: most of the time there is never more than one. */
	if (b->spare)
		free(block);
	else
		b->spare = block;
}
