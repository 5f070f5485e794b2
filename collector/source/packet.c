/* SPDX-License-Identifier: MIT */
#include "packet.h"

#include <stdlib.h>

#define DATAGRAM_MAX 65536
#define UNIT	     8 /* bytes that fragments are counted in */

enum link { /* https://www.tcpdump.org/linktypes.html; raw IP also by its DLT_ numbers */
	    LINK_NULL = 0,
	    LINK_ETHERNET = 1,
	    LINK_RAW_12 = 12,
	    LINK_RAW_14 = 14,
	    LINK_RAW = 101,
	    LINK_LOOP = 108,
	    LINK_SLL = 113,
	    LINK_IPV4 = 228,
	    LINK_IPV6 = 229,
	    LINK_NFLOG = 239,
	    LINK_PKTAP = 258,
	    LINK_SLL2 = 276,
};

enum ether {
	ETHER_IPV4 = 0x0800,
	ETHER_BRIDGED = 0x6558, /* a whole frame of Ethernet */
	ETHER_VLAN = 0x8100,
	ETHER_IPV6 = 0x86dd,
	ETHER_ERSPAN = 0x88be,
	ETHER_ERSPAN_3 = 0x22eb,
	ETHER_MPLS = 0x8847,
	ETHER_MPLS_MANY = 0x8848, /* multicast, or a label of the one above's choice */
	ETHER_PPPOE = 0x8864,
	ETHER_QINQ = 0x88a8,
	ETHER_QINQ_OLD = 0x9100,
};

#define SNAP_MAX 0x600 /* what is less is no type but a length: of 802.2, whose SNAP has a type */

/* What carries packets and is not read: that it was there is said. */
static const struct {
	uint32_t type; /* EtherType */
	const char *name;
} carriers[] = {
	{0x22f3, "TRILL"}, {0x880b, "PPTP"}, {0x88e5, "MACsec"}, {0x88e7, "PBB"}, {0x894f, "NSH"},
};

/* The same in UDP, by its port and the first bits of what carries data. */
static const struct {
	uint16_t port, mask, bits;
	const char *name;
} udp_carriers[] = {
	{1194, 0xf800, 0x4800, "OpenVPN"},
	{1194, 0xf800, 0x3000, "OpenVPN"},
	{1701, 0x800f, 0x0002, "L2TP"},
	{2152, 0xf0ff, 0x30ff, "GTP"},
	{4341, 0, 0, "LISP"},
	{6080, 0xc000, 0, "GUE"},
};

enum ppp { PPP_IPV4 = 0x21, PPP_IPV6 = 0x57 };

enum next_header {
	HOP_BY_HOP = 0,
	ROUTING = 43,
	FRAGMENT = 44,
	AUTHENTICATION = 51,
	DESTINATION = 60,
	MOBILITY = 135,
};

#define NFLOG_PAYLOAD 9 /* of netfilter's values the packet */

#define TUNNELS_MAX 3 /* within each other */

enum tunnel_proto { /* whose payload is a packet or a frame */
		    PROTO_IPV4 = 4,
		    PROTO_IPV6 = 41,
		    PROTO_GRE = 47,
		    PROTO_ESP = 50,
		    PROTO_ETHERIP = 97,
		    PROTO_IPCOMP = 108,
		    PROTO_L2TP = 115,
		    PROTO_MPLS = 137,
};

enum tunnel_port {
	PORT_VXLAN = 4789,	 /* also of AWS's traffic mirroring */
	PORT_VXLAN_LINUX = 8472, /* before it had a number; flannel */
	PORT_VXLAN_GPE = 4790,
	PORT_GENEVE = 6081,
	PORT_MPLS = 6635,
	PORT_IPSEC = 4500, /* through address translation */
};

/* What is still to be read. */
struct layer {
	struct lp_span bytes;
	size_t wire_len; /* before the capture cut it */
	uint32_t type;	 /* EtherType; 0: IP of either version */
};

