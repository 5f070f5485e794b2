/* SPDX-License-Identifier: MIT */
#ifndef LP_SECRETS_H
#define LP_SECRETS_H

/*
 * TLS key logs inside pcapng files: Decryption Secrets Blocks, as Wireshark and
 * `editcap --inject-secrets` write them before the packets they are for. Reads the file's bytes as
 * they go by, in pieces of any size; what is no pcapng has none. Hostile input, bounded memory;
 * single-threaded.
 */

#include <stdint.h>

#include "base/buf.h"

#define LP_SECRETS_MAX (16u * 1024 * 1024) /* bytes of one block; a longer one is passed over */

/* Takes the text of a key log; other than 0: no more are wanted. */
typedef int (*lp_secrets_fn)(void *ctx, struct lp_span text);

/* All zero at the start of a file. */
struct lp_secrets {
	struct lp_buf block; /* as far as it is kept: its head, or all of one with secrets */
	uint64_t skip;	     /* bytes of the block at hand that are of no interest */
	bool started, big_endian, ignored;
};

/* Takes the next bytes; the secrets in them go to `fn`. 0, what `fn` returned, or -ENOMEM. */
LP_MUST_USE int lp_secrets_feed(struct lp_secrets *s, struct lp_span bytes, lp_secrets_fn fn,
				void *ctx);
void lp_secrets_fini(struct lp_secrets *s);

#endif
