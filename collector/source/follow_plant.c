/* SPDX-License-Identifier: MIT */
#include "follow_impl.h"

#include <stdlib.h>
#include <sys/ptrace.h>

#include "mapping.h"

/* Where in memory the file's executable parts are: addresses for its offsets. */
static void locate(struct image *m, const struct lp_program *program, pid_t pid, uint64_t inode)
{
	struct lpb_mappings walk;
	struct lpb_mapping map;

	if (lpb_mappings_open(&walk, pid))
		return;
	while (lpb_mappings_next(&walk, &map)) {
		if (!map.code || map.ino != inode)
			continue;
		for (unsigned i = 0; i < program->n && m->n < LP_POINTS_MAX; i++) {
			const struct lp_point *point = &program->at[i];

			if (point->off >= map.off && point->off - map.off < map.hi - map.lo)
				m->at[m->n++] = (struct breakpoint){
					.kind = point->kind,
					.step = point->step,
					.frame = point->frame,
					.addr = map.lo + (point->off - map.off),
					.byte = point->byte,
				};
		}
	}
	lpb_mappings_close(&walk);
}

static const unsigned char int3 = 0xcc;

/* Writes one byte at each place, from the stopped thread's view; false when one fails. */
static bool change(const struct task *t, const struct image *m, bool plant)
{
	bool all = true;

	for (unsigned i = 0; i < m->n; i++) {
		const struct breakpoint *b = &m->at[i];
		unsigned char now;

		all &= lp_follow_peek(t, b->addr, &now, 1) && now == (plant ? b->byte : int3) &&
		       lp_follow_poke(t, b->addr, plant ? &int3 : &b->byte, 1);
	}
	return all;
}

void lp_follow_sleep(const struct task *t, struct image *m, bool asleep)
{
	for (unsigned i = 0; i < m->n; i++) {
		const struct breakpoint *b = &m->at[i];

		if (b->kind == LP_POINT_GO_READ_COPY &&
		    !lp_follow_poke(t, b->addr, asleep ? &b->byte : &int3, 1))
			return;
	}
	m->asleep = asleep;
}

void lp_follow_uproot(const struct task *t, const struct image *m)
{
	(void)!change(t, m, false);
}

bool lp_follow_plant(struct task *t, const struct lp_program *program, uint64_t inode)
{
	struct image *m = calloc(1, sizeof(*m));

	if (!m)
		return false;
	locate(m, program, t->tid, inode);
	/* From here on our end would be the program's in any case. */
	if (m->n != program->n ||
	    ptrace(PTRACE_SETOPTIONS, t->tid, NULL, FOLLOW_OPTIONS | PTRACE_O_EXITKILL) ||
	    !change(t, m, true)) {
		lp_follow_uproot(t, m);
		(void)ptrace(PTRACE_SETOPTIONS, t->tid, NULL, FOLLOW_OPTIONS);
		free(m);
		return false;
	}
	m->users = m->stay = 1;
	m->planted = true;
	t->proc->image = m;
	return true;
}
