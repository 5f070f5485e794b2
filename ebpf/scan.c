/* SPDX-License-Identifier: MIT */
#include "scan.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf/elf_file.h"
#include "elf/go_table.h"
#include "elf/insn.h"
#include "elf/ossl_table.h"
#include "probe_abi.h"

/*
 * Functions that C libraries export. A library with OpenSSL's method tables is probed through those
 * instead (OPENSSL_SYMBOLS): they catch every way in at two places.
 */
enum family { OPENSSL_SYMBOLS, GNUTLS, S2N, FAMILIES };

static const struct {
	const char *name;
	enum family family;
	enum lpb_prog prog;
} exports[] = {
	{"SSL_write", OPENSSL_SYMBOLS, LPB_TLS_OUT_COUNT},
	{"SSL_write_ex", OPENSSL_SYMBOLS, LPB_TLS_OUT_DONE},
	{"SSL_read", OPENSSL_SYMBOLS, LPB_TLS_IN_COUNT},
	{"SSL_read_ex", OPENSSL_SYMBOLS, LPB_TLS_IN_DONE},
	{"SSL_free", OPENSSL_SYMBOLS, LPB_TLS_FREE},
	{"gnutls_record_send", GNUTLS, LPB_TLS_OUT_COUNT},
	{"gnutls_record_send2", GNUTLS, LPB_TLS_OUT_COUNT},
	{"gnutls_record_recv", GNUTLS, LPB_TLS_IN_COUNT},
	{"gnutls_record_recv_seq", GNUTLS, LPB_TLS_IN_COUNT},
	{"gnutls_deinit", GNUTLS, LPB_TLS_FREE},
	{"s2n_send", S2N, LPB_TLS_OUT_COUNT},
	{"s2n_sendv_with_offset", S2N, LPB_TLS_OUT_IOV},
	{"s2n_recv", S2N, LPB_TLS_IN_COUNT},
	{"s2n_connection_wipe", S2N, LPB_TLS_FREE},
	{"s2n_connection_free", S2N, LPB_TLS_FREE},
};

static const struct {
	const char *name;
	uint64_t cookie; /* of a shared library; a program's own functions no preload can see */
} families[FAMILIES] = {
	[OPENSSL_SYMBOLS] = {"OpenSSL's functions", LPB_COOKIE_SHIM},
	[GNUTLS] = {"GnuTLS", LPB_COOKIE_SHIM},
	[S2N] = {"s2n", 0}, /* the shim marks what it sees: not calls without a PLT */
};

/* Of AWS-LC and BoringSSL, by whose ciphers the shim sees what a file with them inside sends. */
static const char ciphers[] = "EVP_aead_aes_128_gcm";

static bool add(struct lpb_points *ps, const struct lp_elf *e, enum lpb_prog prog, uint64_t va)
{
	uint64_t off;

	if (ps->n == LPB_POINTS_MAX || !lp_elf_is_code(e, va) || !lp_elf_off_of(e, va, &off))
		return false;
	ps->at[ps->n++] = (struct lpb_point){.prog = prog, .off = off};
	return true;
}

bool lpb_no_tls(const struct lpb_points *points)
{
	for (unsigned i = 0; i < points->n; i++)
		if (points->at[i].prog != LPB_LD_DEBUG_STATE)
			return false;
	return true;
}

bool lpb_other_way(const struct lpb_points *points, enum lpb_prog prog, bool cookies)
{
	bool copy = false;

	for (unsigned i = 0; cookies && i < points->n; i++)
		copy |= points->at[i].prog == LPB_GO_READ_COPY;
	if (prog == LPB_GO_READ || prog == LPB_GO_READ_RETURN)
		return copy;
	return prog == LPB_GO_READ_COPY && !copy;
}

/* The program of this place looks at the function's fourth argument. */
static bool needs_arg4(enum lpb_prog prog)
{
	return prog == LPB_TLS_OUT_DONE || prog == LPB_TLS_IN_DONE || prog == LPB_TLS_OUT_IOV;
}

static void refuse(struct lpb_points *ps, bool covered, const char *why)
{
	ps->covered = covered && (!ps->refused || ps->covered);
	ps->refused = why;
}

/* Does one of these places tell what is asked for? */
static bool tells_requests(const struct lpb_points *ps)
{
	for (unsigned i = 0; i < ps->n; i++)
		if (ps->at[i].prog == LPB_TLS_OUT_DONE || ps->at[i].prog == LPB_TLS_OUT_COUNT ||
		    ps->at[i].prog == LPB_TLS_OUT_IOV)
			return true;
	return false;
}

