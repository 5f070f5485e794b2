/* SPDX-License-Identifier: MIT */
#include "shim.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "hellos.h"
#include "links.h"
#include "peer.h"
#include "ring.h"
#include "survivors.h"

#define PROCESSES_MAX	      8192u /* known at once; one descriptor each */
#define SPARE_FDS	      64u   /* descriptors that are left for everything else */
#define RINGS_MAX	      8192u
#define SPARE_RINGS	      256u /* for processes that have several */
#define RINGS_PER_PROCESS_MAX 8u   /* a program that started another one leaves its ring behind */

#define SHARE	       (4 * 1024) /* bytes of one ring before it is the next one's turn */
#define ROUNDS_MAX     64	  /* before the loop is looked at again */
#define BUSY_MS	       4
#define IDLE_MS	       50
#define ALIVE_CHECK_MS 1000 /* for processes without a pidfd */
#define PID_BUCKETS    1024u

struct ring_entry {
	struct ring_entry *next;
	struct lp_ring ring;
};

struct proc {
	struct lp_process process; /* what the assembler knows it by */
	struct lp_shim *shim;
	struct lp_watch watch;	  /* of the pidfd; fd -1: none */
	int newest;		  /* without a pidfd: the newest ring's file, by a
				     descriptor of its own (lp_ring_reopen); -1: none */
	uint64_t id;		  /* as of struct lp_peer */
	struct proc *prev, *next; /* all */
	struct proc *chain;	  /* same bucket */
	struct ring_entry *rings; /* newest first */
	unsigned n_rings;
};

struct lp_shim {
	struct lp_loop *loop;
	struct lp_assemble *assemble;
	struct lp_shim_config config;
	struct lp_hellos *hellos;
	struct proc *procs;
	struct proc *buckets[PID_BUCKETS];
	unsigned n_procs, n_procs_max, n_rings;
	struct lp_shim_stats stats; /* of rings that are gone; see lp_shim_stats */
	int interval_ms;
	uint64_t alive_checked_ms;
	bool finished; /* nothing more goes to the assembler */
	char scratch[LP_RING_RECORD_MAX];
};

/* --- rings ------------------------------------------------------------------------------------ */

static void on_event(void *ctx, const struct lp_event *ev)
{
	struct proc *p = ctx;

	lp_assemble_event(p->shim->assemble, &p->process, ev);
}

static size_t drain(struct proc *p, struct lp_ring *r, bool gone, size_t budget)
{
	return lp_ring_drain(r, gone, lp_monotonic_ms(), budget, p->shim->scratch, on_event, p);
}

static void add_counts(struct lp_shim_stats *out, const struct lp_ring *r)
{
	uint64_t drops[LP_DROP_REASONS];

	out->records += r->records;
	out->bytes += r->bytes;
	out->bad_records += r->bad;
	out->lost_bytes += r->lost_bytes;
	lp_ring_drops(r, drops);
	for (unsigned i = 0; i < LP_DROP_REASONS; i++)
		out->drops[i] += drops[i];
}

