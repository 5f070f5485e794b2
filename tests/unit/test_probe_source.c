/* SPDX-License-Identifier: MIT */
/*
 * What the probe sees, to calls: the kernel's side is replaced by functions of this file, which
 * hand over what the real one was seen to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "ebpf/probe.h"
#include "source/links.h"
#include "source/probe.h"

static const struct lpb_ops *ops;
static void *ops_ctx;
static unsigned muted;
static const char *refuse;
#define PID_NONE INT32_MAX /* beyond what the kernel gives */
static pid_t shim_said;	   /* 0: none did */

static void shims(void *ctx)
{
	if (shim_said)
		lp_probe_has_shim(*(struct lp_probe **)ctx, shim_said, 0);
}

static struct lp_probe *probe;
static const struct lp_probe_config config = {.gate = true, .shims = shims, .ctx = &probe};

int lpb_open(struct lpb_probe **out, const struct lpb_config *c, const struct lpb_ops *o, void *ctx,
	     char *why, size_t why_size)
{
	(void)c;
	*out = NULL;
	ops = o;
	ops_ctx = ctx;
	if (!refuse)
		return 0;
	snprintf(why, why_size, "%s", refuse);
	return -1;
}

int lpb_follow(struct lpb_probe *p, pid_t pid)
{
	(void)p;
	(void)pid;
	return 0;
}

int lpb_follow_cgroup(struct lpb_probe *p, const char *name, bool container, char *why,
		      size_t why_size)
{
	(void)p;
	(void)name;
	(void)container;
	(void)why;
	(void)why_size;
	return 0;
}

const char *lpb_missing(const struct lpb_probe *p)
{
	(void)p;
	return NULL;
}

void lpb_drop_rights(const struct lpb_probe *p)
{
	(void)p;
}

int lpb_follow_descendants(struct lpb_probe *p, pid_t pid)
{
	(void)p;
	(void)pid;
	return 0;
}

void lpb_leave(struct lpb_probe *p, pid_t pid)
{
	(void)p;
	(void)pid;
}

static bool kernel_has_shim; /* as it was told last */

void lpb_has_shim(struct lpb_probe *p, pid_t pid, bool has)
{
	(void)p;
	(void)pid;
	kernel_has_shim = has;
}

bool lpb_holds(struct lpb_probe *p, pid_t pid)
{
	(void)p;
	(void)pid;
	return false;
}

void lpb_mute(struct lpb_probe *p, pid_t pid, uint64_t conn)
{
	(void)p;
	(void)pid;
	(void)conn;
	muted++;
}

int lpb_fd(const struct lpb_probe *p)
{
	(void)p;
	return -1;
}

int lpb_poll(struct lpb_probe *p)
{
	(void)p;
	return 0;
}

void lpb_stats(struct lpb_probe *p, struct lpb_stats *s)
{
	(void)p;
	*s = (struct lpb_stats){.ring_full = 1, .faults = 2, .calls_full = 4};
}

const char *lpb_how(const struct lpb_probe *p)
{
	(void)p;
	return "by hand";
}

void lpb_close(struct lpb_probe *p)
{
	(void)p;
}

/* --- calls that came out ---------------------------------------------------------------------- */

#define CALLS_KEPT 32

static struct {
	char text[128]; /* "service:operation resource status" */
	pid_t pid;
	enum lp_source source;
	int64_t time_ns;
} calls[CALLS_KEPT];
static unsigned n_calls;

static void on_call(void *ctx, const struct lp_call *call)
{
	const char *name = "-";

	(void)ctx;
	if (n_calls >= CALLS_KEPT) {
		n_calls++;
		return;
	}
	snprintf(calls[n_calls].text, sizeof(calls[0].text), "%s:%s %d",
		 call->service ? call->service : name, call->operation ? call->operation : name,
		 call->status);
	calls[n_calls].pid = call->pid;
	calls[n_calls].source = call->source;
	calls[n_calls].time_ns = call->time_ns;
	n_calls++;
}

static struct lp_assemble *assemble;
static struct lp_blinds blinds;

static int start(void **state)
{
	char why[128];

	(void)state;
	n_calls = muted = 0;
	refuse = NULL;
	memset(&blinds, 0, sizeof(blinds));
	if (lp_assemble_new(&assemble, on_call, NULL, &blinds))
		return -1;
	return lp_probe_new(&probe, assemble, &blinds, &config, why, sizeof(why));
}

