/* SPDX-License-Identifier: MIT */
#ifndef LP_CAPTURE_H
#define LP_CAPTURE_H

/*
 * Packets by libpcap and pcapng.h, from a file (pcap or pcapng, gzipped too, "-" is standard input)
 * or from an interface, handed to flows.h. Only programs that link libpcap use this.
 * Single-threaded.
 */

#include "flows.h"
#include "loop.h"

struct lp_capture;

struct lp_capture_stats {
	uint64_t frames;
	uint64_t dropped;      /* by the kernel: the capture was too slow */
	uint64_t unread;       /* frames of links that are not understood */
	uint64_t hidden;       /* packets in what is not understood */
	const char *hidden_in; /* the first such */
	bool cut;	       /* the file ends in the middle of a packet */
};

/*
 * Reads all of a file; TLS secrets in it go to `secrets` (may be NULL), in time for what they are
 * for. 0 or -errno; `why` (256 bytes) is a sentence when something is wrong.
 */
LP_MUST_USE int lp_capture_file(const char *path, struct lp_flows *flows,
				int (*secrets)(void *ctx, struct lp_span text), void *ctx,
				struct lp_capture_stats *stats, char *why, size_t why_size);

/*
 * Puts captures into the order of their first packets: parts of one capture come in the order of
 * their names, in which "10" stands before "2". Left as they are where one is no regular file.
 */
void lp_capture_sort(char **paths, size_t n);

/*
 * Captures on an interface ("any": all), from the loop. The kernel hands over only what `filter`
 * lets through; NULL: client-side monitoring at `csm_port`, DNS answers, plain HTTP (port 80) and
 * starts of TLS connections, in VXLAN too. 0 or -errno, with `why`.
 */
LP_MUST_USE int lp_capture_open(struct lp_capture **out, const char *interface, const char *filter,
				uint16_t csm_port, struct lp_loop *loop, struct lp_flows *flows,
				char *why, size_t why_size);
void lp_capture_stats(struct lp_capture *c, struct lp_capture_stats *stats);
/* Takes what the kernel still holds, and ends the capture. NULL is fine. */
void lp_capture_close(struct lp_capture *c);

#endif
