/* SPDX-License-Identifier: MIT */
/* source/packet and source/flows: link layers, fragments, reassembly, gaps, names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "source/flows.h"

/* --- frames made here ------------------------------------------------------------------------- */

static uint8_t frame[70000];

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

struct segment {
	bool from_server, v6;
	uint16_t port;	 /* the client's; 0: 40000 */
	uint16_t server; /* 0: 80 */
	uint8_t flags;
	uint32_t seq, ack;
	const char *data;
	size_t len; /* 0: strlen(data) */
};

/* IP and TCP at `at`; returns the end. */
static size_t put_tcp(size_t at, const struct segment *s)
{
	size_t len = s->len ? s->len : s->data ? strlen(s->data) : 0;
	uint16_t client = s->port ? s->port : 40000, server = s->server ? s->server : 80;

	memset(frame + at, 0, 60);
	if (s->v6) {
		frame[at] = 0x60;
		put16(frame + at + 4, (unsigned)(8 + 20 + len));
		frame[at + 6] = 0; /* hop by hop */
		frame[at + 8 + 15] = s->from_server ? 2 : 1;
		frame[at + 24 + 15] = s->from_server ? 1 : 2;
		at += 40;
		frame[at] = LP_PROTO_TCP;
		at += 8;
	} else {
		frame[at] = 0x45;
		put16(frame + at + 2, (unsigned)(20 + 20 + len));
		frame[at + 9] = LP_PROTO_TCP;
		frame[at + 15] = s->from_server ? 2 : 1;
		frame[at + 19] = s->from_server ? 1 : 2;
		at += 20;
	}
	put16(frame + at, s->from_server ? server : client);
	put16(frame + at + 2, s->from_server ? client : server);
	put32(frame + at + 4, s->seq);
	put32(frame + at + 8, s->ack);
	frame[at + 12] = 0x50;
	frame[at + 13] = s->flags;
	if (len)
		memcpy(frame + at + 20, s->data, len);
	return at + 20 + len;
}

static struct lp_defrag *defrag;

static bool read_frame(int link, size_t len, struct lp_packet *p)
{
	char *copy = malloc(len ? len : 1); /* so that a sanitizer sees its end */
	static char kept[70000];
	bool yes;

	memcpy(copy, frame, len);
	yes = lp_packet_read(defrag, link, lp_span_of(copy, len), len, p);
	if (yes && p->payload.len) {
		memcpy(kept, p->payload.ptr, p->payload.len);
		p->payload.ptr = kept;
	}
	free(copy);
	return yes;
}

static void test_links(void **state)
{
	static const struct {
		int link;
		uint8_t head[24];
		size_t len;
	} links[] = {
		{1, {[12] = 8, [13] = 0}, 14},
		{1, {[12] = 0x81, [13] = 0, [16] = 8, [17] = 0}, 18},
		{1, {[12] = 0x88, [13] = 0xa8, [16] = 0x81, [17] = 0, [20] = 8, [21] = 0}, 22},
		{1, {[12] = 0x88, [13] = 0x47, [17] = 9, [20] = 1, [21] = 9}, 22},
		{1, {[12] = 0x88, [13] = 0x48, [16] = 1, [17] = 9}, 18},
		{1, {[13] = 51, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, 22},
		{1, {[12] = 0x88, [13] = 0x64, [14] = 0x11, [21] = 0x21}, 22},
		{0, {2, 0, 0, 0}, 4},
		{108, {0, 0, 0, 2}, 4},
		{12, {0}, 0},
		{101, {0}, 0},
		{228, {0}, 0},
		{113, {[14] = 8, [15] = 0}, 16},
		{276, {8, 0}, 20},
		{239, {2, 0, 0, 0, 8, 0, 1, 0, 8, 0, 3, 0, 47, 0, 9, 0}, 16},
		{258, {24, 0, 0, 0, 1, 0, 0, 0, 12, 0, 0, 0}, 24},
		{258, {16, 0, 0, 0, 1, 0, 0, 0, [16] = 2}, 20},
	};
	struct lp_packet p;

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(links); i++) {
		struct segment s = {.seq = 7, .data = "GET"};
		size_t len;

		memcpy(frame, links[i].head, sizeof(links[i].head));
		len = put_tcp(links[i].len, &s);
		assert_true(lp_packet_link(links[i].link));
		assert_true(read_frame(links[i].link, len, &p));
		assert_int_equal(p.seq, 7);
		assert_int_equal(p.dport, 80);
		assert_int_equal(p.payload.len, 3);
		assert_memory_equal(p.payload.ptr, "GET", 3);
		/* Cut anywhere: nothing is read past the end. */
		for (size_t cut = 0; cut < len; cut++)
			(void)read_frame(links[i].link, cut, &p);
	}
	{
		struct segment s = {.seq = 9, .data = "v6", .v6 = true};
		size_t len = put_tcp(0, &s);

		assert_true(read_frame(229, len, &p));
		assert_int_equal(p.seq, 9);
		assert_memory_equal(p.payload.ptr, "v6", 2);
		for (size_t cut = 0; cut < len; cut++)
			(void)read_frame(229, cut, &p);
	}
	assert_false(lp_packet_link(147));
	/* Links within links that are not read, and values that do not end. */
	memcpy(frame, "\x0c\0\0\0\1\0\0\0\x93\0\0\0....", 16);
	assert_false(read_frame(258, 16, &p));
	assert_string_equal(p.carrier, "PKTAP");
	memcpy(frame + 8, "\2\1", 2);
	assert_false(read_frame(258, 16, &p));
	memset(frame, 0, 16);
	assert_false(read_frame(239, 16, &p));
}

