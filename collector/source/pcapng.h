/* SPDX-License-Identifier: MIT */
#ifndef LP_PCAPNG_H
#define LP_PCAPNG_H

/*
 * Pcapng files (draft-ietf-opsawg-pcapng), block by block as their bytes go by, in pieces of any
 * size. libpcap takes only those whose interfaces are all of one kind and length, and passes over
 * TLS secrets (which Wireshark and `editcap --inject-secrets` put before the packets they are for,
 * and a live capture where it learns them).
 * Hostile input, bounded memory; single-threaded.
 */

#include <stdint.h>

#include "base/buf.h"

#define LP_PCAPNG_BLOCK_MAX	 (16u * 1024 * 1024) /* bytes of one; a longer one is passed over */
#define LP_PCAPNG_INTERFACES_MAX 65536u /* of a section; what others saw is passed over */

struct lp_pcapng_frame {
	int link; /* https://www.tcpdump.org/linktypes.html */
	struct lp_span bytes;
	size_t wire_len; /* before the capture cut it */
	uint64_t time_ns;
};

struct lp_pcapng_sink {
	/* NULL: packets are passed over, however long they are. */
	void (*frame)(void *ctx, const struct lp_pcapng_frame *frame);
	/* The text of a TLS key log; other than 0 ends the reading. NULL: none are wanted. */
	int (*secrets)(void *ctx, struct lp_span text);
	void *ctx;
};

/* All zero but for the sink at the start of a file. */
struct lp_pcapng {
	struct lp_pcapng_sink sink;
	struct lp_buf block; /* as far as it is kept: its head, or all of one that is of use */
	uint64_t skip;	     /* bytes of the block at hand that are of no interest */
	bool started, big_endian;
	struct lp_pcapng_interface *interfaces; /* of the section */
	size_t n_interfaces, cap;
};

/* Do these four bytes begin such a file? */
bool lp_pcapng_starts(const char head[4]);

/*
 * Takes the next bytes. 0; -EBADMSG: from here on it is none; -ENOMEM; or what the sink's `secrets`
 * returned.
 */
LP_MUST_USE int lp_pcapng_feed(struct lp_pcapng *p, struct lp_span bytes);
/* True when the bytes so far end with a block. */
bool lp_pcapng_whole(const struct lp_pcapng *p);
void lp_pcapng_fini(struct lp_pcapng *p);

#endif
