/* SPDX-License-Identifier: MIT */
/* Whose socket a datagram came from. */
#include "source/sender.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static void tells_whose_it_is(void **state)
{
	struct sockaddr_in to = loopback(31000), from;
	struct nlmsghdr old = {.nlmsg_len = sizeof(old), .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK};
	static struct lp_sender s;
	socklen_t len = sizeof(from);
	uid_t uid = (uid_t)-1;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&from, &len), 0);
	lp_sender_init(&s);
	if (!lp_sender_uid(&s, &from, 31000, &uid)) {
		/* A kernel without sock_diag for UDP: then nobody is known, and said so. */
		lp_sender_fini(&s);
		close(fd);
		skip();
	}
	assert_int_equal(uid, geteuid());
	/* The answer to a question that was given up came since. */
	lp_sender_fini(&s);
	lp_sender_init(&s);
	assert_int_equal(send(s.netlink, &old, sizeof(old), 0), sizeof(old));
	assert_true(lp_sender_uid(&s, &from, 31000, &uid));
	/* Remembered; but not for another port. */
	close(fd);
	assert_true(lp_sender_uid(&s, &from, 31000, &uid));
	lp_sender_fini(&s);
	lp_sender_init(&s);
	assert_false(lp_sender_uid(&s, &from, 31000, &uid));
	lp_sender_fini(&s);
	assert_false(lp_sender_uid(&s, &from, 31000, &uid));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(tells_whose_it_is)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