/* A mirror cut the packet before it was captured: what is there is read, the rest is missing. */
static void test_cut_inside(void **state)
{
	struct lp_packet p;

	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		struct segment s = {.seq = 7, .data = "GET / HTTP/1.1", .v6 = v6};
		size_t len = put_tcp(0, &s);

		assert_true(read_frame(12, len - 5, &p));
		assert_int_equal(p.payload.len, 9);
		assert_int_equal(p.missing, 5);
	}
}

/* A UDP datagram of 3,000 bytes in three fragments, in every order. */
/* An outer IPv4 packet for `len` bytes behind it. */
static void put_outer(size_t at, uint8_t proto, size_t len)
{
	memset(frame + at, 0, 20);
	frame[at] = 0x45;
	put16(frame + at + 2, (unsigned)(20 + len));
	frame[at + 9] = proto;
	frame[at + 15] = 77;
	frame[at + 19] = 78;
}

#define INNER_ETHER "\1\1\1\1\1\1\2\2\2\2\2\2\x08\0"

static void test_tunnels(void **state)
{
	static const struct {
		uint8_t proto;
		uint8_t len;
		const char *head; /* behind the outer IP */
		bool v6;
	} tunnels[] = {
		{17, 30, "\x99\x99\x12\xb5\0\0\0\0\x08\0\0\0\0\0\x07\0" INNER_ETHER, false},
		{17, 34,
		 "\x99\x99\x21\x18\0\0\0\0\x08\0\0\0\0\0\x07\0"
		 "\1\1\1\1\1\1\2\2\2\2\2\2\x81\0\0\5\x86\xdd",
		 true},
		{17, 38, "\x99\x99\x17\xc1\0\0\0\0\2\0\x65\x58\0\0\x07\0oooooooo" INNER_ETHER,
		 false},
		{17, 16, "\x99\x99\x17\xc1\0\0\0\0\0\0\x08\0\0\0\x07\0", false},
		{47, 4, "\0\0\x08\0", false},
		{47, 16, "\xb0\0\x86\xdd ccckkkksssss", true},
		{47, 18, "\0\0\x65\x58" INNER_ETHER, false},
		{47, 30, "\x10\0\x88\xbe ssseeeeeeee" INNER_ETHER, false},
		{47, 18, "\0\0\x88\xbe" INNER_ETHER, false},
		{17, 12, "\x99\x99\x19\xeb\0\0\0\0\0\0\x11\xff", false},
		{17, 30, "\x99\x99\x12\xb5\0\0\0\0\x88\0\0\7\0\0\x07\0" INNER_ETHER, false},
		{17, 16, "\x99\x99\x12\xb6\0\0\0\0\x0c\0\0\2\0\0\x07\0", true},
		{47, 8, "\0\0\x88\x47\0\0\x11\xff", false},
		{47, 8, "\0\0\x81\0\0\5\x86\xdd", true},
		{47, 34, "\x10\0\x22\xebsssseeeeeeeeeee\0" INNER_ETHER, false},
		{47, 42, "\x10\0\x22\xebsssseeeeeeeeeee\1pppppppp" INNER_ETHER, false},
		{137, 4, "\0\0\x11\xff", false},
		{97, 16, "\x30\0" INNER_ETHER, false},
		{51, 24, "\4\4\0\0aaaaaaaaaaaaaaaaaaaa", false},
		{4, 0, "", false},
		{41, 0, "", true},
	};
	struct lp_packet p;

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(tunnels); i++) {
		struct segment s = {.seq = 7, .data = "GET", .v6 = tunnels[i].v6};
		size_t len = put_tcp(20 + tunnels[i].len, &s), n;
		uint8_t last[8];

		put_outer(0, tunnels[i].proto, len - 20);
		memcpy(frame + 20, tunnels[i].head, tunnels[i].len);
		assert_true(read_frame(101, len, &p));
		assert_int_equal(p.seq, 7);
		assert_int_equal(p.proto, LP_PROTO_TCP);
		assert_int_equal(p.dport, 80);
		assert_int_equal(p.src[15], 1);
		assert_int_equal(p.payload.len, 3);
		assert_memory_equal(p.payload.ptr, "GET", 3);
		for (size_t cut = 0; cut < len; cut++)
			(void)read_frame(101, cut, &p);
		/* In two pieces. */
		n = (len - 21) & ~(size_t)7;
		memcpy(last, frame + 20 + n, len - 20 - n);
		put16(frame + 2, (unsigned)(20 + n));
		frame[6] = 0x20;
		assert_false(read_frame(101, 20 + n, &p));
		put16(frame + 2, (unsigned)(len - n));
		put16(frame + 6, (unsigned)n / 8);
		memcpy(frame + 20, last, len - 20 - n);
		assert_true(read_frame(101, len - n, &p));
		assert_int_equal(p.seq, 7);
		assert_memory_equal(p.payload.ptr, "GET", 3);
	}
	/* Another datagram at such a port; more tunnels than there are. */
	put_outer(0, 17, 12);
	memcpy(frame + 20, "\x99\x99\x12\xb5\0\0\0\0\x09\0\0\0", 12);
	assert_true(read_frame(101, 32, &p));
	assert_int_equal(p.dport, 4789);
	assert_int_equal(p.payload.len, 4);
	for (size_t at = 0; at < 400; at += 20)
		put_outer(at, 4, 400 - at);
	assert_false(read_frame(101, 420, &p));
}

