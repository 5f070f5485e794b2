/* SPDX-License-Identifier: MIT */

/* Breakpoints in a process's memory, beside those of others. The process never runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/kcmp.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../collector/source/follow_plant.c"

#if defined(__x86_64__)

#define PLACES 3

static struct {
	struct proc proc;
	struct task task;
	struct lp_program program;
	uint64_t inode;
	uint64_t addr[PLACES];
} one;

/* Three places in this very program's code. */
static int waits(void *none)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!none)
		pause();
	return 0;
}

static int set_up(void **state)
{
	struct lpb_mappings walk;
	struct lpb_mapping map;
	uint64_t here = (uint64_t)(uintptr_t)&locate;
	int status;

	(void)state;
	memset(&one, 0, sizeof(one));
	if (lpb_mappings_open(&walk, getpid()))
		return -1;
	while (lpb_mappings_next(&walk, &map)) {
		if (here < map.lo || here >= map.hi)
			continue;
		one.inode = map.ino;
		for (one.program.n = 0; one.program.n < PLACES; one.program.n++) {
			struct lp_point *p = &one.program.at[one.program.n];

			one.addr[one.program.n] = here + one.program.n * 8u;
			p->kind = one.program.n ? LP_POINT_GO_WRITE : LP_POINT_GO_READ_COPY;
			p->off = one.addr[one.program.n] - map.lo + map.off;
			memcpy(&p->byte, (const char *)(uintptr_t)one.addr[one.program.n], 1);
		}
	}
	lpb_mappings_close(&walk);
	one.task = (struct task){.proc = &one.proc, .tid = fork()};
	if (one.task.tid == 0)
		_exit(waits(NULL));
	if (one.program.n != PLACES || ptrace(PTRACE_SEIZE, one.task.tid, NULL, NULL) ||
	    ptrace(PTRACE_INTERRUPT, one.task.tid, NULL, NULL))
		return -1;
	return waitpid(one.task.tid, &status, __WALL) == one.task.tid && WIFSTOPPED(status) ? 0
											    : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(one.proc.image);
	kill(one.task.tid, SIGKILL);
	return waitpid(one.task.tid, NULL, __WALL) == one.task.tid ? 0 : -1;
}

static unsigned char byte_at(unsigned i)
{
	unsigned char byte = 0;

	assert_true(lp_follow_peek(&one.task, one.addr[i], &byte, 1));
	return byte;
}

static void put(unsigned i, unsigned char byte)
{
	assert_true(lp_follow_poke(&one.task, one.addr[i], &byte, 1));
}

static void they_come_and_go(void **state)
{
	(void)state;
	assert_true(lp_follow_plant(&one.task, &one.program, one.inode));
	for (unsigned i = 0; i < PLACES; i++)
		assert_int_equal(byte_at(i), int3);
	lp_follow_uproot(&one.task, one.proc.image);
	for (unsigned i = 0; i < PLACES; i++)
		assert_int_equal(byte_at(i), one.program.at[i].byte);
}

/* Where there is one already, none is set, and that one stays. */
static void anothers_is_left_alone(void **state)
{
	(void)state;
	put(1, int3);
	assert_false(lp_follow_plant(&one.task, &one.program, one.inode));
	assert_null(one.proc.image);
	assert_int_equal(byte_at(0), one.program.at[0].byte);
	assert_int_equal(byte_at(1), int3);
	assert_int_equal(byte_at(2), one.program.at[2].byte);
}

/* It would die of the first one, with nobody there to carry out what stood in its place. */
static void none_in_who_is_let_go_of(void **state)
{
	(void)state;
	one.task.leaving = true;
	assert_false(lp_follow_plant(&one.task, &one.program, one.inode));
	assert_null(one.proc.image);
	for (unsigned i = 0; i < PLACES; i++)
		assert_int_equal(byte_at(i), one.program.at[i].byte);
}

static void what_was_taken_away_is_set_again(void **state)
{
	struct image *m;

	(void)state;
	assert_true(lp_follow_plant(&one.task, &one.program, one.inode));
	m = one.proc.image;
	assert_true(lp_follow_intact(&one.task, m));
	assert_false(lp_follow_mend(&one.task, m));
	put(2, one.program.at[2].byte);
	assert_false(lp_follow_intact(&one.task, m));
	assert_true(lp_follow_mend(&one.task, m));
	assert_int_equal(byte_at(2), int3);
	assert_true(lp_follow_intact(&one.task, m));
	/* What we took out ourselves is not missed, nor set again beside others. */
	lp_follow_sleep(&one.task, m, POINTS_READ, true);
	assert_int_equal(byte_at(0), one.program.at[0].byte);
	assert_true(lp_follow_intact(&one.task, m));
	put(1, one.program.at[1].byte);
	assert_true(lp_follow_mend(&one.task, m));
	assert_int_equal(byte_at(0), one.program.at[0].byte);
	lp_follow_sleep(&one.task, m, POINTS_READ, false);
	assert_int_equal(byte_at(0), int3);
}

