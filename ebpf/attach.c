/* SPDX-License-Identifier: MIT */
#include "attach.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>

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
	[LPB_GO_WRITE] = "go_moved",
	[LPB_GO_READ] = "go_read",
	[LPB_GO_READ_RETURN] = "go_read_return",
	[LPB_GO_READ_COPY] = "go_moved",
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
	a->owners = a->own_files = -1;
	for (unsigned i = 0; i < LPB_PROGS; i++) {
		a->progs[i] = bpf_object__find_program_by_name(obj, lpb_prog_names[i]);
		if (!a->progs[i])
			return -ENOENT;
	}
	a->files = calloc(LPB_FILES_MAX, sizeof(*a->files));
	return a->files ? 0 : -ENOMEM;
}

struct closing {
	struct lpb_link *links;
	unsigned n;
	atomic_uint next;
};

static void *close_next(void *arg)
{
	struct closing *c = arg;
	unsigned i;

	while ((i = atomic_fetch_add(&c->next, 1)) < c->n) {
		if (c->links[i].fd >= 0)
			close(c->links[i].fd);
		bpf_link__destroy(c->links[i].perf);
	}
	return NULL;
}

/* All from this one on. */
static void close_links(struct lpb_attach *a, unsigned from)
{
	struct closing c = {.links = a->links + from, .n = a->n_links - from};
	pthread_t threads[CLOSERS];
	unsigned n = 0;

	/* The kernel waits 20 ms for each link it takes away; for many at once it waits once. */
	while (n < CLOSERS && n + 1 < c.n && pthread_create(&threads[n], NULL, close_next, &c) == 0)
		n++;
	close_next(&c);
	while (n)
		pthread_join(threads[--n], NULL);
	a->n_links = from;
}

void lpb_attach_detach(struct lpb_attach *a)
{
	close_links(a, 0);
	memset(a->own, 0, sizeof(a->own));
	a->points = 0;
}

void lpb_attach_fini(struct lpb_attach *a)
{
	lpb_attach_detach(a);
	for (unsigned i = 0; i < a->n_files; i++)
		free(a->files[i].points);
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

static uint32_t bit_of(const struct lpb_attach *a, const struct lpb_owner *own)
{
	return UINT32_C(1) << (own - a->own);
}

static int link_multi(struct lpb_attach *a, enum lpb_prog prog, const char *path,
		      const uint64_t *offs, const uint64_t *cookies, unsigned n,
		      struct lpb_owner *own)
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
	attr.pid = own ? (uint32_t)own->pid : 0;
	attr.multi_flags = lpb_at_return(prog) ? MULTI_RETURN : 0;
	l->fd = (int)syscall(SYS_bpf, CMD_LINK_CREATE, &attr, sizeof(attr));
	if (l->fd < 0)
		return -errno;
	fcntl(l->fd, F_SETFD, FD_CLOEXEC);
	if (own) {
		l->own = bit_of(a, own);
		own->fd = l->fd;
	}
	a->n_links++;
	return 0;
}

int lpb_attach_takes(bool multi, bool session, bool sleepable, bool cookies)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_attach_cookie},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	const uint32_t type = session ? LPB_ATTACH_UPROBE_SESSION : LPB_ATTACH_UPROBE_MULTI;
	const struct bpf_prog_load_opts opts = {
		.sz = sizeof(opts),
		.expected_attach_type = multi ? type : 0,
		.prog_flags = sleepable ? LPB_PROG_SLEEPABLE : 0,
	};
	const uint64_t off = 0;
	struct multi_attr attr;
	int err = 0, prog;

	prog = bpf_prog_load(BPF_PROG_TYPE_KPROBE, "leastpriv", "GPL", insns + !cookies,
			     LP_ARRAY_LEN(insns) - !cookies, &opts);
	if (prog < 0)
		return prog;
	if (multi) {
		memset(&attr, 0, sizeof(attr));
		attr.prog_fd = (uint32_t)prog;
		attr.attach_type = type;
		attr.path = (uintptr_t) "/";
		attr.offsets = (uintptr_t)&off;
		attr.cnt = 1;
		/* Who knows the type of link gets as far as that a folder has no code. */
		if (syscall(SYS_bpf, CMD_LINK_CREATE, &attr, sizeof(attr)) < 0)
			err = errno == EBADF ? 0 : -errno;
	}
	close(prog);
	return err;
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

