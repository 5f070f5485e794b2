/* SPDX-License-Identifier: MIT */
/* Where a container's control group is, as hosts with hierarchies of both versions have it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static FILE *fake_fopen(const char *path, const char *mode);
#define fopen fake_fopen
#include "../../ebpf/cgroup.c"
#undef fopen

#define ID "0123456789abcdef"

static char folder[64];

/* What /proc says, and no other process than ours is in the container. */
static const char *mounts, *own, *of_container;

static FILE *fake_fopen(const char *path, const char *mode)
{
	const char *text = !strcmp(path, "/proc/self/mountinfo") ? mounts
			   : !strcmp(path, "/proc/self/cgroup")	 ? own
								 : of_container;
	FILE *f = tmpfile();

	assert_string_equal(mode, "re");
	assert_non_null(f);
	fputs(text, f);
	rewind(f);
	return f;
}

static void make(const char *below)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, below);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void expect(const char *below, uint32_t hierarchy)
{
	struct lpb_cgroup_place place;
	char want[256], why[128] = "";
	struct stat st;

	snprintf(want, sizeof(want), "%s/%s", folder, below);
	assert_int_equal(stat(want, &st), 0);
	assert_int_equal(lpb_cgroup_of_container(ID, &place, why, sizeof(why)), 0);
	assert_string_equal(place.path, want);
	assert_int_equal(place.hierarchy, hierarchy);
	assert_int_equal(place.id, st.st_ino);
}

static void test_hybrid(void **state)
{
	char text[1024];

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/lp-cgroup.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(text, sizeof(text),
		 "30 1 0:1 / %s/unified rw - cgroup2 cgroup2 rw\n"
		 "31 1 0:2 / %s/memory rw - cgroup cgroup rw,memory\n"
		 "32 1 0:3 / %s/systemd rw - cgroup cgroup rw,xattr,name=systemd\n",
		 folder, folder, folder);
	mounts = text;
	own = "4:memory:/\n1:name=systemd:/\n0::/\n";
	of_container =
		"4:memory:/docker/" ID "\n1:name=systemd:/docker/" ID "\n0::/docker/" ID "\n";
	make("unified");
	make("memory");
	make("memory/docker");
	make("memory/docker/" ID);
	/* As long as what follows is not there, what is found stays. */
	expect("memory/docker/" ID, 4);
	make("systemd");
	make("systemd/docker");
	make("systemd/docker/" ID);
	expect("systemd/docker/" ID, 1);
	make("unified/docker");
	make("unified/docker/" ID);
	expect("unified/docker/" ID, 0);
	snprintf(text, sizeof(text), "rm -r %s", folder);
	assert_int_equal(system(text), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hybrid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
