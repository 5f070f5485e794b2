/* SPDX-License-Identifier: MIT */
#include "follow_points.h"

#include <string.h>
#include <unistd.h>

#include "elf/elf_file.h"
#include "elf/go_table.h"
#include "elf/insn.h"
#include "ebpf/probe_abi.h"
#include "ebpf/scan.h"
#include "mapping.h"

/* --- places ----------------------------------------------------------------------------------- */

static const enum lp_point_kind kind_of[LPB_PROGS] = {
	[LPB_TLS_OUT_COUNT] = LP_POINT_C_OUT_COUNT, [LPB_TLS_OUT_DONE] = LP_POINT_C_OUT_DONE,
	[LPB_TLS_IN_COUNT] = LP_POINT_C_IN_COUNT,   [LPB_TLS_IN_DONE] = LP_POINT_C_IN_DONE,
	[LPB_TLS_FREE] = LP_POINT_C_FREE,	    [LPB_GO_WRITE] = LP_POINT_GO_WRITE,
	[LPB_GO_READ] = LP_POINT_GO_READ,	    [LPB_GO_READ_RETURN] = LP_POINT_GO_READ_RETURN,
	[LPB_GO_READ_COPY] = LP_POINT_GO_READ_COPY, [LPB_GO_CLOSE] = LP_POINT_GO_CLOSE,
};

/* False when the instruction there is none that can be carried out in the program's place. */
static bool add(struct lp_program *p, const struct lp_elf *e, enum lp_point_kind kind, uint64_t off,
		uint64_t cookie)
{
	struct lp_point *at = &p->at[p->n];

	for (unsigned i = 0; i < p->n; i++)
		if (p->at[i].off == off)
			return true; /* two names of one function */
	if (p->n == LP_POINTS_MAX || off >= e->size ||
	    !lp_step_decode(e->image + off, e->size - off, &at->step))
		return false;
	at->kind = kind;
	at->off = off;
	at->byte = e->image[off];
	at->outer = cookie & LPB_COOKIE_GO_OUTER;
	at->frame = LPB_COOKIE_FRAME(cookie);
	p->n++;
	return true;
}

/*
 * Of a Go function that begins with a push and a move between registers the latter: its arguments
 * are in registers, and a move is carried out without writing into the program's memory.
 */
static uint64_t behind_push(const struct lp_elf *e, uint64_t off)
{
	struct lp_step push, next;

	if (off < e->size && lp_step_decode(e->image + off, e->size - off, &push) &&
	    push.kind == LP_STEP_PUSH &&
	    lp_step_decode(e->image + off + push.len, e->size - off - push.len, &next) &&
	    next.kind == LP_STEP_MOV)
		off += push.len;
	return off;
}

/* The TLS functions, or none of them: half a conversation is worth nothing. */
static void add_tls(struct lp_program *p, const struct lp_elf *e, const struct lpb_points *ps)
{
	unsigned before = p->n;

	for (unsigned i = 0; i < ps->n; i++) {
		enum lp_point_kind kind = kind_of[ps->at[i].prog];
		/* What is cheap for the kernel may lie behind moves of arguments. */
		uint64_t off = ps->at[i].start ? ps->at[i].start : ps->at[i].off;

		if (lpb_other_way(ps, ps->at[i].prog, true))
			continue;
		if (kind == LP_POINT_GO_WRITE)
			off = behind_push(e, off);
		if (!kind || add(p, e, kind, off, ps->at[i].cookie) || kind == LP_POINT_C_FREE ||
		    kind == LP_POINT_GO_CLOSE)
			continue;
		p->n = before;
		p->kind = LP_PROGRAM_REFUSED;
		p->why = "its TLS functions do not begin as expected";
		return;
	}
	if (ps->refused) {
		p->n = before;
		p->kind = LP_PROGRAM_REFUSED;
		p->why = ps->refused;
	} else if (p->n > before) {
		p->kind = LP_PROGRAM_TLS;
		p->what = ps->what;
	}
}

/* --- Go --------------------------------------------------------------------------------------- */

