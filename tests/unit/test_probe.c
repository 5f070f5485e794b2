/* SPDX-License-Identifier: MIT */
/*
 * The probe on a program that is made here: it defines functions with OpenSSL's names, so that what
 * they move, refuse and return is known to the byte, and no network is needed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"
#include "probe_abi.h"

static const char victim_library[] =
	"#include <string.h>\n"
	"int refuse;\n"
	"__attribute__((noinline)) int SSL_write_ex(void *s, const void *b, size_t n, size_t "
	"*done)\n"
	"{ __asm__ volatile(\"\" : : \"r\"(b)); if (refuse) { refuse--; return 0; } *done = n; "
	"return s != 0; }\n"
	"__attribute__((noinline)) int SSL_write(void *s, const void *b, int n)\n"
	"{ size_t done = 0; return SSL_write_ex(s, b, (size_t)n, &done) ? (int)done : -1; }\n"
	"__attribute__((noinline)) int SSL_read(void *s, void *b, int n)\n"
	"{ static const char r[] = \"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n\";\n"
	"  __asm__ volatile(\"\" : : \"r\"(s)); (void)n; memcpy(b, r, sizeof(r) - 1); return "
	"sizeof(r) - 1; }\n"
	"__attribute__((noinline)) void SSL_free(void *s) { *(void *volatile *)s = 0; }\n";

static const char victim_program[] =
	"#define _GNU_SOURCE\n"
	"#include <fcntl.h>\n"
	"#include <stdio.h>\n"
	"#include <stdlib.h>\n"
	"#include <string.h>\n"
	"#include <sys/mman.h>\n"
	"#include <sys/wait.h>\n"
	"#include <unistd.h>\n"
	"extern int refuse;\n"
	"int SSL_write(void *, const void *, int), SSL_read(void *, void *, int);\n"
	"void SSL_free(void *);\n"
	"static char buf[1 << 20];\n"
	"static void *ssl;\n"
	"static void calls(void *s, int n)\n"
	"{ char in[256]; for (int i = 0; i < n; i++) {\n"
	"    int k = sprintf(buf, \"GET /%d HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n\", i);\n"
	"    while (SSL_write(s, buf, k) < 0) ; SSL_read(s, in, sizeof(in)); } SSL_free(s); }\n"
	"int main(int c, char **v)\n"
	"{ const char *mode = v[1]; int n = c > 2 ? atoi(v[2]) : 0;\n"
	"  if (!strcmp(mode, \"calls\")) { refuse = 3; calls(&ssl, n); }\n"
	"  if (!strcmp(mode, \"server\")) { SSL_read(&ssl, buf, 64); SSL_write(&ssl, \"HTTP/1.1 "
	"200 OK\\r\\n\\r\\n\", 19); }\n"
	"  if (!strcmp(mode, \"big\")) {\n"
	"    char in[256]; memset(buf, 'x', sizeof(buf)); memcpy(buf, \"POST /big "
	"HTTP/1.1\\r\\n\\r\\n\", 22);\n"
	"    SSL_write(&ssl, buf, sizeof(buf)); memset(buf, 'y', 22);\n"
	"    for (int i = 0; i < 63; i++) SSL_write(&ssl, buf, sizeof(buf));\n"
	"    SSL_read(&ssl, in, sizeof(in)); calls(&ssl, 1); }\n"
	"  if (!strcmp(mode, \"h2\")) {\n"
	"    static const char head[] = \"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n\"\n"
	"      \"\\0\\0\\0\\4\\0\\0\\0\\0\\0\" \"\\0\\0\\3\\1\\4\\0\\0\\0\\1\" \"abc\";\n"
	"    static const char end[] = \"\\0\\0\\4\\0\\1\\0\\0\\0\\1\" \"last\" "
	"\"\\0\\0\\3\\1\\4\\0\\0\\0\\3\"\n"
	"      \"def\" \"\\0\\0\\12\\0\\1\\0\\0\\0\\3\" \"0123456789\";\n"
	"    SSL_write(&ssl, head, sizeof(head) - 1);\n"
	"    for (int i = 0; i < 64; i++)\n"
	"      memcpy(buf + i * 16384, \"\\0\\77\\367\\0\\0\\0\\0\\0\\1\", 9);\n"
	"    for (int i = 0; i < n; i++) SSL_write(&ssl, buf, sizeof(buf));\n"
	"    for (int i = 0; i < (int)sizeof(end) - 1; i++) SSL_write(&ssl, end + i, 1);\n"
	"    SSL_free(&ssl); }\n"
	"  if (!strcmp(mode, \"cold\")) {\n"
	"    int fd = open(v[2], O_RDONLY); char *p = mmap(0, 65536, PROT_READ, MAP_PRIVATE, fd, "
	"0);\n"
	"    for (int i = 0; i < 8; i++) SSL_write(&ssl, p + i * 8192, 8192); }\n"
	"  if (!strcmp(mode, \"fork\")) {\n"
	"    for (int i = 0; i < n; i++) if (fork() == 0) { calls(&ssl, 1); _exit(0); }\n"
	"    while (wait(0) > 0) ; execl(v[0], v[0], \"calls\", \"1\", (char *)0); }\n"
	"  return 0; }\n";

static char dir[] = "/tmp/lp-probe.XXXXXX";
/* The program with the functions inside, and the one that has them from a library. */
static char program[64], with_library[64], text_file[64];
static const char *skip; /* why the probe cannot run here */

