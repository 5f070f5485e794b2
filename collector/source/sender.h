/* SPDX-License-Identifier: MIT */
#ifndef LP_SENDER_H
#define LP_SENDER_H

/*
 * Who sent a datagram on the loopback interface. It carries no credentials, but the kernel knows
 * whose the socket is at the port it came from, as long as that is open. Single-threaded.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lp_compiler.h"

#define LP_SENDER_PORTS 1024u /* remembered, a power of two */

struct lp_sender {
	int netlink; /* -1: the kernel cannot be asked */
	uint32_t asked;
	struct {
		uint64_t asked_ms;
		uid_t uid;
		uint16_t port;
		bool known;
	} ports[LP_SENDER_PORTS];
};

/* Never fails; at worst nobody is known. */
void lp_sender_init(struct lp_sender *s);
void lp_sender_fini(struct lp_sender *s);

/*
 * The owner of the UDP socket at `from` on this host that can talk to our port `to` (host order).
 * False when nobody knows: it is closed, or the kernel does not tell. An answer is good for a
 * second.
 */
bool lp_sender_uid(struct lp_sender *s, const struct sockaddr_in *from, uint16_t to, uid_t *uid);

#endif