/*
 * A C function: its entry, and its return where the outcome matters. False where the kernel sets no
 * breakpoint on it.
 */
static bool add_function(struct lpb_points *ps, const struct lp_elf *e, enum lpb_prog prog,
			 uint64_t va, uint64_t cookie)
{
	struct lp_span code = lp_elf_from(e, va);
	unsigned first = ps->n;
	const unsigned char *p = (const unsigned char *)code.ptr;
	enum lp_insn_arg4 arg4;
	size_t cheap;

	if (!lp_insn_is_function(p, code.len)) {
		refuse(ps, true, "a TLS function whose first bytes are not those of a function");
		return true;
	}
	if (lp_insn_is_padded(p, code.len))
		return false;
	cheap = lp_insn_cheap_entry(p, code.len, &arg4);
	if (needs_arg4(prog) && arg4 == LP_ARG4_LOST)
		cheap = 0;
	else if (needs_arg4(prog) && arg4 == LP_ARG4_R8)
		cookie |= LPB_COOKIE_ARG4_R8;
	if (add(ps, e, prog, va + cheap) && prog != LPB_TLS_FREE)
		(void)add(ps, e, LPB_TLS_RETURN, va + cheap);
	for (; first < ps->n; first++) {
		ps->at[first].cookie = cookie;
		ps->at[first].start = ps->at[first].off - cheap;
	}
	return true;
}

/* OpenSSL's reads at one place, for who is told a cookie, in place of those from `first` on. */
static void add_read(struct lpb_points *ps, const struct lp_elf *e, uint64_t va, uint64_t cookie,
		     unsigned first)
{
	struct lp_span code = lp_elf_from(e, va);
	unsigned end = ps->n;
	struct lp_insn_outcome o;
	int64_t to;
	bool peeks = lp_insn_forwards((const unsigned char *)code.ptr, code.len, &to);

	if (peeks) {
		va += (uint64_t)to;
		code = lp_elf_from(e, va);
	}
	if (!lp_insn_outcome((const unsigned char *)code.ptr, code.len, peeks, &o))
		return;
	cookie |= LPB_COOKIE_REGS(o.conn, o.buf, o.size, o.done, o.peek);
	for (unsigned i = 0; i < LP_ARRAY_LEN(o.at); i++) {
		if (!add(ps, e, LPB_TLS_READ, va + o.at[i])) {
			ps->n = end;
			return;
		}
		ps->at[ps->n - 1].cookie = cookie;
	}
	while (first < end)
		ps->at[first++].spare = true;
}

/* Functions of every family in one library: a shim, ours. It calls the real ones. */
static bool stands_in(const struct lp_elf_want *want)
{
	bool met[FAMILIES] = {false};

	for (unsigned i = 0; i < LP_ARRAY_LEN(exports); i++)
		met[exports[i].family] |= want[i].va != 0;
	return met[OPENSSL_SYMBOLS] && met[GNUTLS] && met[S2N];
}

void lpb_scan_c(struct lpb_points *ps, const struct lp_elf *e)
{
	struct lp_elf_want want[LP_ARRAY_LEN(exports) + 1];
	const struct lp_elf_want *inside = &want[LP_ARRAY_LEN(exports)];
	struct lp_ossl_table t;
	int err = lp_ossl_table_init(&t, e);
	bool library = e->type == ET_DYN && !e->interp.len && e->dynsym.n;
	uint64_t cookie = library ? families[OPENSSL_SYMBOLS].cookie : 0;
	bool all = true;
	unsigned read;

	if (err == 0) {
		all &= add_function(ps, e, LPB_TLS_OUT_DONE, t.write_va, cookie);
		read = ps->n;
		all &= add_function(ps, e, LPB_TLS_IN_DONE, t.read_va, cookie);
		add_read(ps, e, t.read_va, cookie, read);
		all &= add_function(ps, e, LPB_TLS_FREE, t.free_va, cookie);
		ps->what = "OpenSSL";
	}
	for (unsigned i = 0; i < LP_ARRAY_LEN(exports); i++)
		want[i].name = exports[i].name;
	want[LP_ARRAY_LEN(exports)].name = ciphers;
	lp_elf_symbols(e, want, LP_ARRAY_LEN(want));
	if (library && err && stands_in(want))
		return;
	for (unsigned i = 0; i < LP_ARRAY_LEN(exports); i++) {
		if (!want[i].va || (err == 0 && exports[i].family == OPENSSL_SYMBOLS))
			continue;
		cookie = library ? families[exports[i].family].cookie : 0;
		all &= add_function(ps, e, exports[i].prog, want[i].va,
				    inside->va ? LPB_COOKIE_SHIM : cookie);
		ps->what = families[exports[i].family].name;
	}
	/* Without the rest answers are not seen, which say less. */
	if (!all && !tells_requests(ps))
		refuse(ps, true, "TLS functions on which the kernel sets no breakpoint");
	if (err == -EBADMSG && !ps->n)
		refuse(ps, true, "OpenSSL in an order of functions that is not known");
}

