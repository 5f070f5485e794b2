/* SPDX-License-Identifier: MIT */
#ifndef LPB_ATTACH_H
#define LPB_ATTACH_H

/*
 * Files that were looked at, and the links that probe them. A probe belongs to a file (its inode),
 * not to a process: hard links, bind mounts and other mount namespaces fire, copies are other
 * files.
 *
 * Each process that uses a probed file pays for it, in scope or not. Where the kernel can, and they
 * are held meanwhile, processes in scope therefore get probes of their own, which stay with them
 * through exec but are not their children's. One that is not held, or for which there is no room
 * any more, has everybody get probes in the file, for good; those with their own keep them, and are
 * left alone by everybody's (map `owners`).
 */

#include <sys/stat.h>

#include <bpf/libbpf.h>

#include "probe.h"
#include "probe_abi.h"
#include "scan.h"

#define LPB_ATTACH_UPROBE_MULTI	  48	    /* BPF_TRACE_UPROBE_MULTI of Linux 6.6 */
#define LPB_ATTACH_UPROBE_SESSION 57	    /* BPF_TRACE_UPROBE_SESSION of Linux 6.13 */
#define LPB_PROG_SLEEPABLE	  (1u << 4) /* BPF_F_SLEEPABLE */

#define LPB_FILES_MAX 8192 /* remembered; of those without probes the oldest gives way */

/* A file as it was when it was looked at. */
struct lpb_file {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec written;
	bool probed;
	bool again; /* for want of what may come back it is not probed: look once more */
	struct lpb_points *points; /* to be probed in one process after the other; else NULL */
};

/* A process with probes of its own in a file. */
struct lpb_owner {
	pid_t pid;     /* 0: none */
	uint32_t file; /* its number: the index in `files`, plus 1 */
	int fd;	       /* of one of its links, borrowed */
};

struct lpb_link {
	int fd;		       /* of a uprobe_multi link, else -1 */
	struct bpf_link *perf; /* of a perf uprobe, else NULL */
	uint32_t own;	       /* a bit, by the index in `own`; 0: everybody's */
};

struct lpb_attach {
	bool multi;	       /* uprobe_multi links, not perf uprobes */
	bool session;	       /* of which one sees a function's both ends */
	bool cookies;	       /* the programs may ask for them */
	int owners, own_files; /* maps; -1: no process has probes of its own */
	pid_t reserved;	       /* who is given its own; else 0 */
	struct lpb_owner own[LPB_OWN_FILES_MAX];
	struct bpf_program *progs[LPB_PROGS]; /* borrowed */
	struct lpb_file *files;
	unsigned n_files, next; /* next: to give way */
	struct lpb_link *links;
	unsigned n_links, room_links;
	unsigned points; /* places probed */
};

/*
 * Whether the kernel takes such uprobe programs at all, asked with one of three instructions: older
 * kernels need seconds for those of the object, and may then still refuse the last one. 0 or
 * -errno.
 */
LP_MUST_USE int lpb_attach_takes(bool multi, bool session, bool sleepable, bool cookies);

/* Finds the programs in a loaded object, which must outlive `a`. 0 or -errno. */
LP_MUST_USE int lpb_attach_init(struct lpb_attach *a, struct bpf_object *obj, bool multi,
				bool session, bool cookies);

/*
 * From now on processes may get probes of their own, which is noted in these maps. 0, or -errno:
 * this kernel has none, as a trial in our own process tells.
 */
LP_MUST_USE int lpb_attach_scoped(struct lpb_attach *a, int owners, int own_files, int fd,
				  const struct lpb_points *points);
void lpb_attach_fini(struct lpb_attach *a);

/* Takes all probes away; the files stay known. */
void lpb_attach_detach(struct lpb_attach *a);

/* Whether a program is attached to anything at all, which must then be loaded. */
bool lpb_attach_uses(bool session, enum lpb_prog prog);

/* Names of the programs, by enum lpb_prog. */
extern const char *const lpb_prog_names[LPB_PROGS];

/*
 * A process runs another program, or has loaded something. Until lpb_attach_settle, files are
 * probed in it only, unless everybody has probes there already, where that can be and it is `held`
 * by the gate, or not in scope yet: it cannot fork unseen.
 */
void lpb_attach_reserve(struct lpb_attach *a, pid_t pid, bool held);
void lpb_attach_settle(struct lpb_attach *a, pid_t pid);

/*
 * Looks at an open file that this process uses, unless that was done before, and probes what is
 * worth it. 0 or -errno, -ENOSPC when LPB_FILES_MAX files have probes; *points is what was found,
 * nothing where the file was known.
 */
LP_MUST_USE int lpb_attach_file(struct lpb_attach *a, int fd, pid_t pid, struct lpb_points *points);

/* Probes one place of a file directly; lpb_open tries with this what the kernel allows. */
LP_MUST_USE int lpb_attach_points(struct lpb_attach *a, int fd, const struct lpb_points *points);

#endif
