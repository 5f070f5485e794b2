/* SPDX-License-Identifier: MIT */
/* The socket that traced processes say hello to, and their rings, with real processes. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "ring_writer.h"
#include "lp_ring_file.h"
#include "source/hellos.h"
#include "source/shim.h"

#define NOBODY 65534
#define GET_OBJECT                                                                                 \
	"GET /lp-in/k HTTP/1.1\r\nHost: s3.us-east-1.amazonaws.com\r\nAuthorization: "             \
	"AWS4-HMAC-SHA256 "                                                                        \
	"Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, " \
	"Signature=\r\n\r\n"

struct fixture {
	char dir[64], path[96];
	struct lp_loop loop;
	struct lp_assemble *assemble;
	struct lp_shim *shim;
	unsigned calls;
	pid_t last_pid;
	char last_program[LP_PROGRAM_MAX];
};

static void on_call(void *ctx, const struct lp_call *c)
{
	struct fixture *f = ctx;

	f->calls++;
	f->last_pid = c->pid;
	snprintf(f->last_program, sizeof(f->last_program), "%.*s", (int)c->program.len,
		 c->program.ptr);
}

static void open_shim(struct fixture *f, mode_t mode, bool descendants)
{
	struct lp_shim_config config = {
		.path = f->path,
		.mode = mode,
		.descendants = descendants,
	};

	assert_int_equal(lp_shim_open(&f->shim, &config, &f->loop, f->assemble), 0);
}

static int setup_closed(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->dir, sizeof(f->dir), "/tmp/lp-test.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(chmod(f->dir, 0755), 0);
	snprintf(f->path, sizeof(f->path), "%s/s", f->dir);
	assert_int_equal(lp_loop_init(&f->loop), 0);
	assert_int_equal(lp_assemble_new(&f->assemble, on_call, f, NULL), 0);
	*state = f;
	return 0;
}

static int setup(void **state)
{
	setup_closed(state);
	open_shim(*state, 0600, false);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	lp_shim_close(f->shim);
	lp_assemble_free(f->assemble);
	lp_loop_fini(&f->loop);
	/* The socket is gone, so the folder is empty. */
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

/* --- the other side --------------------------------------------------------------------------- */

static int connect_to(const struct fixture *f)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", f->path);
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool send_hello(int sock, const struct lp_hello *h, size_t len, int fd)
{
	struct lp_hello copy = *h;

	return lp_ring_file_send(sock, &copy, len, fd) == 0;
}

static struct lp_hello hello_of(uint32_t kind, const char *exe)
{
	struct lp_hello h = {.magic = LP_RING_MAGIC, .version = LP_RING_VERSION, .kind = kind};

	snprintf(h.exe, sizeof(h.exe), "%s", exe);
	return h;
}

static bool say(const struct fixture *f, uint32_t kind, const char *exe, int fd)
{
	struct lp_hello h = hello_of(kind, exe);
	int sock = connect_to(f);
	bool ok;

	if (sock < 0)
		return false;
	ok = send_hello(sock, &h, sizeof(h), fd);
	close(sock);
	return ok;
}

static void write_request(struct writer *w, uint64_t conn)
{
	struct lp_event_end end = {0, 0};
	struct lp_event ev = {.conn = conn, .type = LP_EV_REQUEST, .payload = LP_SPAN(GET_OBJECT)};

	writer_add(w, &ev);
	ev.type = LP_EV_REQUEST_END;
	ev.payload = lp_span_of((const char *)&end, sizeof(end));
	writer_add(w, &ev);
}

static void write_response(struct writer *w, uint64_t conn)
{
	struct lp_event ev = {.conn = conn,
			      .type = LP_EV_RESPONSE,
			      .payload = LP_SPAN("HTTP/1.1 200 OK\r\n\r\n")};

	writer_add(w, &ev);
}

/* A process that starts, makes `calls` answered calls and one that is not, and ends by `sig`. */
static void traced_program(const struct fixture *f, int calls, int sig)
{
	struct writer w;

	writer_open(&w);
	if (!say(f, LP_HELLO_START, "/bin/app", -1) || !say(f, LP_HELLO_RING, "/bin/app", w.fd))
		_exit(1);
	for (int i = 0; i < calls; i++) {
		write_request(&w, (uint64_t)i);
		write_response(&w, (uint64_t)i);
	}
	write_request(&w, 1000);
	if (sig)
		raise(sig);
	_exit(0);
}

/* Turns the loop until nothing happens for `quiet_ms`. */
static void turn(struct fixture *f, int quiet_ms)
{
	for (;;) {
		int n = lp_loop_wait(&f->loop, quiet_ms, 64);

		assert_true(n >= 0);
		lp_shim_poll(f->shim);
		if (!n)
			return;
	}
}

