/* SPDX-License-Identifier: MIT */
#include "attach.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "probe_abi.h"

const char *const lpb_prog_names[LPB_PROGS] = {
	[LPB_TLS_OUT_COUNT] = "tls_out_count",
	[LPB_TLS_OUT_DONE] = "tls_out_done",
	[LPB_TLS_OUT_IOV] = "tls_out_iov",
	[LPB_TLS_IN_COUNT] = "tls_in_count",
	[LPB_TLS_IN_DONE] = "tls_in_done",
	[LPB_TLS_RETURN] = "tls_return",
	[LPB_TLS_CALL] = "tls_call",
	[LPB_TLS_FREE] = "tls_free",
	[LPB_TLS_READ] = "tls_read",
	[LPB_GO_WRITE] = "go_write",
	[LPB_GO_READ] = "go_read",
	[LPB_GO_READ_RETURN] = "go_read_return",
	[LPB_GO_READ_COPY] = "go_read_copy",
	[LPB_GO_CLOSE] = "go_close",
	[LPB_LD_DEBUG_STATE] = "ld_debug_state",
};

/*
 * bpf(BPF_LINK_CREATE) for many uprobes at once, as in the uapi header of Linux 6.6; the headers
 * and the libbpf of Debian 12 are older.
 */
#define CMD_LINK_CREATE 28
#define MULTI_RETURN	1u

#define CLOSERS 16 /* threads that detach */

struct multi_attr {
	uint32_t prog_fd, target_fd, attach_type, flags;
	uint64_t path, offsets, ref_ctr_offsets, cookies;
	uint32_t cnt, multi_flags, pid, pad;
};

int lpb_attach_init(struct lpb_attach *a, struct bpf_object *obj, bool multi, bool session,
		    bool cookies)
{
	memset(a, 0, sizeof(*a));
	a->multi = multi;
	a->session = session;
	a->cookies = cookies;
	a->owners = -1;
	for (unsigned i = 0; i < LPB_PROGS; i++) {
		a->progs[i] = bpf_object__find_program_by_name(obj, lpb_prog_names[i]);
		if (!a->progs[i])
			return -ENOENT;
	}
	a->files = calloc(LPB_FILES_MAX, sizeof(*a->files));
	return a->files ? 0 : -ENOMEM;
}

struct closing {
	struct lpb_attach *a;
	atomic_uint next;
};

static void *close_links(void *arg)
{
	struct closing *c = arg;
	unsigned i;

	while ((i = atomic_fetch_add(&c->next, 1)) < c->a->n_links) {
		struct lpb_link *l = &c->a->links[i];

		if (l->fd >= 0)
			close(l->fd);
		bpf_link__destroy(l->perf);
	}
	return NULL;
}

void lpb_attach_detach(struct lpb_attach *a)
{
	struct closing c = {.a = a};
	pthread_t threads[CLOSERS];
	unsigned n = 0;

	/* The kernel waits 20 ms for each link it takes away; for many at once it waits once. */
	while (n < CLOSERS && n + 1 < a->n_links &&
	       pthread_create(&threads[n], NULL, close_links, &c) == 0)
		n++;
	close_links(&c);
	while (n)
		pthread_join(threads[--n], NULL);
	a->n_links = 0;
	a->points = 0;
}

void lpb_attach_fini(struct lpb_attach *a)
{
	lpb_attach_detach(a);
	free(a->links);
	free(a->files);
	memset(a, 0, sizeof(*a));
}

/* A free entry of a->links, which counts once n_links is raised; NULL when there is no memory. */
static struct lpb_link *new_link(struct lpb_attach *a)
{
	struct lpb_link *l;

	if (a->n_links == a->room_links) {
		unsigned room = a->room_links ? a->room_links * 2 : 64;

		l = realloc(a->links, room * sizeof(*l));
		if (!l)
			return NULL;
		a->links = l;
		a->room_links = room;
	}
	l = &a->links[a->n_links];
	*l = (struct lpb_link){.fd = -1};
	return l;
}