struct pieces {
	bool used;
	uint8_t src[16], dst[16];
	uint32_t id;
	uint8_t proto;
	uint64_t age;
	size_t len;			       /* of the whole; 0: the last piece is to come */
	size_t top;			       /* as far as pieces go */
	size_t have;			       /* units */
	uint8_t seen[DATAGRAM_MAX / UNIT / 8]; /* one bit for each unit */
	char *bytes;			       /* DATAGRAM_MAX */
};

struct lp_defrag {
	struct pieces v[LP_DEFRAG_MAX];
	uint64_t age;
};

struct lp_defrag *lp_defrag_new(void)
{
	return calloc(1, sizeof(struct lp_defrag));
}

void lp_defrag_free(struct lp_defrag *d)
{
	for (unsigned i = 0; d && i < LP_DEFRAG_MAX; i++)
		free(d->v[i].bytes);
	free(d);
}

static uint32_t be(struct lp_span s, size_t at, unsigned n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | (uint8_t)s.ptr[at++];
	return v;
}

/* In the order of the machine that captured, which is nearly always this one. */
static uint32_t le(struct lp_span s, size_t at, unsigned n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | (uint8_t)s.ptr[at + n];
	return v;
}

/* --- fragments -------------------------------------------------------------------------------- */

static struct pieces *pieces_of(struct lp_defrag *d, const struct lp_packet *p, uint32_t id)
{
	struct pieces *oldest = &d->v[0];

	for (unsigned i = 0; i < LP_DEFRAG_MAX; i++) {
		struct pieces *f = &d->v[i];

		if (f->used && f->id == id && f->proto == p->proto && !memcmp(f->src, p->src, 16) &&
		    !memcmp(f->dst, p->dst, 16))
			return f;
		if (!f->used || (oldest->used && f->age < oldest->age))
			oldest = f;
	}
	if (!oldest->bytes)
		oldest->bytes = malloc(DATAGRAM_MAX);
	if (!oldest->bytes)
		return NULL;
	oldest->used = true;
	memcpy(oldest->src, p->src, 16);
	memcpy(oldest->dst, p->dst, 16);
	oldest->id = id;
	oldest->proto = p->proto;
	oldest->age = ++d->age;
	oldest->len = oldest->top = oldest->have = 0;
	memset(oldest->seen, 0, sizeof(oldest->seen));
	return oldest;
}

/* True when the datagram is whole: *body is it, until the next packet. */
static bool put_together(struct lp_defrag *d, const struct lp_packet *p, uint32_t id, size_t offset,
			 bool more, struct lp_span *body)
{
	size_t end = offset + body->len;
	struct pieces *f;

	if (end > DATAGRAM_MAX || !body->len || (more && body->len % UNIT))
		return false;
	f = pieces_of(d, p, id);
	if (!f)
		return false;
	f->top = end > f->top ? end : f->top;
	if (!more && !f->len)
		f->len = end;
	/* Pieces that do not agree on where the datagram ends make none. */
	if (f->len && (f->top > f->len || (!more && end < f->len))) {
		f->used = false;
		return false;
	}
	/* Of a tunnel: it may have come in pieces itself, and lie in the place that is used now. */
	memmove(f->bytes + offset, body->ptr, body->len);
	for (size_t u = offset / UNIT; u < (end + UNIT - 1) / UNIT; u++) {
		f->have += !(f->seen[u / 8] >> (u % 8) & 1);
		f->seen[u / 8] |= (uint8_t)(1u << (u % 8));
	}
	if (!f->len || f->have < (f->len + UNIT - 1) / UNIT)
		return false;
	f->used = false; /* its bytes stay until somebody else needs the place */
	*body = lp_span_of(f->bytes, f->len);
	return true;
}

/* --- tunnels ---------------------------------------------------------------------------------- */

