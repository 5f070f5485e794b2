/* SPDX-License-Identifier: MIT */
#include "sender.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"

#define GOOD_MS	   1000
#define ANSWER_MAX 8192

void lp_sender_init(struct lp_sender *s)
{
	/* The kernel answers while the question is sent; this is for one that does not. */
	const struct timeval at_most = {.tv_usec = 10000};

	memset(s, 0, sizeof(*s));
	s->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (s->netlink >= 0)
		setsockopt(s->netlink, SOL_SOCKET, SO_RCVTIMEO, &at_most, sizeof(at_most));
}

void lp_sender_fini(struct lp_sender *s)
{
	if (s->netlink >= 0)
		close(s->netlink);
	s->netlink = -1;
}

/*
 * The question is for the socket that would receive a datagram from us: source and destination are
 * ours and theirs.
 */
static bool ask(struct lp_sender *s, const struct sockaddr_in *from, uint16_t to, uid_t *uid)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 req;
	} question = {
		.head = {.nlmsg_len = sizeof(question),
			 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			 .nlmsg_flags = NLM_F_REQUEST,
			 .nlmsg_seq = ++s->asked},
		.req = {.sdiag_family = AF_INET,
			.sdiag_protocol = IPPROTO_UDP,
			.idiag_states = ~0u,
			.id = {.idiag_sport = htons(to),
			       .idiag_dport = from->sin_port,
			       .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}},
	};
	union {
		struct nlmsghdr head;
		char bytes[ANSWER_MAX];
	} answer;
	struct inet_diag_msg msg;
	ssize_t n;

	question.req.id.idiag_src[0] = htonl(INADDR_LOOPBACK);
	question.req.id.idiag_dst[0] = from->sin_addr.s_addr;
	if (send(s->netlink, &question, sizeof(question), 0) < 0)
		return false;
	/* One that came too late for its question is passed over. */
	do
		n = recv(s->netlink, &answer, sizeof(answer), 0);
	while (n < 0 ? errno == EINTR
		     : n >= NLMSG_HDRLEN && answer.head.nlmsg_seq != question.head.nlmsg_seq);
	if (n < (ssize_t)(NLMSG_HDRLEN + sizeof(msg)) ||
	    answer.head.nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return false;
	memcpy(&msg, answer.bytes + NLMSG_HDRLEN, sizeof(msg));
	*uid = msg.idiag_uid;
	return msg.id.idiag_sport == from->sin_port;
}

bool lp_sender_uid(struct lp_sender *s, const struct sockaddr_in *from, uint16_t to, uid_t *uid)
{
	uint16_t port = ntohs(from->sin_port);
	uint64_t now = lp_monotonic_ms();
	size_t i = port % LP_SENDER_PORTS;

	if (s->ports[i].port != port || now - s->ports[i].asked_ms >= GOOD_MS) {
		bool known = s->netlink >= 0 && ask(s, from, to, &s->ports[i].uid);

		s->ports[i].known = known;
		s->ports[i].port = port;
		s->ports[i].asked_ms = now;
	}
	*uid = s->ports[i].uid;
	return s->ports[i].known;
}
