/* SPDX-License-Identifier: MIT */
/*
 * The call log reader and everything behind it: any lines give a ledger, from which policies can be
 * built that allow what the ledger holds (lp_build checks that itself), and which a merged log
 * carries over unchanged. A whole log read at once, which passes over what it has read before, is
 * the same as its lines one by one.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "policy/calllog.h"
#include "policy/render/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void read_lines(struct lp_span rest, struct lp_ledger *l, int must_be_good)
{
	struct lp_arena scratch;

	lp_arena_init(&scratch, 1 << 24);
	while (rest.len) {
		struct lp_span line = lp_span_first(rest, lp_span_find(rest, '\n'));
		const char *why = NULL;
		int err;

		rest = lp_span_from(rest, line.len + 1);
		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		err = lp_calllog_line(line, l, &scratch, &why);
		must(!err || (why && !must_be_good));
	}
	lp_arena_fini(&scratch);
}

static char *policy_of(const struct lp_ledger *l, const struct lp_build_options *opts)
{
	struct lp_policy_set set;
	char *text = NULL, *page = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	must(out && lp_build(l, opts, &set) == 0);
	for (size_t i = 0; i < set.n_policies; i++)
		for (size_t d = 0; d < set.policies[i].n_documents; d++)
			for (unsigned f = 0; f < LP_FORMATS; f++)
				must(lp_render(f, &set.policies[i], d, out) == 0);
	fclose(out);
	/* Not compared: it has the calls that needed no permission, which a merged log leaves out.
	 */
	out = open_memstream(&page, &len);
	must(out && lp_render_report(l, opts, &set, out) == 0);
	fclose(out);
	free(page);
	lp_policy_set_fini(&set);
	return text;
}

static void read_all(const uint8_t *data, size_t size, struct lp_ledger *l)
{
	struct lp_calllog_stats stats;
	int fd = memfd_create("log", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	must(lp_calllog_read(fd, l, NULL, NULL, NULL, &stats) == 0);
	close(fd);
}

static char *merged(const struct lp_ledger *l, size_t *len)
{
	char *log = NULL;
	FILE *out = open_memstream(&log, len);

	must(out && lp_calllog_write_ledger(out, l) == 0);
	fclose(out);
	return log;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct lp_build_options plain = {.limit = LP_LIMIT_USER};
	const struct lp_build_options wide = {
		.generalize =
			LP_GENERALIZE_PREFIX | LP_GENERALIZE_GENERATED | LP_GENERALIZE_SERVICE,
		.threshold = 2,
		.account = LP_PARAM_ACCOUNT,
		.region = LP_PARAM_REGION,
		.params = {.account = "variable", .region = "${x}"},
	};
	struct lp_ledger *l = NULL, *copy = NULL, *whole = NULL;
	char *log, *again, *first, *second;
	size_t len, len_again;

	must(lp_ledger_new(&l) == 0 && lp_ledger_new(&copy) == 0 && lp_ledger_new(&whole) == 0);
	if (size >= 2 && !memcmp(data, "\x1f\x8b", 2)) {
		/* Packed, its lines are not those of the input. */
		read_all(data, size, whole);
		size = 0;
		lp_ledger_free(whole);
		must(lp_ledger_new(&whole) == 0);
	}
	read_lines(lp_span_of((const char *)data, size), l, 0);
	first = policy_of(l, &plain);
	log = merged(l, &len);
	read_all(data, size, whole);
	again = merged(whole, &len_again);
	must(len == len_again && memcmp(log, again, len) == 0);
	read_lines(lp_span_of(log, len), copy, 1);
	second = policy_of(copy, &plain);
	must(strcmp(first, second) == 0);
	free(first);
	free(second);
	first = policy_of(l, &wide);
	free(first);
	free(log);
	free(again);
	lp_ledger_free(whole);
	lp_ledger_free(l);
	lp_ledger_free(copy);
	return 0;
}
