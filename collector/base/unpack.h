/* SPDX-License-Identifier: MIT */
#ifndef LP_UNPACK_H
#define LP_UNPACK_H

/*
 * A descriptor's text, which may be packed by gzip, also in several members, or twice: Firehose may
 * pack once more what CloudWatch Logs packed. Single-threaded.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <zlib.h>

#include "lp_compiler.h"

#define LP_UNPACK_SIZE (256 * 1024) /* read at a time */

struct lp_unpack {
	int fd;			 /* lent by the caller, stays open */
	struct lp_unpack *outer; /* whose text is read instead; NULL: the descriptor's bytes */
	struct lp_unpack *inner; /* of gzip, what reads its text; NULL: its text is plain */
	const char *broken;	 /* why gzip's text ended early: a constant; else NULL */
	bool known, gzip;	 /* what it is was found out; and is this */
	bool started, eof;	 /* inside a member; nothing more comes */
	bool any;		 /* text came out */
	uint64_t taken, given;	 /* bytes read of the descriptor, and of text */
	z_stream z;		 /* of text, next_in and avail_in only */
	unsigned char in[LP_UNPACK_SIZE];
};

/* NULL without memory; free by lp_unpack_free. */
struct lp_unpack *lp_unpack_new(int fd);
void lp_unpack_free(struct lp_unpack *u);

/*
 * At most `size` bytes of text, fewer where more would have to be waited for; 0 at the end, -ENOMEM
 * or -errno from reading. What is broken ends the text there.
 */
LP_MUST_USE ssize_t lp_unpack_read(struct lp_unpack *u, char *to, size_t size);

#endif
