/* SPDX-License-Identifier: MIT */
/* The reader of a ring against honest, dying and hostile writers. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "ring_writer.h"
#include "source/ring.h"

#define ALL   SIZE_MAX
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

struct fixture {
	struct writer w;
	struct lp_ring r;
	char scratch[LP_RING_RECORD_MAX];
	/* What came out. */
	unsigned n;
	uint64_t sum; /* of the payload's bytes */
	uint64_t last_conn;
	size_t last_len;
};

static void on_event(void *ctx, const struct lp_event *ev)
{
	struct fixture *f = ctx;

	assert_true(lp_event_valid(ev));
	f->n++;
	f->last_conn = ev->conn;
	f->last_len = ev->payload.len;
	for (size_t i = 0; i < ev->payload.len; i++)
		f->sum += (unsigned char)ev->payload.ptr[i];
}

static size_t drain(struct fixture *f, bool gone, uint64_t now_ms)
{
	return lp_ring_drain(&f->r, gone, now_ms, ALL, f->scratch, on_event, f);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	writer_open(&f->w);
	assert_int_equal(lp_ring_map(&f->r, f->w.fd), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	lp_ring_unmap(&f->r);
	writer_close(&f->w);
	free(f);
	return 0;
}

static struct lp_event body(uint64_t conn, const char *bytes, size_t len)
{
	return (struct lp_event){
		.conn = conn,
		.type = LP_EV_BODY,
		.payload = lp_span_of(bytes, len),
	};
}

static void takes_only_rings(void **state)
{
	static const struct {
		size_t size;
		int seals;
	} bad[] = {
		{WRITER_FILE, 0},
		{WRITER_FILE, F_SEAL_SHRINK},
		{WRITER_FILE, F_SEAL_GROW},
		{WRITER_FILE - 4096, SEALS},
		{WRITER_FILE + 4096, SEALS},
		{LP_RING_HDR, SEALS},
	};
	struct lp_ring r;
	struct writer w;
	int fds[2];

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(bad); i++) {
		writer_open_as(&w, bad[i].size, bad[i].seals);
		assert_int_equal(lp_ring_map(&r, w.fd), -EINVAL);
		assert_null(r.hdr);
		munmap(w.hdr, bad[i].size);
		close(w.fd);
	}
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(lp_ring_map(&r, fds[0]), -EINVAL);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(lp_ring_map(&r, -1), -EINVAL);
	for (int i = 0; i < 3; i++) {
		writer_open(&w);
		w.hdr->magic += i == 0;
		w.hdr->version += i == 1;
		w.hdr->size += i == 2;
		assert_int_equal(lp_ring_map(&r, w.fd), -EINVAL);
		writer_close(&w);
	}
}

static void hands_over_what_was_written(void **state)
{
	struct fixture *f = *state;
	struct lp_event ev = body(7, "\1\2\3", 3);

	assert_int_equal(drain(f, false, 1), 0);
	writer_add(&f->w, &ev);
	assert_int_equal(drain(f, false, 1), writer_size(3));
	assert_int_equal(f->n, 1);
	assert_int_equal(f->sum, 6);
	assert_int_equal(f->last_conn, 7);
	assert_int_equal(drain(f, false, 1), 0);
	assert_int_equal(f->r.lost_bytes, 0);
	assert_int_equal(f->r.records, 1);
}

/* Records of all lengths, ten times around; none is torn where the ring ends. */
static void wraps(void **state)
{
	struct fixture *f = *state;
	static char bytes[1000];
	uint64_t want = 0;
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	for (size_t len = 0; atomic_load(&f->w.hdr->head) < 10ull * LP_RING_SIZE; len++, n++) {
		struct lp_event ev = body(n, bytes, len % sizeof(bytes));

		for (size_t i = 0; i < ev.payload.len; i++)
			want += (unsigned char)bytes[i];
		writer_add(&f->w, &ev);
		/* All but the last, after which it would begin again. */
		if (n % 50 == 49)
			lp_ring_drain(&f->r, false, 1,
				      atomic_load(&f->w.hdr->head) - f->r.tail -
					      writer_size(ev.payload.len),
				      f->scratch, on_event, f);
	}
	drain(f, false, 1);
	assert_int_equal(f->n, n);
	assert_int_equal(f->sum, want);
	assert_int_equal(f->r.lost_bytes, 0);
	assert_int_equal(atomic_load(&f->w.hdr->tail), atomic_load(&f->w.hdr->head));
}