static int end(void **state)
{
	(void)state;
	lp_probe_free(probe);
	lp_assemble_free(assemble);
	lp_blinds_fini(&blinds);
	return 0;
}

/* A connection as the kernel knows it: where it is, and how far it got. */
struct side {
	pid_t pid;
	uint64_t conn, out, in;
	bool covered;
};

static void move(struct side *s, bool out, const char *bytes, size_t len)
{
	struct lpb_data d = {
		.pid = s->pid,
		.conn = s->conn,
		.time_ns = 1700000000000000000ull,
		.out = out,
		.covered = s->covered,
		.off_out = s->out,
		.off_in = s->in,
		.bytes = lp_span_of(bytes, len),
	};

	ops->data(ops_ctx, &d);
	if (out)
		s->out += len;
	else
		s->in += len;
}

static void out(struct side *s, const char *text)
{
	move(s, true, text, strlen(text));
}

static void in(struct side *s, const char *text)
{
	move(s, false, text, strlen(text));
}

#define AUTH(service)                                                                              \
	"Authorization: AWS4-HMAC-SHA256 "                                                         \
	"Credential=AKIARZPUZDIKAMBVUEID/20261124/us-east-1/" service                              \
	"/aws4_request, SignedHeaders=host, Signature="                                            \
	"0000000000000000000000000000000000000000000000000000000000000000\r\n"
#define GET_OBJECT                                                                                 \
	"GET /key HTTP/1.1\r\nHost: bucket.s3.us-east-1.amazonaws.com\r\n" AUTH("s3") "\r\n"
#define PUT_OBJECT(n)                                                                              \
	"PUT /key HTTP/1.1\r\nHost: bucket.s3.us-east-1.amazonaws.com\r\nContent-Length: " n       \
	"\r\n" AUTH("s3") "\r\n"
#define OTHER "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n" /* may be followed by a signed one */
#define OK    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static void requests_and_responses(void **state)
{
	struct side a = {.pid = getpid(), .conn = 0x1000}, b = {.pid = getpid(), .conn = 0x2000};

	(void)state;
	out(&a, GET_OBJECT);
	out(&b, PUT_OBJECT("4"));
	out(&b, "body");
	in(&a, "HTTP/1.1 404 Not Found\r\n");
	in(&a, "Content-Length: 0\r\n\r\n");
	in(&b, OK);
	out(&a, GET_OBJECT);
	in(&a, OK);
	ops->closed(ops_ctx, a.pid, a.conn, a.out, a.in, false);
	ops->exited(ops_ctx, a.pid);
	assert_int_equal(n_calls, 3);
	assert_string_equal(calls[0].text, "S3:GetObject 404");
	assert_string_equal(calls[1].text, "S3:PutObject 200");
	assert_string_equal(calls[2].text, "S3:GetObject 200");
	assert_int_equal(calls[0].pid, getpid());
	assert_int_equal(calls[0].source, LP_SOURCE_PROBE);
	assert_int_equal(calls[0].time_ns, 1700000000000000000ll);
}

/* A body that stayed in the kernel, in both directions. */
static void bodies_left_in_the_kernel(void **state)
{
	struct side a = {.pid = 42, .conn = 0x1000};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		out(&a, PUT_OBJECT("1000000000"));
		out(&a, "the start of it");
		a.out += 1000000000 - 15;
		in(&a, "HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n<a/>");
		a.in += 5000000 - 4;
	}
	out(&a, GET_OBJECT);
	in(&a, OK);
	ops->exited(ops_ctx, a.pid);
	assert_int_equal(n_calls, 4);
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(calls[i].text, "S3:PutObject 200");
	assert_string_equal(calls[3].text, "S3:GetObject 200");
}

/* A record was lost: what follows it is found again. */
static void lost_records(void **state)
{
	struct side a = {.pid = 42, .conn = 0x1000};

	(void)state;
	out(&a, GET_OBJECT);
	a.in += strlen(OK); /* the first answer is lost */
	out(&a, GET_OBJECT);
	in(&a, OK);
	a.out += strlen(GET_OBJECT); /* so is a whole request */
	in(&a, OK);
	out(&a, GET_OBJECT);
	in(&a, OK);
	ops->exited(ops_ctx, a.pid);
	/* Nothing is made up, and the calls that were whole are there. */
	assert_true(n_calls >= 3);
	for (unsigned i = 0; i < n_calls; i++)
		assert_memory_equal(calls[i].text, "S3:GetObject ", 13);
}

