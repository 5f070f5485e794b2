/* SPDX-License-Identifier: MIT */
#ifndef LP_NEWER_IMPL_H
#define LP_NEWER_IMPL_H

/* Shared by newer.c, which answers, and newer_read.c, which reads documents. */

#include "base/arena.h"
#include "newer.h"

struct lp_newer_list {
	void *v;
	size_t n, cap;
};

struct lp_newer {
	bool any;
	unsigned changes;
	char name[256];	       /* of the last document */
	struct lp_arena arena; /* strings and lists of rows */
	struct lp_newer_list actions, types, prefixes, services, ops;
	/* By number of the tables: row of the list above plus 1, or 0. NULL: none. */
	uint16_t *over_action, *over_type, *over_op;
};

struct lp_newer *lp_newer_all(void);

#endif