/* What is not read is named. */
static void test_hidden(void **state)
{
	static const struct {
		uint8_t head[92];
		size_t len;
		const char *in; /* NULL: nothing hides there */
	} frames[] = {
		{{[12] = 0x88, [13] = 0xe5}, 40, "MACsec"},
		{{[12] = 0x89, [13] = 0x4f}, 40, "NSH"},
		{{[12] = 8, [14] = 0x45, [17] = 26, [23] = 50}, 40, "IPsec"},
		{{[12] = 8, [14] = 0x45, [17] = 26, [23] = 115}, 40, "L2TP"},
		{{[12] = 8, [14] = 0x45, [17] = 26, [23] = 47, [34] = 0x30, 1, 0x88, 0x0b},
		 40,
		 "PPTP"},
		{{[12] = 8,
		  [14] = 0x45,
		  [17] = 78,
		  [23] = 17,
		  [36] = 0x11,
		  0x94,
		  [39] = 58,
		  [45] = 1},
		 92,
		 "IPsec"},
		{{[12] = 8,
		  [14] = 0x45,
		  [17] = 78,
		  [23] = 17,
		  [34] = 0x11,
		  0x94,
		  [39] = 58,
		  [42] = 1},
		 92,
		 "IPsec"},
		{{[12] = 8,
		  [14] = 0x45,
		  [17] = 76,
		  [23] = 17,
		  [37] = 9,
		  [39] = 56,
		  [42] = 4,
		  [46] = 7},
		 90,
		 "WireGuard"},
		{{[12] = 8, [13] = 6}, 40, NULL},
		{{[12] = 8, [14] = 0x45, [17] = 26, [23] = 1}, 40, NULL},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(frames); i++) {
		struct lp_packet p;

		memcpy(frame, frames[i].head, sizeof(frames[i].head));
		assert_false(read_frame(1, frames[i].len, &p));
		assert_true(frames[i].in ? p.carrier && !strcmp(p.carrier, frames[i].in)
					 : !p.carrier);
		for (size_t cut = 0; cut < frames[i].len; cut++)
			(void)read_frame(1, cut, &p);
	}
}

/* What is like it and carries nothing: keys for IPsec, keep-alives, a handshake of WireGuard. */
static void test_not_hidden(void **state)
{
	static const struct {
		uint8_t head[92];
		size_t len;
	} frames[] = {
		{{[12] = 8,
		  [14] = 0x45,
		  [17] = 78,
		  [23] = 17,
		  [36] = 0x11,
		  0x94,
		  [39] = 58,
		  [46] = 1},
		 92},
		{{[12] = 8,
		  [14] = 0x45,
		  [17] = 29,
		  [23] = 17,
		  [36] = 0x11,
		  0x94,
		  [39] = 9,
		  [42] = 255},
		 43},
		{{[12] = 8,
		  [14] = 0x45,
		  [17] = 60,
		  [23] = 17,
		  [37] = 9,
		  [39] = 40,
		  [42] = 4,
		  [46] = 7},
		 74},
		{{[12] = 8,
		  [14] = 0x45,
		  [17] = 76,
		  [23] = 17,
		  [37] = 9,
		  [39] = 56,
		  [42] = 1,
		  [46] = 7},
		 90},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(frames); i++) {
		struct lp_packet p;

		memcpy(frame, frames[i].head, sizeof(frames[i].head));
		assert_true(read_frame(1, frames[i].len, &p));
		assert_null(p.carrier);
	}
}