/* What was seen. */
static struct seen {
	unsigned execs, refusals, exits, closes, data_out, data_in, requests;
	unsigned skipped_frames;
	uint64_t bytes_out, last_off_out, close_off_out, close_off_in;
	size_t kept;
	char out[1 << 18];
	bool contiguous;
	pid_t pids[256];
	unsigned n_pids;
	bool covered; /* what the data must say */
	/* what the callbacks shall do */
	bool mute, shim, few_fds;
	struct lpb_probe *probe;
} seen;

static void on_data(void *ctx, const struct lpb_data *d)
{
	(void)ctx;
	assert_true(d->time_ns > 1600000000ull * 1000000000ull);
	if (!d->out) {
		seen.data_in++;
		return;
	}
	if (d->off_out != seen.last_off_out)
		seen.contiguous = false;
	seen.skipped_frames += d->frame && d->off_out != seen.last_off_out;
	seen.last_off_out = d->off_out + d->bytes.len;
	seen.data_out++;
	assert_int_equal(d->covered, seen.covered);
	seen.bytes_out += d->bytes.len;
	seen.requests += lp_span_starts(d->bytes, LP_SPAN("GET /"));
	if (seen.kept + d->bytes.len <= sizeof(seen.out)) {
		memcpy(seen.out + seen.kept, d->bytes.ptr, d->bytes.len);
		seen.kept += d->bytes.len;
	}
	if (seen.mute)
		lpb_mute(seen.probe, d->pid, d->conn);
}

static void on_closed(void *ctx, pid_t pid, uint64_t conn, uint64_t off_out, uint64_t off_in,
		      bool loose)
{
	(void)ctx;
	(void)pid;
	(void)conn;
	(void)loose;
	seen.closes++;
	seen.close_off_out = off_out;
	seen.close_off_in = off_in;
}

static void on_exec(void *ctx, pid_t pid, bool held, uint64_t mono_ns)
{
	(void)ctx;
	(void)mono_ns;
	(void)held;
	seen.execs++;
	if (seen.n_pids < LP_ARRAY_LEN(seen.pids))
		seen.pids[seen.n_pids++] = pid;
	if (seen.shim)
		lpb_has_shim(seen.probe, pid, true);
}

static void on_refused(void *ctx, pid_t pid, const char *path, const char *why, bool covered)
{
	(void)ctx;
	(void)pid;
	(void)path;
	(void)why;
	(void)covered;
	seen.refusals++;
}

static void on_exited(void *ctx, pid_t pid)
{
	(void)ctx;
	(void)pid;
	seen.exits++;
}

static const struct lpb_ops ops = {
	.data = on_data,
	.closed = on_closed,
	.exec = on_exec,
	.exited = on_exited,
	.refused = on_refused,
};

static bool write_file(const char *name, const char *text)
{
	char path[128];
	bool ok;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (!f)
		return false;
	ok = fputs(text, f) >= 0;
	return fclose(f) == 0 && ok;
}