#define LEADS 16u

static struct lp_follow follow;
static const uint64_t shut = 1;

static void said(uint64_t fd, const char *what)
{
	lp_follow_said(&one.proc, fd, lp_span_str(what));
	lp_follow_settle(&follow, &one.task);
}

/* Sockets are looked at while it is not known what they carry; by SOCKS it is only said where to.
 */
static void sockets_are_looked_at_when_they_may_tell(void **state)
{
	const unsigned char *own = &one.program.at[2].byte;

	(void)state;
	one.program.at[2].kind = LP_POINT_GO_PLAIN_WRITE;
	assert_true(lp_follow_plant(&one.task, &one.program, one.inode));
	assert_int_equal(byte_at(2), *own);
	assert_true(lp_follow_intact(&one.task, one.proc.image));
	lp_follow_connects(&follow, &one.task, 1);
	assert_int_equal(byte_at(2), int3);
	said(1, "\5\1");
	said(1, "\1\2me");
	assert_int_equal(byte_at(2), int3);
	said(1, "\x16\3\1");
	assert_int_equal(byte_at(2), *own);
	lp_follow_connects(&follow, &one.task, 1);
	lp_follow_connects(&follow, &one.task, 2);
	lp_follow_closed(&one.proc, 1);
	lp_follow_settle(&follow, &one.task);
	assert_int_equal(byte_at(2), int3);
	lp_follow_closed(&one.proc, 2);
	lp_follow_settle(&follow, &one.task);
	assert_int_equal(byte_at(2), *own);
	/* One that could not be connected is closed, which its own state tells. */
	lp_follow_connects(&follow, &one.task, (uint64_t)(uintptr_t)&shut);
	assert_int_equal(byte_at(2), *own);
	/* Others begin as SOCKS does, but do not stop. */
	lp_follow_connects(&follow, &one.task, 1);
	for (unsigned i = 0; i <= LEADS; i++) {
		assert_int_equal(byte_at(2), int3);
		said(1, "\4\0\0\7");
	}
	assert_int_equal(byte_at(2), *own);
	/* Who is spoken to before it speaks is no client by HTTP. */
	lp_follow_connects(&follow, &one.task, 1);
	said(1, "\5\1");
	lp_follow_heard(&follow, &one.task, 1);
	assert_int_equal(byte_at(2), int3);
	lp_follow_connects(&follow, &one.task, 1);
	lp_follow_heard(&follow, &one.task, 1);
	assert_int_equal(byte_at(2), *own);
	/* More than there is room for: the last count. */
	for (uint64_t fd = 1; fd <= DIALED_MAX + 1; fd++)
		lp_follow_connects(&follow, &one.task, fd);
	for (uint64_t fd = 1; fd <= DIALED_MAX; fd++)
		said(fd, "\x16\3\1");
	assert_int_equal(byte_at(2), int3);
	said(DIALED_MAX + 1, "\x16\3\1");
	assert_int_equal(byte_at(2), *own);
	assert_int_equal(byte_at(1), int3);
}

static bool linked(uint64_t conn)
{
	return lp_links_find(&follow.links, one.proc.process.pid, conn) != NULL;
}

/* While sockets are not looked at they close unseen, and others come to stand where they stood. */
static void what_was_closed_unseen_is_not_taken_for_another(void **state)
{
	(void)state;
	one.program.at[2].kind = LP_POINT_GO_PLAIN_WRITE;
	assert_true(lp_follow_plant(&one.task, &one.program, one.inode));
	for (uint64_t conn = 1; conn <= 2; conn++)
		lp_links_new(&follow.links, &one.proc.process, &one.proc.links, conn, 0)->socket =
			conn + 10;
	lp_follow_connects(&follow, &one.task, 11);
	assert_false(linked(1));
	assert_true(linked(2));
	lp_follow_above(&follow, &one.proc, 2, 12);
	assert_true(linked(2));
	lp_follow_above(&follow, &one.proc, 2, 13);
	assert_false(linked(2));
}