/* *in is what is in `body` behind a tunnel's head. */
static bool enter(struct lp_span body, size_t wire_len, size_t head, uint32_t type,
		  struct layer *in)
{
	if (head >= body.len || head >= wire_len)
		return false;
	*in = (struct layer){lp_span_from(body, head), wire_len - head, type};
	return true;
}

static bool carried(uint32_t type)
{
	return type == ETHER_BRIDGED || type == ETHER_IPV4 || type == ETHER_IPV6 ||
	       type == ETHER_MPLS || type == ETHER_VLAN;
}

static const char *carrier(uint32_t type)
{
	for (size_t i = 0; i < LP_ARRAY_LEN(carriers); i++)
		if (carriers[i].type == type)
			return carriers[i].name;
	return NULL;
}

/* RFC 2784 and 2890, and ERSPAN (mirrored ports) of all three kinds. */
static bool enter_gre(struct lp_span body, size_t wire_len, struct lp_packet *out, struct layer *in)
{
	uint32_t flags, type;
	size_t head = 4;

	if (body.len < head)
		return false;
	flags = be(body, 0, 2);
	type = be(body, 2, 2);
	out->carrier = carrier(type);
	if (flags & 0x4007) /* source routes; another version */
		return false;
	head += (flags & 0x8000 ? 4u : 0) + (flags & 0x2000 ? 4u : 0) + (flags & 0x1000 ? 4u : 0);
	if (type == ETHER_ERSPAN) {
		head += flags & 0x1000 ? 8 : 0;
		type = ETHER_BRIDGED;
	} else if (type == ETHER_ERSPAN_3 && body.len >= head + 12) {
		/* With what a platform adds, where the last bit says so. */
		head += body.ptr[head + 11] & 1 ? 20 : 12;
		type = ETHER_BRIDGED;
	}
	return carried(type) && enter(body, wire_len, head, type, in);
}

/* VXLAN's Generic Protocol Extension says what it carries. */
static bool enter_gpe(struct lp_span body, size_t wire_len, struct layer *in)
{
	static const uint32_t types[] = {0, ETHER_IPV4, ETHER_IPV6, ETHER_BRIDGED};
	uint8_t next = (uint8_t)body.ptr[3];

	return (body.ptr[0] & 0xfd) == 0x0c && next && next < LP_ARRAY_LEN(types) &&
	       enter(body, wire_len, 8, types[next], in);
}

/* RFC 7348, with group policies or without, 7510 and 8926; false of any other datagram. */
static bool enter_udp(uint16_t port, struct lp_span body, size_t wire_len, struct layer *in)
{
	uint32_t type;

	if (port == PORT_MPLS)
		return enter(body, wire_len, 0, ETHER_MPLS, in);
	if (body.len < 8 || body.ptr[7])
		return false;
	switch ((enum tunnel_port)port) {
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX:
		return (be(body, 0, 4) == 0x08000000 || (uint8_t)body.ptr[0] == 0x88) &&
		       enter(body, wire_len, 8, ETHER_BRIDGED, in);
	case PORT_VXLAN_GPE:
		return enter_gpe(body, wire_len, in);
	case PORT_GENEVE:
		type = be(body, 2, 2);
		return (be(body, 0, 2) & 0xc03f) == 0 && carried(type) &&
		       enter(body, wire_len, 8 + (size_t)(body.ptr[0] & 0x3f) * 4, type, in);
	case PORT_MPLS:
	case PORT_IPSEC:
		break;
	}
	return false;
}

