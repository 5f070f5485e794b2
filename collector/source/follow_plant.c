/* SPDX-License-Identifier: MIT */
#include "follow_impl.h"

#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

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
		if (program->call && program->call >= map.off &&
		    program->call - map.off < map.hi - map.lo)
			m->call_at = map.lo + (program->call - map.off);
		for (unsigned i = 0; i < program->n && m->n < LP_POINTS_MAX; i++) {
			const struct lp_point *point = &program->at[i];

			if (point->off >= map.off && point->off - map.off < map.hi - map.lo)
				m->at[m->n++] = (struct breakpoint){
					.kind = point->kind,
					.step = point->step,
					.outer = point->outer,
					.frame = point->frame,
					.addr = map.lo + (point->off - map.off),
					.byte = point->byte,
				};
		}
	}
	lpb_mappings_close(&walk);
}

static const unsigned char int3 = 0xcc;

static bool is(const struct task *t, const struct breakpoint *b, unsigned char byte)
{
	unsigned char now;

	return lp_follow_peek(t, b->addr, &now, 1) && now == byte;
}

/* From the stopped thread's view; false where something else stands than in the file. */
static bool set(const struct task *t, const struct breakpoint *b)
{
	return is(t, b, b->byte) && lp_follow_poke(t, b->addr, &int3, 1);
}

static bool sleeps(const struct image *m, const struct breakpoint *b)
{
	return m->asleep & POINT_BIT(b->kind);
}

void lp_follow_sleep(const struct task *t, struct image *m, uint32_t kinds, bool asleep)
{
	for (unsigned i = 0; i < m->n; i++) {
		const struct breakpoint *b = &m->at[i];

		if (kinds & POINT_BIT(b->kind) &&
		    !lp_follow_poke(t, b->addr, asleep ? &b->byte : &int3, 1))
			return;
	}
	m->asleep = asleep ? m->asleep | kinds : m->asleep & ~kinds;
}

bool lp_follow_intact(const struct task *t, const struct image *m)
{
	unsigned char now[LP_POINTS_MAX];
	struct iovec here = {now, m->n}, there[LP_POINTS_MAX];

	for (unsigned i = 0; i < m->n; i++)
		there[i] = (struct iovec){(void *)(uintptr_t)m->at[i].addr, 1};
	if (!m->planted || process_vm_readv(t->tid, &here, 1, there, m->n, 0) != (ssize_t)m->n)
		return true;
	for (unsigned i = 0; i < m->n; i++)
		if (now[i] != int3 && !sleeps(m, &m->at[i]))
			return false;
	return true;
}

bool lp_follow_mend(const struct task *t, const struct image *m)
{
	bool any = false;

	if (!lp_follow_intact(t, m))
		for (unsigned i = 0; i < m->n; i++)
			any |= !sleeps(m, &m->at[i]) && set(t, &m->at[i]);
	return any;
}

void lp_follow_uproot(const struct task *t, const struct image *m)
{
	for (unsigned i = 0; i < m->n; i++)
		if (is(t, &m->at[i], int3))
			(void)!lp_follow_poke(t, m->at[i].addr, &m->at[i].byte, 1);
}

/* All of them, or none: one that stands there already is another's. */
static bool set_all(const struct task *t, struct image *m)
{
	unsigned n = m->n;

	for (m->n = 0; m->n < n && set(t, &m->at[m->n]); m->n++)
		;
	return m->n == n;
}

bool lp_follow_plant(struct task *t, const struct lp_program *program, uint64_t inode)
{
	/* Of one that is let go of nobody would take them out again. */
	struct image *m = t->leaving ? NULL : calloc(1, sizeof(*m));

	if (!m)
		return false;
	locate(m, program, t->tid, inode);
	/* From here on our end would be the program's in any case. */
	if (m->n != program->n ||
	    ptrace(PTRACE_SETOPTIONS, t->tid, NULL, FOLLOW_OPTIONS | PTRACE_O_EXITKILL)) {
		free(m);
		return false;
	}
	if (!set_all(t, m)) {
		lp_follow_uproot(t, m);
		(void)ptrace(PTRACE_SETOPTIONS, t->tid, NULL, FOLLOW_OPTIONS);
		free(m);
		return false;
	}
	lp_follow_sleep(t, m, POINTS_PLAIN, true);
	m->inode = inode;
	m->users = m->stay = 1;
	m->planted = true;
	t->proc->image = m;
	return true;
}
