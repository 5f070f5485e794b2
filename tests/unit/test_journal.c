/* SPDX-License-Identifier: MIT */
/* The ledger on disk: torn, damaged, killed, grown; and a ledger within bounds. */
#include "policy/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "policy/calllog.h"

#define NAME "ledger.journal"

static char folder[64];
static int dir;

static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/lp-journal.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlinkat(dir, NAME, 0);
	close(dir);
	return rmdir(folder); /* nothing else was left there */
}

/* One call of `key` by a process of `share`. */
static int add(struct lp_ledger *l, struct lp_journal *j, const char *key, const char *workload,
	       size_t *share)
{
	char resource[1024];
	const char *resources[] = {resource};
	struct lp_grant grant = {
		.action = "s3:GetObject", .resources = resources, .n_resources = 1};
	struct lp_call call = {
		.time_ns = 1000,
		.program = LP_SPAN("/bin/app"),
		.workload = lp_span_str(workload),
		.share = share,
		.access_key = LP_SPAN("AKIAIOSFODNN7EXAMPLE"),
		.service = "S3",
		.operation = "GetObject",
		.partition = "aws",
		.status = 200,
		.authz = {.grants = &grant, .n_grants = 1},
	};
	uint64_t news = lp_ledger_news(l);
	int err;

	snprintf(resource, sizeof(resource), "arn:aws:s3:::b/%s", key);
	err = lp_ledger_add(l, &call);
	if (j && lp_ledger_news(l) != news)
		assert_int_equal(lp_journal_call(j, &call, l), 0);
	return err;
}

static void start(struct lp_ledger **l, struct lp_journal **j, struct lp_journal_stats *stats)
{
	assert_int_equal(lp_ledger_new(l), 0);
	assert_int_equal(lp_journal_open(j, dir, NAME, *l, stats), 0);
}

static void stop(struct lp_ledger *l, struct lp_journal *j)
{
	lp_journal_close(j);
	lp_ledger_free(l);
}

static int sum(void *ctx, const struct lp_record *rec)
{
	uint64_t *n = ctx;

	n[0]++;
	n[1] += rec->count;
	return 0;
}

/* What is there after a new start. */
static void expect(uint64_t records, uint64_t calls, uint64_t gaps, bool torn)
{
	struct lp_journal_stats stats;
	struct lp_journal *j;
	struct lp_ledger *l;
	uint64_t n[2] = {0};

	start(&l, &j, &stats);
	assert_int_equal(lp_ledger_each(l, sum, n), 0);
	assert_int_equal(n[0], records);
	assert_int_equal(n[1], calls);
	assert_int_equal(stats.gaps, gaps);
	assert_int_equal(stats.torn != 0, torn);
	assert_int_equal(stats.bad, 0);
	stop(l, j);
}

static void survives_being_killed(void **state)
{
	struct lp_journal_stats stats;
	struct lp_journal *j;
	struct lp_ledger *l;

	(void)state;
	start(&l, &j, &stats);
	assert_int_equal(stats.records, 0);
	for (int i = 0; i < 3; i++) {
		add(l, j, "a", "w", NULL);
		add(l, j, "b", "w", NULL);
	}
	add(l, j, "a", "other", NULL);
	stop(l, j); /* nothing was saved: counts of known records are lost, no record is */
	expect(3, 3, 0, false);
}

static void keeps_counts(void **state)
{
	struct lp_journal_stats stats;
	struct lp_journal *j;
	struct lp_ledger *l;

	(void)state;
	for (int run = 0; run < 2; run++) {
		start(&l, &j, &stats);
		for (int i = 0; i < 3; i++)
			add(l, j, "a", "w", NULL);
		assert_int_equal(lp_journal_save(j, l), 0);
		assert_int_equal(lp_journal_save(j, l), 0);
		add(l, j, "b", "w", NULL);
		assert_int_equal(lp_journal_save(j, l), 0);
		stop(l, j);
	}
	expect(2, 8, 0, false);
}