static void addresses_are_used_again(void **state)
{
	struct side a = {.pid = 42, .conn = 0x1000}, again = a, other = {.pid = 43, .conn = 0x1000};

	(void)state;
	out(&a, PUT_OBJECT("100"));
	out(&a, "cut off");
	out(&other, GET_OBJECT); /* the same address in another process is another connection */
	/* No close was seen; offsets start at 0 again. */
	out(&again, GET_OBJECT);
	in(&again, OK);
	in(&other, OK);
	ops->exec(ops_ctx, 43, true, lp_monotonic_ns());
	ops->exited(ops_ctx, 42);
	assert_int_equal(n_calls, 3);
	assert_string_equal(calls[0].text, "S3:PutObject 0");
	assert_string_equal(calls[1].text, "S3:GetObject 200");
	assert_string_equal(calls[2].text, "S3:GetObject 200");
}

static void what_the_shim_sees_is_the_shims(void **state)
{
	struct side library = {.pid = 42, .conn = 0x1000, .covered = true};
	struct side inside = {.pid = 42, .conn = 0x2000};

	(void)state;
	out(&library, GET_OBJECT);
	in(&library, OK);
	assert_int_equal(n_calls, 1);
	lp_probe_has_shim(probe, 42, 0);
	out(&library, GET_OBJECT);
	in(&library, OK);
	assert_int_equal(n_calls, 1);
	out(&inside, GET_OBJECT);
	in(&inside, OK);
	assert_int_equal(n_calls, 2);
	/* A new program: whether the shim is in it is not known yet. */
	ops->exec(ops_ctx, 42, true, lp_monotonic_ns());
	library.out = library.in = 0;
	out(&library, GET_OBJECT);
	in(&library, OK);
	assert_int_equal(n_calls, 3);
	ops->exited(ops_ctx, 42);
}

/* Nobody hears of a shim before what is recorded of its process waits already. */
static void what_waits_while_the_shim_says_so(void **state)
{
	struct side library = {.pid = 42, .conn = 0x1000, .covered = true};

	(void)state;
	shim_said = 42;
	ops->drained(ops_ctx);
	shim_said = 0;
	out(&library, GET_OBJECT);
	in(&library, OK);
	ops->exited(ops_ctx, 42);
	assert_int_equal(n_calls, 0);
}

/* Programs that follow each other in one process, and what is said of them in whatever order. */
static void shims_and_programs(void **state)
{
	struct side library = {.pid = 42, .conn = 0x1000, .covered = true};
	uint64_t first = lp_monotonic_ns() - 10, second = first + 1, third = first + 3;

	(void)state;
	ops->exec(ops_ctx, 42, false, first);
	/* Of the second program we hear its shim first. */
	lp_probe_has_shim(probe, 42, second + 1);
	ops->exec(ops_ctx, 42, false, second);
	assert_true(kernel_has_shim);
	out(&library, GET_OBJECT);
	in(&library, OK);
	assert_int_equal(n_calls, 0);
	/* The third has none, and the second one's was heard of late, once more. */
	ops->exec(ops_ctx, 42, false, third);
	assert_false(kernel_has_shim);
	lp_probe_has_shim(probe, 42, second + 1);
	assert_false(kernel_has_shim);
	out(&library, GET_OBJECT);
	in(&library, OK);
	assert_int_equal(n_calls, 1);
	ops->exited(ops_ctx, 42);
}

static void sleep_beside(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent) /* it may have died before it was asked to tell */
		pause();
	_exit(0);
}

/* A process with a child by fork. Valgrind names its own program to itself, but not to others. */
static pid_t parent_and_child(pid_t *child)
{
	int told[2];
	pid_t parent, self = getpid();

	assert_int_equal(pipe(told), 0);
	parent = fork();
	if (!parent) {
		parent = getpid();
		*child = fork();
		if (!*child)
			sleep_beside(parent);
		if (write(told[1], child, sizeof(*child)) == sizeof(*child))
			sleep_beside(self);
		_exit(1);
	}
	assert_true(parent > 0);
	assert_int_equal(read(told[0], child, sizeof(*child)), sizeof(*child));
	close(told[0]);
	close(told[1]);
	return parent;
}