static int link_multi(struct lpb_attach *a, enum lpb_prog prog, const char *path,
		      const uint64_t *offs, const uint64_t *cookies, unsigned n, pid_t pid)
{
	struct lpb_link *l = new_link(a);
	struct multi_attr attr;

	if (!l)
		return -ENOMEM;
	memset(&attr, 0, sizeof(attr));
	attr.prog_fd = (uint32_t)bpf_program__fd(a->progs[prog]);
	attr.attach_type =
		prog == LPB_TLS_CALL ? LPB_ATTACH_UPROBE_SESSION : LPB_ATTACH_UPROBE_MULTI;
	attr.path = (uintptr_t)path;
	attr.offsets = (uintptr_t)offs;
	attr.cookies = (uintptr_t)cookies;
	attr.cnt = n;
	attr.pid = (uint32_t)pid;
	attr.multi_flags = lpb_at_return(prog) ? MULTI_RETURN : 0;
	l->fd = (int)syscall(SYS_bpf, CMD_LINK_CREATE, &attr, sizeof(attr));
	if (l->fd < 0)
		return -errno;
	fcntl(l->fd, F_SETFD, FD_CLOEXEC);
	a->n_links++;
	return 0;
}

static int link_perf(struct lpb_attach *a, enum lpb_prog prog, const char *path,
		     const uint64_t *offs, const uint64_t *cookies, unsigned n)
{
	struct bpf_uprobe_opts opts = {.sz = sizeof(opts), .retprobe = lpb_at_return(prog)};

	for (unsigned i = 0; i < n; i++) {
		struct lpb_link *l = new_link(a);

		if (!l)
			return -ENOMEM;
		opts.bpf_cookie = a->cookies ? cookies[i] : 0;
		l->perf = bpf_program__attach_uprobe_opts(a->progs[prog], -1, path, offs[i], &opts);
		if (!l->perf)
			return -errno;
		a->n_links++;
	}
	return 0;
}

static uint64_t place(const struct lpb_attach *a, const struct lpb_point *p)
{
	bool needs = p->prog < LPB_TLS_READ ? p->cookie & LPB_COOKIE_ARG4_R8 : p->start;

	return !a->cookies && needs ? p->start : p->off;
}

/* How the program for all C functions is told what this one is. */
static const uint64_t kinds[] = {
	[LPB_TLS_OUT_COUNT] = 0,
	[LPB_TLS_OUT_DONE] = LPB_COOKIE_DONE,
	[LPB_TLS_OUT_IOV] = LPB_COOKIE_IOV,
	[LPB_TLS_IN_COUNT] = LPB_COOKIE_IN,
	[LPB_TLS_IN_DONE] = LPB_COOKIE_IN | LPB_COOKIE_DONE,
};

bool lpb_attach_uses(bool session, enum lpb_prog prog)
{
	return prog > LPB_TLS_CALL || session == (prog == LPB_TLS_CALL);
}

/* Whether a program is for this point; *cookie is what it is told. */
static bool is_for(enum lpb_prog prog, const struct lpb_point *p, bool cookies, uint64_t *cookie)
{
	*cookie = p->cookie;
	if (cookies ? p->spare : p->prog == LPB_TLS_READ)
		return false;
	if (prog != LPB_TLS_CALL)
		return p->prog == prog;
	if (p->prog >= LP_ARRAY_LEN(kinds))
		return false;
	*cookie |= kinds[p->prog];
	return true;
}

