/* SPDX-License-Identifier: MIT */

/* Which command lines have somebody else start what they ask for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf/deputy.h"

static char folder[] = "/tmp/lp-test-deputy-XXXXXX";

static void put(char *path, size_t size, const char *name, const char *bytes, mode_t mode)
{
	FILE *f;

	snprintf(path, size, "%s/%s", folder, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, strlen(bytes), f), strlen(bytes));
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static char **environment;

/* What is asked for, "-" for nothing, in static memory. */
static const char *asks_of(const char *line, const char *bytes, mode_t mode)
{
	static char said[64];
	char words[256], path[64], *argv[32], *save = NULL;
	const struct lp_deputy *row;
	struct lp_deputy_case found;
	size_t n = 0;

	snprintf(words, sizeof(words), "%s", line);
	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	argv[n] = NULL;
	for (size_t i = 0; i < n; i++) /* '_' is a blank within a word */
		for (char *p = argv[i]; i > 1 && (p = strchr(p, '_')); p++)
			*p = ' ';
	put(path, sizeof(path), argv[0], bytes, mode);
	row = lp_deputy_named(path);
	snprintf(said, sizeof(said), "-");
	if (row && lp_deputy_asks(row, AT_FDCWD, path, argv, environment, &found))
		snprintf(said, sizeof(said), "%s%s%s%s", found.verb[0] ? found.verb[0] : "it",
			 found.verb[1] ? " " : "", found.verb[1] ? found.verb[1] : "",
			 found.row == row		      ? ""
			 : found.row->where == LP_DEPUTY_HOST ? ", a daemon"
							      : "?");
	assert_int_equal(unlink(path), 0);
	return said;
}

static void lines(void **state)
{
	static const struct {
		const char *line, *asks;
	} rows[] = {
		{"docker run -it image run", "run"},
		{"docker -H tcp://x run image", "run"},
		{"docker -H=run ps", "-"},
		{"docker -H run ps", "-"},
		{"docker -D --log-level debug exec x sh", "exec"},
		{"docker ps --filter run", "-"},
		{"docker logs run", "-"},
		{"docker", "-"},
		{"docker -H", "-"},
		{"docker run|start x", "-"},
		{"docker container run x", "container run"},
		{"docker container ls run", "-"},
		{"docker compose -f run.yaml up -d", "compose up"},
		{"docker compose -f up ps", "-"},
		{"docker-compose --profile x up", "up"},
		{"nerdctl -n k8s.io run x", "run"},
		{"podman --root /x run y", "run"},
		{"podman kube play x", "kube play"},
		{"podman build .", "-"},
		{"podman --remote run x", "run, a daemon"},
		{"podman --remote=true run x", "run, a daemon"},
		{"podman --remote=false run x", "run"},
		{"podman -c there run x", "run, a daemon"},
		{"podman --url=unix:///x kube play x", "kube play, a daemon"},
		{"podman run --url x y", "run"},
		{"podman --remote ps", "-"},
		{"docker -c there run x", "run"},
		{"systemd-run -p MemoryMax=1 --wait true", "it"},
		{"systemd-run --unit x --scope true", "-"},
		{"systemd-run --user -- true --scope", "it"},
		{"systemd-run --version", "-"},
		{"systemctl --user start x", "start"},
		{"systemctl -t service restart x", "restart"},
		{"systemctl --job-mode start status x", "-"},
		{"systemctl is-active start", "-"},
		{"at -f job now", "it"},
		{"at -l", "-"},
		{"at -c 1", "-"},
		{"kubectl -n run get exec", "-"},
		{"kubectl -v 9 --context x exec y -- ls", "exec"},
		{"kubectl apply -f run", "-"},
		{"nomad job run x", "job run"},
		{"nomad -address http://x job status run", "-"},
		{"ssh host", "-"},
		{"ssh host aws s3 ls", "it"},
		{"ssh host aws_s3_ls", "it"},
		{"ssh -p22 host", "-"},
		{"ssh -vp 22 host", "-"},
		{"ssh -vp 22 -o A=b host ls", "it"},
		{"ssh -N -L 1:b:2 host", "-"},
		{"ssh -o SendEnv=GIT_PROTOCOL git@x git-upload-pack_'a/b'", "-"},
		{"ssh host rsync --server .", "-"},
		{"ssh -x -s host sftp", "-"},
		{"dockerd run x", "-"},
		{"ocker run x", "-"},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++)
		if ((getuid() == 0 || strcmp(rows[i].asks, "it") != 0) &&
		    strcmp(asks_of(rows[i].line, "\177ELF", 0755), rows[i].asks) != 0)
			fail_msg("%s: %s", rows[i].line, asks_of(rows[i].line, "\177ELF", 0755));
}

