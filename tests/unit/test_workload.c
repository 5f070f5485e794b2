/* SPDX-License-Identifier: MIT */
/* What a process belongs to: by its environment, its control group, its program. */
#include "source/workload.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void control_groups(void **state)
{
	static const struct {
		const char *text, *want; /* NULL: none */
	} rows[] = {
		{"0::/\n", NULL},
		{"", NULL},
		{"0::/system.slice/nginx.service\n", "nginx.service"},
		{"0::/system.slice/nginx.service/worker\n", "nginx.service"},
		{"0::/user.slice/user-1000.slice/session-3.scope\n", NULL},
		{"0::/user.slice/user-1000.slice/user@1000.service/app.slice/job.service\n",
		 "job.service"},
		{"0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.scope\n", NULL},
		{"0::/system.slice/docker-" ID ".scope\n", "container-0123456789ab"},
		{"0::/system.slice/docker.service\n", "docker.service"},
		{"0::/../cri-containerd-" ID ".scope\n", "container-0123456789ab"},
		{"0::/kubepods.slice/kubepods-pod1.slice/crio-" ID ".scope/container\n",
		 "container-0123456789ab"},
		{"0::/machine.slice/libpod-" ID ".scope\n", "container-0123456789ab"},
		{"12:pids:/\n11:memory:/docker/" ID "\n0::/\n", "container-0123456789ab"},
		{"1:name=systemd:/ecs/c/" ID "\n", "container-0123456789ab"},
		{"1:cpu:/ecs/0123456789abcdef0123456789abcdef/"
		 "0123456789abcdef0123456789abcdef-1234567890\n",
		 "container-0123456789ab"},
		{"0::/x-" ID "0\n", NULL},
		{"0::/a b.service\n", "a-b.service"},
		{"0", NULL},
		{"0:", NULL},
		{"::::", NULL},
	};
	char got[LP_WORKLOAD_MAX];

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		bool found = lp_workload_of_cgroup(lp_span_str(rows[i].text), got);

		if (found != (rows[i].want != NULL))
			fail_msg("%s: %d", rows[i].text, found);
		if (rows[i].want)
			assert_string_equal(got, rows[i].want);
	}
}

static void variables(void **state)
{
	static const char text[] = "A=1\0LEASTPRIV_WORKLOADS=no\0LEASTPRIV_WORKLOAD=yes\0B=2";
	struct lp_span got;

	(void)state;
	got = lp_workload_variable(lp_span_of(text, sizeof(text)), LP_SPAN("LEASTPRIV_WORKLOAD"));
	assert_true(lp_span_eq(got, LP_SPAN("yes")));
	got = lp_workload_variable(lp_span_of(text, sizeof(text)), LP_SPAN("B"));
	assert_true(lp_span_eq(got, LP_SPAN("2")));
	got = lp_workload_variable(lp_span_of(text, sizeof(text)), LP_SPAN("C"));
	assert_int_equal(got.len, 0);
}

static void expect_program(const char *program, const char *want)
{
	char got[LP_WORKLOAD_MAX];

	lp_workload_of(0, program, "other", got);
	assert_string_equal(got, want);
}

static void programs(void **state)
{
	char path[600], got[LP_WORKLOAD_MAX];

	(void)state;
	expect_program("/usr/bin/python3.11", "usr-bin-python3.11");
	expect_program("/..", "-.");
	expect_program("/a/../../b\n", "a-..-..-b-");
	expect_program("", "other");
	expect_program("///", "other");
	memset(path, 'x', sizeof(path));
	memcpy(path + sizeof(path) - 5, "/end", 5);
	lp_workload_of(0, path, "other", got);
	assert_int_equal(strlen(got), LP_WORKLOAD_MAX - 1);
	assert_string_equal(got + LP_WORKLOAD_MAX - 5, "-end");
}

static void processes(void **state)
{
	char got[LP_WORKLOAD_MAX];
	pid_t pid;
	int ready[2];
	char byte;

	(void)state;
	/* A child of ours shares our control group, which then tells nothing. */
	lp_workload_of(getpid(), "/bin/app", "other", got);
	assert_string_equal(got, "bin-app");
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		dup2(ready[1], STDOUT_FILENO);
		close(ready[0]);
		close(ready[1]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* No other program: in the middle of an exec there is no environment to read. */
		execle("/bin/sh", "sh", "-c", "echo; kill -STOP $$", NULL,
		       (char *[]){(char *)(uintptr_t) "PATH=/usr/bin:/bin",
				  (char *)(uintptr_t) "LEASTPRIV_WORKLOAD=../my job", NULL});
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	lp_workload_of(pid, "/bin/sh", "other", got);
	assert_string_equal(got, "-.-my-job");
	close(ready[0]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	lp_workload_of(pid, "/bin/sh", "other", got);
	assert_string_equal(got, "bin-sh");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_groups),
		cmocka_unit_test(variables),
		cmocka_unit_test(programs),
		cmocka_unit_test(processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