/* In one process, or in everybody but `except`, if there is one. */
static int attach_in(struct lpb_attach *a, int fd, const struct lpb_points *points, pid_t pid,
		     pid_t except)
{
	char path[64];

	/* The very file that was read, whatever its name leads to by now. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (unsigned prog = 0; prog < LPB_PROGS; prog++) {
		uint64_t offs[LPB_POINTS_MAX], cookies[LPB_POINTS_MAX];
		unsigned n = 0;
		int err;

		if (lpb_other_way(points, prog, a->cookies) || !lpb_attach_uses(a->session, prog))
			continue;
		for (unsigned i = 0; i < points->n; i++) {
			if (!is_for(prog, &points->at[i], a->cookies, &cookies[n]))
				continue;
			if (except)
				cookies[n] |= (uint64_t)except << 32;
			offs[n++] = place(a, &points->at[i]);
		}
		if (!n)
			continue;
		err = a->multi ? link_multi(a, prog, path, offs, cookies, n, pid)
			       : link_perf(a, prog, path, offs, cookies, n);
		if (err)
			return err;
		a->points += n;
	}
	return 0;
}

int lpb_attach_points(struct lpb_attach *a, int fd, const struct lpb_points *points)
{
	return attach_in(a, fd, points, 0, 0);
}

/* --- probes of one process -------------------------------------------------------------------- */

/* What bpf(BPF_OBJ_GET_INFO_BY_FD) tells of a uprobe_multi link, as in the uapi of Linux 6.8. */
struct multi_info {
	uint32_t type, id, prog_id, pad;
	uint64_t path, offsets, ref_ctr_offsets, cookies;
	uint32_t path_size, count, flags, pid;
};

/*
 * Whether a probe is this process's. Not any more when its number belongs to another one by now, or
 * to another thread of it, which ran a new program.
 */
static bool is_of(const struct lpb_attach *a, unsigned link, pid_t pid)
{
	struct multi_info info;
	uint32_t size = sizeof(info);

	memset(&info, 0, sizeof(info));
	return bpf_obj_get_info_by_fd(a->links[link].fd, &info, &size) == 0 &&
	       info.pid == (uint32_t)pid;
}

int lpb_attach_scoped(struct lpb_attach *a, int owners, int fd, const struct lpb_points *points)
{
	unsigned link = a->n_links;
	int err = attach_in(a, fd, points, getpid(), 0);

	if (!err && !is_of(a, link, getpid()))
		err = -ENOTSUP;
	if (!err)
		a->owners = owners;
	return err;
}

/*
 * Takes probes away whose owner went on as another thread: they are in none of its files any more,
 * but would see it where everybody's are.
 */
static void retire(struct lpb_attach *a, struct lpb_file *f)
{
	while (f->n_links) {
		struct lpb_link *l = &a->links[f->link + --f->n_links];

		close(l->fd);
		l->fd = -1;
	}
}

void lpb_attach_reserve(struct lpb_attach *a, pid_t pid, bool held)
{
	uint32_t key = (uint32_t)pid, own = LPB_OWN_ALONE;

	if (a->owners < 0)
		return;
	for (unsigned i = 0; i < a->n_files; i++) {
		if (a->files[i].owner != pid || is_of(a, a->files[i].link, pid))
			continue;
		retire(a, &a->files[i]);
		/* Everybody's probes of the file may leave out who is noted by this number. */
		bpf_map_delete_elem(a->owners, &key);
		held = false;
	}
	if (held && bpf_map_update_elem(a->owners, &key, &own, BPF_ANY) == 0)
		a->reserved = pid;
}

void lpb_attach_settle(struct lpb_attach *a, pid_t pid)
{
	uint32_t key = (uint32_t)pid, own = LPB_OWN_SHARED;
	bool any = false;

	if (a->owners < 0)
		return;
	if (a->reserved == pid)
		a->reserved = 0;
	for (unsigned i = 0; i < a->n_files; i++) {
		if (a->files[i].owner != pid)
			continue;
		any = true;
		if (!a->files[i].shared)
			own = LPB_OWN_ALONE;
	}
	/* The kernel took the entry away if they are its no more. */
	if (any)
		bpf_map_update_elem(a->owners, &key, &own, BPF_EXIST);
	else
		bpf_map_delete_elem(a->owners, &key);
}

/* Most programs use ld.so, so it is shared soon; until then each shell's children would be held. */
static bool is_loader(const struct lpb_points *points)
{
	for (unsigned i = 0; i < points->n; i++)
		if (points->at[i].prog != LPB_LD_DEBUG_STATE)
			return false;
	return true;
}

static int attach_first(struct lpb_attach *a, int fd, struct lpb_file *f,
			const struct lpb_points *points)
{
	unsigned link = a->n_links, before = a->points;

	f->shared = !a->reserved || is_loader(points);
	if (f->shared)
		return lpb_attach_points(a, fd, points);
	if (attach_in(a, fd, points, a->reserved, 0) == 0) {
		f->owner = a->reserved;
		f->link = link;
		f->n_links = a->n_links - link;
		return 0;
	}
	while (a->n_links > link)
		close(a->links[--a->n_links].fd);
	a->points = before;
	f->shared = true;
	return lpb_attach_points(a, fd, points);
}

/* Another process needs the file of which one had probes alone. */
static int attach_rest(struct lpb_attach *a, int fd, struct lpb_file *f, struct lpb_points *points)
{
	pid_t owner = f->owner;
	unsigned before = a->points;
	int err = lpb_scan_fd(fd, points);

	if (err)
		return err;
	f->shared = true;
	if (!is_of(a, f->link, owner)) {
		f->owner = 0;
		if (kill(owner, 0) == 0)
			retire(a, f);
	}
	err = attach_in(a, fd, points, 0, f->owner);
	a->points = before;
	points->n = 0; /* that was said */
	if (owner != a->reserved)
		lpb_attach_settle(a, owner);
	return err;
}

/* --- files ------------------------------------------------------------------------------------ */

static struct lpb_file *find_file(struct lpb_attach *a, const struct stat *st)
{
	/* The newest first: a program's files are asked for again and again while it starts. */
	for (unsigned i = a->n_files; i-- > 0;)
		if (a->files[i].ino == st->st_ino && a->files[i].dev == st->st_dev)
			return &a->files[i];
	return NULL;
}

/* Room for one more; NULL: all have probes. */
static struct lpb_file *new_file(struct lpb_attach *a)
{
	if (a->n_files < LPB_FILES_MAX)
		return &a->files[a->n_files++];
	for (unsigned i = 0; i < LPB_FILES_MAX; i++) {
		struct lpb_file *f = &a->files[a->next++ % LPB_FILES_MAX];

		if (!f->probed)
			return f;
	}
	return NULL;
}

static bool same_contents(const struct lpb_file *f, const struct stat *st)
{
	return f->size == st->st_size && f->written.tv_sec == st->st_mtim.tv_sec &&
	       f->written.tv_nsec == st->st_mtim.tv_nsec;
}

int lpb_attach_file(struct lpb_attach *a, int fd, pid_t pid, struct lpb_points *points)
{
	struct lpb_file *f;
	struct stat st;
	int err;

	*points = (struct lpb_points){0};
	if (fstat(fd, &st))
		return -errno;
	f = find_file(a, &st);
	if (f && f->probed && !f->shared && (f->owner != pid || !is_of(a, f->link, pid)))
		return attach_rest(a, fd, f, points);
	if (f && same_contents(f, &st))
		return 0;
	if (f && f->probed) {
		/* Once per change. The old places stay probed, so no new ones are added. */
		f->size = st.st_size;
		f->written = st.st_mtim;
		points->refused = "it was written to while it was watched";
		return 0;
	}
	err = lpb_scan_fd(fd, points);
	if (err)
		return err;
	if (!f)
		f = new_file(a);
	if (!f)
		return -ENOSPC;
	*f = (struct lpb_file){
		.dev = st.st_dev,
		.ino = st.st_ino,
		.size = st.st_size,
		.written = st.st_mtim,
		.probed = points->n > 0,
	};
	return attach_first(a, fd, f, points);
}
