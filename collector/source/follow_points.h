/* SPDX-License-Identifier: MIT */
#ifndef LP_FOLLOW_POINTS_H
#define LP_FOLLOW_POINTS_H

/*
 * What the ptrace follower needs to know of a program's file: whether the program has to be
 * followed, and where in it a breakpoint sees TLS. Only reads the file, which may hold anything.
 * Single-threaded.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "elf/step.h"
#include "lp_compiler.h"

enum lp_point_kind {
	LP_POINT_GO_WRITE = 1, /* (*tls.Conn).Write, behind its stack check */
	LP_POINT_GO_READ,
	LP_POINT_GO_READ_RETURN, /* each RET of Read */
	LP_POINT_GO_READ_COPY,	 /* in place of both: the call by which Read copies to its caller */
	LP_POINT_GO_CLOSE,
	LP_POINT_GO_START,   /* syscall.forkExec: another program is started */
	LP_POINT_GO_REPLACE, /* syscall.Exec: this one gives way to it */
	LP_POINT_GO_CONNECT, /* (*netFD).connect: a socket is about to have somebody behind it */
	LP_POINT_GO_PLAIN_WRITE, /* what goes through one: (*net.conn).Write, and the like */
	LP_POINT_GO_PLAIN_READ,
	LP_POINT_GO_PLAIN_READ_RETURN,
	LP_POINT_GO_PLAIN_CLOSE,
	LP_POINT_C_OUT_DONE, /* f(conn, buf, len, &done), 1 on success */
	LP_POINT_C_IN_DONE,
	LP_POINT_C_OUT_COUNT, /* f(conn, buf, len), how many */
	LP_POINT_C_IN_COUNT,
	LP_POINT_C_FREE,
};

struct lp_point {
	enum lp_point_kind kind;
	uint64_t off;	     /* in the file */
	struct lp_step step; /* the instruction there */
	unsigned char byte;  /* its first byte */
	bool outer;	     /* Go's: the receiver is what begins with a *tls.Conn */
	uint64_t frame; /* LP_POINT_GO_READ_COPY: distance from the stack pointer to Read's return
			   address */
};

#define LP_POINTS_MAX 72

enum lp_program_kind {
	LP_PROGRAM_TLS,	    /* its TLS is seen at the points */
	LP_PROGRAM_QUIET,   /* Go that has no TLS */
	LP_PROGRAM_UNKNOWN, /* static, and no TLS library was recognised */
	LP_PROGRAM_REFUSED, /* TLS that cannot be seen; `why` */
	LP_PROGRAM_DYNAMIC, /* the shim's business */
	LP_PROGRAM_TRACER,  /* traces others itself: is left alone */
	LP_PROGRAM_FOREIGN, /* another architecture, or no program that can be read */
};

struct lp_program {
	enum lp_program_kind kind;
	bool loader;	  /* has a dynamic loader: the shim is inside as well */
	const char *what; /* was recognised, for the log: "Go", "OpenSSL"; NULL nothing */
	const char *why;  /* for LP_PROGRAM_REFUSED, in words */
	uint64_t call;	  /* where in the file a system call's instruction is; 0: nowhere */
	unsigned n;
	struct lp_point at[LP_POINTS_MAX];
};

/* From the image of a whole file. */
void lp_program_scan(struct lp_program *p, const void *image, size_t size);

#define LP_PROGRAMS_KEPT 16

/* Programs that were looked at before. All zero is empty and valid; nothing to free. */
struct lp_programs {
	struct {
		dev_t dev;
		ino_t ino;
		off_t size;
		struct timespec written;
		struct lp_program program;
	} v[LP_PROGRAMS_KEPT];
	unsigned next;
};

/*
 * The same for an open file, by its inode from before if it did not change. NULL: it cannot be
 * read. Lasts until the next call.
 */
const struct lp_program *lp_program_of(struct lp_programs *known, int fd);

/* The same for the file called `name`, without folders, whose code a process has mapped. */
const struct lp_program *lp_program_in(struct lp_programs *known, pid_t pid, const char *name,
				       uint64_t *inode);

#endif