static void scan_ld(struct lpb_points *ps, const struct lp_elf *e)
{
	struct lp_elf_want want[] = {{.name = "_dl_debug_state"}, {.name = "_r_debug"}};

	if (e->interp.len || !lp_elf_symbols(e, want, LP_ARRAY_LEN(want)) || !want[0].va ||
	    !add(ps, e, LPB_LD_DEBUG_STATE, want[0].va))
		return;
	/* How far it is from there to what it is in the middle of; musl's loader does not say. */
	if (want[1].va)
		ps->at[ps->n - 1].cookie = want[1].va - want[0].va;
	ps->what = "the dynamic loader";
}

#define GO_COPIES_MAX 3	  /* of crypto/tls in one program */
#define GO_NAME_MAX   288 /* of a function, with its NUL */

/* The ends of a Read, and in their place where it copies. */
static void add_go_read(struct lpb_points *ps, const struct lp_elf *e, const struct lp_go_table *t,
			const struct lp_go_func *read, uint64_t memmove_va, uint64_t cookie)
{
	struct lp_go_copy copy;
	struct lpb_point *p;

	for (unsigned r = 0; r < read->n_rets; r++)
		(void)add(ps, e, LPB_GO_READ_RETURN, read->rets[r]);
	if (!lp_go_find_copy(t, read, memmove_va, &copy) ||
	    !add(ps, e, LPB_GO_READ_COPY, copy.call))
		return;
	p = &ps->at[ps->n - 1];
	p->cookie = cookie | LPB_COOKIE_GO_COPY | LPB_COOKIE_OF_FRAME(copy.frame);
	if (copy.jump) {
		p->start = p->off;
		p->off -= copy.call - copy.jump;
	}
}

/* Functions of crypto/tls, or of a copy of it under another path: their arguments are the same. */
static bool scan_go_tls(struct lpb_points *ps, const struct lp_elf *e, const struct lp_go_table *t,
			struct lp_span package)
{
	static const char *const names[] = {".(*Conn).Write", ".(*Conn).Read", ".(*Conn).Close",
					    ".(*UConn).Write", ".(*UConn).Read"};
	enum { WRITE, READ, CLOSE, OUTER_WRITE, OUTER_READ, CONN_FUNCS, MEMMOVE = CONN_FUNCS };
	static const enum lpb_prog prog[] = {LPB_GO_WRITE, LPB_GO_READ, LPB_GO_CLOSE, LPB_GO_WRITE,
					     LPB_GO_READ};
	struct lp_go_func f[CONN_FUNCS + 1] = {[MEMMOVE] = {.name = "runtime.memmove"}};
	uint64_t at[CONN_FUNCS] = {0}, cheap[CONN_FUNCS] = {0};
	char text[CONN_FUNCS][GO_NAME_MAX];

	for (unsigned i = 0; i < CONN_FUNCS; i++) {
		size_t len = strlen(names[i]);

		if (package.len + len >= sizeof(text[i]))
			return true;
		memcpy(text[i], package.ptr, package.len);
		memcpy(text[i] + package.len, names[i], len + 1);
		f[i].name = text[i];
	}
	(void)lp_go_functions(t, f, LP_ARRAY_LEN(f));
	if (!f[WRITE].va && !f[READ].va && !f[CLOSE].va)
		return true; /* Go without TLS */
	for (unsigned i = 0; i < CONN_FUNCS; i++) {
		struct lp_span code = lp_elf_from(e, f[i].va);
		size_t off;

		if (f[i].va && lp_insn_go_entry((const unsigned char *)code.ptr, code.len, &off))
			at[i] = f[i].va + off;
		if (at[i] && lp_insn_go_cheap((const unsigned char *)code.ptr, code.len, &off))
			cheap[i] = f[i].va + off;
	}
	if (!at[WRITE] || (at[READ] && !f[READ].n_rets))
		return false;
	for (unsigned i = 0; i < CONN_FUNCS; i++) {
		uint64_t outer = i >= OUTER_WRITE ? LPB_COOKIE_GO_OUTER : 0;
		struct lpb_point *p = &ps->at[ps->n];

		if (!at[i] || !add(ps, e, prog[i], at[i]))
			continue;
		p->cookie = outer;
		if (cheap[i]) {
			p->start = p->off;
			p->off -= at[i] - cheap[i];
			p->cookie |= LPB_COOKIE_GO_JUMP;
		}
		if (prog[i] == LPB_GO_READ)
			add_go_read(ps, e, t, &f[i], f[MEMMOVE].va, outer);
	}
	ps->what = "Go";
	return true;
}

