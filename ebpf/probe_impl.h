/* SPDX-License-Identifier: MIT */
#ifndef LPB_PROBE_IMPL_H
#define LPB_PROBE_IMPL_H

/* What probe.c and probe_load.c share: the probe, and what is done with the object's programs. */

#include <bpf/libbpf.h>

#include "attach.h"
#include "backlog.h"
#include "cgroup.h"
#include "keeper.h"
#include "probe.h"
#include "probe_abi.h"

/* How the programs are loaded and attached. */
struct lpb_way {
	bool scoped, session, multi, sleepable, cookies;
	const char *name;
};

/* How plain sockets are seen; each is tried in its turn. */
enum lpb_sockets { LPB_BY_SOCKET, LPB_BY_SYSCALL, LPB_NOT_AT_ALL, LPB_SOCKET_WAYS };

#define LPB_TREE	6    /* programs that follow processes */
#define LPB_SOCKETS	3    /* and that see sockets */
#define LPB_REFUSED_MAX 256u /* processes that are remembered to have been refused */

struct lpb_probe {
	const struct lpb_ops *ops;
	void *ctx;
	struct bpf_object *obj;
	int procs, conns, counts, cgroups, told; /* map descriptors, the object's */
	struct lpb_slot *slots;			 /* LPB_SLOTS, which the kernel writes to as well */
	struct ring_buffer *ring;
	struct lpb_backlog backlog;
	struct bpf_link *tree[LPB_TREE];
	struct bpf_link *sockets[LPB_SOCKETS];
	enum lpb_sockets by;
	char missing[256], how[96];
	struct lpb_attach attach;
	struct lpb_stops stops;
	struct lpb_keeper keeper;
	struct lpb_stats stats;
	struct lpb_cgroup_place *places; /* n_places control groups in scope */
	size_t n_places;
	pid_t not_ours[LPB_REFUSED_MAX]; /* whose libraries were asked for without the right to */
	uint64_t places_ns;		 /* when they were looked at */
	uint64_t boot_to_real;		 /* added to CLOCK_MONOTONIC gives CLOCK_REALTIME */
	bool everyone;
	const struct lpb_way *way;
};

/*
 * Loads and tries out the best way that this kernel and these rights give, and attaches what sees
 * sockets. 0 or -errno; then nothing is loaded.
 */
LP_MUST_USE int lpb_load_best(struct lpb_probe *p, const struct lpb_config *config);
/* Attaches what follows processes: all of it, or none and -errno. */
LP_MUST_USE int lpb_attach_tree(struct lpb_probe *p);
/* Takes the object away; nothing of it may be attached any more. Harmless when there is none. */
void lpb_unload(struct lpb_probe *p);
/* Of one of the object's maps, borrowed; or -ENOENT. */
int lpb_map_fd(const struct lpb_probe *p, const char *name);

#endif