/* Takes what is left in the ring, which its writers have left, and gives it back. */
static void end_ring(struct proc *p, struct ring_entry **at)
{
	struct ring_entry *r = *at;

	*at = r->next;
	if (!p->shim->finished)
		drain(p, &r->ring, true, LP_RING_SIZE);
	add_counts(&p->shim->stats, &r->ring);
	lp_ring_unmap(&r->ring);
	free(r);
	p->n_rings--;
	p->shim->n_rings--;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Oldest first, as they were filled. */
static void end_rings(struct proc *p)
{
	close_fd(&p->newest);
	while (p->rings) {
		struct ring_entry **at = &p->rings;

		while ((*at)->next)
			at = &(*at)->next;
		end_ring(p, at);
	}
}

static void add_ring(struct proc *p, int fd)
{
	struct lp_shim *s = p->shim;
	struct ring_entry *r;
	int err, own;

	if (p->n_rings == RINGS_PER_PROCESS_MAX) {
		struct ring_entry **at = &p->rings;

		while ((*at)->next)
			at = &(*at)->next;
		end_ring(p, at);
	}
	r = s->n_rings < RINGS_MAX && s->n_rings < s->n_procs_max + SPARE_RINGS
		    ? calloc(1, sizeof(*r))
		    : NULL;
	if (!r) {
		s->stats.no_room++;
		return;
	}
	own = p->watch.fd < 0 ? lp_ring_reopen(fd) : -1;
	err = lp_ring_map(&r->ring, own >= 0 ? own : fd);
	if (err) {
		free(r);
		close_fd(&own);
		*(err == -EINVAL ? &s->stats.bad_hellos : &s->stats.no_room) += 1;
		return;
	}
	close_fd(&p->newest);
	p->newest = own;
	r->ring.hold = s->config.hold;
	r->next = p->rings;
	p->rings = r;
	p->n_rings++;
	s->n_rings++;
	s->interval_ms = BUSY_MS;
}

/* --- processes -------------------------------------------------------------------------------- */

static struct proc **bucket_of(struct lp_shim *s, pid_t pid, uint64_t id)
{
	return &s->buckets[(pid > 0 ? (uint64_t)pid : id) % PID_BUCKETS];
}

/* pid 0 is no name, but the kernel may have another one; else the process is never found again. */
static struct proc *find_proc(struct lp_shim *s, pid_t pid, uint64_t id)
{
	struct proc *p = pid > 0 || id ? *bucket_of(s, pid, id) : NULL;

	while (p && (p->process.pid != pid || (pid <= 0 && p->id != id)))
		p = p->chain;
	return p;
}

/* The program that ran in the process until now did all that it will ever do. */
static void end_program(struct proc *p)
{
	end_rings(p);
	if (!p->shim->finished)
		lp_assemble_gone(p->shim->assemble, &p->process);
}

static void free_proc(struct lp_shim *s, struct proc *p)
{
	struct proc **at = bucket_of(s, p->process.pid, p->id);

	end_program(p);
	while (*at != p)
		at = &(*at)->chain;
	*at = p->chain;
	if (p == s->procs)
		s->procs = p->next;
	else
		p->prev->next = p->next;
	if (p->next)
		p->next->prev = p->prev;
	if (p->watch.fd >= 0) {
		lp_loop_remove(s->loop, &p->watch);
		close(p->watch.fd);
	}
	free(p);
	s->n_procs--;
}

static bool ended(const struct proc *p)
{
	if (p->watch.fd >= 0)
		return lp_pidfd_dead(p->watch.fd);
	if (p->newest >= 0 && lp_ring_left(&p->rings->ring, p->newest))
		return true;
	return p->process.pid > 0 && kill(p->process.pid, 0) && errno == ESRCH;
}

static void on_exit_of(void *ctx)
{
	struct proc *p = ctx;
	struct lp_shim *s = p->shim;
	pid_t pid = p->process.pid;
	uint64_t id = p->id;

	/* Its last words may still wait to be heard, and then they are about this very process. */
	lp_hellos_take(s->hellos);
	if ((pid <= 0 && !id) || (find_proc(s, pid, id) == p && ended(p)))
		free_proc(s, p);
}

static void set_program(struct proc *p, const char exe[256])
{
	memcpy(p->process.program, exe, sizeof(p->process.program) - 1);
	p->process.program[sizeof(p->process.program) - 1] = '\0';
}

/* Takes the pidfd over. NULL: no room; a process whose pidfd cannot be watched is still kept. */
static struct proc *new_proc(struct lp_shim *s, struct lp_peer *peer, const char exe[256])
{
	struct proc *p = s->n_procs < s->n_procs_max ? calloc(1, sizeof(*p)) : NULL, **bucket;

	if (!p) {
		s->stats.no_room++;
		return NULL;
	}
	p->shim = s;
	p->process.pid = peer->cred.pid;
	p->id = peer->id;
	p->process.source = LP_SOURCE_SHIM;
	set_program(p, exe);
	p->watch = (struct lp_watch){.fd = peer->pidfd, .ready = on_exit_of, .ctx = p};
	p->newest = -1;
	if (p->watch.fd >= 0 && lp_loop_add(s->loop, &p->watch)) {
		close(p->watch.fd);
		p->watch.fd = -1;
	}
	peer->pidfd = -1;
	lp_assemble_meet(s->assemble, &p->process);
	p->next = s->procs;
	if (p->next)
		p->next->prev = p;
	s->procs = p;
	bucket = bucket_of(s, p->process.pid, p->id);
	p->chain = *bucket;
	*bucket = p;
	s->n_procs++;
	s->stats.processes++;
	return p;
}

/* Processes that no pidfd tells about. */
static void check_alive(struct lp_shim *s)
{
	uint64_t now = lp_monotonic_ms();

	if (now - s->alive_checked_ms < ALIVE_CHECK_MS)
		return;
	s->alive_checked_ms = now;
	for (struct proc *p = s->procs, *next; p; p = next) {
		next = p->next;
		if (p->watch.fd < 0 && ended(p))
			free_proc(s, p);
	}
}

/* --- hellos ----------------------------------------------------------------------------------- */

/* The process that says hello, as it is now: perhaps a new one, perhaps with a new program. */
static struct proc *proc_of(struct lp_shim *s, struct lp_peer *peer, const struct lp_hello *hello)
{
	struct proc *p = find_proc(s, peer->cred.pid, peer->id);

	/* In this order: were both the same process, the second look would find it dead as well. */
	if (p && ended(p) && !lp_peer_dead(peer)) {
		free_proc(s, p); /* the number was given to another process */
		p = NULL;
	}
	if (!p)
		return new_proc(s, peer, hello->exe);
	if (hello->kind == LP_HELLO_START ||
	    strncmp(p->process.program, hello->exe, sizeof(p->process.program) - 1) != 0) {
		end_rings(p);
		if (hello->kind == LP_HELLO_START && !s->finished)
			lp_assemble_again(s->assemble, &p->process);
		end_program(p);
		set_program(p, hello->exe);
		lp_assemble_meet(s->assemble, &p->process);
	}
	return p;
}

static bool on_hello(void *ctx, struct lp_peer *peer, const struct lp_hello *hello, int ring_fd)
{
	struct lp_shim *s = ctx;
	struct proc *p;

	s->stats.drops[LP_DROP_NO_RING] += hello->drops;
	if (hello->kind == LP_HELLO_KICK)
		return false; /* that the loop woke up is all it wants */
	if (hello->kind == LP_HELLO_BLIND) {
		pid_t pid = peer->cred.pid;

		return s->config.blind && pid > 0 && !hello->exe[sizeof(hello->exe) - 1] &&
		       s->config.blind(s->config.ctx, pid, hello->tid > 0 ? hello->tid : pid,
				       hello->verdict, hello->exe);
	}
	p = proc_of(s, peer, hello);
	if (!p)
		return false;
	if (s->config.started)
		s->config.started(s->config.ctx, peer->cred.pid, hello->time_ns);
	/* Also one that ended already stays until the loop says so: it may have said more. */
	if (ring_fd >= 0)
		add_ring(p, ring_fd);
	/* Nothing to read, and its end would never be noticed. */
	else if (p->watch.fd < 0 && peer->cred.pid <= 0 && !p->n_rings)
		free_proc(s, p);
	return false;
}

static bool is_known(void *ctx, const struct lp_peer *peer)
{
	struct lp_shim *s = ctx;
	const struct proc *p = find_proc(s, peer->cred.pid, peer->id);

	/* Its number may have been given to another process. */
	return p && (!ended(p) || lp_peer_dead(peer));
}

/* --- the source ------------------------------------------------------------------------------- */

static unsigned processes_max(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim))
		return SPARE_FDS;
	if (lim.rlim_cur < lim.rlim_max) {
		struct rlimit most = {lim.rlim_max, lim.rlim_max};

		if (setrlimit(RLIMIT_NOFILE, &most) == 0)
			lim = most;
	}
	if (lim.rlim_cur == RLIM_INFINITY ||
	    lim.rlim_cur > PROCESSES_MAX + LP_HELLOS_WAITING_MAX + SPARE_FDS)
		return PROCESSES_MAX;
	return lim.rlim_cur > LP_HELLOS_WAITING_MAX + 2 * SPARE_FDS
		       ? (unsigned)lim.rlim_cur - LP_HELLOS_WAITING_MAX - SPARE_FDS
		       : SPARE_FDS;
}