/* Linked only into programs that call them: debuggers. */
static const char *const go_tracers[] = {
	"syscall.ptrace",
	"syscall.ptracePtr",
	"syscall.PtraceAttach",
	"syscall.PtraceCont",
	"syscall.PtraceSyscall",
	"golang.org/x/sys/unix.ptrace",
	"golang.org/x/sys/unix.ptracePtr",
	"golang.org/x/sys/unix.PtraceAttach",
	"golang.org/x/sys/unix.PtraceSeize",
	"golang.org/x/sys/unix.PtraceCont",
};

static void add_go_start(struct lp_program *p, const struct lp_elf *e, enum lp_point_kind kind,
			 uint64_t va)
{
	struct lp_span code = lp_elf_from(e, va);
	uint64_t off;
	size_t behind;

	if (va && lp_insn_go_entry((const unsigned char *)code.ptr, code.len, &behind) &&
	    lp_elf_off_of(e, va + behind, &off))
		(void)add(p, e, kind, off, 0);
}

/*
 * Sockets, for plain HTTP; or none of it. By whatever protocol, net's connections are of one kind.
 */
static void add_go_plain(struct lp_program *p, const struct lp_elf *e, const struct lp_go_table *t)
{
	enum { CONNECT, WRITE, READ, CLOSE, FUNCS };
	static const enum lp_point_kind kinds[FUNCS] = {
		LP_POINT_GO_CONNECT, LP_POINT_GO_PLAIN_WRITE, LP_POINT_GO_PLAIN_READ,
		LP_POINT_GO_PLAIN_CLOSE};
	struct lp_go_func f[FUNCS] = {[CONNECT] = {.name = "net.(*netFD).connect"},
				      [WRITE] = {.name = "net.(*conn).Write"},
				      [READ] = {.name = "net.(*conn).Read"},
				      [CLOSE] = {.name = "net.(*conn).Close"}};
	unsigned before = p->n, wanted = before + FUNCS;
	uint64_t off;

	(void)lp_go_functions(t, f, FUNCS);
	for (unsigned i = 0; i < FUNCS; i++)
		add_go_start(p, e, kinds[i], f[i].va);
	for (unsigned i = 0; i < f[READ].n_rets; i++, wanted++)
		if (lp_elf_off_of(e, f[READ].rets[i], &off))
			(void)add(p, e, LP_POINT_GO_PLAIN_READ_RETURN, off, 0);
	if (p->n != wanted || !f[READ].n_rets)
		p->n = before;
}

/* False: not a Go program. */
static bool scan_go(struct lp_program *p, const struct lp_elf *e)
{
	struct lp_go_func f[2 + LP_ARRAY_LEN(go_tracers)] = {
		{.name = "syscall.forkExec"},
		{.name = "syscall.Exec"},
	};
	struct lpb_points ps = {0};
	struct lp_go_table t;
	int err = lp_go_table_init(&t, e);

	if (err) {
		lpb_scan_go(&ps, e);
		if (!ps.refused)
			return false;
		p->kind = LP_PROGRAM_REFUSED;
		p->why = ps.refused;
		return true;
	}
	for (unsigned i = 0; i < LP_ARRAY_LEN(go_tracers); i++)
		f[2 + i].name = go_tracers[i];
	lp_go_functions(&t, f, LP_ARRAY_LEN(f));
	for (unsigned i = 0; i < LP_ARRAY_LEN(go_tracers); i++) {
		if (f[2 + i].va) {
			p->kind = LP_PROGRAM_TRACER;
			return true;
		}
	}
	p->kind = LP_PROGRAM_QUIET;
	p->what = "Go";
	lpb_scan_go(&ps, e);
	add_tls(p, e, &ps);
	add_go_start(p, e, LP_POINT_GO_START, f[0].va);
	add_go_start(p, e, LP_POINT_GO_REPLACE, f[1].va);
	if (p->kind == LP_PROGRAM_TLS)
		add_go_plain(p, e, &t);
	return true;
}

/* --- C ---------------------------------------------------------------------------------------- */

#define SYS_PTRACE_NR	  101
#define SYSCALL_NEAR	  24 /* bytes between the number and the instruction */
#define SYSCALL_INSN_SIZE 2

/*
 * Does the code make the system call ptrace? A C library's wrapper is linked in only where it is
 * called:  mov $101, %eax … syscall
 */