void lpb_scan_go(struct lpb_points *ps, const struct lp_elf *e)
{
	struct lp_span copies[GO_COPIES_MAX];
	struct lp_go_table t;
	int err = lp_go_table_init(&t, e);
	bool good;

	if (err) {
		if (err == -EBADMSG)
			refuse(ps, false, "a Go program whose function table is not understood");
		return;
	}
	good = scan_go_tls(ps, e, &t, LP_SPAN("crypto/tls"));
	if (!good)
		refuse(ps, false, "crypto/tls of an older Go: functions do not begin as expected");
	/* Who only wraps it has no such function. */
	for (unsigned i = 0, n = lp_go_packages(&t, ".(*Conn).writeRecordLocked", copies,
						LP_ARRAY_LEN(copies));
	     good && i < n; i++)
		if (!scan_go_tls(ps, e, &t, copies[i]) && !ps->n)
			refuse(ps, false, "a copy of crypto/tls that is not known");
}

void lpb_scan_image(const void *image, size_t size, struct lpb_points *points)
{
	struct lp_elf e;

	*points = (struct lpb_points){0};
	/* Instructions, relocations and registers are known for x86-64. */
	if (lp_elf_init(&e, image, size) || !e.readable || e.machine != EM_X86_64)
		return;
	scan_ld(points, &e);
	lpb_scan_c(points, &e);
	lpb_scan_go(points, &e);
}

/*
 * A mapped file that shrinks faults its reader. The readers keep no state, so they can be left at
 * any point.
 */
static _Thread_local sigjmp_buf *volatile escape;
static struct sigaction before;

static void on_sigbus(int sig)
{
	if (escape)
		siglongjmp(*escape, 1);
	/* Another thread's: it faults again, and as if we were not here. */
	sigaction(sig, &before, NULL);
}

/*
 * Shared: into private mappings the kernel puts the breakpoints of others' probes, too. Some file
 * systems (FUSE's without a cache) have only those.
 */
static void *map_file(int fd, size_t size)
{
	void *image = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

	return image != MAP_FAILED ? image : mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
}

/* Memory that code is made in (.NET's) is mapped from files of terabytes, too. */
static bool is_library(int fd)
{
	char magic[SELFMAG];

	return pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) &&
	       memcmp(magic, ELFMAG, SELFMAG) == 0;
}

int lpb_with_image(int fd, void (*fn)(void *ctx, const void *image, size_t size), void *ctx)
{
	struct sigaction sa = {.sa_handler = on_sigbus};
	sigjmp_buf here;
	struct stat st;
	void *volatile image; /* read after the jump */
	int err = 0;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size <= 0)
		return -EINVAL;
	if ((uint64_t)st.st_size > LPB_IMAGE_MAX)
		return is_library(fd) ? -EFBIG : -EINVAL;
	image = map_file(fd, (size_t)st.st_size);
	if (image == MAP_FAILED)
		return -errno;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGBUS, &sa, &before);
	if (sigsetjmp(here, 1) == 0) {
		escape = &here;
		fn(ctx, image, (size_t)st.st_size);
	} else {
		err = -EIO;
	}
	escape = NULL;
	sigaction(SIGBUS, &before, NULL);
	munmap(image, (size_t)st.st_size);
	return err;
}

static void scan(void *ctx, const void *image, size_t size)
{
	lpb_scan_image(image, size, ctx);
}

int lpb_scan_fd(int fd, struct lpb_points *points)
{
	int err;

	*points = (struct lpb_points){0};
	err = lpb_with_image(fd, scan, points);
	if (err)
		*points = (struct lpb_points){0};
	return err;
}