static struct lp_shim_stats stats_of(const struct fixture *f)
{
	struct lp_shim_stats t;

	lp_shim_stats(f->shim, &t);
	return t;
}

static uint64_t drops_of(const struct lp_shim_stats *t)
{
	return t->drops[LP_DROP_FULL] + t->drops[LP_DROP_TOO_LONG] + t->drops[LP_DROP_NO_RING];
}

/* --- tests ------------------------------------------------------------------------------------ */

static void follows_a_process_to_its_end(void **state)
{
	static const int ends[] = {0, SIGKILL, SIGTERM};
	struct fixture *f = *state;

	for (size_t i = 0; i < LP_ARRAY_LEN(ends); i++) {
		pid_t pid = fork();
		struct lp_shim_stats t;

		if (pid == 0)
			traced_program(f, 3, ends[i]);
		f->calls = 0;
		/* Where no descriptor tells of its end, it is looked for now and then. */
		for (int n = 1, ms = 5000; f->calls < 4 && (n || ms >= 0);) {
			n = lp_loop_wait(&f->loop, ms < 0 ? 5000 : ms, 1);
			assert_true(n >= 0);
			ms = lp_shim_poll(f->shim);
		}
		assert_int_equal(f->calls, 4);
		assert_int_equal(f->last_pid, pid);
		assert_string_equal(f->last_program, "/bin/app");
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		t = stats_of(f);
		assert_int_equal(t.processes, i + 1);
		assert_int_equal(t.records, (i + 1) * 11);
		assert_int_equal(t.lost_bytes, 0);
		assert_int_equal(lp_shim_alive(f->shim, NULL, NULL), 0);
	}
	/* Nobody is left: nothing to poll. */
	assert_int_equal(lp_shim_poll(f->shim), -1);
}

/* A start that was on its way while the ring's connection came: it does not end that ring. */
static void hears_a_process_in_its_order(void **state)
{
	struct fixture *f = *state;
	struct lp_hello start = hello_of(LP_HELLO_START, "/bin/app");
	struct lp_hello ring = hello_of(LP_HELLO_RING, "/bin/app");
	struct writer w;
	int first = connect_to(f), second;

	writer_open(&w);
	turn(f, 0);
	second = connect_to(f);
	assert_true(send_hello(first, &start, sizeof(start), -1));
	assert_true(send_hello(second, &ring, sizeof(ring), w.fd));
	close(first);
	close(second);
	turn(f, 0);
	write_request(&w, 1);
	write_response(&w, 1);
	turn(f, 0);
	assert_int_equal(f->calls, 1);
	assert_int_equal(stats_of(f).processes, 1);
	writer_close(&w);
}

static void takes_what_the_dead_left_behind(void **state)
{
	struct fixture *f = *state;
	pid_t pid = fork();

	if (pid == 0)
		traced_program(f, 1, SIGKILL);
	/* Gone and reaped before the collector looks for the first time. */
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	turn(f, 0);
	assert_int_equal(f->calls, 2);
	assert_int_equal(lp_shim_alive(f->shim, NULL, NULL), 0);
}

static void counts_a_fork_storm(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 200; i++)
		if (fork() == 0)
			traced_program(f, 1, 0);
	while (f->calls < 400 && lp_loop_wait(&f->loop, 2000, 64) > 0)
		lp_shim_poll(f->shim);
	assert_int_equal(f->calls, 400);
	while (waitpid(-1, NULL, 0) > 0)
		;
	turn(f, 0);
	assert_int_equal(stats_of(f).no_room, 0);
	assert_int_equal(lp_shim_alive(f->shim, NULL, NULL), 0);
}

static void a_new_program_ends_the_old_one(void **state)
{
	struct fixture *f = *state;
	struct writer w, w2;

	writer_open(&w);
	writer_open(&w2);
	assert_true(say(f, LP_HELLO_START, "/bin/old", -1));
	assert_true(say(f, LP_HELLO_RING, "/bin/old", w.fd));
	write_request(&w, 1);
	turn(f, 0);
	assert_int_equal(f->calls, 0);
	assert_true(say(f, LP_HELLO_START, "/bin/new", -1));
	turn(f, 0);
	assert_int_equal(f->calls, 1);
	assert_string_equal(f->last_program, "/bin/old");
	assert_true(say(f, LP_HELLO_RING, "/bin/new", w2.fd));
	write_request(&w2, 1);
	write_response(&w2, 1);
	turn(f, 0);
	lp_shim_poll(f->shim);
	assert_int_equal(f->calls, 2);
	assert_string_equal(f->last_program, "/bin/new");
	/* One process all the same. */
	assert_int_equal(stats_of(f).processes, 1);
	writer_close(&w);
	writer_close(&w2);
}