static void test_fragments(void **state)
{
	static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					      {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	static uint8_t body[3008];
	struct lp_packet p;

	(void)state;
	put16(body, 1);
	put16(body + 2, 31000);
	put16(body + 4, sizeof(body));
	for (size_t i = 8; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 7);
	for (unsigned v6 = 0; v6 < 2; v6++) {
		for (unsigned o = 0; o < 6; o++) {
			for (unsigned k = 0; k < 3; k++) {
				unsigned at = orders[o][k] * 1008,
					 n = orders[o][k] == 2 ? 3008 - 2016 : 1008;
				size_t head = v6 ? 48 : 20;

				memset(frame, 0, 48);
				if (v6) {
					frame[0] = 0x60;
					put16(frame + 4, 8 + n);
					frame[6] = 44;
					frame[40] = LP_PROTO_UDP;
					put16(frame + 42, at | (orders[o][k] != 2));
					put32(frame + 44, o);
				} else {
					frame[0] = 0x45;
					put16(frame + 2, 20 + n);
					put16(frame + 4, o);
					put16(frame + 6, at / 8 | (orders[o][k] != 2 ? 0x2000 : 0));
					frame[9] = LP_PROTO_UDP;
				}
				memcpy(frame + head, body + at, n);
				assert_int_equal(read_frame(12, head + n, &p), k == 2);
			}
			assert_int_equal(p.dport, 31000);
			assert_int_equal(p.payload.len, sizeof(body) - 8);
			assert_memory_equal(p.payload.ptr, body + 8, sizeof(body) - 8);
		}
	}
}

/* An end that earlier pieces lie behind: no datagram with a hole in it. */
static void test_fragments_disagree(void **state)
{
	static const struct {
		unsigned at, more;
	} pieces[] = {{0, 1}, {80, 1}, {8, 0}};
	struct lp_packet p;

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(pieces); i++) {
		memset(frame, 0, 28);
		frame[0] = 0x45;
		put16(frame + 2, 28);
		put16(frame + 6, pieces[i].at / 8 | (pieces[i].more ? 0x2000u : 0));
		frame[9] = LP_PROTO_UDP;
		assert_false(read_frame(12, 28, &p));
	}
}

/* --- connections ------------------------------------------------------------------------------ */

static struct lp_assemble *assemble;
static struct lp_blinds blinds;
static struct lp_flows *flows;
static char seen[4096];

static void on_call(void *ctx, const struct lp_call *call)
{
	size_t n = strlen(seen);

	(void)ctx;
	snprintf(seen + n, sizeof(seen) - n, "%s %d %.*s\n", call->operation, call->status,
		 (int)(call->request ? call->request->target.len : 0),
		 call->request ? call->request->target.ptr : "");
}

static int start(void **state)
{
	(void)state;
	seen[0] = '\0';
	defrag = lp_defrag_new();
	memset(&blinds, 0, sizeof(blinds));
	if (!defrag || lp_assemble_new(&assemble, on_call, NULL, &blinds) ||
	    lp_flows_new(&flows, assemble, 31000))
		return -1;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	lp_flows_free(flows);
	lp_assemble_free(assemble);
	lp_blinds_fini(&blinds);
	lp_defrag_free(defrag);
	return 0;
}

static void send_segment(const struct segment *s)
{
	struct lp_packet p;

	assert_true(read_frame(12, put_tcp(0, s), &p));
	lp_flows_packet(flows, &p, 1000);
}

#define SCOPE                                                                                      \
	"Authorization: AWS4-HMAC-SHA256 "                                                         \
	"Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/s3/aws4_request, "                     \
	"SignedHeaders=host, Signature=00\r\n"
#define GET(key)  "GET /bucket/" key " HTTP/1.1\r\nHost: s3.eu-west-1.amazonaws.com\r\n" SCOPE "\r\n"
#define OK	  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define FORBIDDEN "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"

enum how {
	IN_ORDER,
	REVERSED,
	TWICE,
	OVERLAPPING,
};