/* A child's own hello comes with its first call, which the probe may tell of before. */
static void children_of_shims(void **state)
{
	struct side library = {.conn = 0x1000, .covered = true}, inside = {.conn = 0x2000};
	pid_t parent = parent_and_child(&library.pid);

	(void)state;
	inside.pid = library.pid;
	lp_probe_has_shim(probe, parent, 0);
	out(&library, GET_OBJECT);
	in(&library, OK);
	assert_int_equal(n_calls, 0);
	out(&inside, GET_OBJECT);
	in(&inside, OK);
	assert_int_equal(n_calls, 1);
	/* Its program is not its parent's any more. */
	ops->exec(ops_ctx, library.pid, true, lp_monotonic_ns());
	library.out = library.in = 0;
	out(&library, GET_OBJECT);
	in(&library, OK);
	assert_int_equal(n_calls, 2);
	ops->exited(ops_ctx, library.pid);
	ops->exited(ops_ctx, parent);
	kill(parent, SIGKILL);
	assert_int_equal(waitpid(parent, NULL, 0), parent);
}

static void other_protocols_are_muted(void **state)
{
	struct side a = {.pid = 42, .conn = 0x1000};

	(void)state;
	out(&a, "EHLO example.com\r\n");
	assert_int_equal(muted, 1);
	ops->exited(ops_ctx, 42);
	assert_int_equal(n_calls, 0);
}

static void refused_files_are_blind_spots(void **state)
{
	(void)state;
	ops->refused(ops_ctx, getpid(), "/opt/program", "an older Go", false);
	assert_int_equal(blinds.n, 1);
	assert_int_equal(blinds.v[0].kind, LP_BLIND_PROGRAM);
	assert_string_equal(blinds.v[0].what, "/opt/program");
	assert_string_equal(blinds.v[0].reason, "an older Go");
	ops->exited(ops_ctx, getpid());
}

/* All of a process, by its name; where nobody may know that, by what it is. */
static void refused_programs_are_blind_spots(void **state)
{
	char own[PATH_MAX] = "";

	(void)state;
	assert_true(readlink("/proc/self/exe", own, sizeof(own) - 1) > 0);
	ops->refused(ops_ctx, getpid(), LPB_NOT_OURS, LPB_NO_RIGHT, true);
	ops->refused(ops_ctx, PID_NONE, LPB_NOT_OURS, LPB_NO_RIGHT, true);
	assert_int_equal(blinds.n, 2);
	assert_string_equal(blinds.v[0].what, own);
	assert_string_equal(blinds.v[0].program, own);
	assert_string_equal(blinds.v[1].what, LPB_NOT_OURS);
	assert_string_equal(blinds.v[1].program, LPB_NOT_OURS);
	lp_probe_has_shim(probe, getpid(), 0);
	lp_probe_has_shim(probe, PID_NONE, 0);
	assert_int_equal(blinds.n, 0);
	ops->exited(ops_ctx, getpid());
	ops->exited(ops_ctx, PID_NONE);
}

static void refused_files_that_the_shim_sees(void **state)
{
	(void)state;
	/* Before the shim is known to be there, and after. */
	ops->refused(ops_ctx, getpid(), "/opt/a.so", "prefixes", true);
	ops->refused(ops_ctx, getpid(), "/opt/go.so", "an older Go", false);
	assert_int_equal(blinds.total[LP_BLIND_PROGRAM], 2);
	lp_probe_has_shim(probe, getpid(), 0);
	ops->refused(ops_ctx, getpid(), "/opt/b.so", "prefixes", true);
	assert_int_equal(blinds.total[LP_BLIND_PROGRAM], 1);
	assert_int_equal(blinds.n, 1);
	assert_string_equal(blinds.v[0].what, "/opt/go.so");
	/* The next program of the process may be without it. */
	ops->exec(ops_ctx, getpid(), true, lp_monotonic_ns());
	ops->refused(ops_ctx, getpid(), "/opt/b.so", "prefixes", true);
	assert_int_equal(blinds.total[LP_BLIND_PROGRAM], 2);
	ops->exec(ops_ctx, getpid(), true, lp_monotonic_ns());
	lp_probe_has_shim(probe, getpid(), 0);
	assert_int_equal(blinds.total[LP_BLIND_PROGRAM], 2);
	ops->exited(ops_ctx, getpid());
}

