/* SPDX-License-Identifier: MIT */
#include "evidence.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/replace.h"

static char dir[] = "/tmp/test-output-XXXXXX";

static char *path_in(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

struct seen {
	char paths[8][256];
	size_t n;
};

static void note(void *ctx, const struct lp_written *w)
{
	struct seen *s = ctx;

	assert_true(s->n < LP_ARRAY_LEN(s->paths));
	snprintf(s->paths[s->n++], sizeof(s->paths[0]), "%s", w->path + strlen(dir) + 1);
}

static size_t size_of(const char *name)
{
	struct stat st;

	return stat(path_in(name), &st) ? 0 : (size_t)st.st_size;
}

#define BY(key, resource)                                                                          \
	"{\"v\":1,\"accessKeyId\":\"" key                                                          \
	"\",\"operation\":\"X\",\"actions\":[" GRANT("s3:GetObject", resource) "]}"

static void test_one_and_several(void **state)
{
	static const char *const one[] = {BY("KEY1", "arn:aws:s3:::b/1")};
	static const char *const several[] = {BY("KEY1", "arn:aws:s3:::b/1"),
					      BY("KEY2", "arn:aws:s3:::b/2"),
					      BY("key2", "arn:aws:s3:::b/3")};
	const struct lp_build_options opts = {0};
	struct lp_ledger *l = ledger_of(one, 1);
	struct seen s = {0};

	(void)state;
	assert_int_equal(lp_output_write(l, &opts, LP_FORMAT_JSON, path_in("p.json"), note, &s), 0);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.paths[0], "p.json");
	assert_true(size_of("p.json") > 0);
	lp_ledger_free(l);

	s.n = 0;
	l = ledger_of(several, 3);
	assert_int_equal(lp_output_write(l, &opts, LP_FORMAT_JSON, path_in("q.x.json"), note, &s),
			 0);
	assert_int_equal(s.n, 3);
	assert_string_equal(s.paths[0], "q.x.KEY1.json");
	assert_string_equal(s.paths[1], "q.x.KEY2.json");
	/* One file on systems that do not tell case apart. */
	assert_string_equal(s.paths[2], "q.x.key2-2.json");
	assert_true(size_of("q.x.KEY2.json") > 0);
	assert_int_equal(size_of("q.x.json"), 0);
	lp_ledger_free(l);
}

static void test_numbered(void **state)
{
	const struct lp_build_options opts = {.limit = LP_LIMIT_USER};
	struct lp_ledger *l;
	struct seen s = {0};

	(void)state;
	assert_int_equal(lp_ledger_new(&l), 0);
	for (int i = 0; i < 80; i++) {
		char line[512];

		snprintf(line, sizeof(line),
			 CALL("X", GRANT("s3:GetObject", "arn:aws:s3:::bucket/a-long-key-%d")), i);
		add_line(l, line);
	}
	assert_int_equal(lp_output_write(l, &opts, LP_FORMAT_JSON, path_in("noext"), note, &s), 0);
	assert_true(s.n > 1);
	assert_string_equal(s.paths[0], "noext");
	assert_string_equal(s.paths[1], "noext-2");
	lp_ledger_free(l);
}

#define AT(program, resource)                                                                      \
	"{\"v\":1,\"program\":\"" program                                                          \
	"\",\"operation\":\"X\",\"actions\":[" GRANT("s3:GetObject", resource) "]}"

/* One policy's second document is not another's first, nor are names the same to Terraform. */
static void test_names(void **state)
{
	static const char *const lines[] = {
		AT("/bin/a-b", "arn:aws:s3:::b/k"), AT("/bin/a.b", "arn:aws:s3:::b/k"),
		AT("/bin/big-2", "arn:aws:s3:::b/k"), AT("/opt/a_b", "arn:aws:s3:::b/k")};
	static const char *const expected[] = {"n.a-b.json", "n.a.b-2.json", "n.big-2.json",
					       "n.a_b-3.json", "n.big-3.json"};
	const struct lp_build_options opts = {.per = LP_PER_PROGRAM, .limit = LP_LIMIT_USER};
	struct lp_ledger *l = ledger_of(lines, LP_ARRAY_LEN(lines));
	struct seen s = {0};

	(void)state;
	for (int i = 0; i < 30; i++) {
		char line[512];

		snprintf(line, sizeof(line), AT("/opt/big", "arn:aws:s3:::bucket/a-long-key-%040d"),
			 i);
		add_line(l, line);
	}
	assert_int_equal(lp_output_write(l, &opts, LP_FORMAT_JSON, path_in("n.json"), note, &s), 0);
	assert_true(s.n > LP_ARRAY_LEN(expected));
	for (size_t i = 0; i < LP_ARRAY_LEN(expected); i++)
		assert_string_equal(s.paths[i], expected[i]);
	assert_string_equal(s.paths[5], "n.big-3-2.json");
	lp_ledger_free(l);
}