/* Two calls in segments of 40 bytes around the wrap of the sequence number. */
static void two_calls(enum how how, bool v6, unsigned drop)
{
	static const char request[] = GET("a") GET("b"), answer[] = OK OK;
	uint32_t isn = 0xffffffa0, server = 5;
	size_t n = (sizeof(request) - 1 + 39) / 40;

	send_segment(&(struct segment){.v6 = v6, .flags = LP_TCP_SYN, .seq = isn - 1});
	send_segment(&(struct segment){.v6 = v6,
				       .from_server = true,
				       .flags = LP_TCP_SYN | LP_TCP_ACK,
				       .seq = server - 1,
				       .ack = isn});
	for (size_t i = 0; i < n; i++) {
		size_t k = how == REVERSED ? n - 1 - i : i, at = k * 40;
		size_t len = sizeof(request) - 1 - at < 40 ? sizeof(request) - 1 - at : 40;
		struct segment s = {.v6 = v6,
				    .flags = LP_TCP_ACK,
				    .seq = isn + (uint32_t)at,
				    .ack = server,
				    .data = request + at,
				    .len = len};

		if (k + 1 == drop)
			continue;
		if (how == OVERLAPPING && at >= 10) {
			s.seq -= 10;
			s.data -= 10;
			s.len += 10;
		}
		send_segment(&s);
		if (how == TWICE)
			send_segment(&s);
	}
	send_segment(&(struct segment){.v6 = v6,
				       .from_server = true,
				       .flags = LP_TCP_ACK,
				       .seq = server,
				       .ack = isn + sizeof(request) - 1,
				       .data = answer});
	send_segment(&(struct segment){.v6 = v6,
				       .flags = LP_TCP_FIN | LP_TCP_ACK,
				       .seq = isn + sizeof(request) - 1,
				       .ack = server + sizeof(answer) - 1});
	send_segment(&(struct segment){.v6 = v6,
				       .from_server = true,
				       .flags = LP_TCP_FIN | LP_TCP_ACK,
				       .seq = server + sizeof(answer) - 1,
				       .ack = isn + sizeof(request)});
}

static void test_reassembly(void **state)
{
	for (int how = IN_ORDER; how <= OVERLAPPING; how++)
		for (int v6 = 0; v6 < 2; v6++) {
			two_calls((enum how)how, v6, 0);
			assert_string_equal(seen,
					    "GetObject 200 /bucket/a\nGetObject 200 /bucket/b\n");
			assert_int_equal(lp_flows_stats(flows)->gaps, 0);
			stop(state);
			start(state);
		}
}

/* Any one segment lost: said, the rest is read where it can be, nothing is made up. */
static void test_lost_segment(void **state)
{
	size_t n = (sizeof(GET("a") GET("b")) - 1 + 39) / 40;

	for (unsigned drop = 1; drop <= n; drop++) {
		two_calls(IN_ORDER, false, drop);
		lp_flows_finish(flows);
		assert_true(lp_flows_stats(flows)->gaps > 0);
		assert_null(strstr(strstr(seen, "/bucket/a") ? strstr(seen, "/bucket/a") + 1 : "",
				   "/bucket/a"));
		stop(state);
		start(state);
	}
}

static void shake_hands(uint32_t client, uint32_t server)
{
	send_segment(&(struct segment){.flags = LP_TCP_SYN, .seq = client - 1});
	send_segment(&(struct segment){.from_server = true,
				       .flags = LP_TCP_SYN | LP_TCP_ACK,
				       .seq = server - 1,
				       .ack = client});
}

static void say(bool from_server, uint32_t seq, uint32_t ack, const char *data)
{
	send_segment(&(struct segment){.from_server = from_server,
				       .flags = LP_TCP_ACK,
				       .seq = seq,
				       .ack = ack,
				       .data = data});
}

/* The ports of a connection whose end was not seen, from wherever the new one counts. */
static void test_ports_again(void **state)
{
	for (uint32_t by = 0x10000000; by; by += 0x10000000) {
		for (uint32_t isn = 100;; isn += by) {
			shake_hands(isn, isn + 7);
			say(false, isn, isn + 7, isn == 100 ? GET("a") : GET("b"));
			say(true, isn + 7, isn + sizeof(GET("a")) - 1, OK);
			if (isn != 100)
				break;
		}
		assert_string_equal(seen, "GetObject 200 /bucket/a\nGetObject 200 /bucket/b\n");
		stop(state);
		start(state);
	}
}

/* A handshake that is captured late, or again, begins nothing. */
static void test_late_handshake(void **state)
{
	const uint32_t end = 100 + sizeof(GET("a")) - 1, mid = end + 30;

	(void)state;
	say(false, 100, 7, GET("a"));
	shake_hands(100, 7);
	say(true, 7, end, OK);
	send_segment(&(struct segment){.flags = LP_TCP_ACK,
				       .seq = end,
				       .ack = 7 + sizeof(OK) - 1,
				       .data = GET("b"),
				       .len = 30});
	shake_hands(100, 7);
	say(false, mid, 7 + sizeof(OK) - 1, &GET("b")[30]);
	say(true, 7 + sizeof(OK) - 1, end + sizeof(GET("b")) - 1, OK);
	assert_string_equal(seen, "GetObject 200 /bucket/a\nGetObject 200 /bucket/b\n");
	assert_int_equal(lp_flows_stats(flows)->gaps, 0);
}

