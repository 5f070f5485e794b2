/* SPDX-License-Identifier: MIT */
#ifndef LP_PACKET_H
#define LP_PACKET_H

/*
 * One captured frame to what its TCP segment or UDP datagram carries: Ethernet with any number of
 * VLAN tags, loopback, "any" (SLL, SLL2) and raw IP; IPv4, IPv6 with extension headers; fragments
 * of both put together; out of tunnels (VXLAN, Geneve, GRE, ERSPAN, MPLS, IP in IP). Every length
 * is checked, memory is bounded. Single-threaded.
 */

#include <stdint.h>

#include "lp_compiler.h"
#include "lp_span.h"

#define LP_DEFRAG_MAX 64 /* datagrams that wait for fragments; the oldest gives way */

#define LP_PROTO_TCP 6
#define LP_PROTO_UDP 17

enum lp_tcp_flags {
	LP_TCP_FIN = 0x01,
	LP_TCP_SYN = 0x02,
	LP_TCP_RST = 0x04,
	LP_TCP_ACK = 0x10,
};

struct lp_packet {
	uint8_t src[16], dst[16]; /* IPv4 as ::ffff:a.b.c.d */
	uint16_t sport, dport;
	uint8_t proto; /* LP_PROTO_* */
	uint8_t flags; /* enum lp_tcp_flags */
	uint32_t seq, ack;
	struct lp_span
		payload;     /* borrows from the frame, or from the defragmenter until the next */
	uint32_t missing;    /* bytes of payload after these that the capture cut off */
	const char *carrier; /* of a packet that was not read: what it lies in; NULL: nothing */
};

struct lp_defrag; /* fragments that wait */

/* NULL: out of memory. */
LP_MUST_USE struct lp_defrag *lp_defrag_new(void);
void lp_defrag_free(struct lp_defrag *d);

/* Is `link`, libpcap's DLT_ value, one that can be read? */
bool lp_packet_link(int link);

/*
 * True: *out is a segment or datagram. False: something else, a fragment whose others are still to
 * come, or not well formed; out->carrier names what hides it. `wire_len` is the frame's length
 * before the capture cut it.
 */
LP_MUST_USE bool lp_packet_read(struct lp_defrag *d, int link, struct lp_span frame,
				size_t wire_len, struct lp_packet *out);

#endif