/* In one process; or (NULL) in everybody who has none of its own in this file, by its number. */
static int attach_in(struct lpb_attach *a, int fd, const struct lpb_points *points,
		     struct lpb_owner *own, uint32_t file)
{
	unsigned from = a->n_links, placed = a->points;
	char path[64];
	int err = 0;

	/* The very file that was read, whatever its name leads to by now. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (unsigned prog = 0; !err && prog < LPB_PROGS; prog++) {
		uint64_t offs[LPB_POINTS_MAX], cookies[LPB_POINTS_MAX];
		unsigned n = 0;

		if (lpb_other_way(points, prog, a->cookies) || !lpb_attach_uses(a->session, prog))
			continue;
		for (unsigned i = 0; i < points->n; i++) {
			if (!is_for(prog, &points->at[i], a->cookies, &cookies[n]))
				continue;
			cookies[n] |= (uint64_t)(own ? LPB_FILE_OWN : file) << 32;
			offs[n++] = place(a, &points->at[i]);
		}
		if (!n)
			continue;
		err = a->multi ? link_multi(a, prog, path, offs, cookies, n, own)
			       : link_perf(a, prog, path, offs, cookies, n);
		a->points += n;
	}
	/* All of them or none: half would be attached twice the next time. */
	if (err) {
		close_links(a, from);
		a->points = placed;
	}
	return err;
}

int lpb_attach_points(struct lpb_attach *a, int fd, const struct lpb_points *points)
{
	return attach_in(a, fd, points, NULL, 0);
}

/* --- probes of one process -------------------------------------------------------------------- */

/* What bpf(BPF_OBJ_GET_INFO_BY_FD) tells of a uprobe_multi link, as in the uapi of Linux 6.8. */
struct multi_info {
	uint32_t type, id, prog_id, pad;
	uint64_t path, offsets, ref_ctr_offsets, cookies;
	uint32_t path_size, count, flags, pid;
};

/*
 * Whether the process is there. Not any more when its number belongs to another one by now, or to
 * another thread of it, which ran a new program.
 */
static bool is_there(const struct lpb_owner *own)
{
	struct multi_info info;
	uint32_t size = sizeof(info);

	memset(&info, 0, sizeof(info));
	return bpf_obj_get_info_by_fd(own->fd, &info, &size) == 0 && info.pid == (uint32_t)own->pid;
}

/* Takes probes away. */
static void retire(struct lpb_attach *a, uint32_t owns)
{
	unsigned kept = 0;

	if (!owns)
		return;
	for (unsigned i = 0; i < a->n_links; i++) {
		struct lpb_link l = a->links[i];

		if (l.own & owns)
			continue;
		a->links[i] = a->links[kept];
		a->links[kept++] = l;
	}
	close_links(a, kept);
	for (unsigned i = 0; i < LPB_OWN_FILES_MAX; i++) {
		struct lpb_owner *own = &a->own[i];
		struct lpb_own_file key = {.tgid = (uint32_t)own->pid, .file = own->file};

		if (!(owns & bit_of(a, own)))
			continue;
		bpf_map_delete_elem(a->own_files, &key);
		*own = (struct lpb_owner){0};
	}
}

/* Those whose process is not there any more, of this file and this process (0: of any). */
static uint32_t ended(const struct lpb_attach *a, uint32_t file, pid_t pid)
{
	uint32_t owns = 0;

	for (unsigned i = 0; i < LPB_OWN_FILES_MAX; i++) {
		const struct lpb_owner *own = &a->own[i];

		if (own->pid && (!file || own->file == file) && (!pid || own->pid == pid) &&
		    !is_there(own))
			owns |= bit_of(a, own);
	}
	return owns;
}

/* Room for one more; NULL: all processes are there. */
static struct lpb_owner *new_own(struct lpb_attach *a)
{
	uint32_t owns;

	for (unsigned i = 0; i < LPB_OWN_FILES_MAX; i++)
		if (!a->own[i].pid)
			return &a->own[i];
	owns = ended(a, 0, 0);
	retire(a, owns);
	return owns ? &a->own[__builtin_ctz(owns)] : NULL;
}

/* In `pid` only. */
static int attach_alone(struct lpb_attach *a, int fd, pid_t pid, const struct lpb_points *points,
			uint32_t file)
{
	struct lpb_owner *own = new_own(a);
	struct lpb_own_file key = {.tgid = (uint32_t)pid, .file = file};
	uint32_t one = 1;
	int err;

	if (!own)
		return -ENOSPC;
	*own = (struct lpb_owner){.pid = pid, .file = file, .fd = -1};
	err = bpf_map_update_elem(a->own_files, &key, &one, BPF_ANY) ? -errno : 0;
	if (!err)
		err = attach_in(a, fd, points, own, 0);
	if (err)
		retire(a, bit_of(a, own));
	return err;
}

