/* SPDX-License-Identifier: MIT */
#ifndef LPB_SCAN_H
#define LPB_SCAN_H

/*
 * Which places of a program or library to probe, found by reading the file: no kernel, no libbpf.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "elf/elf_file.h"
#include "lp_compiler.h"

/* The uprobe programs of probe.bpf.c; attach.c has their names in this order. */
enum lpb_prog {
	LPB_TLS_OUT_COUNT,
	LPB_TLS_OUT_DONE,
	LPB_TLS_OUT_IOV,
	LPB_TLS_IN_COUNT,
	LPB_TLS_IN_DONE,
	LPB_TLS_RETURN,
	LPB_TLS_CALL, /* in place of all these, where a program is run at both ends of a call */
	LPB_TLS_FREE,
	LPB_TLS_READ, /* in place of LPB_TLS_IN_DONE, where programs have cookies */
	LPB_GO_WRITE,
	LPB_GO_READ,
	LPB_GO_READ_RETURN,
	LPB_GO_READ_COPY, /* in place of both others, where programs have cookies */
	LPB_GO_CLOSE,
	LPB_LD_DEBUG_STATE,
	LPB_PROGS,
};

#define LPB_POINTS_MAX 64

struct lpb_point {
	enum lpb_prog prog;
	uint64_t off; /* in the file */
	/*
	 * What the program is told. LPB_LD_DEBUG_STATE: distance to ld.so's struct r_debug; TLS
	 * functions of a library: LPB_COOKIE_SHIM where the shim hooks its exports,
	 * LPB_COOKIE_ARG4_R8; LPB_TLS_READ: registers besides, see LPB_COOKIE_REGS(); Go's:
	 * LPB_COOKIE_GO_JUMP, LPB_COOKIE_GO_OUTER; LPB_GO_READ_COPY: LPB_COOKIE_GO_COPY,
	 * LPB_COOKIE_FRAME().
	 */
	uint64_t cookie;
	uint64_t start; /* of a function: for who cannot be told by a cookie; else 0 */
	bool spare;	/* not needed where programs have cookies: LPB_TLS_READ sees the same */
};

struct lpb_points {
	unsigned n;
	struct lpb_point at[LPB_POINTS_MAX];
	const char *what;    /* was found, for the log: "OpenSSL", "Go", …; NULL: nothing */
	const char *refused; /* what was found and cannot be probed, in words; NULL: nothing */
	bool covered; /* all of that is C, which a shim in the process sees, or names as unread */
};

#define LPB_IMAGE_MAX (UINT64_C(4) << 30) /* bytes of a file; the largest libraries have half */

/* LPB_TLS_RETURN is attached to the return of the function, all others to the instruction itself.
 */
static inline bool lpb_at_return(enum lpb_prog prog)
{
	return prog == LPB_TLS_RETURN;
}

/*
 * Of two ways to see the same, whether this is the one not to go; `cookies`: who looks there is
 * told the point's.
 */
bool lpb_other_way(const struct lpb_points *points, enum lpb_prog prog, bool cookies);

/* Whether nothing is there but what tells of libraries that are loaded: no TLS to be read. */
bool lpb_no_tls(const struct lpb_points *points);

/* What there is of C libraries, and of Go, in an x86-64 file; added to `points`. */
void lpb_scan_c(struct lpb_points *points, const struct lp_elf *e);
void lpb_scan_go(struct lpb_points *points, const struct lp_elf *e);

/* Looks at the image of a whole file. No points when there is nothing to probe in it. */
void lpb_scan_image(const void *image, size_t size, struct lpb_points *points);

/*
 * The same for an open file. 0 or -errno; -EIO: the file was cut short while it was read; -EFBIG:
 * it is over LPB_IMAGE_MAX; -EINVAL: it is no regular file, or over that and no ELF file. One
 * thread of a process at a time, as the handler of SIGBUS is replaced meanwhile.
 */
LP_MUST_USE int lpb_scan_fd(int fd, struct lpb_points *points);

/*
 * Calls `fn` once with the image of a whole open file, which may be cut short meanwhile: then `fn`
 * is left in the middle, so it must own nothing. Result and threads as for lpb_scan_fd.
 */
LP_MUST_USE int lpb_with_image(int fd, void (*fn)(void *ctx, const void *image, size_t size),
			       void *ctx);

#endif
