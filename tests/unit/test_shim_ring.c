/* SPDX-License-Identifier: MIT */

/*
 * The shim's ring against a reader that checks every byte: many writers, a full ring, no
 * collector, a collector that is replaced.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "../../preload/contact.c"
#include "../../preload/ring.c"

#define WRITERS 4
#define RECORDS 4000
#define SECOND	1000000000ull

struct lps_config lps_config;

uint64_t lps_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

static bool stranger; /* as in a vfork child */

bool lps_own_process(void)
{
	return !stranger;
}

static uint64_t later; /* by how much it is later than it is */

uint64_t lps_mono(void)
{
	return lps_now() + later;
}

/* --- the collector's side --------------------------------------------------------------------- */

struct reader {
	int listener;
	struct lp_ring_hdr *h;
	uint64_t tail;
	uint64_t drops; /* as the last hello said */
	unsigned kicks;
};

static int listen_here(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	unlink(lps_config.socket.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&lps_config.socket, lps_config.socket_len), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

/* Takes one hello; 0 when there is none. */
static int take_hello(struct reader *r)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct lp_hello h;
	struct iovec iov = {&h, sizeof(h)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	int s = accept4(r->listener, NULL, NULL, SOCK_CLOEXEC), fd;

	if (s < 0)
		return 0;
	assert_int_equal(recvmsg(s, &msg, 0), sizeof(h));
	close(s);
	assert_true(h.magic == LP_RING_MAGIC);
	r->drops = h.drops;
	if (h.kind == LP_HELLO_RING) {
		assert_non_null(CMSG_FIRSTHDR(&msg));
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
		assert_int_equal(fcntl(fd, F_GET_SEALS) & (F_SEAL_SHRINK | F_SEAL_GROW),
				 F_SEAL_SHRINK | F_SEAL_GROW);
		r->h = ring_map(fd, NULL);
		assert_non_null(r->h);
		r->tail = 0;
		close(fd);
	}
	r->kicks += h.kind == LP_HELLO_KICK;
	return (int)h.kind;
}

/* The next record, or NULL; stays valid until `advance`. */
static const struct lp_ring_rec *peek(struct reader *r)
{
	const struct lp_ring_rec *rec;

	if (r->tail == atomic_load_explicit(&r->h->head, memory_order_acquire))
		return NULL;
	rec = (const void *)(data_of(r->h) + r->tail % LP_RING_SIZE);
	if (atomic_load_explicit(&rec->commit, memory_order_acquire) != (LP_RING_COMMIT ^ r->tail))
		return NULL;
	return rec;
}

static void advance(struct reader *r, uint32_t len)
{
	r->tail += record_size(len);
	atomic_store_explicit(&r->h->tail, r->tail, memory_order_release);
	atomic_fetch_add_explicit(&r->h->tail_seq, 1, memory_order_seq_cst);
	atomic_store_explicit(&r->h->kick, 0, memory_order_relaxed);
	if (atomic_load_explicit(&r->h->waiters, memory_order_seq_cst))
		syscall(SYS_futex, &r->h->tail_seq, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static uint64_t dropped(const struct lp_ring_hdr *h, enum lp_drop_reason why)
{
	return atomic_load_explicit(&h->drops[why], memory_order_relaxed);
}

static int set_up(void **state)
{
	char *name = lps_config.socket.sun_path;

	(void)state;
	if (lps_config.socket_len)
		return unlink(name) && errno != ENOENT;
	lps_config.socket.sun_family = AF_UNIX;
	snprintf(name, sizeof(lps_config.socket.sun_path), "/tmp/lp-test-ring-%d", (int)getpid());
	lps_config.socket_len = sizeof(lps_config.socket);
	unlink(name);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	later = 0;
	unlink(lps_config.socket.sun_path);
	return 0;
}

static bool emit_text(struct lps_ring *r, uint32_t seq, const char *text)
{
	struct lps_record rec = {
		.conn = 1, .seq = seq, .time_ns = 1 + later, .type = LP_EV_REQUEST};
	struct lp_span parts[2] = {lp_span_str(text), lp_span_of("!", 1)};

	return lps_ring_emit(r, &rec, parts, 2);
}

/* --- many writers ----------------------------------------------------------------------------- */

static struct lps_ring shared;

/* Byte k of record i of writer w; the lengths reach over several alignment units. */
static unsigned char byte_of(uint64_t w, uint32_t i, uint32_t k)
{
	return (unsigned char)(w * 31 + i * 7 + k);
}

static uint32_t len_of(uint32_t i)
{
	return i % 500 == 0 ? 60000 : i % 300;
}

static void *write_many(void *arg)
{
	uint64_t w = (uint64_t)(uintptr_t)arg;
	unsigned char *buf = malloc(60000);
	size_t kept = 0;

	for (uint32_t i = 0; i < RECORDS; i++) {
		struct lps_record rec = {
			.conn = w, .seq = i, .time_ns = lps_now(), .type = LP_EV_BODY};
		struct lp_span parts[2];
		uint32_t len = len_of(i);

		for (uint32_t k = 0; k < len; k++)
			buf[k] = byte_of(w, i, k);
		parts[0] = lp_span_of((char *)buf, len / 3);
		parts[1] = lp_span_of((char *)buf + len / 3, len - len / 3);
		kept += lps_ring_emit(&shared, &rec, parts, 2);
	}
	free(buf);
	return (void *)kept;
}

static atomic_uint writing;

static void *write_and_leave(void *arg)
{
	void *kept = write_many(arg);

	writing--;
	return kept;
}

static void check_bytes(const struct lp_ring_rec *rec)
{
	const unsigned char *p = (const unsigned char *)(rec + 1);

	assert_int_equal(rec->len, len_of(rec->seq));
	for (uint32_t k = 0; k < rec->len; k++)
		if (p[k] != byte_of(rec->conn, rec->seq, k))
			fail_msg("record %u of %u, byte %u", rec->seq, (unsigned)rec->conn, k);
}

/* Whole records in each writer's order; what is missing (a slow machine) is counted, exactly. */
static void writers_are_kept_apart(void **state)
{
	struct reader r = {.listener = listen_here()};
	uint32_t next[WRITERS] = {0}, got = 0;
	uint64_t lost = 0;
	pthread_t t[WRITERS];
	size_t kept = 0;

	(void)state;
	writing = WRITERS;
	for (size_t w = 0; w < WRITERS; w++)
		pthread_create(&t[w], NULL, write_and_leave, (void *)w);
	while (take_hello(&r) != LP_HELLO_RING)
		;
	/* Through the writers' own mapping: ThreadSanitizer knows memory by its address. */
	while (!atomic_load(&shared.hdr))
		sched_yield();
	r.h = atomic_load(&shared.hdr);
	for (;;) {
		bool last = !writing;
		const struct lp_ring_rec *rec = peek(&r);

		if (!rec && last)
			break;
		if (!rec) {
			sched_yield();
			continue;
		}
		assert_in_range(rec->conn, 0, WRITERS - 1);
		assert_true(rec->seq >= next[rec->conn]);
		check_bytes(rec);
		next[rec->conn] = rec->seq + 1;
		got++;
		advance(&r, rec->len);
	}
	for (size_t w = 0; w < WRITERS; w++) {
		void *n;

		pthread_join(t[w], &n);
		kept += (size_t)n;
	}
	for (unsigned i = 0; i < LP_DROP_REASONS; i++)
		lost += dropped(r.h, i);
	assert_int_equal(got, kept);
	assert_int_equal(got + lost + atomic_load(&shared.no_ring), WRITERS * RECORDS);
	assert_true(got > RECORDS);
	close(r.listener);
}

/* --- a collector that does not read ----------------------------------------------------------- */

static void a_full_ring_costs_a_bounded_time(void **state)
{
	struct reader r = {.listener = listen_here()};
	struct lps_ring ring = {.hdr = NULL};
	static char big[100000];
	uint64_t t0 = lps_now(), dt, lost = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		struct lps_record rec = {.conn = 1, .seq = i, .time_ns = t0, .type = LP_EV_BODY};
		struct lp_span part = lp_span_of(big, sizeof(big));

		lost += !lps_ring_emit(&ring, &rec, &part, 1);
	}
	dt = lps_now() - t0;
	assert_int_equal(take_hello(&r), LP_HELLO_RING);
	assert_int_equal(take_hello(&r), LP_HELLO_KICK);
	assert_int_equal(lost, 100 - LP_RING_SIZE / record_size(sizeof(big)));
	assert_int_equal(dropped(r.h, LP_DROP_FULL), lost);
	assert_true(dt >= LP_RING_WAIT_MS * MS);
	assert_true(dt < 5 * LP_RING_WAIT_MS * MS);
	/* It moves again: so does the program. */
	while (peek(&r))
		advance(&r, peek(&r)->len);
	assert_true(emit_text(&ring, 200, "again"));
	assert_non_null(peek(&r));
	assert_int_equal(peek(&r)->seq, 200);
	close(r.listener);
}

static void too_long_is_counted(void **state)
{
	struct reader r = {.listener = listen_here()};
	struct lps_ring ring = {.hdr = NULL};
	struct lps_record rec = {.conn = 1, .time_ns = lps_now(), .type = LP_EV_BODY};
	char *big = calloc(1, LP_RING_RECORD_MAX);
	struct lp_span part = lp_span_of(big, LP_RING_RECORD_MAX);

	(void)state;
	assert_false(lps_ring_emit(&ring, &rec, &part, 1));
	part.len -= sizeof(struct lp_ring_rec);
	assert_true(lps_ring_emit(&ring, &rec, &part, 1));
	assert_int_equal(take_hello(&r), LP_HELLO_RING);
	assert_int_equal(dropped(r.h, LP_DROP_TOO_LONG), 1);
	free(big);
	close(r.listener);
}

static void nonsense_from_the_reader_does_no_harm(void **state)
{
	struct reader r = {.listener = listen_here()};
	struct lps_ring ring = {.hdr = NULL};

	(void)state;
	assert_true(emit_text(&ring, 0, "one"));
	assert_int_equal(take_hello(&r), LP_HELLO_RING);
	atomic_store(&r.h->tail, UINT64_MAX);
	assert_false(emit_text(&ring, 1, "two"));
	atomic_store(&r.h->head, UINT64_MAX / 2);
	atomic_store(&r.h->tail, 5);
	assert_false(emit_text(&ring, 2, "three"));
	close(r.listener);
}

static void without_a_collector_nothing_waits(void **state)
{
	struct lps_ring ring = {.hdr = NULL};
	struct reader r = {.listener = -1};
	uint64_t now = lps_now();

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		assert_false(emit_text(&ring, i, "nobody"));
	assert_true(lps_now() - now < SECOND / 2);
	r.listener = listen_here();
	/* Not before the time for another try has come; then the loss is told. */
	assert_false(emit_text(&ring, 1, "nobody"));
	later = RETRY_NS;
	assert_true(emit_text(&ring, 2, "somebody"));
	assert_int_equal(take_hello(&r), LP_HELLO_RING);
	assert_int_equal(r.drops, 1001);
	assert_int_equal(atomic_load(&ring.no_ring), 0);
	assert_memory_equal(peek(&r) + 1, "somebody!", 9);
	close(r.listener);
}

/* --- a collector that dies -------------------------------------------------------------------- */

static void the_next_collector_gets_what_was_not_read(void **state)
{
	struct lps_ring ring = {.hdr = NULL};
	struct reader r = {.listener = listen_here()};
	pid_t first = fork();
	uint64_t now;

	(void)state;
	if (first == 0) {
		/* The kernel names whoever called listen(). */
		listen(r.listener, 16);
		kill(getpid(), SIGSTOP);
		take_hello(&r);
		kill(getpid(), SIGSTOP);
		_exit(0);
	}
	waitpid(first, NULL, WUNTRACED);
	for (uint32_t i = 0; i < 10; i++)
		assert_true(emit_text(&ring, i, "before"));
	atomic_store(&atomic_load(&ring.hdr)->drops[LP_DROP_TOO_LONG], 3);
	kill(first, SIGKILL);
	waitpid(first, NULL, 0);
	close(r.listener);
	r.listener = listen_here();
	assert_true(emit_text(&ring, 10, "not noticed yet"));
	later = 2 * STALL_NS;
	/* A vfork child leaves that to its parent. */
	stranger = true;
	assert_true(emit_text(&ring, 11, "by a child"));
	lps_ring_finish(&ring);
	assert_int_equal(poll(&(struct pollfd){.fd = r.listener, .events = POLLIN}, 1, 0), 0);
	stranger = false;
	later += 2 * STALL_NS;
	/* Another thread is in the middle of a record. */
	atomic_fetch_add(&ring.writers, 1);
	now = lps_now();
	assert_true(emit_text(&ring, 12, "moved"));
	assert_true(lps_now() - now >= MOVE_WAIT_NS);
	atomic_fetch_sub(&ring.writers, 1);
	assert_int_equal(take_hello(&r), LP_HELLO_KICK);
	assert_int_equal(take_hello(&r), LP_HELLO_RING);
	assert_int_equal(dropped(r.h, LP_DROP_TOO_LONG), 3);
	for (uint32_t i = 0; i < 13; i++) {
		assert_non_null(peek(&r));
		assert_int_equal(peek(&r)->seq, i);
		advance(&r, peek(&r)->len);
	}
	assert_null(peek(&r));
	/* Read in time, nothing is asked any more. */
	for (uint32_t i = 0; i < 5; i++) {
		later += SECOND;
		assert_true(emit_text(&ring, i, "read"));
		advance(&r, peek(&r)->len);
	}
	close(r.listener);
}

/* What follows a request has no time of its own; the reader is asked about when it stood still. */
static void records_without_a_time(void **state)
{
	const struct lps_record timeless = {.conn = 1, .type = LP_EV_RESPONSE};
	struct lps_ring ring = {.hdr = NULL};
	struct reader r = {.listener = listen_here()};

	(void)state;
	assert_int_equal(fcntl(r.listener, F_SETFL, O_NONBLOCK), 0);
	for (uint32_t i = 0; i < 3; i++)
		assert_true(emit_text(&ring, i, "unread"));
	assert_int_equal(take_hello(&r), LP_HELLO_RING);
	for (uint32_t i = 0; i < 5; i++) {
		later += SECOND;
		advance(&r, peek(&r)->len);
		assert_true(lps_ring_emit(&ring, &timeless, NULL, 0));
		later += SECOND;
		assert_true(emit_text(&ring, i, "since it moved"));
		assert_int_equal(take_hello(&r), 0);
	}
	later += 2 * STALL_NS;
	assert_true(lps_ring_emit(&ring, &timeless, NULL, 0));
	assert_int_equal(take_hello(&r), 0);
	assert_true(emit_text(&ring, 0, "it stands"));
	assert_int_equal(take_hello(&r), LP_HELLO_KICK);
	close(r.listener);
}

static void *moved(void *arg)
{
	struct lps_ring *r = arg;

	usleep(20000);
	atomic_store(&r->making, 0);
	return NULL;
}

/* Also where all of the budget was needed to make it. */
static void who_writes_while_the_ring_moves_waits(void **state)
{
	struct lps_ring ring = {.waited_ns = LP_RING_WAIT_MS * MS};
	struct reader r = {.listener = listen_here()};
	pthread_t t;

	(void)state;
	assert_true(emit_text(&ring, 0, "one"));
	assert_int_equal(take_hello(&r), LP_HELLO_RING);
	atomic_store(&ring.making, 1);
	assert_int_equal(pthread_create(&t, NULL, moved, &ring), 0);
	assert_true(emit_text(&ring, 1, "two"));
	pthread_join(t, NULL);
	assert_int_equal(atomic_load(&ring.writers), 0);
	close(r.listener);
}

/* Where that takes longer than a thread may wait. */
static void what_a_move_lost_is_told_at_the_end(void **state)
{
	struct lps_ring ring = {.hdr = NULL};
	struct reader r = {.listener = listen_here()};

	(void)state;
	assert_int_equal(fcntl(r.listener, F_SETFL, O_NONBLOCK), 0);
	assert_true(emit_text(&ring, 0, "one"));
	assert_int_equal(take_hello(&r), LP_HELLO_RING);
	advance(&r, peek(&r)->len);
	atomic_store(&ring.making, 1);
	assert_false(emit_text(&ring, 1, "two"));
	atomic_store(&ring.making, 0);
	assert_int_equal(atomic_load(&ring.writers), 0);
	lps_ring_finish(&ring);
	assert_int_equal(take_hello(&r), LP_HELLO_KICK);
	assert_int_equal(r.drops, 1);
	close(r.listener);
}

static void a_reader_that_moved_on_is_not_called(void **state)
{
	struct lps_ring ring = {.hdr = NULL};
	struct reader r = {.listener = listen_here()};

	(void)state;
	assert_int_equal(fcntl(r.listener, F_SETFL, O_NONBLOCK), 0);
	assert_true(emit_text(&ring, 0, "one"));
	assert_int_equal(take_hello(&r), LP_HELLO_RING);
	atomic_store(&r.h->head, LP_RING_SIZE);
	atomic_store(&r.h->tail, LP_RING_SIZE);
	kick_when_much_waits(ring.hdr, record_size(4));
	assert_int_equal(take_hello(&r), 0);
	close(r.listener);
}

static void a_ring_for_one_record(void **state)
{
	struct reader r = {.listener = listen_here()};
	struct lps_record rec = {.type = LP_EV_NOT_FOLLOWED, .time_ns = lps_now()};
	struct lp_span part = LP_SPAN("static");

	(void)state;
	lps_ring_emit_once(&rec, &part, 1);
	assert_int_equal(take_hello(&r), LP_HELLO_RING);
	assert_non_null(peek(&r));
	assert_int_equal(peek(&r)->type, LP_EV_NOT_FOLLOWED);
	assert_int_equal(peek(&r)->len, 6);
	close(r.listener);
}

struct lender {
	int listener;
	int fd; /* what is lent; -1: nothing is answered */
};

static void *lend(void *ctx)
{
	struct lender *l = ctx;
	int s = accept4(l->listener, NULL, NULL, SOCK_CLOEXEC);
	struct lp_hello h;

	if (recv(s, &h, sizeof(h), 0) != sizeof(h) || h.kind != LP_HELLO_FILE)
		h.kind = 0;
	if (l->fd >= 0)
		(void)lp_ring_file_send(s, (char[]){0}, 1, l->fd);
	close(s);
	return h.kind == LP_HELLO_FILE ? ctx : NULL;
}

/* What lps_contact_file gives where the collector lends `fd`. */
static int lent(int listener, int fd)
{
	struct lender l = {listener, fd};
	void *good;
	pthread_t t;
	int got;

	assert_int_equal(pthread_create(&t, NULL, lend, &l), 0);
	got = lps_contact_file();
	pthread_join(t, &good);
	assert_non_null(good);
	return got;
}

static void a_file_is_lent_if_it_cannot_shrink(void **state)
{
	int listener = listen_here(), fit = lp_ring_file(), got;
	int loose = (int)syscall(SYS_memfd_create, "loose", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	(void)state;
	got = lent(listener, fit);
	assert_true(got >= 0 && lp_ring_file_fits(got));
	close(got);
	assert_int_equal(lent(listener, -1), -EFBIG);
	assert_int_equal(ftruncate(loose, LP_RING_FILE), 0);
	assert_int_equal(lent(listener, loose), -EFBIG);
	assert_int_equal(lent(listener, listener), -EFBIG);
	close(listener);
	close(fit);
	close(loose);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writers_are_kept_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_ring_costs_a_bounded_time, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(too_long_is_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nonsense_from_the_reader_does_no_harm, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(without_a_collector_nothing_waits, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_next_collector_gets_what_was_not_read, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(records_without_a_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_writes_while_the_ring_moves_waits, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_a_move_lost_is_told_at_the_end, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_reader_that_moved_on_is_not_called, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_ring_for_one_record, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_is_lent_if_it_cannot_shrink, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