/* What is there is written wherever that can be done: a link's target, with the mode it has. */
static void test_there(void **state)
{
	static const char *const one[] = {BY("KEY1", "arn:aws:s3:::b/1")};
	const struct lp_build_options opts = {0};
	struct lp_ledger *l = ledger_of(one, 1);
	struct stat st;
	char link[256];
	FILE *f;

	(void)state;
	f = fopen(path_in("real.json"), "w");
	assert_non_null(f);
	fclose(f);
	assert_int_equal(chmod(path_in("real.json"), 0600), 0);
	snprintf(link, sizeof(link), "%s", path_in("link.json"));
	assert_int_equal(symlink("real.json", link), 0);
	assert_int_equal(lp_output_write(l, &opts, LP_FORMAT_JSON, link, NULL, NULL), 0);
	assert_true(size_of("real.json") > 0);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(link, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	lp_ledger_free(l);
}

static void test_errors(void **state)
{
	const struct lp_build_options opts = {0};
	struct lp_ledger *l = ledger_of(NULL, 0);
	struct seen s = {0};

	(void)state;
	assert_int_equal(
		lp_output_write(l, &opts, LP_FORMAT_JSON, path_in("no/such/dir"), note, &s),
		-ENOENT);
	assert_int_equal(s.n, 0);
	/* Not replaced, but written to. */
	assert_int_equal(lp_output_write(l, &opts, LP_FORMAT_JSON, "/dev/null", NULL, NULL), 0);
	assert_int_equal(access("/dev/null", W_OK), 0);
	assert_int_equal(lp_output_write(l, &opts, LP_FORMAT_JSON, "/dev/full", NULL, NULL),
			 -ENOSPC);
	lp_ledger_free(l);
}

static int put_and_die(void *ctx, FILE *out)
{
	(void)ctx;
	for (int i = 0; i < 100000; i++)
		fputs("half of it", out);
	raise(SIGKILL);
	return 0;
}

/* The old file is whole, and no piece of the new one is beside it. */
static void test_killed(void **state)
{
	char *path, text[8] = "";
	int n = 0, status;
	struct dirent *e;
	FILE *f;
	pid_t pid;
	DIR *d;

	(void)state;
	assert_int_equal(mkdir(path_in("sub"), 0700), 0);
	path = path_in("sub/killed.json");
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("old", f);
	assert_int_equal(fclose(f), 0);
	pid = fork();
	if (!pid)
		_exit(lp_replace(path, put_and_die, NULL, NULL, NULL) != 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_string_equal(text, "old");
	d = opendir(path_in("sub"));
	assert_non_null(d);
	while ((e = readdir(d)))
		n += e->d_name[0] != '.';
	closedir(d);
	assert_int_equal(n, 1);
}

/* A pipe, as >(jq .) gives one, takes all that files would take one by one. */
static void test_stream(void **state)
{
	static const char *const several[] = {BY("KEY1", "arn:aws:s3:::b/1"),
					      BY("KEY2", "arn:aws:s3:::b/2")};
	const struct lp_build_options opts = {0};
	struct lp_ledger *l = ledger_of(several, 2);
	char *pipe = path_in("pipe"), got[8192];
	struct seen s = {0};
	ssize_t n;
	int fd;

	(void)state;
	assert_int_equal(mkfifo(pipe, 0600), 0);
	fd = open(pipe, O_RDWR | O_NONBLOCK);
	assert_true(fd >= 0);
	assert_int_equal(lp_output_write(l, &opts, LP_FORMAT_JSON, pipe, note, &s), 0);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.paths[0], "pipe");
	assert_string_equal(s.paths[1], "pipe");
	n = read(fd, got, sizeof(got) - 1);
	assert_true(n > 0);
	got[n] = '\0';
	assert_non_null(strstr(strstr(got, "arn:aws:s3:::b/1"), "\n}\n{\n"));
	assert_non_null(strstr(got, "arn:aws:s3:::b/2"));
	close(fd);
	assert_int_equal(size_of("pipe.KEY1"), 0);
	lp_ledger_free(l);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[512];

	(void)state;
	snprintf(command, sizeof(command), "rm -r '%s'", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_and_several), cmocka_unit_test(test_numbered),
		cmocka_unit_test(test_names),		cmocka_unit_test(test_there),
		cmocka_unit_test(test_errors),		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_killed),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
