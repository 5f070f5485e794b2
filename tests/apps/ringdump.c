/* SPDX-License-Identifier: MIT */

/*
 * A collector that only shows: accepts hellos on a Unix socket, reads the rings that come with
 * them and prints every event as one line of text. For looking at what the shim sends, and for
 * tests that must not depend on the rest of the collector.
 *
 *	ringdump [-d MS] SOCKET		-d: sleep that long between two rounds (a slow collector)
 *
 * Prints "ready" once it listens; reads until SIGTERM, then what is left, and ends. Payload bytes
 * outside of printable ASCII are written %XX.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "lp_event.h"
#include "lp_ring.h"
#include "lp_ring_file.h"

#define RINGS_MAX 8192
#define ROUND_MS  2

struct ring {
	struct lp_ring_hdr *hdr;
	const char *data;
	pid_t pid;
	uint64_t tail;
	uint64_t gaps;
};

static struct ring rings[RINGS_MAX];
static unsigned n_rings;
static volatile sig_atomic_t stop;
static const char *const names[LP_EV_TYPES] = {
	[LP_EV_REQUEST] = "REQUEST",
	[LP_EV_REQUEST_BARE] = "REQUEST_BARE",
	[LP_EV_BODY] = "BODY",
	[LP_EV_BODY_WHOLE] = "BODY_WHOLE",
	[LP_EV_REQUEST_END] = "REQUEST_END",
	[LP_EV_RESPONSE] = "RESPONSE",
	[LP_EV_CSM] = "CSM",
	[LP_EV_CLOSE] = "CLOSE",
	[LP_EV_LOST] = "LOST",
	[LP_EV_NOT_FOLLOWED] = "NOT_FOLLOWED",
	[LP_EV_REACHED] = "REACHED",
	[LP_EV_UNREACHED] = "UNREACHED",
};

static void on_term(int sig)
{
	(void)sig;
	stop = 1;
}

static void put_bytes(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] >= 0x20 && p[i] < 0x7f && p[i] != '%')
			putchar(p[i]);
		else
			printf("%%%02X", (unsigned char)p[i]);
}

static void show(const struct ring *r, const struct lp_ring_rec *rec, const char *payload)
{
	const char *name = rec->type < LP_EV_TYPES ? names[rec->type] : NULL;
	struct lp_event_end end;
	struct lp_event_lost lost;

	printf("%d %" PRIu64 " %u %s %s ", (int)r->pid, rec->conn, rec->seq, name ? name : "?",
	       rec->flags & LP_EVF_TLS ? "tls" : "plain");
	if (rec->type == LP_EV_REQUEST_END && rec->len == sizeof(end)) {
		memcpy(&end, payload, sizeof(end));
		printf("body=%" PRIu64 " kept=%" PRIu64, end.body_len, end.kept_len);
	} else if (rec->type == LP_EV_LOST && rec->len >= sizeof(lost)) {
		memcpy(&lost, payload, sizeof(lost));
		printf("reason=%u ", lost.reason);
		put_bytes(payload + sizeof(lost), rec->len - sizeof(lost));
	} else {
		put_bytes(payload, rec->len);
	}
	putchar('\n');
}

/* Reads what is whole; with `over` (the writer is gone) steps over what is not. */
static void drain(struct ring *r, bool over)
{
	static char copy[LP_RING_RECORD_MAX];
	uint64_t head = atomic_load_explicit(&r->hdr->head, memory_order_acquire), before = r->tail;

	if (head < r->tail || head - r->tail > LP_RING_SIZE)
		return;
	while (r->tail < head) {
		const char *at = r->data + r->tail % LP_RING_SIZE;
		struct lp_ring_rec rec;
		uint64_t commit, size;

		commit = atomic_load_explicit(
			&((const struct lp_ring_rec *)(const void *)at)->commit,
			memory_order_acquire);
		memcpy((char *)&rec + sizeof(commit), at + sizeof(commit),
		       sizeof(rec) - sizeof(commit));
		size = (sizeof(rec) + (uint64_t)rec.len + LP_RING_ALIGN - 1) &
		       ~(uint64_t)(LP_RING_ALIGN - 1);
		if (commit != (LP_RING_COMMIT ^ r->tail) || size > LP_RING_RECORD_MAX) {
			if (!over)
				break;
			r->tail += LP_RING_ALIGN;
			r->gaps += LP_RING_ALIGN;
			continue;
		}
		memcpy(copy, at + sizeof(rec), rec.len);
		show(r, &rec, copy);
		r->tail += size;
	}
	if (r->tail == before)
		return;
	atomic_store_explicit(&r->hdr->tail, r->tail, memory_order_release);
	atomic_fetch_add_explicit(&r->hdr->tail_seq, 1, memory_order_seq_cst);
	atomic_store_explicit(&r->hdr->kick, 0, memory_order_relaxed);
	if (atomic_load_explicit(&r->hdr->waiters, memory_order_seq_cst))
		syscall(SYS_futex, &r->hdr->tail_seq, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void add_ring(int fd, pid_t pid)
{
	struct ring *r = &rings[n_rings];
	struct stat st;
	char *base;

	if (n_rings == RINGS_MAX || fstat(fd, &st) || st.st_size != LP_RING_HDR + LP_RING_SIZE) {
		printf("%d bad ring\n", (int)pid);
		return;
	}
	base = mmap(NULL, LP_RING_HDR + 2 * LP_RING_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0);
	if (base == MAP_FAILED ||
	    mmap(base, LP_RING_HDR + LP_RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 fd, 0) == MAP_FAILED ||
	    mmap(base + LP_RING_HDR + LP_RING_SIZE, LP_RING_SIZE, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, fd, LP_RING_HDR) == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	*r = (struct ring){
		.hdr = (struct lp_ring_hdr *)(void *)base,
		.data = base + LP_RING_HDR,
		.pid = pid,
	};
	n_rings++;
}

static void hello(int listener)
{
	static const char *const kinds[] = {
		[LP_HELLO_START] = "START", [LP_HELLO_RING] = "RING", [LP_HELLO_KICK] = "KICK",
		[LP_HELLO_BLIND] = "BLIND", [LP_HELLO_FILE] = "FILE",
	};
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct lp_hello h = {0};
	struct iovec iov = {&h, sizeof(h)};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	int s = accept4(listener, NULL, NULL, SOCK_CLOEXEC), fd = -1;
	struct ucred cred = {0};
	socklen_t len = sizeof(cred);
	struct cmsghdr *c;

	if (s < 0)
		return;
	getsockopt(s, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	if (recvmsg(s, &msg, MSG_CMSG_CLOEXEC) != sizeof(h) || h.magic != LP_RING_MAGIC) {
		printf("%d bad hello\n", (int)cred.pid);
		goto out;
	}
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	h.exe[sizeof(h.exe) - 1] = '\0';
	printf("%d hello %s drops=%" PRIu64 " %s\n", (int)cred.pid,
	       h.kind < LP_HELLO_KINDS && kinds[h.kind] ? kinds[h.kind] : "?", h.drops, h.exe);
	if (h.kind == LP_HELLO_FILE) {
		fd = lp_ring_file();
		(void)lp_ring_file_send(s, (char[]){0}, 1, fd);
		close(fd);
	} else if (fd >= 0) {
		add_ring(fd, cred.pid);
		close(fd);
	}
out:
	close(s);
}

static void summary(void)
{
	for (unsigned i = 0; i < n_rings; i++) {
		drain(&rings[i], true);
		for (unsigned k = 0; k < LP_DROP_REASONS; k++)
			if (atomic_load(&rings[i].hdr->drops[k]))
				printf("%d drops reason=%u n=%" PRIu64 "\n", (int)rings[i].pid, k,
				       atomic_load(&rings[i].hdr->drops[k]));
		if (rings[i].gaps)
			printf("%d gap bytes=%" PRIu64 "\n", (int)rings[i].pid, rings[i].gaps);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct sigaction sa = {.sa_handler = on_term};
	struct pollfd p = {.events = POLLIN};
	int delay = ROUND_MS, opt;

	while ((opt = getopt(argc, argv, "d:")) == 'd')
		delay = atoi(optarg);
	if (opt != -1 || optind + 1 != argc || strlen(argv[optind]) >= sizeof(un.sun_path)) {
		fprintf(stderr, "usage: ringdump [-d MS] SOCKET\n");
		return 2;
	}
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	memcpy(un.sun_path, argv[optind], strlen(argv[optind]) + 1);
	unlink(un.sun_path);
	p.fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (p.fd < 0 || bind(p.fd, (struct sockaddr *)&un, sizeof(un)) || listen(p.fd, 4096)) {
		perror(un.sun_path);
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	while (!stop) {
		if (poll(&p, 1, delay) > 0)
			hello(p.fd);
		if (delay > ROUND_MS)
			poll(NULL, 0, delay);
		for (unsigned i = 0; i < n_rings; i++)
			drain(&rings[i], false);
		fflush(stdout);
	}
	while (poll(&p, 1, 0) > 0)
		hello(p.fd);
	summary();
	return fflush(stdout) ? 1 : 0;
}