/* A ClientHello that asks for SQS, what may be a Finished, a goodbye, and data, as heads of
 * records. */
#define SQS "sqs.eu-west-1.amazonaws.com"
static const char hello[] = "\26\3\1\0\123\1\0\0\117"
			    "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr\0\0\2\23\1\1\0"
			    "\0\44\0\0\0\40\0\36\0\0\33" SQS;
static const char begun[] = "\26\3\1\0\123\1\0\0\117"; /* one of which more is to come */
static const char finished[5 + 53] = "\27\3\3\0\65", goodbye[5 + 19] = "\27\3\3\0\23";
static const char data[5 + 100] = "\27\3\3\0\144";

static void says(pid_t pid, uint64_t conn, const char *bytes, size_t len, bool more)
{
	const uint8_t nobody[16] = {0};
	const struct lpb_hello h = {
		.pid = pid,
		.conn = conn,
		.time_ns = 1,
		.start = bytes == hello || bytes == begun,
		.more = more,
		.address = nobody,
		.bytes = lp_span_of(bytes, len),
	};

	ops->hello(ops_ctx, &h);
}

/* The ClientHello in pieces of `each` bytes. */
static void says_in_pieces(pid_t pid, uint64_t conn, size_t each)
{
	for (size_t at = 0, n; at < sizeof(hello) - 1; at += n) {
		n = sizeof(hello) - 1 - at < each ? sizeof(hello) - 1 - at : each;
		says(pid, conn, hello + at, n, true);
	}
}

static void hosts_that_nobody_reads(void **state)
{
	struct side read = {.pid = 43, .conn = 0x1000};

	(void)state;
	says(42, 1, hello, sizeof(hello) - 1, true);
	says(42, 1, finished, sizeof(finished), true);
	says(42, 1, goodbye, sizeof(goodbye), true);
	says(42, 2, hello, sizeof(hello) - 1, true); /* and the same again at that address */
	says(42, 2, hello, sizeof(hello) - 1, true);
	says(42, 3, data, sizeof(data), false); /* began before us */
	ops->exited(ops_ctx, 42);
	assert_int_equal(blinds.n, 0);

	says(42, 1, hello, sizeof(hello) - 1, true);
	says(42, 2, hello, sizeof(hello) - 1, false);
	says(42, 1, finished, sizeof(finished), true);
	says(42, 1, data, sizeof(data), true);
	says(42, 1, data, sizeof(data), false);
	ops->exited(ops_ctx, 42);
	assert_int_equal(blinds.n, 1);
	assert_int_equal(blinds.v[0].kind, LP_BLIND_CONNECTION);
	assert_string_equal(blinds.v[0].what, SQS);
	assert_int_equal(blinds.v[0].count, 2);

	says(43, 1, hello, sizeof(hello) - 1, false);
	out(&read, "GET / HTTP/1.1\r\nHost: " SQS "\r\n" AUTH("sqs") "\r\n");
	ops->exited(ops_ctx, 43);
	lp_probe_has_shim(probe, 44, 0);
	says(44, 1, hello, sizeof(hello) - 1, false);
	ops->exited(ops_ctx, 44);
	assert_int_equal(blinds.v[0].count, 2);

	/* One that ran before it was probed: said so, unless it is read all the same. */
	ops->exec(ops_ctx, 46, false, lp_monotonic_ns());
	says(46, 1, hello, sizeof(hello) - 1, false);
	ops->exec(ops_ctx, 46, true, lp_monotonic_ns());
	says(46, 1, hello, sizeof(hello) - 1, false);
	ops->exited(ops_ctx, 46);
	assert_int_equal(blinds.n, 2);
	assert_string_equal(blinds.v[1].reason, "unheld");
	assert_int_equal(blinds.v[0].count, 3);
	read = (struct side){.pid = 47, .conn = 0x1000};
	ops->exec(ops_ctx, 47, false, lp_monotonic_ns());
	says(47, 1, hello, sizeof(hello) - 1, false);
	out(&read, "GET / HTTP/1.1\r\nHost: " SQS "\r\n" AUTH("sqs") "\r\n");
	ops->exited(ops_ctx, 47);
	assert_int_equal(blinds.total[LP_BLIND_CONNECTION], 4);

	/* Beyond what is remembered, the worst is assumed. */
	for (unsigned i = 0; i < LP_PROBE_GREETINGS_MAX + 1; i++)
		says(45, i, hello, sizeof(hello) - 1, true);
	ops->exited(ops_ctx, 45);
	assert_int_equal(blinds.v[0].count, 4);
}