/* Captures on several processors, and those that begin in the middle, may show an answer first. */
static void test_answer_first(void **state)
{
	const uint32_t end = 100 + sizeof(GET("a")) - 1, more = 7 + sizeof(OK) - 1;

	shake_hands(100, 7);
	say(false, end, more, GET("b"));
	say(true, 7, end, OK);
	assert_string_equal(seen, "");
	say(false, 100, 7, GET("a"));
	say(true, more, end + sizeof(GET("b")) - 1, FORBIDDEN);
	assert_string_equal(seen, "GetObject 200 /bucket/a\nGetObject 403 /bucket/b\n");
	stop(state);
	start(state);
	say(true, 7, 100, OK);
	say(false, 100, more, GET("a"));
	say(true, more, end, FORBIDDEN);
	assert_string_equal(seen, "GetObject 403 /bucket/a\n");
	stop(state);
	start(state);
	/* The answer never comes: the next request does not wait for it for ever. */
	shake_hands(100, 7);
	say(false, 100, 7, GET("a"));
	for (uint32_t i = 0; i < 40; i++)
		say(false, end, more, GET("b"));
	say(true, more, end + sizeof(GET("b")) - 1, OK);
	lp_flows_finish(flows);
	assert_non_null(strstr(seen, "/bucket/b"));
	assert_int_equal(lp_flows_stats(flows)->gap_bytes, sizeof(OK) - 1);
}

/* Single bytes, or none that were captured, behind one that never comes do not heap up. */
static void test_many_segments(void **state)
{
	struct lp_packet p;

	(void)state;
	for (unsigned cut = 0; cut < 2; cut++) {
		shake_hands(100, 7);
		say(false, 100, 7, "GET ");
		for (uint32_t i = 0; i < 4096; i++) {
			struct segment s = {.flags = LP_TCP_ACK, .seq = 110 + 2 * i, .data = "x"};
			size_t len = put_tcp(0, &s);

			assert_true(lp_packet_read(
				defrag, 12, lp_span_of((const char *)frame, len - cut), len, &p));
			lp_flows_packet(flows, &p, 1000);
		}
		assert_true(lp_flows_stats(flows)->gaps > 2048);
		stop(state);
		start(state);
	}
}

static const char host[] = "kms.eu-west-1.amazonaws.com";

/* A ClientHello without its record; its length. */
static size_t make_hello(uint8_t hello[400])
{
	size_t n = 6 + 32, name = sizeof(host) - 1;

	memset(hello, 0, 400);
	memcpy(hello, "\1\0\0\0\3\3", 6);
	hello[n++] = 0; /* session */
	hello[n + 1] = 2;
	n += 4; /* one suite */
	hello[n++] = 1;
	hello[n++] = 0; /* no compression */
	put16(hello + n, (unsigned)(name + 9 + 60));
	n += 2;
	put16(hello + n, 21); /* padding comes first */
	put16(hello + n + 2, 56);
	n += 60;
	put16(hello + n + 2, (unsigned)(name + 5));
	put16(hello + n + 4, (unsigned)(name + 3));
	put16(hello + n + 7, (unsigned)name);
	memcpy(hello + n + 9, host, name);
	n += 9 + name;
	put16(hello + 2, (unsigned)(n - 4));
	return n;
}

static size_t put_record(uint8_t *to, const uint8_t *from, size_t len)
{
	memcpy(to, "\x16\x03\x01", 3);
	put16(to + 3, (unsigned)len);
	memcpy(to + 5, from, len);
	return 5 + len;
}

/* What a ClientHello asks for, in small segments, and in two records. */
static void test_hello(void **state)
{
	uint8_t hello[400], wire[500];
	size_t n = make_hello(hello);

	(void)state;
	for (unsigned split = 0; split < 4; split++) {
		size_t first = split % 2 ? 70 : n, len = put_record(wire, hello, first);
		size_t step = split < 2 ? 13 : 1;

		if (split % 2)
			len += put_record(wire + len, hello + first, n - first);
		send_segment(&(struct segment){.port = (uint16_t)(5000 + split),
					       .server = 443,
					       .flags = LP_TCP_SYN,
					       .seq = 0});
		for (size_t at = 0; at < len; at += step)
			send_segment(&(struct segment){.port = (uint16_t)(5000 + split),
						       .server = 443,
						       .flags = LP_TCP_ACK,
						       .seq = (uint32_t)(1 + at),
						       .data = (char *)wire + at,

						       .len = len - at < step ? len - at : step});
	}
	lp_flows_finish(flows);
	assert_int_equal(blinds.n, 1);
	assert_string_equal(blinds.v[0].what, host);
	assert_int_equal(blinds.v[0].count, 4);
}

/* Captures on several processors may show the server's answer first. */
static void test_hello_after_answer(void **state)
{
	uint8_t hello[400], wire[500];
	size_t len = put_record(wire, hello, make_hello(hello));

	(void)state;
	shake_hands(100, 7);
	say(true, 7, 100 + (uint32_t)len, "\x16\x03\x03 whatever");
	send_segment(&(struct segment){
		.flags = LP_TCP_ACK, .seq = 100, .ack = 7, .data = (char *)wire, .len = len});
	lp_flows_finish(flows);
	assert_int_equal(blinds.n, 1);
	assert_string_equal(blinds.v[0].what, host);
	assert_int_equal(lp_flows_stats(flows)->gaps, 0);
}