int lpb_attach_scoped(struct lpb_attach *a, int owners, int own_files, int fd,
		      const struct lpb_points *points)
{
	int err;

	a->own_files = own_files;
	err = attach_alone(a, fd, getpid(), points, 0);
	if (!err && !is_there(&a->own[0]))
		err = -ENOTSUP;
	retire(a, UINT32_MAX);
	if (!err)
		a->owners = owners;
	return err;
}

void lpb_attach_reserve(struct lpb_attach *a, pid_t pid, bool held)
{
	uint32_t key = (uint32_t)pid, alone = LPB_OWN_ALONE;

	if (a->owners < 0)
		return;
	/* Another thread's by now: these would see it where everybody's are, too. */
	retire(a, ended(a, 0, pid));
	if (held && bpf_map_update_elem(a->owners, &key, &alone, BPF_ANY) == 0)
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
	for (unsigned i = 0; i < LPB_OWN_FILES_MAX; i++) {
		if (a->own[i].pid != pid)
			continue;
		any = true;
		if (a->files[a->own[i].file - 1].points)
			own = LPB_OWN_ALONE;
	}
	/* The kernel took the entry away if they are its no more. */
	if (any)
		bpf_map_update_elem(a->owners, &key, &own, BPF_EXIST);
	else
		bpf_map_delete_elem(a->owners, &key);
}

static uint32_t number_of(const struct lpb_attach *a, const struct lpb_file *f)
{
	return (uint32_t)(f - a->files) + 1;
}

/* Whether this process (0: any) has probes of its own there. */
static bool has_own(const struct lpb_attach *a, uint32_t file, pid_t pid)
{
	for (unsigned i = 0; i < LPB_OWN_FILES_MAX; i++)
		if (a->own[i].file == file && (!pid || a->own[i].pid == pid))
			return true;
	return false;
}

/* The kernel keeps the instructions of old places while they are probed, so no new ones are added.
 */
static int written_to(struct lpb_attach *a, int fd, struct lpb_file *f, struct lpb_points *points)
{
	uint32_t file = number_of(a, f);

	retire(a, ended(a, file, 0));
	if (f->points && !has_own(a, file, 0))
		return lpb_scan_fd(fd, f->points);
	if (f->points)
		f->points->n = 0;
	points->refused = "it was written to while it was watched";
	return 0;
}

/* The first process that uses the file, or another one, while everybody has none there. */
static int attach_another(struct lpb_attach *a, int fd, struct lpb_file *f)
{
	uint32_t file = number_of(a, f);
	struct lpb_points *points = f->points;
	int err;

	if (a->reserved && attach_alone(a, fd, a->reserved, points, file) == 0)
		return 0;
	err = attach_in(a, fd, points, NULL, file);
	free(points);
	f->points = NULL;
	for (unsigned i = 0; i < LPB_OWN_FILES_MAX; i++)
		if (a->own[i].file == file && a->own[i].pid != a->reserved)
			lpb_attach_settle(a, a->own[i].pid);
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

/* Descriptors, memory: not what is wrong with the file itself. */
static bool may_pass(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -ENOMEM;
}

int lpb_attach_file(struct lpb_attach *a, int fd, pid_t pid, struct lpb_points *points)
{
	unsigned before = a->points;
	struct lpb_file *f;
	struct stat st;
	int err;

	*points = (struct lpb_points){0};
	if (fstat(fd, &st))
		return -errno;
	f = find_file(a, &st);
	if (f && f->probed && !f->again && !same_contents(f, &st)) {
		/* Said once per change. */
		f->size = st.st_size;
		f->written = st.st_mtim;
		err = written_to(a, fd, f, points);
		if (err)
			return err;
	}
	if (f && !f->again && same_contents(f, &st)) {
		if (!f->points || has_own(a, number_of(a, f), pid))
			return 0;
		err = attach_another(a, fd, f);
		f->again = may_pass(err);
		a->points = before;
		return err;
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
	/* Most programs use ld.so: its file is everybody's soon, and until then each shell's
	 * children would be held. */
	if (f->probed && a->reserved && !lpb_no_tls(points))
		f->points = malloc(sizeof(*f->points));
	if (f->points) {
		*f->points = *points;
		err = attach_another(a, fd, f);
	} else {
		err = lpb_attach_points(a, fd, points);
	}
	f->again = may_pass(err);
	return err;
}