int lp_shim_open(struct lp_shim **out, const struct lp_shim_config *config, struct lp_loop *loop,
		 struct lp_assemble *assemble)
{
	struct lp_shim *s = calloc(1, sizeof(*s));
	const struct lp_hellos_config hellos = {
		.path = config->path,
		.mode = config->mode,
		.uids = config->uids,
		.n_uids = config->n_uids,
		.library = config->library,
		.descendants = config->descendants,
		.anywhere = config->anywhere,
		.hello = on_hello,
		.known = is_known,
		.ctx = s,
	};
	int err;

	*out = NULL;
	if (!s)
		return -ENOMEM;
	s->config = *config;
	s->loop = loop;
	s->assemble = assemble;
	s->interval_ms = IDLE_MS;
	s->n_procs_max = processes_max();
	if (config->processes_max && s->n_procs_max > config->processes_max)
		s->n_procs_max = config->processes_max;
	err = lp_hellos_open(&s->hellos, &hellos, loop);
	if (err)
		free(s);
	else
		*out = s;
	return err;
}

int lp_shim_restore(struct lp_shim *s)
{
	return lp_hellos_restore(s->hellos);
}

void lp_shim_take_hellos(struct lp_shim *s)
{
	if (!s->finished)
		lp_hellos_take(s->hellos);
}