static bool makes_ptrace(const struct lp_elf *e)
{
	static const unsigned char number[] = {0xb8, SYS_PTRACE_NR, 0, 0, 0};

	for (unsigned i = 0; i < e->n_loads; i++) {
		const struct lp_elf_load *l = &e->loads[i];
		const unsigned char *p = e->image + l->off, *end = p + l->filesz;

		if (!(l->flags & PF_X))
			continue;
		while ((p = memmem(p, (size_t)(end - p), number, sizeof(number)))) {
			p += sizeof(number);
			for (const unsigned char *q = p;
			     q < p + SYSCALL_NEAR && end - q >= SYSCALL_INSN_SIZE; q++)
				if (q[0] == 0x0f && q[1] == 0x05)
					return true;
		}
	}
	return false;
}

static void scan_c(struct lp_program *p, const struct lp_elf *e)
{
	struct lpb_points ps = {0};

	if (makes_ptrace(e)) {
		p->kind = LP_PROGRAM_TRACER;
		return;
	}
	p->kind = LP_PROGRAM_UNKNOWN;
	lpb_scan_c(&ps, e);
	add_tls(p, e, &ps);
}

/* The first; bytes of another instruction that are the same will do. */
static uint64_t find_call(const struct lp_elf *e)
{
	static const unsigned char insn[SYSCALL_INSN_SIZE] = {0x0f, 0x05};

	for (unsigned i = 0; i < e->n_loads; i++) {
		const struct lp_elf_load *l = &e->loads[i];
		const unsigned char *p = e->image + l->off, *at;

		at = l->flags & PF_X ? memmem(p, l->filesz, insn, sizeof(insn)) : NULL;
		if (at)
			return (uint64_t)(at - e->image);
	}
	return 0;
}

void lp_program_scan(struct lp_program *p, const void *image, size_t size)
{
	struct lp_elf e;

	*p = (struct lp_program){.kind = LP_PROGRAM_FOREIGN};
	if (lp_elf_init(&e, image, size) || !e.readable || e.machine != EM_X86_64)
		return;
	p->loader = e.interp.len > 0;
	p->call = find_call(&e);
	if (scan_go(p, &e))
		return;
	if (p->loader)
		p->kind = LP_PROGRAM_DYNAMIC;
	else
		scan_c(p, &e);
}

/* --- what was found before -------------------------------------------------------------------- */

static void scan(void *ctx, const void *image, size_t size)
{
	lp_program_scan(ctx, image, size);
}

const struct lp_program *lp_program_of(struct lp_programs *known, int fd)
{
	struct stat st;
	unsigned i;

	if (fstat(fd, &st))
		return NULL;
	for (i = 0; i < LP_PROGRAMS_KEPT; i++)
		if (known->v[i].size == st.st_size && known->v[i].dev == st.st_dev &&
		    known->v[i].ino == st.st_ino &&
		    known->v[i].written.tv_sec == st.st_mtim.tv_sec &&
		    known->v[i].written.tv_nsec == st.st_mtim.tv_nsec)
			return &known->v[i].program;
	i = known->next++ % LP_PROGRAMS_KEPT;
	known->v[i].size = 0;
	if (lpb_with_image(fd, scan, &known->v[i].program))
		return NULL;
	known->v[i].dev = st.st_dev;
	known->v[i].ino = st.st_ino;
	known->v[i].size = st.st_size;
	known->v[i].written = st.st_mtim;
	return &known->v[i].program;
}

const struct lp_program *lp_program_in(struct lp_programs *known, pid_t pid, const char *name,
				       uint64_t *inode)
{
	const struct lp_program *program = NULL;
	struct lpb_mappings walk;
	struct lpb_mapping map;

	if (lpb_mappings_open(&walk, pid))
		return NULL;
	while (!program && lpb_mappings_next(&walk, &map)) {
		const char *slash;
		int fd;

		if (!map.code)
			continue;
		slash = strrchr(map.path, '/');
		if (!slash || strcmp(slash + 1, name) != 0)
			continue;
		fd = lpb_mapping_open(pid, &map);
		if (fd < 0)
			continue;
		program = lp_program_of(known, fd);
		*inode = map.ino;
		close(fd);
	}
	lpb_mappings_close(&walk);
	return program;
}