static void hellos_in_pieces(void **state)
{
	struct lp_probe_stats st;

	(void)state;
	for (size_t each = 1; each < sizeof(hello); each++) {
		says_in_pieces(42, each, each);
		says(42, each, finished, sizeof(finished), true);
	}
	ops->exited(ops_ctx, 42); /* nobody sent any data */
	assert_int_equal(blinds.n, 0);
	for (size_t each = 1; each < sizeof(hello); each++) {
		says_in_pieces(42, each, each);
		says(42, each, data, sizeof(data), false);
	}
	ops->exited(ops_ctx, 42);
	assert_int_equal(blinds.n, 1);
	assert_string_equal(blinds.v[0].what, SQS);
	assert_int_equal(blinds.v[0].count, sizeof(hello) - 1);

	/* Another at the same address, one that ends early, one that is none. */
	says(42, 1, hello, 20, true);
	says_in_pieces(42, 1, 30);
	says(42, 2, hello, 20, true);
	says(42, 2, hello + 20, 5, false);
	says(42, 2, hello + 25, sizeof(hello) - 26, false);
	says(42, 3, hello, 4, true);
	says(42, 3, data, sizeof(data), true);
	ops->exited(ops_ctx, 42);
	assert_int_equal(blinds.v[0].count, sizeof(hello) - 1);

	/* Of more than fit nothing is known, which is said. */
	lp_probe_stats(probe, &st);
	assert_int_equal(st.no_room, 0);
	for (unsigned i = 0; i < LP_PROBE_GREETINGS_MAX + 1; i++)
		says(45, i, begun, sizeof(begun) - 1, true);
	lp_probe_stats(probe, &st);
	assert_int_equal(st.no_room, 1);
	ops->exited(ops_ctx, 45);
}

static void limits_are_counted(void **state)
{
	struct lp_probe_stats st;
	struct side a = {.pid = 42};

	(void)state;
	for (unsigned i = 0; i < LP_LINKS_MAX + 10; i++) {
		a.conn = 0x1000 + i * 0x10;
		a.out = 0;
		out(&a, OTHER);
	}
	lp_probe_stats(probe, &st);
	assert_int_equal(st.no_room, 10);
	assert_int_equal(st.lost, 7);
	ops->exited(ops_ctx, 42);
	lp_probe_stats(probe, &st);
	a.out = 0;
	out(&a, GET_OBJECT);
	in(&a, OK);
	assert_int_equal(n_calls, 1);
}

static void says_why_not(void **state)
{
	struct lp_probe *p;
	char why[128];

	(void)state;
	refuse = "no CAP_BPF";
	assert_int_equal(lp_probe_new(&p, assemble, &blinds, &config, why, sizeof(why)), -1);
	assert_null(p);
	assert_string_equal(why, "no CAP_BPF");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(requests_and_responses, start, end),
		cmocka_unit_test_setup_teardown(bodies_left_in_the_kernel, start, end),
		cmocka_unit_test_setup_teardown(lost_records, start, end),
		cmocka_unit_test_setup_teardown(addresses_are_used_again, start, end),
		cmocka_unit_test_setup_teardown(what_the_shim_sees_is_the_shims, start, end),
		cmocka_unit_test_setup_teardown(what_waits_while_the_shim_says_so, start, end),
		cmocka_unit_test_setup_teardown(shims_and_programs, start, end),
		cmocka_unit_test_setup_teardown(children_of_shims, start, end),
		cmocka_unit_test_setup_teardown(other_protocols_are_muted, start, end),
		cmocka_unit_test_setup_teardown(refused_files_are_blind_spots, start, end),
		cmocka_unit_test_setup_teardown(refused_programs_are_blind_spots, start, end),
		cmocka_unit_test_setup_teardown(refused_files_that_the_shim_sees, start, end),
		cmocka_unit_test_setup_teardown(hosts_that_nobody_reads, start, end),
		cmocka_unit_test_setup_teardown(hellos_in_pieces, start, end),
		cmocka_unit_test_setup_teardown(limits_are_counted, start, end),
		cmocka_unit_test_setup_teardown(says_why_not, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
