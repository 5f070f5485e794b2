/* SPDX-License-Identifier: MIT */
/*
 * CloudTrail files of any bytes, packed or not: reading ends, and whatever calls it gives fit into
 * a ledger from which a policy can be built.
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "policy/build.h"
#include "source/trail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static int take(void *ctx, const struct lp_trail_event *ev)
{
	struct lp_trail_call c;
	struct lp_arena arena;
	enum lp_trail_left left;

	lp_arena_init(&arena, 1 << 24);
	must(lp_trail_call(ev, &arena, &c, &left) == 0);
	if (left == LP_TRAIL_USED)
		must(lp_ledger_add(ctx, &c.call) == 0);
	lp_arena_fini(&arena);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct lp_build_options opts = {0};
	struct lp_trail_stats stats;
	struct lp_policy_set set;
	struct lp_ledger *l;
	int fd = memfd_create("trail", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	must(lp_ledger_new(&l) == 0);
	must(lp_trail_read(fd, take, NULL, l, &stats) == 0);
	must(lp_build(l, &opts, &set) == 0);
	lp_policy_set_fini(&set);
	lp_ledger_free(l);
	close(fd);
	return 0;
}