/* Who is read in time writes to the same pages again, and positions go on growing. */
static void begins_again_when_all_is_read(void **state)
{
	struct fixture *f = *state;
	static char bytes[1000];
	struct lp_event ev = body(1, bytes, sizeof(bytes));
	uint64_t size = writer_size(sizeof(bytes)), pos, last = 0;
	unsigned n = 0;

	for (unsigned round = 1; round < 200; round++) {
		assert_int_equal(f->r.tail, atomic_load(&f->w.hdr->tail));
		assert_int_equal(f->r.tail % LP_RING_SIZE, 0);
		assert_true(round == 1 || f->r.tail > last);
		last = f->r.tail;
		for (unsigned i = 0; i < 16 + round; i++, n++)
			writer_add(&f->w, &ev);
		assert_int_equal(drain(f, false, 1), (16 + round) * size);
		assert_int_equal(f->n, n);
	}
	/* Not while somebody writes. */
	for (unsigned i = 0; i < 20; i++, n++)
		writer_add(&f->w, &ev);
	pos = writer_start(&f->w, &ev);
	drain(f, false, 1);
	assert_int_equal(f->r.tail, pos);
	writer_commit(&f->w, pos);
	drain(f, false, 1);
	assert_int_equal(f->n, n + 1);
	assert_int_equal(f->r.tail % LP_RING_SIZE, 0);
	assert_int_equal(f->r.lost_bytes, 0);
	/* Nor at the end of all positions. */
	atomic_store(&f->w.hdr->head, (uint64_t)0 - LP_RING_ALIGN);
	f->r.tail = f->w.hdr->head - 32 * size;
	f->r.kept = lp_ring_block(f->r.tail);
	f->r.lost_bytes = 0;
	drain(f, true, 1);
	assert_int_equal(f->r.tail, (uint64_t)0 - LP_RING_ALIGN);
}

/* However much went through, or waited at once: what was read takes no memory of the program's. */
static void gives_memory_back(void **state)
{
	struct fixture *f = *state;
	static char bytes[2000];
	struct lp_event ev = body(1, bytes, sizeof(bytes));
	uint64_t size = writer_size(sizeof(bytes));
	struct stat st;

	memset(bytes, 1, sizeof(bytes));
	for (unsigned round = 0; round < 6; round++) {
		uint64_t n = LP_RING_SIZE / size >> round;

		for (uint64_t i = 0; i < n; i++)
			writer_add(&f->w, &ev);
		f->n = 0;
		f->sum = 0;
		assert_int_equal(drain(f, false, 1), n * size);
		assert_int_equal(f->n, n);
		assert_int_equal(f->sum, n * sizeof(bytes));
		assert_int_equal(fstat(f->w.fd, &st), 0);
		assert_true((uint64_t)st.st_blocks * 512 <= LP_RING_BLOCK + 3 * LP_RING_HDR);
	}
}

static void takes_the_largest_record(void **state)
{
	struct fixture *f = *state;
	size_t len = LP_RING_RECORD_MAX - sizeof(struct lp_ring_rec);
	char *bytes = calloc(1, len);
	struct lp_event ev = body(1, bytes, len);

	for (int i = 0; i < 5; i++) {
		writer_add(&f->w, &ev);
		drain(f, false, 1);
	}
	assert_int_equal(f->n, 5);
	assert_int_equal(f->last_len, len);
	free(bytes);
}

static void keeps_to_its_budget(void **state)
{
	struct fixture *f = *state;
	struct lp_event ev = body(1, "x", 1);
	size_t size = writer_size(1), n;

	for (int i = 0; i < 100; i++)
		writer_add(&f->w, &ev);
	n = lp_ring_drain(&f->r, false, 1, 10 * size, f->scratch, on_event, f);
	assert_int_equal(n, 10 * size);
	assert_int_equal(f->n, 10);
	drain(f, false, 1);
	assert_int_equal(f->n, 100);
}

static void makes_room_and_wakes(void **state)
{
	struct fixture *f = *state;
	struct lp_event ev = body(1, "x", 1);
	uint32_t seq = atomic_load(&f->w.hdr->tail_seq);

	atomic_store(&f->w.hdr->kick, 1);
	writer_add(&f->w, &ev);
	drain(f, false, 1);
	assert_int_equal(atomic_load(&f->w.hdr->tail), writer_size(1));
	assert_int_not_equal(atomic_load(&f->w.hdr->tail_seq), seq);
	assert_int_equal(atomic_load(&f->w.hdr->kick), 0);
}

static void waits_for_slow_writers(void **state)
{
	struct fixture *f = *state;
	struct lp_event one = body(1, "a", 1), two = body(2, "b", 1);
	uint64_t pos = writer_start(&f->w, &one);

	writer_add(&f->w, &two);
	assert_int_equal(drain(f, false, 1000), 0);
	assert_int_equal(drain(f, false, 1000 + LP_RING_STUCK_MS - 1), 0);
	writer_commit(&f->w, pos);
	drain(f, false, 1000 + LP_RING_STUCK_MS);
	assert_int_equal(f->n, 2);
	assert_int_equal(f->r.lost_bytes, 0);
}

