/* SPDX-License-Identifier: MIT */
#ifndef LP_PEER_H
#define LP_PEER_H

/* Who is at the other end of a Unix socket. No state: safe from any thread. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "lp_compiler.h"

struct lp_peer {
	struct ucred cred; /* pid 0: in a namespace that we cannot see into */
	int pidfd;	   /* owned; -1: none to be had */
	uint64_t id;	   /* of the process, in every namespace; 0: none to be had (Linux 6.9) */
	bool dead;	   /* it had ended when lp_peer_of looked */
};

/* 0 or -errno; then there is nothing to close. */
LP_MUST_USE int lp_peer_of(int sock, struct lp_peer *out);

/* True when the process behind `pidfd` ended. */
bool lp_pidfd_dead(int pidfd);

/* True when it ended by now, as far as can be told. */
bool lp_peer_dead(const struct lp_peer *p);

/* True when `pid`, which runs, is a child of `ancestor` in any generation. */
bool lp_pid_descends(pid_t pid, pid_t ancestor);

/* True when `pid` is a child of `ancestor` in any generation, or shares our session. */
bool lp_peer_descends(pid_t pid, pid_t ancestor);

/*
 * True when `pid` is a child, in any generation, of a process of our own user that has the file
 * `library` mapped: a daemon no longer descends from us, nor does what it starts.
 */
bool lp_peer_of_ours(pid_t pid, const char *library);

#endif
