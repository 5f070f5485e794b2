/* SPDX-License-Identifier: MIT */

/* The environment of a program about to start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <stdlib.h>

#include "../../preload/env.c"

#define US     "/opt/lp/libleastpriv.so"
#define SOCKET "LEASTPRIV_SOCKET=/run/it's/c.sock"

struct lps_config lps_config;

static void configure(const char *path, const char *sock)
{
	snprintf(lps_config.path, sizeof(lps_config.path), "%s", path);
	snprintf(lps_config.socket_env, sizeof(lps_config.socket_env), "%s", sock);
}

/* The entries joined by '|', as given back. */
static const char *made(char *const *envp, bool without)
{
	static char text[4096];
	struct lps_env space;
	char *const *env = lps_env_make(&space, envp, without);
	size_t n = 0;

	text[0] = '\0';
	for (; env && *env; env++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s|", *env);
	lps_env_done();
	return text;
}

static void we_come_first_and_the_rest_stays(void **state)
{
	char a[] = "A=b", two[] = "LD_PRELOAD=/x.so /y.so", ours[] = "LD_PRELOAD=/x.so:" US;
	char near[] = "LD_PRELOAD=" US ".1", gone[] = "LD_PRELOAD=", other[] = "LD_PRELOADX=" US;
	char *one[] = {a, NULL}, *with[] = {a, two, NULL}, *has[] = {ours, a, NULL};
	char *like[] = {near, NULL}, *empty[] = {gone, a, NULL}, *wrong[] = {other, NULL};
	char *twice[] = {ours, two, a, NULL};

	(void)state;
	configure(US, "");
	assert_string_equal(made(NULL, false), "LD_PRELOAD=" US "|");
	assert_string_equal(made(one, false), "A=b|LD_PRELOAD=" US "|");
	assert_string_equal(made(with, false), "A=b|LD_PRELOAD=" US ":/x.so /y.so|");
	assert_string_equal(made(has, false), "LD_PRELOAD=/x.so:" US "|A=b|");
	assert_string_equal(made(like, false), "LD_PRELOAD=" US ":" US ".1|");
	assert_string_equal(made(empty, false), "LD_PRELOAD=" US "|A=b|");
	assert_string_equal(made(wrong, false), "LD_PRELOADX=" US "|LD_PRELOAD=" US "|");
	assert_string_equal(made(twice, false),
			    "LD_PRELOAD=/x.so:" US "|LD_PRELOAD=" US ":/x.so /y.so|A=b|");
	/* The very array where nothing is to be done. */
	assert_ptr_equal(lps_env_make(&(struct lps_env){.preload = ""}, has, false), has);
}

static void the_collector_is_named_too(void **state)
{
	char ours[] = "LD_PRELOAD=" US, sock[] = "LEASTPRIV_SOCKET=/other", socket[] = SOCKET;
	char *has[] = {ours, NULL}, *both[] = {ours, sock, NULL};

	(void)state;
	configure(US, SOCKET);
	assert_string_equal(made(NULL, false), "LD_PRELOAD=" US "|" SOCKET "|");
	assert_string_equal(made(has, false), "LD_PRELOAD=" US "|" SOCKET "|");
	assert_ptr_equal(lps_env_make(&(struct lps_env){.preload = ""}, both, false), both);
	assert_true(lps_env_elsewhere(both));
	memcpy(both, (char *[]){ours, socket}, sizeof(both[0]) * 2);
	assert_false(lps_env_elsewhere(both));
	assert_false(lps_env_elsewhere(has));
	assert_false(lps_env_elsewhere(NULL));
}

static void a_loader_that_would_complain_does_not_hear_of_us(void **state)
{
	char alone[] = "LD_PRELOAD=" US, last[] = "LD_PRELOAD=/x.so:" US, a[] = "A=b";
	char *one[] = {alone, a, NULL}, *two[] = {last, NULL}, *none[] = {a, NULL};

	(void)state;
	configure(US, SOCKET);
	assert_string_equal(made(one, true), "A=b|");
	assert_string_equal(made(two, true), "LD_PRELOAD=/x.so|");
	assert_ptr_equal(lps_env_make(&(struct lps_env){.preload = ""}, none, true), none);
}

static void without_a_library_nothing_is_changed(void **state)
{
	char a[] = "A=b", *one[] = {a, NULL};

	(void)state;
	configure("", "");
	assert_ptr_equal(lps_env_make(&(struct lps_env){.preload = ""}, one, false), one);
}

static void a_list_of_any_length_has_us(void **state)
{
	static const char ours[] = "LD_PRELOAD=" US ":";
	static char huge[2 * LPS_PRELOAD_MAX];
	char *one[] = {huge, NULL};
	struct lps_env space;

	(void)state;
	configure(US, SOCKET);
	/* To either side of what the frame has room for. */
	for (size_t len = LPS_PRELOAD_MAX - 64; len < LPS_PRELOAD_MAX + 64; len++) {
		char *const *env;

		memset(huge, 'x', len);
		memcpy(huge, PRELOAD, PRELOAD_LEN);
		huge[len] = '\0';
		env = lps_env_make(&space, one, false);
		assert_ptr_not_equal(env, one);
		assert_memory_equal(env[0], ours, strlen(ours));
		assert_string_equal(env[0] + strlen(ours), huge + PRELOAD_LEN);
		assert_string_equal(env[1], SOCKET);
		assert_null(env[2]);
		lps_env_done();
	}
}

static void a_large_environment_is_mapped(void **state)
{
	static char *many[3 * LPS_ENV_MAX + 1];
	static char *const *child;
	char a[] = "A=b";
	struct lps_env space;
	char *const *env;
	pid_t pid;

	(void)state;
	configure(US, SOCKET);
	for (size_t i = 0; i + 1 < LP_ARRAY_LEN(many); i++)
		many[i] = a;
	/* One that starts its program leaves the memory behind, to be used again. */
	pid = vfork();
	if (pid == 0) {
		child = lps_env_make(&space, many, false);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	env = lps_env_make(&space, many, false);
	if (child) /* valgrind and TSan make vfork a fork */
		assert_ptr_equal(env, child);
	assert_string_equal(env[3 * LPS_ENV_MAX], "LD_PRELOAD=" US);
	assert_string_equal(env[3 * LPS_ENV_MAX + 1], SOCKET);
	assert_null(env[3 * LPS_ENV_MAX + 2]);
	/* As in a signal handler meanwhile. */
	assert_ptr_equal(lps_env_make(&space, many, false), many);
	lps_env_done();
}

static void shell_commands_export_us(void **state)
{
	static char *empty[] = {NULL};
	char x[] = "LD_PRELOAD=/it's/x.so", *with[] = {x, NULL}, **before = environ;
	unsigned long size;
	const char *cmd;

	(void)state;
	configure(US, SOCKET);
	environ = empty;
	cmd = lps_env_command("echo 'hi'", &size);
	assert_string_equal(cmd,
			    "export LD_PRELOAD='" US "' LEASTPRIV_SOCKET='/run/it'\\''s/c.sock'; "
			    "echo 'hi'");
	munmap((void *)(uintptr_t)cmd, size);
	environ = with;
	cmd = lps_env_command("x", &size);
	assert_string_equal(cmd, "export LD_PRELOAD='" US "':'/it'\\''s/x.so' "
				 "LEASTPRIV_SOCKET='/run/it'\\''s/c.sock'; x");
	munmap((void *)(uintptr_t)cmd, size);
	configure("", "");
	assert_string_equal(lps_env_command("x", &size), "x");
	assert_int_equal(size, 0);
	environ = before;
}

static void we_withdraw_where_we_stand(void **state)
{
	char alone[] = "LD_PRELOAD=" US, among[] = "LD_PRELOAD=/x.so:" US " /y.so:" US;
	char near[] = "LD_PRELOAD=" US ".1", a[] = "A=b";
	char *one[] = {a, alone, NULL}, *many[] = {among, NULL}, *like[] = {near, NULL};
	char fixed[] = "LD_PRELOAD=" US, *none[] = {a, NULL}, *before[] = {fixed, NULL},
	     **kept = environ;
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool watched = getenv("LP_VALGRIND");

	(void)state;
	configure(US, "");
	environ = one;
	lps_env_withdraw();
	assert_string_equal(alone, "LD_PRELOAD=");
	assert_string_equal(made(environ, false), "A=b|LD_PRELOAD=" US "|");
	environ = many;
	lps_env_withdraw();
	assert_string_equal(among + 17 + strlen(US), " /y.so::::::::::::::::::::::::");
	assert_memory_equal(among, "LD_PRELOAD=/x.so::::::::", 24);
	environ = like;
	lps_env_withdraw();
	assert_string_equal(near, "LD_PRELOAD=" US ".1");
	environ = none;
	lps_env_withdraw();
	/* Where it may not be written to: the kernel is asked, in place of which valgrind writes.
	 */
	assert_true(page != MAP_FAILED);
	memcpy(page, fixed, sizeof(fixed));
	mprotect(page, 4096, PROT_READ);
	before[0] = page;
	environ = before;
	if (!watched)
		lps_env_withdraw();
	assert_string_equal(before[0], fixed);
	environ = NULL;
	lps_env_withdraw();
	environ = kept;
	munmap(page, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(we_come_first_and_the_rest_stays),
		cmocka_unit_test(the_collector_is_named_too),
		cmocka_unit_test(a_loader_that_would_complain_does_not_hear_of_us),
		cmocka_unit_test(without_a_library_nothing_is_changed),
		cmocka_unit_test(a_list_of_any_length_has_us),
		cmocka_unit_test(a_large_environment_is_mapped),
		cmocka_unit_test(shell_commands_export_us),
		cmocka_unit_test(we_withdraw_where_we_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