/* What leads to a connection: SOCKS, STARTTLS, the heads that load balancers put first. */
static void test_preambles(void **state)
{
	static const struct {
		bool apart, from_server;
		const char *text;
		size_t len;
	} rows[] = {
		{true, false, "\5\1\0", 3},
		{true, false, "\4\1\1\xbb\x0a\0\0\1me", 11},
		{true, true, "220 email-smtp.eu-west-1.amazonaws.com ESMTP\r\n", 46},
		{true, false, "PROXY TCP4 10.0.0.1 10.0.0.2 4000 443\r\n", 39},
		{false, false, "PROXY TCP4 10.0.0.1 10.0.0.2 4000 443\r\n", 39},
		{true, false,
		 "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"
		 "abcdefghijkl",
		 28},
		{false, false,
		 "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"
		 "abcdefghijkl",
		 28},
	};
	uint8_t hello[400], wire[600];
	size_t n_hello = make_hello(hello);

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++)
		for (unsigned tls = 0; tls < 2; tls++) {
			size_t head = rows[i].apart ? 0 : rows[i].len, len;
			struct segment first = {.port = (uint16_t)(6000 + 2 * i + tls),
						.flags = LP_TCP_SYN,
						.seq = 99},
				       next = {.port = first.port, .flags = LP_TCP_ACK, .seq = 100};

			send_segment(&first);
			memcpy(wire, rows[i].text, rows[i].len);
			next.data = (char *)wire;
			next.len = rows[i].len;
			next.from_server = rows[i].from_server;
			if (rows[i].apart)
				send_segment(&next);
			next.seq +=
				rows[i].apart && !rows[i].from_server ? (uint32_t)rows[i].len : 0;
			next.from_server = false;
			if (tls)
				len = put_record(wire + head, hello, n_hello);
			else
				memcpy(wire + head, GET("a"), len = sizeof(GET("a")) - 1);
			next.len = head + len;
			send_segment(&next);
		}
	lp_flows_finish(flows);
	assert_int_equal(blinds.n, 1);
	assert_string_equal(blinds.v[0].what, host);
	assert_int_equal(blinds.v[0].count, LP_ARRAY_LEN(rows));
	for (const char *at = seen; *at; at += strlen("GetObject 0 /bucket/a\n"))
		assert_memory_equal(at, "GetObject 0 /bucket/a\n", 22);
	assert_int_equal(strlen(seen), 22 * LP_ARRAY_LEN(rows));
}

/* Only the answers were captured: that requests are missing is said. */
static void test_answers_only(void **state)
{
	(void)state;
	send_segment(&(struct segment){
		.from_server = true, .flags = LP_TCP_SYN | LP_TCP_ACK, .seq = 6, .ack = 100});
	say(true, 7, 300, OK);
	lp_flows_finish(flows);
	assert_int_equal(lp_flows_stats(flows)->gap_bytes, 200);
}