static int make_victim(void **state)
{
	char cmd[512], why[256];
	struct lpb_probe *p;
	struct lpb_config config = {.gate = true};
	FILE *f;

	(void)state;
	if (lpb_open(&p, &config, &ops, NULL, why, sizeof(why))) {
		static char kept[300];

		snprintf(kept, sizeof(kept), "%s", why);
		skip = kept;
		return 0;
	}
	print_message("# probe: %s\n", lpb_how(p));
	lpb_close(p);
	if (!mkdtemp(dir))
		return -1;
	snprintf(program, sizeof(program), "%s/victim", dir);
	snprintf(with_library, sizeof(with_library), "%s/dynamic", dir);
	snprintf(text_file, sizeof(text_file), "%s/text", dir);
	if (!write_file("library.c", victim_library) || !write_file("program.c", victim_program))
		return -1;
	snprintf(cmd, sizeof(cmd),
		 "cd %s && cc -O1 -w -o victim program.c library.c && "
		 "cc -O1 -w -shared -fPIC -o libvictim.so library.c && "
		 "cc -O1 -w -o dynamic program.c -L. -lvictim -Wl,-rpath,%s",
		 dir, dir);
	if (system(cmd) != 0)
		return -1;
	f = fopen(text_file, "w");
	if (!f)
		return -1;
	for (unsigned i = 0; i < 8; i++)
		fprintf(f, "GET /%u HTTP/1.1\r\n%*s", i, 8192 - 17, "\r\n");
	return fclose(f);
}

static int remove_victim(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return skip ? 0 : system(cmd);
}