/* What carries packets in UDP and is not read, sent or received by that port; NULL: it does not. */
static const char *udp_carrier(const struct lp_packet *p)
{
	struct lp_span body = p->payload;

	/* RFC 3948: behind four zeroes stand keys and no packets; one byte keeps it alive. */
	if ((p->sport == PORT_IPSEC || p->dport == PORT_IPSEC) && body.len > 8 && be(body, 0, 4))
		return "IPsec";
	for (size_t i = 0; body.len >= 28 && i < LP_ARRAY_LEN(udp_carriers); i++)
		if ((p->sport == udp_carriers[i].port || p->dport == udp_carriers[i].port) &&
		    (be(body, 0, 2) & udp_carriers[i].mask) == udp_carriers[i].bits)
			return udp_carriers[i].name;
	/* A message with data, whatever its port: type, receiver, counter, whole blocks and a tag;
	 * without a block it keeps the tunnel alive. */
	if (body.len >= 48 && (body.len + p->missing) % 16 == 0 && be(body, 0, 4) == 0x04000000 &&
	    !be(body, 12, 4))
		return "WireGuard";
	return NULL;
}

/* --- layers ----------------------------------------------------------------------------------- */

/* Of these three: true with *in where a tunnel goes on, without where *out is whole. */
static bool read_transport(struct lp_span body, size_t wire_len, struct lp_packet *out,
			   struct layer *in)
{
	size_t head;

	/* IPv6 has it among its own headers. */
	if (out->proto == AUTHENTICATION && body.len >= 12) {
		head = ((size_t)(uint8_t)body.ptr[1] + 2) * 4;
		if (head > body.len)
			return false;
		out->proto = (uint8_t)body.ptr[0];
		body = lp_span_from(body, head);
		wire_len -= head;
	}
	switch ((enum tunnel_proto)out->proto) {
	case PROTO_IPV4:
		return enter(body, wire_len, 0, ETHER_IPV4, in);
	case PROTO_IPV6:
		return enter(body, wire_len, 0, ETHER_IPV6, in);
	case PROTO_MPLS:
		return enter(body, wire_len, 0, ETHER_MPLS, in);
	case PROTO_ETHERIP: /* RFC 3378 */
		return enter(body, wire_len, 2, ETHER_BRIDGED, in);
	case PROTO_GRE:
		return enter_gre(body, wire_len, out, in);
	case PROTO_ESP:
		out->carrier = "IPsec";
		return false;
	case PROTO_IPCOMP:
		out->carrier = "IPComp";
		return false;
	case PROTO_L2TP:
		out->carrier = "L2TP";
		return false;
	}
	if (body.len < 8)
		return false;
	out->sport = (uint16_t)be(body, 0, 2);
	out->dport = (uint16_t)be(body, 2, 2);
	if (out->proto == LP_PROTO_UDP) {
		head = 8;
		if (be(body, 4, 2) >= head && be(body, 4, 2) < wire_len)
			wire_len = be(body, 4, 2);
	} else if (out->proto == LP_PROTO_TCP && body.len >= 20) {
		head = (size_t)((uint8_t)body.ptr[12] >> 4) * 4;
		out->seq = be(body, 4, 4);
		out->ack = be(body, 8, 4);
		out->flags = (uint8_t)body.ptr[13];
		if (head < 20)
			return false;
	} else {
		return false;
	}
	if (head > wire_len)
		return false;
	out->payload = lp_span_from(lp_span_first(body, wire_len), head);
	out->missing = (uint32_t)(wire_len - head - out->payload.len);
	if (out->proto == LP_PROTO_UDP) {
		(void)enter_udp(out->dport, out->payload, wire_len - head, in);
		out->carrier = udp_carrier(out);
	}
	return !out->carrier;
}