int lp_shim_poll(struct lp_shim *s)
{
	bool some = false, more = true;

	for (int round = 0; more && round < ROUNDS_MAX; round++) {
		more = false;
		for (struct proc *p = s->procs; p; p = p->next) {
			for (struct ring_entry *r = p->rings; r; r = r->next) {
				size_t n = drain(p, &r->ring, false, SHARE);

				some |= n > 0;
				more |= n >= SHARE;
			}
		}
	}
	check_alive(s);
	if (!s->n_rings)
		return -1;
	if (some)
		s->interval_ms = BUSY_MS;
	else if (s->interval_ms < IDLE_MS)
		s->interval_ms = s->interval_ms * 2 < IDLE_MS ? s->interval_ms * 2 : IDLE_MS;
	return more ? 0 : s->interval_ms;
}

void lp_shim_finish(struct lp_shim *s)
{
	lp_hellos_take(s->hellos);
	lp_hellos_drop_waiting(s->hellos);
	for (struct proc *p = s->procs, *next; p; p = next) {
		next = p->next;
		if (ended(p)) {
			free_proc(s, p);
			continue;
		}
		/* It may go on writing for ever: one ring full at most. */
		for (struct ring_entry *r = p->rings; r; r = r->next)
			drain(p, &r->ring, false, LP_RING_SIZE);
		lp_assemble_gone(s->assemble, &p->process);
	}
	s->finished = true;
}

void lp_shim_each(const struct lp_shim *s, void (*fn)(void *ctx, pid_t pid), void *ctx)
{
	for (const struct proc *p = s->procs; p; p = p->next)
		if (p->process.pid > 0 && !ended(p))
			fn(ctx, p->process.pid);
}

struct alive {
	const struct lp_shim *shim;
	void (*fn)(void *ctx, const char *program);
	void *ctx;
	size_t n;
};

static void count_alive(struct alive *a, const char *program)
{
	a->n++;
	if (a->fn)
		a->fn(a->ctx, program);
}

/* One that never said hello: a fork that did nothing yet. */
static void on_survivor(void *ctx, pid_t pid)
{
	struct lp_process found = {.pid = pid};
	struct alive *a = ctx;

	for (const struct proc *p = a->shim->procs; p; p = p->next)
		if (p->process.pid == pid)
			return;
	lp_links_name(&found);
	count_alive(a, found.program);
}

size_t lp_shim_alive(const struct lp_shim *s, void (*fn)(void *ctx, const char *program), void *ctx)
{
	struct alive a = {.shim = s, .fn = fn, .ctx = ctx};

	for (const struct proc *p = s->procs; p; p = p->next)
		if (!ended(p))
			count_alive(&a, p->process.program);
	lp_survivors(s->config.path, on_survivor, &a);
	return a.n;
}

void lp_shim_stats(const struct lp_shim *s, struct lp_shim_stats *out)
{
	const struct lp_hellos_stats *h = lp_hellos_stats(s->hellos);

	*out = s->stats;
	out->refused += h->refused;
	out->bad_hellos += h->bad;
	out->no_room += h->no_room;
	for (const struct proc *p = s->procs; p; p = p->next)
		for (const struct ring_entry *r = p->rings; r; r = r->next)
			add_counts(out, &r->ring);
}

void lp_shim_close(struct lp_shim *s)
{
	if (!s)
		return;
	while (s->procs)
		free_proc(s, s->procs);
	lp_hellos_close(s->hellos);
	free(s);
}