static void the_end_takes_what_is_there(void **state)
{
	struct fixture *f = *state;
	struct writer w;

	writer_open(&w);
	assert_true(say(f, LP_HELLO_RING, "/bin/app", w.fd));
	write_request(&w, 1);
	lp_shim_finish(f->shim);
	assert_int_equal(f->calls, 1);
	assert_int_equal(lp_shim_alive(f->shim, NULL, NULL), 1);
	/* And nothing afterwards. */
	write_request(&w, 2);
	lp_shim_close(f->shim);
	f->shim = NULL;
	assert_int_equal(f->calls, 1);
	writer_close(&w);
}

static void reports_drops(void **state)
{
	struct fixture *f = *state;
	struct lp_hello h = hello_of(LP_HELLO_START, "/bin/app");
	struct lp_shim_stats t;
	struct writer w;
	int sock;

	writer_open(&w);
	atomic_store(&w.hdr->drops[LP_DROP_FULL], 5);
	assert_true(say(f, LP_HELLO_RING, "/bin/app", w.fd));
	h.drops = 2;
	sock = connect_to(f);
	assert_true(send_hello(sock, &h, sizeof(h), -1));
	close(sock);
	turn(f, 0);
	t = stats_of(f);
	assert_int_equal(t.drops[LP_DROP_FULL], 5);
	assert_int_equal(t.drops[LP_DROP_NO_RING], 2);
	assert_int_equal(drops_of(&t), 7);
	writer_close(&w);
}

static void polls_while_there_are_rings(void **state)
{
	struct fixture *f = *state;
	struct writer w;
	int ms;

	assert_int_equal(lp_shim_poll(f->shim), -1);
	assert_true(say(f, LP_HELLO_START, "/bin/app", -1));
	turn(f, 0);
	assert_int_equal(lp_shim_poll(f->shim), -1);
	writer_open(&w);
	assert_true(say(f, LP_HELLO_RING, "/bin/app", w.fd));
	turn(f, 0);
	ms = lp_shim_poll(f->shim);
	assert_true(ms > 0);
	/* Less and less often while nothing comes, and soon again when something does. */
	for (int i = 0; i < 20; i++)
		assert_true(lp_shim_poll(f->shim) >= ms);
	assert_true(lp_shim_poll(f->shim) > ms);
	write_request(&w, 1);
	assert_true(lp_shim_poll(f->shim) <= ms);
	writer_close(&w);
}

/* --- hostile ---------------------------------------------------------------------------------- */

static void survives_bad_hellos(void **state)
{
	struct fixture *f = *state;
	struct lp_hello h[4], good = hello_of(LP_HELLO_RING, "/bin/app");
	int null = open("/dev/null", O_RDWR), sock;
	uint64_t want = 0;

	for (int i = 0; i < 4; i++)
		h[i] = hello_of(LP_HELLO_START, "/bin/app");
	h[0].magic++;
	h[1].version++;
	h[2].kind = 0;
	h[3].kind = 99;
	for (int i = 0; i < 4; i++, want++) {
		sock = connect_to(f);
		assert_true(send_hello(sock, &h[i], sizeof(h[i]), -1));
		close(sock);
	}
	/* Cut; a descriptor where none belongs; none where one does; one that is no ring. */
	sock = connect_to(f);
	assert_true(send_hello(sock, &good, sizeof(good) - 1, -1));
	close(sock);
	assert_true(say(f, LP_HELLO_START, "/bin/app", null));
	assert_true(say(f, LP_HELLO_RING, "/bin/app", -1));
	assert_true(say(f, LP_HELLO_RING, "/bin/app", null));
	want += 4;
	/* Who goes away without a word is none: at once, or later. */
	close(connect_to(f));
	sock = connect_to(f);
	turn(f, 0);
	close(sock);
	turn(f, 0);
	assert_int_equal(stats_of(f).bad_hellos, want);
	assert_int_equal(f->calls, 0);
	close(null);
}

static void the_silent_give_way(void **state)
{
	struct fixture *f = *state;
	int socks[600];
	struct writer w;

	for (size_t i = 0; i < LP_ARRAY_LEN(socks); i++) {
		socks[i] = connect_to(f);
		assert_true(socks[i] >= 0);
	}
	writer_open(&w);
	assert_true(say(f, LP_HELLO_RING, "/bin/app", w.fd));
	write_request(&w, 1);
	write_response(&w, 1);
	turn(f, 0);
	lp_shim_poll(f->shim);
	assert_int_equal(f->calls, 1);
	for (size_t i = 0; i < LP_ARRAY_LEN(socks); i++)
		close(socks[i]);
	turn(f, 0);
	writer_close(&w);
}

