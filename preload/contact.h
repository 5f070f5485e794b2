/* SPDX-License-Identifier: MIT */
#ifndef LPS_CONTACT_H
#define LPS_CONTACT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lp_compiler.h"
#include "lp_ring.h"

/*
 * One hello to the collector (include/lp_ring.h): connect, send, close, never blocking; only a ring
 * for a collector of another user waits until it was taken, LP_RING_WAIT_MS at most. `fd` goes
 * along when it is not negative. `peer`, when not NULL, gets a number for the collector, another
 * one for the next that listens. 0; -EAGAIN when the collector is there but its queue is full;
 * another -errno when it is not there.
 */
LP_MUST_USE int lps_contact(enum lp_hello_kind kind, int fd, uint64_t drops, uint64_t *peer);

/*
 * The hello that waits for its answer, LP_HELLO_BLIND: returns when the collector is ready for a
 * program that the shim cannot see into, at once when nobody listens. `library`: the name of the
 * file, without folders, that was loaded and is meant; NULL: a program that is to be started.
 */
bool lps_contact_wait(unsigned verdict, const char *library);

/*
 * A ring's file that the collector makes for a process that may not (LP_HELLO_FILE); waits
 * LP_RING_WAIT_MS at most. A descriptor, or -errno.
 */
LP_MUST_USE int lps_contact_file(void);

#endif