/* A call of many permissions is counted once for each of them, too. */
static void keeps_counts_of_many(void **state)
{
	const char *resources[20];
	char names[20][32];
	struct lp_grant grant = {
		.action = "s3:DeleteObject", .resources = resources, .n_resources = 20};
	struct lp_call call = {
		.time_ns = 1000,
		.program = LP_SPAN("/bin/app"),
		.service = "S3",
		.operation = "DeleteObjects",
		.partition = "aws",
		.status = 200,
		.authz = {.grants = &grant, .n_grants = 1},
	};
	struct lp_journal_stats stats;
	struct lp_journal *j;
	struct lp_ledger *l;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		snprintf(names[i], sizeof(names[i]), "arn:aws:s3:::b/%u", i);
		resources[i] = names[i];
	}
	start(&l, &j, &stats);
	assert_int_equal(lp_ledger_add(l, &call), 0);
	assert_int_equal(lp_journal_call(j, &call, l), 0);
	assert_int_equal(lp_journal_save(j, l), 0);
	stop(l, j);
	expect(20, 20, 0, false);
}

static off_t size_of_file(void)
{
	struct stat st;

	assert_int_equal(fstatat(dir, NAME, &st, 0), 0);
	return st.st_size;
}

static void drops_a_torn_end(void **state)
{
	struct lp_journal_stats stats;
	struct lp_journal *j;
	struct lp_ledger *l;
	off_t one, two;
	char path[128];

	(void)state;
	start(&l, &j, &stats);
	add(l, j, "a", "w", NULL);
	one = size_of_file();
	add(l, j, "b", "w", NULL);
	two = size_of_file();
	stop(l, j);
	snprintf(path, sizeof(path), "%s/" NAME, folder);
	for (off_t at = two - 1; at > one; at--) {
		assert_int_equal(truncate(path, at), 0);
		expect(1, 1, 0, true);
		assert_int_equal(size_of_file(), one);
		/* And goes on behind it. */
		start(&l, &j, &stats);
		add(l, j, "b", "w", NULL);
		assert_int_equal(size_of_file(), two);
		stop(l, j);
		expect(2, 2, 0, false);
	}
}

static void passes_over_damage(void **state)
{
	struct lp_journal_stats stats;
	struct lp_journal *j;
	struct lp_ledger *l;
	off_t one, two;
	char path[128];
	FILE *f;

	(void)state;
	start(&l, &j, &stats);
	add(l, j, "a", "w", NULL);
	one = size_of_file();
	add(l, j, "b", "w", NULL);
	two = size_of_file();
	add(l, j, "c", "w", NULL);
	stop(l, j);
	snprintf(path, sizeof(path), "%s/" NAME, folder);
	f = fopen(path, "r+e");
	assert_non_null(f);
	for (off_t at = one; at < two; at++) {
		int c;

		assert_int_equal(fseeko(f, at, SEEK_SET), 0);
		c = getc(f);
		assert_int_equal(fseeko(f, at, SEEK_SET), 0);
		putc(c ^ 0x20, f);
		assert_int_equal(fflush(f), 0);
		expect(2, 2, 1, false);
		assert_int_equal(fseeko(f, at, SEEK_SET), 0);
		putc(c, f);
		assert_int_equal(fflush(f), 0);
	}
	fclose(f);
	expect(3, 3, 0, false);
}

static void is_made_anew_when_grown(void **state)
{
	struct lp_journal_stats stats;
	struct lp_journal *j;
	struct lp_ledger *l;
	char key[32];

	(void)state;
	start(&l, &j, &stats);
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "%d", i);
		add(l, j, key, "w", NULL);
	}
	for (int i = 0; i < 40; i++) {
		for (int k = 0; k < 100; k++) {
			snprintf(key, sizeof(key), "%d", k);
			add(l, j, key, "w", NULL);
		}
		assert_int_equal(lp_journal_save(j, l), 0);
	}
	assert_true(size_of_file() < 400 * 1024);
	stop(l, j);
	expect(100, 4100, 0, false);
}

/* The new file is ours alone: no link that stands in its place is followed. */
static void follows_no_link(void **state)
{
	struct lp_journal_stats stats;
	struct lp_journal *j;
	struct lp_ledger *l;
	struct stat st;
	int other;

	(void)state;
	other = openat(dir, "other", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(other, "kept", 4), 4);
	start(&l, &j, &stats);
	add(l, j, "a", "w", NULL);
	for (int hard = 0; hard < 2; hard++) {
		assert_int_equal(hard ? linkat(dir, "other", dir, NAME ".tmp", 0)
				      : symlinkat("other", dir, NAME ".tmp"),
				 0);
		lp_journal_lacks(j);
		assert_int_equal(lp_journal_save(j, l), 0);
		assert_int_equal(fstat(other, &st), 0);
		assert_int_equal(st.st_size, 4);
		assert_int_equal(fstatat(dir, NAME, &st, AT_SYMLINK_NOFOLLOW), 0);
		assert_true(S_ISREG(st.st_mode));
	}
	stop(l, j);
	expect(1, 1, 0, false);
	close(other);
	assert_int_equal(unlinkat(dir, "other", 0), 0);
}