static bool read_ipv4(struct lp_defrag *d, struct lp_span s, size_t wire_len, struct lp_packet *out,
		      struct layer *in)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	uint32_t fragment, id;
	size_t head, total;

	if (s.len < 20)
		return false;
	head = (size_t)(s.ptr[0] & 0xf) * 4;
	total = be(s, 2, 2);
	if (!total) /* segmentation offload: as long as the frame */
		total = wire_len;
	if (head < 20 || total < head || head > s.len)
		return false;
	memcpy(out->src, mapped, 12);
	memcpy(out->dst, mapped, 12);
	memcpy(out->src + 12, s.ptr + 12, 4);
	memcpy(out->dst + 12, s.ptr + 16, 4);
	out->proto = (uint8_t)s.ptr[9];
	id = be(s, 4, 2);
	fragment = be(s, 6, 2);
	/* It may be longer than the frame: mirrors cut what they pass on. */
	s = lp_span_from(lp_span_first(s, total), head);
	total -= head;
	if (fragment & 0x3fff) {
		if (s.len != total || !put_together(d, out, id, (size_t)(fragment & 0x1fff) * UNIT,
						    fragment & 0x2000, &s))
			return false;
		total = s.len;
	}
	return read_transport(s, total, out, in);
}

static bool read_ipv6(struct lp_defrag *d, struct lp_span s, size_t wire_len, struct lp_packet *out,
		      struct layer *in)
{
	uint32_t fragment, id;
	bool whole = false; /* of pieces */
	size_t total, len;
	uint8_t next;

	if (s.len < 40)
		return false;
	memcpy(out->src, s.ptr + 8, 16);
	memcpy(out->dst, s.ptr + 24, 16);
	next = (uint8_t)s.ptr[6];
	total = be(s, 4, 2);
	if (!total)
		total = wire_len - 40; /* offload, or a jumbogram */
	s = lp_span_first(lp_span_from(s, 40), total);
	/* Each header is at least eight bytes, so this ends; there may be more in what was in
	 * pieces. */
	while (next == HOP_BY_HOP || next == ROUTING || next == DESTINATION || next == MOBILITY ||
	       next == AUTHENTICATION || next == FRAGMENT) {
		if (s.len < 8)
			return false;
		len = next == FRAGMENT	       ? 8
		      : next == AUTHENTICATION ? ((size_t)(uint8_t)s.ptr[1] + 2) * 4
					       : ((size_t)(uint8_t)s.ptr[1] + 1) * 8;
		fragment = next == FRAGMENT ? be(s, 2, 2) & 0xfff9 : 0;
		id = be(s, 4, 4);
		next = (uint8_t)s.ptr[0];
		if (len > s.len)
			return false;
		s = lp_span_from(s, len);
		total -= len;
		if (!fragment)
			continue;
		out->proto = next;
		if (whole || s.len != total ||
		    !put_together(d, out, id, fragment & 0xfff8, fragment & 1, &s))
			return false;
		whole = true;
		total = s.len;
	}
	out->proto = next;
	return read_transport(s, total, out, in);
}

bool lp_packet_link(int link)
{
	switch ((enum link)link) {
	case LINK_NULL:
	case LINK_ETHERNET:
	case LINK_RAW_12:
	case LINK_RAW_14:
	case LINK_RAW:
	case LINK_LOOP:
	case LINK_SLL:
	case LINK_IPV4:
	case LINK_IPV6:
	case LINK_NFLOG:
	case LINK_PKTAP:
	case LINK_SLL2:
		return true;
	}
	return false;
}

/* Takes the frame's heads off, up to IP. */
static bool read_frame(struct layer *l, struct lp_packet *out)
{
	uint32_t type = l->type;
	size_t head = 0;

	if (type == ETHER_BRIDGED) {
		if (l->bytes.len < 14)
			return false;
		type = be(l->bytes, 12, 2);
		head = 14;
	}
	if (type && type < SNAP_MAX && l->bytes.len >= head + 8 &&
	    !memcmp(l->bytes.ptr + head, "\xaa\xaa\3\0\0", 6)) {
		type = be(l->bytes, head + 6, 2);
		head += 8;
	}
	while (type == ETHER_VLAN || type == ETHER_QINQ || type == ETHER_QINQ_OLD) {
		if (l->bytes.len < head + 4)
			return false;
		type = be(l->bytes, head + 2, 2);
		head += 4;
	}
	if (type == ETHER_PPPOE) { /* RFC 2516 */
		if (l->bytes.len < head + 8)
			return false;
		type = be(l->bytes, head + 6, 2);
		type = type == PPP_IPV4 ? ETHER_IPV4 : type == PPP_IPV6 ? ETHER_IPV6 : type;
		head += 8;
	}
	while (type == ETHER_MPLS ||
	       type == ETHER_MPLS_MANY) { /* RFC 3032: behind the last label its first bits tell */
		if (l->bytes.len < head + 4)
			return false;
		type = be(l->bytes, head + 2, 2) & 0x100 ? 0 : type;
		head += 4;
	}
	out->carrier = carrier(type);
	return (!type || type == ETHER_IPV4 || type == ETHER_IPV6) &&
	       enter(l->bytes, l->wire_len, head, type, l);
}

