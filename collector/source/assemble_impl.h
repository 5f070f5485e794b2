/* SPDX-License-Identifier: MIT */
#ifndef LP_ASSEMBLE_IMPL_H
#define LP_ASSEMBLE_IMPL_H

/* Between the files of the assembler; nobody else includes this. */

#include "assemble.h"
#include "base/arena.h"
#include "base/buf.h"
#include "reach.h"
#include "wire/csm.h"

#define MESSAGE_BUCKETS 4096u /* a power of two */

/* The two lists of what is due that a message is in. */
enum lp_due_of {
	LP_DUE_PROCESS,
	LP_DUE_ALL,
	LP_DUE_LISTS,
};

/* One request with what is known of its answer. */
struct lp_message {
	struct lp_message *chain;	/* same bucket, in order of arrival */
	struct lp_message *prev, *next; /* same process, likewise */
	struct {
		struct lp_message *prev, *next;
	} due[LP_DUE_LISTS]; /* once it ended */
	struct lp_process *process;
	uint64_t conn, time_ns;
	uint32_t seq;
	uint16_t flags; /* enum lp_event_flags */
	bool ended, answered, cut;
	struct lp_buf head, body, response;
};

/* A CSM attempt that waits for the event that closes its call. */
struct lp_attempt {
	struct lp_attempt *next;
	struct lp_csm csm;
};

/* A process that ended before all was taken that another source has of it. */
struct lp_ended {
	struct lp_ended *next;
	pid_t pid;
	char *program;
	struct lp_reach *reach;
};

struct lp_assemble {
	lp_call_fn fn, early; /* early: NULL when nobody wants it */
	void *ctx;
	struct lp_blinds *blinds;
	bool all_followed;     /* by the shim or another source, */
	bool host_followed;    /* and everyone else, */
	uint64_t followed_ns;  /* since then */
	struct lp_arena arena; /* of the call that is being made */
	struct lp_assemble_stats stats;
	uint64_t next_serial, seed;
	size_t bytes; /* pending, of all processes */
	struct lp_due due;
	size_t max, process_max;
	bool workloads; /* are told apart */
	size_t n_reach; /* of all processes */
	struct lp_ended *ended;
	struct lp_reach_others others;
	unsigned n_attempts; /* waiting, of all processes */
	struct lp_message *buckets[MESSAGE_BUCKETS];
};

/* Makes a call of the message and hands it to the sink. */
void lp_assemble_http(struct lp_assemble *a, struct lp_message *m);

/* The same of a request that has no answer yet, for `early`. */
void lp_assemble_http_early(struct lp_assemble *a, struct lp_message *m);

/* Every attempt that waits becomes a call of its own. */
void lp_assemble_csm_gone(struct lp_assemble *a, struct lp_process *p);

/* FNV-1a: for telling things apart that collide by accident only. */
uint64_t lp_hash_of(struct lp_span s);

/* Remembers the request id of a plaintext call; empty ids are not. */
void lp_recent_add(struct lp_process *p, struct lp_span request_id);
bool lp_recent_has(const struct lp_process *p, struct lp_span request_id);

#endif