/* A variable says whom it asks, too. */
static void environments(void **state)
{
	char host[] = "CONTAINER_HOST=unix:///x", near[] = "CONTAINER_HOSTS=x",
	     none[] = "CONTAINER_HOST";
	char *with[] = {near, host, NULL}, *without[] = {near, none + 1, NULL};

	(void)state;
	environment = with;
	assert_string_equal(asks_of("podman run x", "\177ELF", 0755), "run, a daemon");
	assert_string_equal(asks_of("podman ps", "\177ELF", 0755), "-");
	assert_string_equal(asks_of("docker run x", "\177ELF", 0755), "run");
	environment = without;
	assert_string_equal(asks_of("podman run x", "\177ELF", 0755), "run");
	environment = NULL;
}

static void whose(void **state)
{
	(void)state;
	assert_string_equal(asks_of("docker run x", "#!/bin/sh\n", 0755), "-");
	assert_string_equal(asks_of("docker run x", "", 0755), "-");
	assert_string_equal(asks_of("docker run x", "\177ELF", 0777), "run");
	/* A name that is anybody's. */
	assert_string_equal(asks_of("at now", "\177ELF", 0777), "-");
	assert_string_equal(asks_of("ssh host ls", "\177ELF", 0777), "-");
	if (getuid() == 0)
		assert_string_equal(asks_of("at now", "\177ELF", 0755), "it");
}

static void words(void **state)
{
	static char *const none[] = {NULL};
	struct lp_deputy_case found;
	const struct lp_deputy *row = lp_deputy_row(LP_SPAN("docker"));

	(void)state;
	assert_non_null(row);
	assert_ptr_equal(row, lp_deputy_named("docker"));
	assert_ptr_equal(row, lp_deputy_named("/a/docker"));
	assert_null(lp_deputy_named("/docker/"));
	assert_null(lp_deputy_named(""));
	assert_null(lp_deputy_row(LP_SPAN("")));
	assert_true(row->words[0] && row->advice[0]);
	assert_false(lp_deputy_asks(row, AT_FDCWD, "/nowhere/docker", none, none, &found));
}

static void sockets(void **state)
{
	static const struct {
		const char *path, *row;
	} paths[] = {
		{"/var/run/docker.sock", "docker.sock"},
		{"/run/user/1000/podman/podman.sock", "podman.sock"},
		{"/run/docker.sock/", NULL},
		{"/run/mydocker.sock", NULL},
		{"docker.sock", NULL},
		{"/run/docker", NULL},
		{"", NULL},
	};
	static const struct {
		const char *request, *word;
	} asked[] = {
		{"POST /v1.44/containers/0a1b/start HTTP/1.1\r\nHost: x\r\n", "start"},
		{"POST /containers/name/start?detachKeys=/x/ HTTP/1.1\r\n", "start"},
		{"POST /v1.44/containers/a/restart?t=5 HTTP/1.1\r\n", "restart"},
		{"POST /v1.44/exec/a/start HTTP/1.1\r\n", "exec"},
		{"POST /v4.0.0/libpod/pods/a/start HTTP/1.1\r\n", "pod start"},
		{"POST /v4.0.0/libpod/play/kube?x=y HTTP/1.1\r\n", "kube play"},
		{"GET /v1.44/containers/json HTTP/1.1\r\n", NULL},
		{"GET /v1.44/containers/a/start HTTP/1.1\r\n", NULL},
		{"POST /v1.44/containers/create?name=/containers/a/start HTTP/1.1\r\n", NULL},
		{"POST /v1.44/containers/a/exec HTTP/1.1\r\n", NULL},
		{"POST /v1.44/containers/a/stop HTTP/1.1\r\n", NULL},
		{"POST /a/start HTTP/1.1\r\n", NULL},
		{"POST /start", NULL},
		{"POST ", NULL},
		{"POS", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(paths); i++) {
		const struct lp_deputy *row = lp_deputy_at(lp_span_str(paths[i].path));

		assert_ptr_equal(row,
				 paths[i].row ? lp_deputy_row(lp_span_str(paths[i].row)) : NULL);
	}
	for (size_t i = 0; i < LP_ARRAY_LEN(asked); i++) {
		const char *word = lp_deputy_starts(lp_span_str(asked[i].request));

		assert_string_equal(word ? word : "-", asked[i].word ? asked[i].word : "-");
	}
	/* It is no program's name. */
	assert_string_equal(asks_of("docker.sock run x", "\177ELF", 0755), "-");
}

static int set_up(void **state)
{
	(void)state;
	return !mkdtemp(folder);
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines), cmocka_unit_test(environments), cmocka_unit_test(whose),
		cmocka_unit_test(words), cmocka_unit_test(sockets),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
