/* SPDX-License-Identifier: MIT */
#include "probe_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "mapping.h"
#include "parents.h"
#include "rights.h"

#define PLACES_NS 50000000u /* between two looks at the control groups in scope */

static uint64_t now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static int silent(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

/* --- files of a process ----------------------------------------------------------------------- */

static void refuse(struct lpb_probe *p, pid_t pid, const char *path, const char *why, bool covered)
{
	if (p->ops->refused)
		p->ops->refused(p->ctx, pid, path, why, covered);
}

/* Whether it is for want of descriptors: any other failure to open is the process's end. */
static bool too_many_open(int err)
{
	return err == -EMFILE || err == -ENFILE;
}

static void probe_file(struct lpb_probe *p, pid_t pid, const char *path, int fd)
{
	struct lpb_points points;
	int err = lpb_attach_file(&p->attach, fd, pid, &points);
	const char *refused = points.refused;
	bool covered = points.covered;

	/* -EINVAL: no regular file, so no library. */
	if (err && err != -EINVAL) {
		refused = err == -ENOSPC ? "too many different files" : strerror(-err);
		covered = false;
	}
	if (refused)
		refuse(p, pid, path, refused, covered);
	else if (points.n && p->ops->probed)
		p->ops->probed(p->ctx, path, points.what);
}

static bool no_right(int err)
{
	return err == -EACCES || err == -EPERM;
}

/* Mostly said once for each; threads of the kernel have no libraries, and no arguments. */
static void not_ours(struct lpb_probe *p, pid_t pid)
{
	pid_t *last = &p->not_ours[(unsigned)pid % LPB_REFUSED_MAX];
	char name[32], one;
	int fd;

	if (*last == pid)
		return;
	*last = pid;
	snprintf(name, sizeof(name), "/proc/%d/cmdline", (int)pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (read(fd, &one, sizeof(one)) > 0)
		refuse(p, pid, LPB_NOT_OURS, LPB_NO_RIGHT, true);
	close(fd);
}

/* Probes what the process has mapped to execute. */
static int probe_process(struct lpb_probe *p, pid_t pid)
{
	struct lpb_mapping m, last = {0};
	struct lpb_mappings walk;
	bool denied = false;
	int err = lpb_mappings_open(&walk, pid);

	if (too_many_open(err))
		refuse(p, pid, "its program and libraries", strerror(-err), false);
	if (no_right(err))
		not_ours(p, pid);
	if (err)
		return err;
	while (lpb_mappings_next(&walk, &m)) {
		int fd;

		if (!m.code || m.path[0] != '/')
			continue;
		/* A file's mappings follow one another. */
		if (m.ino == last.ino && m.major == last.major && m.minor == last.minor)
			continue;
		last = m;
		fd = lpb_mapping_open(pid, &m);
		if (too_many_open(fd))
			refuse(p, pid, m.path, strerror(-fd), false);
		denied |= no_right(fd);
		if (fd < 0)
			continue;
		probe_file(p, pid, m.path, fd);
		close(fd);
	}
	lpb_mappings_close(&walk);
	if (denied)
		not_ours(p, pid);
	return 0;
}

/* --- the ring --------------------------------------------------------------------------------- */

/* It has mapped something new, and is held until that is probed, or not. */
static void mapped(struct lpb_probe *p, const struct lpb_rec *r)
{
	pid_t pid = (pid_t)r->tgid;

	lpb_attach_reserve(&p->attach, pid, r->flags & LPB_RECF_STOPPED);
	(void)probe_process(p, pid);
	lpb_attach_settle(&p->attach, pid);
	if (!(r->flags & LPB_RECF_STOPPED))
		return;
	lpb_keeper_continue(&p->stops, r->tgid, (uint32_t)r->conn);
	p->stats.stops++;
}

/* Makes room in the ring; the rest has time. */
static int take(void *ctx, void *data, size_t size)
{
	struct lpb_probe *p = ctx;
	const struct lpb_rec *r = data;

	if (size < sizeof(*r) || r->kept > size - sizeof(*r))
		return 0;
	if (lpb_backlog_put(&p->backlog, r)) {
		p->stats.ring_full++;
		if (r->flags & LPB_RECF_STOPPED)
			lpb_keeper_continue(&p->stops, r->tgid, (uint32_t)r->conn);
	}
	/* Any error ends it. */
	return lpb_backlog_has_room(&p->backlog) ? 0 : -ENOBUFS;
}

static int drain(struct lpb_probe *p)
{
	int err = 0;

	if (lpb_backlog_has_room(&p->backlog))
		err = ring_buffer__consume(p->ring);
	return err < 0 && err != -ENOBUFS ? err : 0;
}

static void handle(struct lpb_probe *p, const struct lpb_rec *r)
{
	pid_t pid = (pid_t)r->tgid;

	p->stats.records++;
	switch (r->kind) {
	case LPB_REC_DATA: {
		struct lpb_data d = {
			.pid = pid,
			.conn = r->conn,
			.time_ns = r->time_ns + p->boot_to_real,
			.out = r->dir == LPB_OUT,
			.off_out = r->off[LPB_OUT],
			.off_in = r->off[LPB_IN],
			.covered = r->flags & LPB_RECF_SHIM,
			.plain = r->flags & LPB_RECF_PLAIN,
			.frame = r->flags & LPB_RECF_FRAME,
			.loose = r->flags & LPB_RECF_LOOSE,
			.bytes = lp_span_of((const char *)(r + 1), r->kept),
		};

		p->stats.bytes += r->kept;
		p->ops->data(p->ctx, &d);
		break;
	}
	case LPB_REC_CLOSE:
		p->ops->closed(p->ctx, pid, r->conn, r->off[LPB_OUT], r->off[LPB_IN],
			       r->flags & LPB_RECF_LOOSE);
		break;
	case LPB_REC_EXEC:
		p->ops->exec(p->ctx, pid, r->flags & LPB_RECF_STOPPED, r->time_ns);
		mapped(p, r);
		break;
	case LPB_REC_MAPS:
		mapped(p, r);
		break;
	case LPB_REC_EXIT:
		p->ops->exited(p->ctx, pid);
		break;
	case LPB_REC_CSM:
		if (p->ops->csm)
			p->ops->csm(p->ctx, pid, lp_span_of((const char *)(r + 1), r->kept),
				    r->time_ns + p->boot_to_real);
		break;
	case LPB_REC_HELLO: {
		const struct lpb_hello h = {
			.pid = pid,
			.conn = r->conn,
			.time_ns = r->time_ns + p->boot_to_real,
			.start = r->flags & LPB_RECF_START,
			.more = r->flags & LPB_RECF_MORE,
			.port = r->port,
			.address = r->peer,
			.bytes = lp_span_of((const char *)(r + 1), r->kept),
		};

		if (p->ops->hello)
			p->ops->hello(p->ctx, &h);
		break;
	}
	case LPB_REC_LOGIN:
		p->stats.bytes += r->kept;
		if (p->ops->login)
			p->ops->login(p->ctx, pid, r->conn,
				      lp_span_of((const char *)(r + 1), r->kept),
				      r->flags & LPB_RECF_SHIM, r->time_ns + p->boot_to_real);
		break;
	default:
		break;
	}
}

int lpb_fd(const struct lpb_probe *p)
{
	return ring_buffer__epoll_fd(p->ring);
}

/* Everybody is in scope: what runs already is probed now, the rest when it starts. */
static void probe_running(struct lpb_probe *p)
{
	DIR *proc = opendir("/proc");
	const struct dirent *d;

	while (proc && (d = readdir(proc))) {
		pid_t pid = (pid_t)strtol(d->d_name, NULL, 10);

		if (pid > 0)
			(void)probe_process(p, pid);
	}
	if (proc)
		closedir(proc);
}

/* --- open and close --------------------------------------------------------------------------- */

int lpb_open(struct lpb_probe **out, const struct lpb_config *config, const struct lpb_ops *ops,
	     void *ctx, char *why, size_t why_size)
{
	struct lpb_probe *p = calloc(1, sizeof(*p));
	const char *what = "no memory";
	int err = -ENOMEM;

	*out = NULL;
	if (!p)
		goto out;
	p->ops = ops;
	p->ctx = ctx;
	p->keeper.pid = -1;
	lpb_backlog_init(&p->backlog);
	p->boot_to_real = now(CLOCK_REALTIME) - now(CLOCK_MONOTONIC);
	libbpf_set_print(silent);
	what = "cannot load the eBPF programs";
	err = lpb_load_best(p, config);
	if (err)
		goto out;
	what = "cannot read the eBPF ring";
	p->ring = ring_buffer__new(lpb_map_fd(p, "ring"), take, p, NULL);
	if (!p->ring) {
		err = -errno;
		goto out;
	}
	if (config->gate || p->way->scoped) {
		what = "cannot start the process that watches over stopped ones";
		err = lpb_parents_fill(lpb_map_fd(p, "parents"));
		if (!err)
			err = lpb_keeper_start(&p->keeper, &p->stops, config->others);
		if (err)
			goto out;
	}
	what = "cannot follow processes";
	err = lpb_attach_tree(p);
	if (err)
		goto out;
	if (config->others && !p->missing[0] && !lpb_rights_others())
		snprintf(p->missing, sizeof(p->missing),
			 "TLS of other users' programs is not seen: that takes CAP_SYS_PTRACE");
	if (config->everyone)
		probe_running(p);
	*out = p;
	return 0;
out:
	lpb_rights_explain(why, why_size, what, err);
	lpb_close(p);
	return err;
}

static int follow(struct lpb_probe *p, pid_t pid, uint32_t flags)
{
	uint32_t key = (uint32_t)pid;
	bool self = pid == getpid(); /* who only forks, and whose child runs something else */
	int err;

	/* Before it is in scope, so that each child that is, too, is told of. */
	if (!self)
		lpb_attach_reserve(&p->attach, pid, true);
	err = bpf_map_update_elem(p->procs, &key, &flags, BPF_ANY);
	if (!err && !self)
		err = probe_process(p, pid);
	lpb_attach_settle(&p->attach, pid);
	return err;
}

int lpb_follow(struct lpb_probe *p, pid_t pid)
{
	return follow(p, pid, 0);
}

static bool in_procs(const struct lpb_probe *p, pid_t pid)
{
	uint32_t key = (uint32_t)pid, flags;

	return bpf_map_lookup_elem(p->procs, &key, &flags) == 0;
}

/* Follows the processes whose parent is `root` or followed already. How many, or -errno. */
static int follow_children(struct lpb_probe *p, pid_t root)
{
	DIR *proc = opendir("/proc");
	const struct dirent *d;
	int n = 0;

	if (!proc)
		return -errno;
	while ((d = readdir(proc))) {
		pid_t pid = (pid_t)strtol(d->d_name, NULL, 10), parent;
		char state;

		if (pid <= 0 || pid == root || in_procs(p, pid))
			continue;
		parent = lpb_proc_parent(pid, &state);
		if (parent <= 0 || (parent != root && !in_procs(p, parent)))
			continue;
		/* It may be gone already; then so is its entry when the kernel says so. */
		if (lpb_follow(p, pid) && kill(pid, 0) && errno == ESRCH)
			lpb_leave(p, pid);
		else
			n++;
	}
	closedir(proc);
	return n;
}

int lpb_follow_descendants(struct lpb_probe *p, pid_t pid)
{
	int sum = 0, n;

	/* Children of what is followed come by themselves, so this ends. */
	do {
		n = follow_children(p, pid);
		sum += n;
	} while (n > 0);
	return n < 0 ? n : sum;
}

static void in_cgroup(void *ctx, pid_t pid)
{
	struct lpb_probe *p = ctx;

	/* It may be gone already; its entry then is, too, or is when the kernel says so. */
	if (follow(p, pid, LPB_PROC_CGROUP) && kill(pid, 0) && errno == ESRCH)
		lpb_leave(p, pid);
}

/* First the kernel, so that nobody slips in between. */
static int enter_cgroup(struct lpb_probe *p, const struct lpb_cgroup_place *place)
{
	struct lpb_cgroup key = {.id = place->id, .hierarchy = place->hierarchy};
	struct lpb_cgroup any = {.hierarchy = place->hierarchy};
	uint32_t one = 1;

	if (bpf_map_update_elem(p->cgroups, &key, &one, BPF_ANY) ||
	    bpf_map_update_elem(p->cgroups, &any, &one, BPF_ANY))
		return -ENOSPC;
	return lpb_cgroup_each(place->path, in_cgroup, p);
}

/*
 * A service or container that is started anew has a control group of the same name, which the
 * kernel does not take for the one that was in scope.
 */
static void renew_places(struct lpb_probe *p)
{
	uint64_t ns = now(CLOCK_MONOTONIC);

	if (ns - p->places_ns < PLACES_NS)
		return;
	p->places_ns = ns;
	for (struct lpb_cgroup_place *at = p->places; at < p->places + p->n_places; at++) {
		struct lpb_cgroup key = {.id = at->id, .hierarchy = at->hierarchy};

		if (!lpb_cgroup_renewed(at))
			continue;
		bpf_map_delete_elem(p->cgroups, &key);
		(void)enter_cgroup(p, at); /* there is room; it may be gone once more */
	}
}

int lpb_follow_cgroup(struct lpb_probe *p, const char *name, bool container, char *why,
		      size_t why_size)
{
	struct lpb_cgroup_place *place = realloc(p->places, (p->n_places + 1) * sizeof(*p->places));
	int err;

	snprintf(why, why_size, "no memory");
	if (!place)
		return -ENOMEM;
	p->places = place;
	place += p->n_places;
	err = container ? lpb_cgroup_of_container(name, place, why, why_size)
			: lpb_cgroup_find(name, place, why, why_size);
	if (err)
		return err;
	err = enter_cgroup(p, place);
	if (err)
		snprintf(why, why_size, "%s",
			 err == -ENOSPC ? "too many control groups" : strerror(-err));
	else
		p->n_places++;
	return err;
}

#define DRAIN_EVERY 16 /* records; handling these takes less time than filling the ring does */

int lpb_poll(struct lpb_probe *p)
{
	int n = 0, err = 0;

	renew_places(p);
	while (n < LPB_POLL_MAX) {
		bool drains = n % DRAIN_EVERY == 0 || !lpb_backlog_first(&p->backlog);

		if (drains)
			err = drain(p);
		if (!lpb_backlog_first(&p->backlog))
			break;
		if (drains && p->ops->drained)
			p->ops->drained(p->ctx);
		handle(p, lpb_backlog_first(&p->backlog));
		lpb_backlog_drop(&p->backlog);
		n++;
	}
	return err ? err : n;
}

void lpb_leave(struct lpb_probe *p, pid_t pid)
{
	uint32_t key = (uint32_t)pid;

	bpf_map_delete_elem(p->procs, &key);
}

void lpb_has_shim(struct lpb_probe *p, pid_t pid, bool has)
{
	const struct lpb_told told = {.shims = 1};
	uint32_t key = (uint32_t)pid, flags = 0, zero = 0;

	if (has)
		bpf_map_update_elem(p->told, &zero, &told, BPF_ANY);
	(void)bpf_map_lookup_elem(p->procs, &key, &flags);
	flags = has ? flags | LPB_PROC_SHIM : flags & ~LPB_PROC_SHIM;
	/* With everyone in scope a process has no entry until there is something to say about it.
	 */
	bpf_map_update_elem(p->procs, &key, &flags, p->everyone ? BPF_ANY : BPF_EXIST);
}

bool lpb_holds(struct lpb_probe *p, pid_t pid)
{
	uint32_t times;

	return lpb_keeper_holds(&p->stops, (uint32_t)pid, &times) ||
	       lpb_keeper_others_hold((uint32_t)pid);
}

static bool is_in(const struct lpb_slot *slot, const struct lpb_conn_key *key)
{
	return __atomic_load_n(&slot->key.conn, __ATOMIC_ACQUIRE) == key->conn &&
	       __atomic_load_n(&slot->key.tgid, __ATOMIC_ACQUIRE) == key->tgid;
}

void lpb_mute(struct lpb_probe *p, pid_t pid, uint64_t conn)
{
	struct lpb_conn_key key = {.conn = conn, .tgid = (uint32_t)pid};
	struct lpb_slot *slot = p->slots ? &p->slots[lpb_slot_of(&key)] : NULL;
	struct lpb_conn_state st;
	int fd = p->conns;

	if (slot && is_in(slot, &key)) {
		__atomic_store_n(&slot->state.mute, 1, __ATOMIC_SEQ_CST);
		if (!is_in(slot, &key)) /* another's by now */
			__atomic_store_n(&slot->state.mute, 0, __ATOMIC_SEQ_CST);
		return;
	}
	if (bpf_map_lookup_elem(fd, &key, &st))
		return;
	st.mute = 1;
	bpf_map_update_elem(fd, &key, &st, BPF_EXIST);
}

void lpb_stats(struct lpb_probe *p, struct lpb_stats *s)
{
	int n = libbpf_num_possible_cpus(), fd = p->counts;
	uint64_t sum[LPB_COUNTS] = {0}, *each = n > 0 ? calloc((size_t)n, sizeof(*each)) : NULL;

	for (uint32_t k = 0; each && k < LPB_COUNTS; k++) {
		if (bpf_map_lookup_elem(fd, &k, each))
			continue;
		for (int i = 0; i < n; i++)
			sum[k] += each[i];
	}
	free(each);
	*s = p->stats;
	s->ring_full += sum[LPB_COUNT_RING_FULL];
	s->faults = sum[LPB_COUNT_FAULT];
	s->calls_full = sum[LPB_COUNT_CALLS_FULL];
	s->files = p->attach.n_files;
	s->points = p->attach.points;
}

const char *lpb_missing(const struct lpb_probe *p)
{
	return p->missing[0] ? p->missing : NULL;
}

void lpb_drop_rights(const struct lpb_probe *p)
{
	lpb_rights_drop(!p->way->multi);
}

const char *lpb_how(const struct lpb_probe *p)
{
	return p->how;
}

void lpb_close(struct lpb_probe *p)
{
	if (!p)
		return;
	for (unsigned i = 0; i < LPB_TREE; i++)
		bpf_link__destroy(p->tree[i]);
	for (unsigned i = 0; i < LPB_SOCKETS; i++)
		bpf_link__destroy(p->sockets[i]);
	lpb_attach_detach(&p->attach);
	if (p->obj)
		lpb_keeper_release(&p->stops);
	lpb_keeper_stop(&p->keeper);
	ring_buffer__free(p->ring);
	lpb_backlog_fini(&p->backlog);
	lpb_unload(p);
	free(p->places);
	free(p);
}