static void on_call(void *none, const struct lp_call *call)
{
	(void)none;
	(void)call;
}

static void reads(uint64_t conn)
{
	lp_follow_waits(&follow, &one.task, conn);
}

/* Who reads from sockets is looked at while an answer is due by plain HTTP, who writes always. */
static void reads_rest_between_an_answer_and_what_is_asked_next(void **state)
{
	static const char ask[] = "GET /latest/ HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n";
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
	enum { READS = 0, WRITES = 2, OURS = 5, ANOTHERS = 6 };
	struct lp_link *l;

	(void)state;
	one.program.at[READS].kind = LP_POINT_GO_PLAIN_READ;
	one.program.at[WRITES].kind = LP_POINT_GO_PLAIN_WRITE;
	assert_int_equal(lp_assemble_new(&follow.assemble, on_call, NULL, NULL), 0);
	follow.links.assemble = follow.assemble;
	assert_true(lp_follow_plant(&one.task, &one.program, one.inode));
	l = lp_links_new(&follow.links, &one.proc.process, &one.proc.links, OURS, 0);
	lp_follow_settle(&follow, &one.task);
	for (unsigned i = 0; i < 2; i++) {
		l->resting = false; /* as it is written to */
		lp_follow_settle(&follow, &one.task);
		lp_conn_out(&l->conn, ask, sizeof(ask) - 1);
		reads(OURS);
		reads(ANOTHERS);
		assert_int_equal(byte_at(READS), int3);
		lp_conn_in(&l->conn, head, sizeof(head) - 1);
		reads(OURS);
		reads(ANOTHERS);
		assert_int_equal(byte_at(READS), int3);
		lp_conn_in(&l->conn, "{}", 2);
		/* It costs nothing where nobody else reads. */
		reads(OURS);
		assert_int_equal(byte_at(READS), int3);
		reads(ANOTHERS);
		assert_int_equal(byte_at(READS), one.program.at[READS].byte);
		assert_int_equal(byte_at(WRITES), int3);
	}
	/* One that has not said what it carries may get an answer, too. */
	lp_follow_connects(&follow, &one.task, 1);
	assert_int_equal(byte_at(READS), int3);
	said(1, "\x16\3\1");
	assert_int_equal(byte_at(READS), one.program.at[READS].byte);
	lp_links_free(&follow.links, l);
	lp_follow_settle(&follow, &one.task);
	assert_int_equal(byte_at(WRITES), one.program.at[WRITES].byte);
	lp_assemble_free(follow.assemble);
}

/* The kernel's word for it may be refused, as it is in containers. */
static void who_shares_memory_is_known(void **state)
{
	static struct sock_filter refuse[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kcmp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	static const struct sock_fprog program = {LP_ARRAY_LEN(refuse), refuse};
	static char stack[16384] __attribute__((aligned(16)));
	struct task shares;
	char before[sizeof(stack)];

	(void)state;
	if (getenv("LP_VALGRIND")) /* which knows no process that shares its memory */
		skip();
	shares =
		(struct task){.tid = clone(waits, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL)};
	assert_true(shares.tid > 0);
	assert_int_equal(ptrace(PTRACE_SEIZE, shares.tid, NULL, NULL), 0);
	assert_int_equal(ptrace(PTRACE_INTERRUPT, shares.tid, NULL, NULL), 0);
	assert_int_equal(waitpid(shares.tid, NULL, __WALL), shares.tid);
	memcpy(before, stack, sizeof(stack));
	for (unsigned refused = 0; refused < 2; refused++) {
		assert_true(lp_follow_shares(&shares, getpid()));
		assert_false(lp_follow_shares(&one.task, getpid()));
		assert_memory_equal(before, stack, sizeof(stack));
		assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
		assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
	}
	assert_int_equal(syscall(SYS_kcmp, getpid(), getpid(), KCMP_VM, 0, 0), -1);
	kill(shares.tid, SIGKILL);
	assert_int_equal(waitpid(shares.tid, NULL, __WALL), shares.tid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_closed_unseen_is_not_taken_for_another,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(they_come_and_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(anothers_is_left_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(none_in_who_is_let_go_of, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_taken_away_is_set_again, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(sockets_are_looked_at_when_they_may_tell, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(reads_rest_between_an_answer_and_what_is_asked_next,
						set_up, tear_down),
		/* The last: from then on the call is refused. */
		cmocka_unit_test_setup_teardown(who_shares_memory_is_known, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
	return 0;
}

#endif
