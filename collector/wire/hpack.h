/* SPDX-License-Identifier: MIT */
#ifndef LP_HPACK_H
#define LP_HPACK_H

/*
 * Field compression of HTTP/2 (RFC 7541), the reading side, for one direction of a connection that
 * somebody else speaks. An own one, because it runs inside traced programs: libnghttp2's inflater
 * allocates for each field, ends the process where an assertion fails, and would have to be linked
 * into whatever the shim is loaded by. Here the table lives in one lent buffer; no malloc, no
 * locks, no libc state. tests/unit/test_hpack.c and tests/fuzz/fuzz_hpack.c hold it against
 * libnghttp2.
 */

#include <stdint.h>

#include "lp_compiler.h"
#include "lp_limits.h"
#include "lp_span.h"

/* The largest table that can be followed (SETTINGS_HEADER_TABLE_SIZE; 4,096 unless announced). */
#define LP_HPACK_TABLE_MAX LP_HEAD_MAX

/* Embed by value; members are private. */
struct lp_hpack {
	char *room;    /* lent; LP_HEAD_MAX bytes: texts from the front, entries from `top` down */
	uint32_t top;  /* bytes of it in use */
	uint32_t max;  /* as the sender has set the table's size */
	uint32_t size; /* of what is in it, as RFC 7541 section 4.1 counts */
	uint32_t first, n; /* entries: the oldest, how many */
	uint32_t end;	   /* of the newest entry's text */
	uint32_t credit;   /* bytes of old entries that the block may still repeat */
	bool partial;	   /* there are older entries that were not seen */
};

struct lp_hpack_field {
	struct lp_span name; /* empty: it is not known, see lp_hpack_forget */
	struct lp_span value;
};

void lp_hpack_init(struct lp_hpack *h, char *room);

/*
 * What came before was not seen: all entries so far are unknown. Later ones are known, and a
 * reference to an unknown one gives a field without a name.
 */
void lp_hpack_forget(struct lp_hpack *h);

/*
 * A block of `len` bytes comes. What its references repeat is bounded by that: a byte can stand for
 * an entry as large as the table, and hostile blocks are made of such bytes.
 */
void lp_hpack_begin(struct lp_hpack *h, size_t len);

/*
 * The next field of a header block, which lies whole in *block and is moved past it. Written into
 * `buf` as the line "name: value\r\n" that HTTP/1.1 would have. Returns the line's length, 0 at the
 * end of the block, -EBADMSG (the connection cannot be read any more), or -E2BIG when the line is
 * longer than `cap`: below LP_HEAD_MAX nothing was taken, call again with more room; with
 * LP_HEAD_MAX the field was passed over.
 */
LP_MUST_USE int lp_hpack_next(struct lp_hpack *h, struct lp_span *block, char *buf, size_t cap,
			      struct lp_hpack_field *out);

/*
 * The same for a field that nobody wants to see: only the table is kept up. `buf` is used for what
 * goes into it. Returns 1, 0 at the end, or the errors of lp_hpack_next.
 */
LP_MUST_USE int lp_hpack_pass(struct lp_hpack *h, struct lp_span *block, char *buf, size_t cap);

#endif