static void steps_over_stuck_writers(void **state)
{
	static const char hundred[100];
	struct fixture *f = *state;
	struct lp_event one = body(1, "a", 1), two = body(2, hundred, sizeof(hundred)),
			three = body(3, "c", 1);
	uint64_t late;

	(void)writer_start(&f->w, &one);
	writer_add(&f->w, &two);
	assert_int_equal(drain(f, false, 1000), 0);
	/* This one is younger than the wait and gets its own. */
	late = writer_start(&f->w, &three);
	drain(f, false, 1000 + LP_RING_STUCK_MS);
	assert_int_equal(f->n, 1);
	assert_int_equal(f->last_conn, 2);
	assert_int_equal(f->r.lost_bytes, writer_size(1));
	drain(f, false, 1000 + LP_RING_STUCK_MS + 1);
	assert_int_equal(f->n, 1);
	writer_commit(&f->w, late);
	drain(f, false, 1000 + LP_RING_STUCK_MS + 2);
	assert_int_equal(f->last_conn, 3);
}

static void steps_over_dead_writers_at_once(void **state)
{
	struct fixture *f = *state;
	struct lp_event one = body(1, "abc", 3), two = body(2, "b", 1);

	writer_add(&f->w, &two);
	(void)writer_start(&f->w, &one);
	writer_add(&f->w, &two);
	(void)writer_start(&f->w, &one);
	drain(f, true, 1);
	assert_int_equal(f->n, 2);
	assert_int_equal(f->r.lost_bytes, 2 * writer_size(3));
	assert_int_equal(atomic_load(&f->w.hdr->tail), atomic_load(&f->w.hdr->head));
}