static void takes_alien_files(void **state)
{
	static const char *const alien[] = {"", "L", "LPJ1", "LPJ1LPJ1LPJ1LPJ1LPJ1", "{\"v\":1}\n"};
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/" NAME, folder);
	for (size_t i = 0; i < LP_ARRAY_LEN(alien); i++) {
		FILE *f = fopen(path, "we");

		assert_non_null(f);
		fputs(alien[i], f);
		fclose(f);
		expect(0, 0, 0, *alien[i]);
	}
}

/* --- bounds ----------------------------------------------------------------------------------- */

#define BOUND (4u * 1024 * 1024)

/* How many of `n` distinct keys found room. */
static unsigned flood(struct lp_ledger *l, const char *workload, size_t *share, unsigned n)
{
	unsigned kept = 0;
	char key[64];

	for (unsigned i = 0; i < n; i++) {
		int err;

		snprintf(key, sizeof(key), "%s-%p-%u", workload, (void *)share, i);
		err = add(l, NULL, key, workload, share);
		assert_true(!err || err == -EDQUOT);
		kept += !err;
	}
	return kept;
}

static void leaves_room_for_others(void **state)
{
	struct lp_ledger_counts counts;
	struct lp_ledger *l;
	size_t shares[64] = {0}, honest = 0;
	unsigned kept;

	(void)state;
	assert_int_equal(lp_ledger_new(&l), 0);
	lp_ledger_limit(l, BOUND, true);
	kept = flood(l, "w", &shares[0], 20000);
	assert_in_range(kept, 3000, 10000);
	/* Another of the same workload, and of others, however many flood. */
	for (unsigned i = 1; i < 32; i++)
		flood(l, i % 2 ? "w" : "x", &shares[i], 3000);
	assert_int_equal(flood(l, "w", &honest, 20), 20);
	honest = 0;
	assert_int_equal(flood(l, "y", &honest, 20), 20);
	/* What is known is counted. */
	assert_int_equal(add(l, NULL, "y", "y", &honest), 0);
	assert_int_equal(add(l, NULL, "y", "y", &shares[0]), 0);
	lp_ledger_counts(l, &counts);
	assert_true(counts.lost >= 20000 - kept);
	assert_true(lp_ledger_workload(l, 0)->dropped > 0);
	lp_ledger_free(l);
}

/* No descriptor is left for it: that is what is said, and the next time it is made. */
static void is_made_anew_later(void **state)
{
	struct lp_journal_stats stats;
	struct rlimit before, few;
	struct lp_journal *j;
	struct lp_ledger *l;
	int next;

	(void)state;
	assert_int_equal(lp_ledger_new(&l), 0);
	assert_int_equal(lp_journal_open(&j, dir, NAME, l, &stats), 0);
	lp_journal_lacks(j);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	next = dup(dir);
	assert_true(next >= 0);
	close(next);
	few = (struct rlimit){(rlim_t)next + 1, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(lp_journal_save(j, l), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(lp_journal_save(j, l), 0);
	lp_journal_close(j);
	lp_ledger_free(l);
}

static void is_bounded(void **state)
{
	struct lp_ledger *l;
	unsigned kept = 0;

	(void)state;
	assert_int_equal(lp_ledger_new(&l), 0);
	lp_ledger_limit(l, BOUND, true);
	for (unsigned i = 0; i < 3000; i++) {
		char workload[32];
		size_t share = 0;

		snprintf(workload, sizeof(workload), "w%u", i);
		kept += flood(l, workload, &share, 100);
	}
	assert_true(kept < BOUND / 100);
	assert_true(lp_ledger_workloads(l) <= 1025);
	lp_ledger_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(survives_being_killed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keeps_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keeps_counts_of_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(drops_a_torn_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(passes_over_damage, set_up, tear_down),
		cmocka_unit_test_setup_teardown(is_made_anew_when_grown, set_up, tear_down),
		cmocka_unit_test_setup_teardown(follows_no_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(takes_alien_files, set_up, tear_down),
		cmocka_unit_test(leaves_room_for_others),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test_setup_teardown(is_made_anew_later, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
