/* SPDX-License-Identifier: MIT */
#ifndef LP_JOURNAL_H
#define LP_JOURNAL_H

/*
 * A ledger on disk that survives being killed. The file is only ever appended to, and replaced as a
 * whole when it grew to several times of what it holds. A record is a header of four little-endian
 * 32-bit words (LP_JOURNAL_MAGIC, enum lp_journal_kind, length, CRC-32 of kind, length and text)
 * and its text, a line of a call log (calllog.h) with its newline. What a reader cannot use is
 * passed over, up to the next record that is whole. Single-threaded.
 */

#include "ledger.h"

#define LP_JOURNAL_MAGIC 0x314a504cu /* "LPJ1" */
#define LP_JOURNAL_HDR	 16

enum lp_journal_kind {
	LP_JOURNAL_CALL = 1, /* a call that taught the ledger something */
	LP_JOURNAL_COUNT,    /* a line of a merged log: what is to be added */
	LP_JOURNAL_KINDS,
};

struct lp_journal_stats {
	uint64_t records; /* taken */
	uint64_t bad;	  /* whole, but no lines of a call log */
	uint64_t gaps;	  /* places where something between records could not be read */
	uint64_t torn;	  /* bytes behind the last record */
};

/*
 * Reads to the end of `fd` into `l`; *end is where the last record ends. 0, -ENOMEM, or -errno from
 * reading. What the ledger has no room for is passed over.
 */
LP_MUST_USE int lp_journal_read(int fd, struct lp_ledger *l, struct lp_journal_stats *stats,
				uint64_t *end);

struct lp_journal;

/*
 * Opens `name` in the folder `dir` (lent, outlives the journal), which nobody else may write to
 * meanwhile, reads it into `l`, and cuts off a torn end. 0 or -errno.
 */
LP_MUST_USE int lp_journal_open(struct lp_journal **out, int dir, const char *name,
				struct lp_ledger *l, struct lp_journal_stats *stats);

/*
 * Appends a call just added to `l`, so that it is there whatever happens to this process. 0 or
 * -errno; what could not be written is written by a later lp_journal_save that succeeds.
 */
LP_MUST_USE int lp_journal_call(struct lp_journal *j, const struct lp_call *call,
				struct lp_ledger *l);

/* The file does not hold what `l` does: the next lp_journal_save makes it anew. */
void lp_journal_lacks(struct lp_journal *j);
/* True when the file was removed; the same follows from that. */
bool lp_journal_lost(const struct lp_journal *j);

/* Appends what changed in counts and times, and brings all to the disk. 0 or -errno. */
LP_MUST_USE int lp_journal_save(struct lp_journal *j, struct lp_ledger *l);

/* Does not save. NULL is fine. */
void lp_journal_close(struct lp_journal *j);

#endif
