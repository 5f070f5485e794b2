/* SPDX-License-Identifier: MIT */
#ifndef LP_ELF_PROBE_H
#define LP_ELF_PROBE_H

/*
 * Would a preloaded library be loaded into this program? Looks at the file that execve would run,
 * and through "#!" lines at the interpreter's. No malloc, no locks, no libc state; system calls go
 * through syscall(2) and nothing stays open, so it may run in a vfork child.
 */

#include <stdbool.h>

#include "lp_compiler.h"

enum lp_elf_verdict {
	LP_ELF_OPEN,	/* a dynamic program of our kind, or nothing that we can tell, or one that
			   calls nobody */
	LP_ELF_STATIC,	/* no dynamic loader */
	LP_ELF_MACHINE, /* another architecture or word size: its loader complains about us */
	LP_ELF_SETID,	/* setuid or setgid to somebody else: the loader drops LD_PRELOAD */
	LP_ELF_CAPS,	/* file capabilities, the same */
	/*
	 * It would be loaded, and see nothing of its TLS: a Go program behind a dynamic loader.
	 * OpenSSL inside a program is none of these: the shim swaps its method tables.
	 */
	LP_ELF_INSIDE,
	LP_ELF_LIBRARY, /* of a program that runs: it loaded a library written in Go */
	LP_ELF_VERDICTS,
};

/*
 * `dirfd` and `path` as for openat(2); an empty path means `dirfd` itself. What cannot be read or
 * is no program gives LP_ELF_OPEN: execve will say what it thinks of it.
 */
LP_MUST_USE enum lp_elf_verdict lp_elf_probe(int dirfd, const char *path);

/*
 * Is the file itself a program in ELF, not a script; with `system`, one that nobody but root can
 * write to? `dirfd` and `path` as for openat(2).
 */
LP_MUST_USE bool lp_elf_is(int dirfd, const char *path, bool system);

/* For people: "static", "machine", "setuid", "capabilities", "own TLS", "Go library"; "" for OPEN.
 */
const char *lp_elf_reason(enum lp_elf_verdict verdict);

#endif