/* Through a proxy, at the second attempt, and where the capture begins with it. */
static void test_hello_later(void **state)
{
	static const char ask[] = "CONNECT kms.eu-west-1.amazonaws.com:443 HTTP/1.1\r\n\r\n",
			  no[] = "HTTP/1.1 407 Who\r\nContent-Length: 3\r\n\r\nwho",
			  yes[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	uint32_t client = 100, server = 7;
	uint8_t hello[400], wire[500];
	size_t len = put_record(wire, hello, make_hello(hello));

	(void)state;
	shake_hands(client, server);
	for (unsigned attempt = 0; attempt < 2; attempt++) {
		say(false, client, server, ask);
		client += sizeof(ask) - 1;
		say(true, server, client, attempt ? yes : no);
		server += attempt ? sizeof(yes) - 1 : sizeof(no) - 1;
	}
	for (uint16_t port = 0; port < 2; port++)
		send_segment(&(struct segment){.port = port,
					       .flags = LP_TCP_ACK,
					       .seq = client,
					       .ack = server,
					       .data = (char *)wire,
					       .len = len});
	lp_flows_finish(flows);
	assert_int_equal(blinds.n, 1);
	assert_string_equal(blinds.v[0].what, host);
	assert_int_equal(blinds.v[0].count, 2);
}

/* Plain HTTP through a proxy's tunnel. */
static void test_tunnel(void **state)
{
	static const char ask[] = "CONNECT s3.eu-west-1.amazonaws.com:80 HTTP/1.1\r\n\r\n";
	const uint32_t client = 100 + sizeof(ask) - 1, server = 7 + sizeof(OK) - 1;

	(void)state;
	shake_hands(100, 7);
	say(false, 100, 7, ask);
	say(true, 7, client, OK);
	say(false, client, server, GET("a"));
	say(true, server, client + sizeof(GET("a")) - 1, OK);
	assert_string_equal(seen, "GetObject 200 /bucket/a\n");
}

/* A tunnel behind other requests, asked for in single bytes. */
static void test_tunnel_later(void **state)
{
	static const char ask[] =
		GET("a") "CONNECT kms.eu-west-1.amazonaws.com:443 HTTP/1.1\r\n\r\n";
	const uint32_t client = 100 + sizeof(ask) - 1;
	uint8_t hello[400], wire[500];
	size_t len = put_record(wire, hello, make_hello(hello));

	(void)state;
	shake_hands(100, 7);
	for (uint32_t i = 0; ask[i]; i++) {
		const char one[2] = {ask[i]};

		say(false, 100 + i, 7, one);
	}
	say(true, 7, client, OK OK);
	send_segment(&(struct segment){.flags = LP_TCP_ACK,
				       .seq = client,
				       .ack = 7 + 2 * (sizeof(OK) - 1),
				       .data = (char *)wire,
				       .len = len});
	lp_flows_finish(flows);
	assert_string_equal(seen, "GetObject 200 /bucket/a\n");
	assert_int_equal(blinds.n, 1);
	assert_string_equal(blinds.v[0].what, host);
}

/* Without a name in the ClientHello, the one that DNS gave the address, over UDP or TCP. */
static void test_dns(void **state)
{
	static const char dns[] = "\0\x4f\0\1\x81\x80\0\1\0\2\0\0\0\0"
				  "\3sqs\x9"
				  "eu-west-1\x9"
				  "amazonaws\3com\0\0\1\0\1"
				  "\xc0\x0c\0\5\0\1\0\0\0\1\0\4\1q\xc0\x10"
				  "\1q\xc0\x10\0\1\0\1\0\0\0\1\0\4\0\0\0\2";
	struct lp_packet p = {.sport = 53, .dport = 9};

	for (unsigned tcp = 0; tcp < 2; tcp++) {
		size_t from = tcp ? 0 : 2;

		p.proto = tcp ? LP_PROTO_TCP : LP_PROTO_UDP;
		for (size_t n = 0; n < sizeof(dns) - from; n++) { /* cut anywhere, then whole */
			char *copy = malloc(n ? n : 1);

			memcpy(copy, dns + from, n);
			p.payload = lp_span_of(copy, n);
			lp_flows_packet(flows, &p, 1);
			p.dport++; /* else it was sent once more */
			free(copy);
		}
		send_segment(&(struct segment){.server = 443, .flags = LP_TCP_SYN, .seq = 0});
		send_segment(&(struct segment){.server = 443,
					       .flags = LP_TCP_ACK,
					       .seq = 1,
					       .data = "\x16\x03\x01\0\5\2\0\0\1",
					       .len = 10});
		lp_flows_finish(flows);
		assert_int_equal(blinds.n, 1);
		assert_string_equal(blinds.v[0].what, "sqs.eu-west-1.amazonaws.com");
		stop(state);
		start(state);
	}
}

/* More connections at once than there is room for. */
static void test_many(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2 * LP_FLOWS_MAX; i++)
		send_segment(&(struct segment){
			.port = (uint16_t)(1024 + i), .flags = LP_TCP_SYN, .seq = i});
	assert_int_equal(lp_flows_stats(flows)->no_room, LP_FLOWS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_links, start, stop),
		cmocka_unit_test_setup_teardown(test_cut_inside, start, stop),
		cmocka_unit_test_setup_teardown(test_tunnels, start, stop),
		cmocka_unit_test_setup_teardown(test_hidden, start, stop),
		cmocka_unit_test_setup_teardown(test_not_hidden, start, stop),
		cmocka_unit_test_setup_teardown(test_fragments, start, stop),
		cmocka_unit_test_setup_teardown(test_fragments_disagree, start, stop),
		cmocka_unit_test_setup_teardown(test_reassembly, start, stop),
		cmocka_unit_test_setup_teardown(test_ports_again, start, stop),
		cmocka_unit_test_setup_teardown(test_late_handshake, start, stop),
		cmocka_unit_test_setup_teardown(test_answer_first, start, stop),
		cmocka_unit_test_setup_teardown(test_many_segments, start, stop),
		cmocka_unit_test_setup_teardown(test_lost_segment, start, stop),
		cmocka_unit_test_setup_teardown(test_hello, start, stop),
		cmocka_unit_test_setup_teardown(test_hello_after_answer, start, stop),
		cmocka_unit_test_setup_teardown(test_preambles, start, stop),
		cmocka_unit_test_setup_teardown(test_answers_only, start, stop),
		cmocka_unit_test_setup_teardown(test_hello_later, start, stop),
		cmocka_unit_test_setup_teardown(test_tunnel, start, stop),
		cmocka_unit_test_setup_teardown(test_tunnel_later, start, stop),
		cmocka_unit_test_setup_teardown(test_dns, start, stop),
		cmocka_unit_test_setup_teardown(test_many, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