static void survives_a_kill_in_the_middle(void **state)
{
	struct fixture *f = *state;
	pid_t pid = fork();

	if (pid == 0) {
		struct lp_event ev = body(1, "0123456789", 10);

		for (int i = 0; i < 1000; i++)
			writer_add(&f->w, &ev);
		(void)writer_start(&f->w, &ev);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	drain(f, true, 1);
	assert_int_equal(f->n, 1000);
	assert_int_equal(f->r.lost_bytes, writer_size(10));
}

static void goes_on_where_another_reader_ended(void **state)
{
	struct fixture *f = *state;
	struct lp_event one = body(1, "a", 1), two = body(2, "b", 1);

	writer_add(&f->w, &one);
	drain(f, false, 1);
	writer_add(&f->w, &two);
	lp_ring_unmap(&f->r);
	assert_int_equal(lp_ring_map(&f->r, f->w.fd), 0);
	f->n = 0;
	drain(f, false, 1);
	assert_int_equal(f->n, 1);
	assert_int_equal(f->last_conn, 2);
}

static void put_type(struct fixture *f, uint16_t type, uint64_t conn)
{
	static const char nothing[sizeof(struct lp_event_end)] = "";
	const struct lp_event ev = {
		.conn = conn,
		.type = type,
		.payload = lp_span_of(nothing, sizeof(nothing)),
	};

	writer_add(&f->w, &ev);
}

/* What another reader would find now. */
static unsigned found_by_another(struct fixture *f)
{
	struct fixture other = {.n = 0};

	assert_int_equal(lp_ring_map(&other.r, f->w.fd), 0);
	other.r.hold = true; /* nothing is taken from us by looking */
	other.r.open = 1;
	other.r.held_at = other.r.tail;
	drain(&other, false, 0);
	lp_ring_unmap(&other.r);
	return other.n;
}

static void holds_what_is_not_whole(void **state)
{
	struct fixture *f = *state;

	f->r.hold = true;
	put_type(f, LP_EV_REQUEST, 1);
	put_type(f, LP_EV_REQUEST_END, 1);
	put_type(f, LP_EV_REQUEST, 2);
	drain(f, false, 0);
	assert_int_equal(f->n, 3);
	assert_int_equal(found_by_another(f), 1);
	put_type(f, LP_EV_REQUEST, 3);
	put_type(f, LP_EV_REQUEST_END, 3);
	drain(f, false, 0);
	assert_int_equal(f->n, 5); /* once each, for us */
	assert_int_equal(found_by_another(f), 3);
	put_type(f, LP_EV_REQUEST_END, 2);
	drain(f, false, 0);
	assert_int_equal(found_by_another(f), 0);
	put_type(f, LP_EV_REQUEST, 6);
	put_type(f, LP_EV_BODY_WHOLE, 6);
	put_type(f, LP_EV_REQUEST_BARE, 7);
	drain(f, false, 0);
	assert_int_equal(found_by_another(f), 0);
	/* One that never ends does not fill the ring. */
	put_type(f, LP_EV_REQUEST, 4);
	for (int i = 0; i < 10000; i++) {
		put_type(f, LP_EV_REQUEST, 5);
		put_type(f, LP_EV_REQUEST_END, 5);
		drain(f, false, 0);
		assert_true(f->w.hdr->head - f->w.hdr->tail <= LP_RING_HELD_MAX + 1024);
	}
	assert_int_equal(f->n, 10 + 20000);
}

static void counts_drops(void **state)
{
	struct fixture *f = *state;
	uint64_t drops[LP_DROP_REASONS];

	atomic_store(&f->w.hdr->drops[LP_DROP_FULL], 3);
	lp_ring_drops(&f->r, drops);
	assert_int_equal(drops[LP_DROP_FULL], 3);
	assert_int_equal(drops[LP_DROP_TOO_LONG], 0);
}

/* --- hostile ---------------------------------------------------------------------------------- */

static void distrusts_head(void **state)
{
	static const uint64_t heads[] = {
		LP_RING_SIZE + LP_RING_ALIGN, UINT64_MAX, UINT64_MAX - LP_RING_ALIGN + 1, 1, 33,
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(heads); i++) {
		void *own;
		struct fixture *f;

		setup(&own);
		f = own;
		atomic_store(&f->w.hdr->head, heads[i]);
		assert_int_equal(drain(f, true, 1), 0);
		assert_true(f->r.broken);
		assert_int_equal(drain(f, true, 1), 0);
		assert_int_equal(f->r.bad, 1);
		teardown(&own);
	}
}

static void distrusts_lengths(void **state)
{
	static const uint32_t lens[] = {
		UINT32_MAX,
		LP_RING_RECORD_MAX,
		LP_RING_RECORD_MAX - sizeof(struct lp_ring_rec) + 1,
		4096,
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < LP_ARRAY_LEN(lens); i++) {
		struct lp_event ev = body(1, "a", 1);
		uint64_t pos = writer_start(&f->w, &ev);

		writer_put(&f->w, pos + offsetof(struct lp_ring_rec, len), &lens[i],
			   sizeof(lens[i]));
		writer_commit(&f->w, pos);
	}
	drain(f, true, 1);
	assert_int_equal(f->n, 0);
	assert_int_equal(f->r.lost_bytes, LP_ARRAY_LEN(lens) * writer_size(1));
}

static void refuses_what_is_no_event(void **state)
{
	static const struct lp_event_lost lost = {.reason = LP_LOST_HTTP2, .host_len = 5};
	struct fixture *f = *state;
	const struct lp_event bad[] = {
		{.type = 0},
		{.type = LP_EV_TYPES},
		{.type = UINT16_MAX},
		{.type = LP_EV_CLOSE, .payload = LP_SPAN("x")},
		{.type = LP_EV_REQUEST_END, .payload = LP_SPAN("short")},
		{.type = LP_EV_LOST, .payload = LP_SPAN("short")},
		{.type = LP_EV_LOST, .payload = {(const char *)&lost, sizeof(lost)}},
	};

	for (size_t i = 0; i < LP_ARRAY_LEN(bad); i++)
		writer_add(&f->w, &bad[i]);
	drain(f, false, 1);
	assert_int_equal(f->n, 0);
	assert_int_equal(f->r.bad, LP_ARRAY_LEN(bad));
	assert_int_equal(f->r.lost_bytes, 0);
}

/* Another process scribbles over the whole ring while it is read: no fault, and it ends. */
static void survives_scribbling(void **state)
{
	struct fixture *f = *state;
	pid_t pid = fork();

	if (pid == 0) {
		uint64_t x = 88172645463325252ull;

		for (;;) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			if (x % 64 == 0)
				atomic_store(&f->w.hdr->head, x % (2 * LP_RING_SIZE) /
								      LP_RING_ALIGN *
								      LP_RING_ALIGN);
			writer_commit(&f->w, x / 8 % LP_RING_SIZE / LP_RING_ALIGN * LP_RING_ALIGN);
			writer_put(&f->w, x % (LP_RING_SIZE - 8), &x, sizeof(x));
		}
	}
	for (int i = 0; i < 2000; i++) {
		drain(f, i % 2, (uint64_t)i * 1000);
		f->r.broken = false;
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_only_rings),
		TEST(hands_over_what_was_written),
		TEST(wraps),
		TEST(begins_again_when_all_is_read),
		TEST(gives_memory_back),
		TEST(takes_the_largest_record),
		TEST(keeps_to_its_budget),
		TEST(makes_room_and_wakes),
		TEST(waits_for_slow_writers),
		TEST(steps_over_stuck_writers),
		TEST(steps_over_dead_writers_at_once),
		TEST(survives_a_kill_in_the_middle),
		TEST(goes_on_where_another_reader_ended),
		TEST(holds_what_is_not_whole),
		TEST(counts_drops),
		cmocka_unit_test(distrusts_head),
		TEST(distrusts_lengths),
		TEST(refuses_what_is_no_event),
		TEST(survives_scribbling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