/* Netfilter's log, as one rule sees one program's packets: a list of values, of which one is the
 * packet. */
static bool enter_nflog(struct lp_span frame, size_t wire_len, struct layer *l)
{
	size_t at = 4, len;

	for (; at + 4 <= frame.len; at += (len + 3) & ~(size_t)3) {
		len = le(frame, at, 2);
		if (len < 4)
			return false;
		if (le(frame, at + 2, 2) == NFLOG_PAYLOAD)
			return enter(lp_span_first(frame, at + len),
				     at + len < wire_len ? at + len : wire_len, at + 4, 0, l);
	}
	return false;
}

/* What macOS captures on all interfaces: each packet says what its own link is. */
static bool read_pktap(struct lp_defrag *d, struct lp_span frame, size_t wire_len,
		       struct lp_packet *out)
{
	size_t head = frame.len < 12 ? 0 : le(frame, 0, 4);
	uint32_t link = head < 12 ? LINK_PKTAP : le(frame, 8, 4);

	if (head >= frame.len || link == LINK_PKTAP)
		return false;
	if (!lp_packet_link((int)link)) {
		out->carrier = "PKTAP";
		return false;
	}
	return lp_packet_read(d, (int)link, lp_span_from(frame, head), wire_len - head, out);
}

bool lp_packet_read(struct lp_defrag *d, int link, struct lp_span frame, size_t wire_len,
		    struct lp_packet *out)
{
	struct layer l = {.bytes = frame, .wire_len = wire_len};
	size_t head = 0;

	*out = (struct lp_packet){.proto = 0};
	switch ((enum link)link) {
	case LINK_ETHERNET:
		l.type = ETHER_BRIDGED;
		break;
	case LINK_NULL:
	case LINK_LOOP:
		head = 4;
		break;
	case LINK_SLL:
		head = 16;
		l.type = frame.len < head ? 0 : be(frame, 14, 2);
		break;
	case LINK_SLL2:
		head = 20;
		l.type = frame.len < head ? 0 : be(frame, 0, 2);
		break;
	case LINK_PKTAP:
		return wire_len >= frame.len && read_pktap(d, frame, wire_len, out);
	default:
		break;
	}
	if (wire_len < frame.len ||
	    !(link == LINK_NFLOG ? enter_nflog(frame, wire_len, &l)
				 : enter(frame, wire_len, head, l.type, &l)))
		return false;
	for (int tunnels = 0; tunnels <= TUNNELS_MAX; tunnels++) {
		struct layer in = {.wire_len = 0};
		unsigned version;

		if (!read_frame(&l, out))
			return false;
		/* What names no type says it in the packet's first four bits. */
		version = (uint8_t)l.bytes.ptr[0] >> 4;
		if (version == 4
			    ? l.type == ETHER_IPV6 || !read_ipv4(d, l.bytes, l.wire_len, out, &in)
			    : version != 6 || l.type == ETHER_IPV4 ||
				      !read_ipv6(d, l.bytes, l.wire_len, out, &in))
			return false;
		if (!in.wire_len)
			return true;
		l = in;
	}
	out->carrier = "too many tunnels within each other";
	return false;
}