static void one_process_has_few_rings(void **state)
{
	struct fixture *f = *state;
	struct writer w;

	for (int i = 0; i < 100; i++) {
		writer_open(&w);
		write_request(&w, (uint64_t)i);
		write_response(&w, (uint64_t)i);
		assert_true(say(f, LP_HELLO_RING, "/bin/app", w.fd));
		writer_close(&w);
		turn(f, 0);
	}
	lp_shim_poll(f->shim);
	assert_int_equal(f->calls, 100);
	assert_int_equal(stats_of(f).records, 300);
}

/* Another user's process says hello and lives until it was heard. */
static void nobody_says_hello(struct fixture *f, bool new_session)
{
	int said[2], heard[2], status;
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe(said) | pipe(heard), 0);
	pid = fork();
	if (pid == 0) {
		close(heard[1]);
		if (new_session)
			setsid();
		if (setgid(NOBODY) || setuid(NOBODY) || !say(f, LP_HELLO_START, "/bin/app", -1))
			_exit(1);
		_exit(write(said[1], &byte, 1) != 1 || read(heard[0], &byte, 1) != 0);
	}
	close(said[1]);
	close(heard[0]);
	assert_int_equal(read(said[0], &byte, 1), 1);
	turn(f, 0);
	close(said[0]);
	close(heard[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void other_users_are_kept_out(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	if (geteuid() != 0)
		skip();
	/* Also where the file's mode would let them in. */
	assert_int_equal(chmod(f->path, 0666), 0);
	nobody_says_hello(f, false);
	assert_int_equal(stats_of(f).refused, 1);
	assert_int_equal(stats_of(f).processes, 0);
}

static void programs_may_drop_their_rights(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip();
	open_shim(f, 0666, true);
	nobody_says_hello(f, false);
	assert_int_equal(stats_of(f).refused, 0);
	assert_int_equal(stats_of(f).processes, 1);
}

/* Nobody can tell any more whose child it was. */
static void the_last_words_of_those_without_rights_are_heard(void **state)
{
	struct fixture *f = *state;
	struct writer w;
	int status;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	open_shim(f, 0666, true);
	writer_open(&w);
	write_request(&w, 1);
	pid = fork();
	if (pid == 0) {
		setsid();
		if (setgid(NOBODY) || setuid(NOBODY) || !say(f, LP_HELLO_START, "/bin/app", -1))
			_exit(1);
		raise(SIGSTOP);
		_exit(!say(f, LP_HELLO_RING, "/bin/app", w.fd));
	}
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	assert_true(lp_loop_wait(&f->loop, 1000, 64) > 0);
	kill(pid, SIGCONT);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	turn(f, 0);
	assert_int_equal(stats_of(f).refused, 0);
	assert_int_equal(f->calls, 1);
	writer_close(&w);
}

static void a_listed_user_is_let_in(void **state)
{
	static const uid_t uids[] = {1, NOBODY};
	struct fixture *f = *state;
	struct lp_shim_config config = {
		.path = f->path, .mode = 0666, .uids = uids, .n_uids = LP_ARRAY_LEN(uids)};

	if (geteuid() != 0)
		skip();
	assert_int_equal(lp_shim_open(&f->shim, &config, &f->loop, f->assemble), 0);
	nobody_says_hello(f, true);
	assert_int_equal(stats_of(f).processes, 1);
}

static void clears_what_a_killed_collector_left(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	assert_int_equal(lp_hellos_clear(f->path), 0);
	memcpy(un.sun_path, f->path, strlen(f->path) + 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(lp_hellos_clear(f->path), -EADDRINUSE);
	close(fd);
	assert_int_equal(lp_hellos_clear(f->path), 0);
	assert_int_equal(access(f->path, F_OK), -1);
	/* Anything else is not ours to remove. */
	fd = open(f->path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_int_equal(lp_hellos_clear(f->path), -EADDRINUSE);
	assert_int_equal(unlink(f->path), 0);
}

#define TEST(f)	       cmocka_unit_test_setup_teardown(f, setup, teardown)
#define TEST_CLOSED(f) cmocka_unit_test_setup_teardown(f, setup_closed, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(follows_a_process_to_its_end),
		TEST(hears_a_process_in_its_order),
		TEST(takes_what_the_dead_left_behind),
		TEST(counts_a_fork_storm),
		TEST(a_new_program_ends_the_old_one),
		TEST(the_end_takes_what_is_there),
		TEST(reports_drops),
		TEST(polls_while_there_are_rings),
		TEST(survives_bad_hellos),
		TEST(the_silent_give_way),
		TEST(one_process_has_few_rings),
		TEST(other_users_are_kept_out),
		TEST_CLOSED(programs_may_drop_their_rights),
		TEST_CLOSED(the_last_words_of_those_without_rights_are_heard),
		TEST_CLOSED(a_listed_user_is_let_in),
		TEST_CLOSED(clears_what_a_killed_collector_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