static pid_t spawn(const char *const argv[])
{
	pid_t pid = fork();

	if (pid == 0) {
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	return pid;
}

/* From now on at most `n` more can be open. */
static void leave_fds(rlim_t n, struct rlimit *before)
{
	int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct rlimit few;

	assert_true(next >= 0);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
	few = (struct rlimit){(rlim_t)next + n, before->rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
}

/* Takes what the probe has until the process ends. Returns its wait status. */
static int watch(pid_t pid)
{
	int status;

	for (;;) {
		struct pollfd pfd = {lpb_fd(seen.probe), POLLIN, 0};

		poll(&pfd, 1, 10);
		assert_true(lpb_poll(seen.probe) >= 0);
		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
	}
	assert_true(lpb_poll(seen.probe) >= 0);
	return status;
}

/* Runs a command as the probe's only tree, to its end. Returns its wait status. */
static int observe(const char *const argv[], struct lpb_stats *stats)
{
	struct lpb_config config = {.gate = true};
	struct rlimit before;
	char why[256];
	int status, err;
	pid_t pid;

	seen = (struct seen){.contiguous = true,
			     .covered = argv[0] == with_library,
			     .mute = seen.mute,
			     .shim = seen.shim,
			     .few_fds = seen.few_fds};
	err = lpb_open(&seen.probe, &config, &ops, NULL, why, sizeof(why));
	assert_int_equal(err, 0);
	assert_int_equal(lpb_follow(seen.probe, getpid()), 0);
	pid = spawn(argv);
	lpb_leave(seen.probe, getpid());
	if (seen.few_fds)
		leave_fds(0, &before);
	status = watch(pid);
	if (seen.few_fds)
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	lpb_stats(seen.probe, stats);
	lpb_close(seen.probe);
	seen.mute = seen.shim = seen.few_fds = false;
	return status;
}

#define SKIP_IF_NO_PROBE()                                                                         \
	do {                                                                                       \
		(void)state;                                                                       \
		if (skip) {                                                                        \
			print_message("SKIP: %s\n", skip);                                         \
			return;                                                                    \
		}                                                                                  \
	} while (0)

static void every_call_once(void **state)
{
	const char *const argv[] = {program, "calls", "50", NULL};
	struct lpb_stats st;
	char expected[64];
	size_t at = 0;

	SKIP_IF_NO_PROBE();
	assert_int_equal(observe(argv, &st), 0);
	/* SSL_write and the SSL_write_ex inside it are one; three refused attempts are none. */
	assert_int_equal(seen.data_out, 50);
	assert_int_equal(seen.data_in, 50);
	assert_int_equal(seen.closes, 1);
	assert_int_equal(seen.execs, 1);
	assert_int_equal(seen.exits, 1);
	assert_true(seen.contiguous);
	for (unsigned i = 0; i < 50; i++) {
		int n = snprintf(expected, sizeof(expected), "GET /%u HTTP/1.1\r\nHost: x\r\n\r\n",
				 i);

		assert_memory_equal(seen.out + at, expected, (size_t)n);
		at += (size_t)n;
	}
	assert_int_equal(seen.kept, at);
	assert_int_equal(seen.close_off_out, at);
	assert_int_equal(seen.close_off_in, 50 * 38);
	assert_int_equal(st.ring_full + st.faults + st.calls_full, 0);
	/* Once when it started, once when its libraries were there. */
	assert_int_equal(st.stops, 2);
}

static void servers_are_not_clients(void **state)
{
	const char *const argv[] = {program, "server", NULL};
	struct lpb_stats st;

	SKIP_IF_NO_PROBE();
	assert_int_equal(observe(argv, &st), 0);
	assert_int_equal(seen.data_out + seen.data_in, 0);
}

/* 64 MiB go by; the request's start comes through, and the next request where it belongs. */
static void large_bodies_stay_in_the_kernel(void **state)
{
	const char *const argv[] = {program, "big", NULL};
	struct lpb_stats st;
	uint64_t size = 64ull << 20;

	SKIP_IF_NO_PROBE();
	assert_int_equal(observe(argv, &st), 0);
	assert_true(st.bytes < 256 * 1024);
	assert_int_equal(seen.requests, 1);
	assert_memory_equal(seen.out, "POST /big HTTP/1.1\r\n\r\nxxxx", 26);
	assert_memory_equal(seen.out + LPB_BUDGET_POST, "GET /0 HTTP/1.1", 15);
	assert_int_equal(seen.last_off_out, size + 28);
	assert_int_equal(seen.close_off_out, size + 28);
	assert_false(seen.contiguous);
}

/* What of a body's frames lies beyond the budget is left out, and what comes next is a frame. */
static void large_bodies_over_http2(void **state)
{
	static const char end[] = "\0\0\4\0\1\0\0\0\1"
				  "\0\0\3\1\4\0\0\0\3"
				  "def"
				  "\0\0\12\0\1\0\0\0\3"
				  "0123456789";
	const char *const argv[] = {program, "h2", "1024", NULL};
	struct lpb_stats st;

	SKIP_IF_NO_PROBE();
	assert_int_equal(observe(argv, &st), 0);
	assert_true(st.bytes < LPB_BUDGET_POST + 1024);
	assert_memory_equal(seen.out, "PRI * HTTP/2.0", 14);
	assert_memory_equal(seen.out + seen.kept - (sizeof(end) - 1), end, sizeof(end) - 1);
	assert_int_equal(seen.skipped_frames, 2); /* and what "last" was */
	assert_int_equal(seen.close_off_out, (1ull << 30) + 24 + 9 + 12 + 13 + 12 + 19);
}

/* Memory that was never touched: the first to want it is the probe. */
static void pages_that_are_not_there(void **state)
{
	const char *const argv[] = {program, "cold", text_file, NULL};
	struct lpb_stats st;

	SKIP_IF_NO_PROBE();
	assert_int_equal(observe(argv, &st), 0);
	if (st.faults) {
		print_message("SKIP: this kernel has no sleepable uprobes\n");
		return;
	}
	assert_int_equal(seen.requests, 8);
	assert_int_equal(seen.bytes_out, 65536);
}

static void children_and_new_programs(void **state)
{
	const char *const argv[] = {program, "fork", "20", NULL};
	struct lpb_stats st;

	SKIP_IF_NO_PROBE();
	assert_int_equal(observe(argv, &st), 0);
	assert_int_equal(seen.requests, 21);
	assert_int_equal(seen.execs, 2);
	assert_int_equal(seen.exits, 21);
}

static void short_programs(void **state)
{
	char cmd[512];
	const char *const argv[] = {"/bin/sh", "-c", cmd, NULL};
	struct lpb_stats st;

	SKIP_IF_NO_PROBE();
	/* A fresh copy each, so that none is probed already. */
	snprintf(cmd, sizeof(cmd),
		 "for i in 1 2 3 4 5 6 7 8 9 10; do cp %s %s.$i; %s.$i calls 1; %s.$i calls 1 & "
		 "done; wait",
		 program, program, program, program);
	assert_int_equal(observe(argv, &st), 0);
	assert_int_equal(seen.requests, 20);
	assert_int_equal(st.ring_full, 0);
}

static void no_descriptors(void **state)
{
	const char *const argv[] = {program, "calls", "3", NULL};
	struct lpb_stats st;

	SKIP_IF_NO_PROBE();
	seen.few_fds = true;
	assert_int_equal(observe(argv, &st), 0);
	assert_int_equal(seen.requests, 0);
	assert_true(seen.refusals > 0);
}

/* Three are enough to look at a file, and none is left for its probes; later there are more. */
static void descriptors_that_come_back(void **state)
{
	const char *const argv[] = {program, "calls", "3", NULL};
	struct lpb_config config = {.gate = true};
	struct rlimit before;
	char why[256];

	SKIP_IF_NO_PROBE();
	seen = (struct seen){.contiguous = true};
	assert_int_equal(lpb_open(&seen.probe, &config, &ops, NULL, why, sizeof(why)), 0);
	assert_int_equal(lpb_follow(seen.probe, getpid()), 0);
	leave_fds(3, &before);
	assert_int_equal(watch(spawn(argv)), 0);
	assert_true(seen.refusals > 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	seen.requests = 0;
	assert_int_equal(watch(spawn(argv)), 0);
	assert_int_equal(seen.requests, 3);
	lpb_leave(seen.probe, getpid());
	lpb_close(seen.probe);
}

#define NO_PROCESS 5000000 /* and all after it: the kernel has no such numbers */

static void no_room_for_processes(void **state)
{
	const char *const argv[] = {program, "calls", "3", NULL};
	struct lpb_config config = {.gate = true};
	struct lpb_stats st;
	char why[256];
	int status;
	pid_t pid;

	SKIP_IF_NO_PROBE();
	assert_int_equal(lpb_open(&seen.probe, &config, &ops, NULL, why, sizeof(why)), 0);
	assert_int_equal(lpb_follow(seen.probe, getpid()), 0);
	for (pid_t i = 1; i < LPB_PROCS_MAX; i++)
		assert_int_equal(lpb_follow(seen.probe, NO_PROCESS + i), -ENOENT);
	pid = spawn(argv);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	lpb_stats(seen.probe, &st);
	lpb_close(seen.probe);
	assert_int_equal(st.calls_full, 1);
}

/* A probed file whose inode changes is not probed twice; one that was replaced is another file. */
static void files_that_change(void **state)
{
	char cmd[512];
	const char *const argv[] = {"/bin/sh", "-c", cmd, NULL};
	struct lpb_stats st;

	SKIP_IF_NO_PROBE();
	snprintf(cmd, sizeof(cmd), "%s calls 3; chmod 711 %s; %s calls 3", program, program,
		 program);
	assert_int_equal(observe(argv, &st), 0);
	assert_int_equal(seen.requests, 6);
	assert_int_equal(seen.data_in, 6);
	snprintf(cmd, sizeof(cmd), "%s calls 3; cp %s %s.new; mv %s.new %s; %s calls 3", program,
		 program, program, program, program, program);
	assert_int_equal(observe(argv, &st), 0);
	assert_int_equal(seen.requests, 6);
	assert_int_equal(seen.refusals, 0);
	/*
	 * Written over in place: said, rather than seen in part. Where the first process had probes
	 * of its own, they went with it.
	 */
	snprintf(cmd, sizeof(cmd),
		 "%s calls 3; cp -p %s %s.same; sleep 0.01; cp %s.same %s; %s calls 3", program,
		 program, program, program, program, program);
	assert_int_equal(observe(argv, &st), 0);
	assert_true(seen.refusals == 1 || (seen.refusals == 0 && seen.requests == 6));
}

static void muted_connection(void **state)
{
	const char *const argv[] = {program, "calls", "2000", NULL};
	struct lpb_stats st;

	SKIP_IF_NO_PROBE();
	seen.mute = true;
	assert_int_equal(observe(argv, &st), 0);
	assert_true(seen.requests >= 1 && seen.requests < 2000);
}

/* Where the shim is, the probe leaves libraries to it, and nothing else. */
static void beside_the_shim(void **state)
{
	const char *const inside[] = {program, "calls", "20", NULL};
	const char *const library[] = {with_library, "calls", "20", NULL};
	struct lpb_stats st;

	SKIP_IF_NO_PROBE();
	assert_int_equal(observe(library, &st), 0);
	assert_int_equal(seen.requests, 20);
	seen.shim = true;
	assert_int_equal(observe(library, &st), 0);
	assert_int_equal(seen.requests, 0);
	assert_int_equal(seen.execs, 1);
	seen.shim = true;
	assert_int_equal(observe(inside, &st), 0);
	assert_int_equal(seen.requests, 20);
}

static void others_are_not_seen(void **state)
{
	const char *const argv[] = {program, "calls", "5", NULL};
	struct lpb_config config = {.gate = true};
	char why[256];
	pid_t pid;
	int err, status;

	SKIP_IF_NO_PROBE();
	seen = (struct seen){0};
	err = lpb_open(&seen.probe, &config, &ops, NULL, why, sizeof(why));
	assert_int_equal(err, 0);
	pid = spawn(argv);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(lpb_poll(seen.probe), 0);
	lpb_close(seen.probe);
	assert_int_equal(seen.execs + seen.data_out + seen.exits, 0);
}

static char state_of(pid_t pid)
{
	char name[64], line[512], *p, c = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/stat", (int)pid);
	f = fopen(name, "r");
	if (!f)
		return 0;
	if (fgets(line, sizeof(line), f) && (p = strrchr(line, ')')) && p[1])
		c = p[2];
	fclose(f);
	return c;
}

static bool becomes(pid_t pid, char wanted)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};

	for (unsigned i = 0; i < 500; i++) {
		char c = state_of(pid);

		if (c == wanted || (wanted == 0 && c == 'Z'))
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

/* A collector that is killed while a process waits for it: the process goes on. */
static void stopped_processes_outlive_the_collector(void **state)
{
	const char *const argv[] = {program, "calls", "1", NULL};
	pid_t collector, stopped = 0;
	int fds[2];

	SKIP_IF_NO_PROBE();
	assert_int_equal(pipe(fds), 0);
	collector = fork();
	if (collector == 0) {
		struct lpb_config config = {.gate = true};
		char why[256];

		if (lpb_open(&seen.probe, &config, &ops, NULL, why, sizeof(why)) ||
		    lpb_follow(seen.probe, getpid()))
			_exit(1);
		stopped = spawn(argv);
		if (write(fds[1], &stopped, sizeof(stopped)) < 0)
			_exit(1);
		for (;;)
			pause(); /* and never look into the ring */
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &stopped, sizeof(stopped)), sizeof(stopped));
	close(fds[0]);
	assert_true(becomes(stopped, 'T'));
	kill(collector, SIGKILL);
	assert_true(becomes(stopped, 0));
	waitpid(collector, NULL, 0);
}

#define FILES 8300 /* more than are remembered */

/* A host's collector meets many files without TLS; those that came later are looked at, too. */
static void files_give_way(void **state)
{
	const char *const argv[] = {program, "calls", "5", NULL};
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *maps[FILES];
	struct lpb_stats st;

	SKIP_IF_NO_PROBE();
	for (unsigned i = 0; i < FILES; i++) {
		char path[64];
		int fd;

		snprintf(path, sizeof(path), "%s/file", dir);
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		assert_true(fd >= 0 && write(fd, "x", 1) == 1 && unlink(path) == 0);
		maps[i] = mmap(NULL, page, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
		assert_ptr_not_equal(maps[i], MAP_FAILED);
		close(fd);
	}
	assert_int_equal(observe(argv, &st), 0);
	assert_int_equal(seen.refusals, 0);
	assert_int_equal(seen.data_out, 5);
	for (unsigned i = 0; i < FILES; i++)
		munmap(maps[i], page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_once),
		cmocka_unit_test(servers_are_not_clients),
		cmocka_unit_test(large_bodies_stay_in_the_kernel),
		cmocka_unit_test(large_bodies_over_http2),
		cmocka_unit_test(pages_that_are_not_there),
		cmocka_unit_test(children_and_new_programs),
		cmocka_unit_test(short_programs),
		cmocka_unit_test(no_descriptors),
		cmocka_unit_test(descriptors_that_come_back),
		cmocka_unit_test(no_room_for_processes),
		cmocka_unit_test(files_that_change),
		cmocka_unit_test(muted_connection),
		cmocka_unit_test(beside_the_shim),
		cmocka_unit_test(others_are_not_seen),
		cmocka_unit_test(stopped_processes_outlive_the_collector),
		cmocka_unit_test(files_give_way),
	};

	return cmocka_run_group_tests(tests, make_victim, remove_victim);
}
