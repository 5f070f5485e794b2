/* SPDX-License-Identifier: MIT */
#include "ring.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "contact.h"
#include "lp_ring_file.h"
#include "shim.h"

#define MS 1000000ull

/* A collector that read nothing for this long may be another one by now, or gone: ask. */
#define STALL_NS (250 * MS)
/* ... and so is one that read nothing for so many records, whatever the clock says. */
#define ASK_EVERY 256
/* Where nobody listened, ask again after this long. */
#define RETRY_NS (500 * MS)
/* A move waits this long for threads that write; one that never comes back loses its record. */
#define MOVE_WAIT_NS (10 * MS)

static uint64_t load64(const _Atomic uint64_t *p)
{
	return atomic_load_explicit(p, memory_order_relaxed);
}

static void store64(_Atomic uint64_t *p, uint64_t v)
{
	atomic_store_explicit(p, v, memory_order_relaxed);
}

static char *data_of(struct lp_ring_hdr *h)
{
	return (char *)h + LP_RING_HDR;
}

/* Not a cancellation point, and not hooked. */
static void sleep_ns(uint64_t ns)
{
	struct timespec ts = {.tv_nsec = (long)ns};

	syscall(SYS_nanosleep, &ts, NULL);
}

static uint64_t budget_left(struct lps_ring *r)
{
	uint64_t waited = load64(&r->waited_ns);

	return waited < LP_RING_WAIT_MS * MS ? LP_RING_WAIT_MS * MS - waited : 0;
}

/* One of the collector's where we may not make one, within the budget of waiting. */
static int ring_file(struct lps_ring *r)
{
	int fd = lp_ring_file();
	uint64_t before;

	if (fd != -EFBIG || !budget_left(r))
		return fd;
	before = lps_mono();
	fd = lps_contact_file();
	atomic_fetch_add_explicit(&r->waited_ns, lps_mono() - before, memory_order_relaxed);
	return fd;
}

/* Maps the file's data twice in a row, at `at` over an older ring or, when NULL, anywhere. */
static struct lp_ring_hdr *ring_map(int fd, void *at)
{
	char *base = at;

	if (!base) {
		base = mmap(NULL, LP_RING_SPACE, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (base == MAP_FAILED)
			return NULL;
	}
	if (mmap(base, LP_RING_FILE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
		    MAP_FAILED ||
	    mmap(base + LP_RING_FILE, LP_RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 fd, LP_RING_HDR) == MAP_FAILED) {
		if (!at)
			munmap(base, LP_RING_SPACE);
		return NULL;
	}
	return (struct lp_ring_hdr *)(void *)base;
}

static void hdr_init(struct lp_ring_hdr *h, int fd)
{
	h->magic = LP_RING_MAGIC;
	h->version = LP_RING_VERSION;
	h->size = LP_RING_SIZE;
	h->pid = (int32_t)syscall(SYS_getpid);
	h->locked = syscall(SYS_flock, fd, LOCK_EX | LOCK_NB) == 0;
	memcpy(h->exe, lps_config.exe, sizeof(h->exe));
}

static uint64_t record_size(uint64_t payload)
{
	return (sizeof(struct lp_ring_rec) + payload + LP_RING_ALIGN - 1) &
	       ~(uint64_t)(LP_RING_ALIGN - 1);
}

LP_HOT static void fill(struct lp_ring_hdr *h, uint64_t pos, const struct lps_record *rec,
			const struct lp_span *parts, unsigned n_parts, size_t len)
{
	char *at = data_of(h) + pos % LP_RING_SIZE;
	struct lp_ring_rec *out = (struct lp_ring_rec *)(void *)at;

	out->conn = rec->conn;
	out->time_ns = rec->time_ns;
	out->len = (uint32_t)len;
	out->seq = rec->seq;
	out->type = rec->type;
	out->flags = rec->flags;
	out->reserved = 0;
	at += sizeof(*out);
	for (unsigned i = 0; i < n_parts; i++) {
		if (LP_LIKELY(parts[i].len))
			memcpy(at, parts[i].ptr, parts[i].len);
		at += parts[i].len;
	}
	atomic_store_explicit(&out->commit, LP_RING_COMMIT ^ pos, memory_order_release);
}

/*
 * Hands `fd` over. The collector's queue of connections can be full for a moment when many
 * processes start at once; waiting for it counts against the same budget as a full ring.
 */
static int hand_over(struct lps_ring *r, int fd, uint64_t *peer)
{
	uint64_t drops = load64(&r->no_ring);
	int err;

	while ((err = lps_contact(LP_HELLO_RING, fd, drops, peer)) == -EAGAIN && budget_left(r)) {
		sleep_ns(MS);
		atomic_fetch_add_explicit(&r->waited_ns, MS, memory_order_relaxed);
	}
	if (!err)
		atomic_fetch_sub_explicit(&r->no_ring, drops, memory_order_relaxed);
	return err;
}

/* Makes the first ring. One thread does; the others wait for it within the budget. */
static struct lp_ring_hdr *ring_make(struct lps_ring *r, uint64_t record_ns)
{
	struct lp_ring_hdr *h = NULL;
	uint64_t now = lps_mono(), peer = 0;
	int fd = -1;

	if (now < load64(&r->retry_at))
		return NULL;
	while (atomic_exchange_explicit(&r->making, 1, memory_order_acquire)) {
		/* Another thread makes it right now; its record and ours belong together. */
		if (!budget_left(r))
			return NULL;
		sleep_ns(MS / 10);
		atomic_fetch_add_explicit(&r->waited_ns, MS / 10, memory_order_relaxed);
		h = atomic_load_explicit(&r->hdr, memory_order_acquire);
		if (h || now < load64(&r->retry_at))
			return h;
	}
	h = atomic_load_explicit(&r->hdr, memory_order_acquire);
	if (h)
		goto out;
	fd = ring_file(r);
	if (fd < 0)
		goto fail;
	h = ring_map(fd, NULL);
	if (!h)
		goto fail;
	hdr_init(h, fd);
	if (hand_over(r, fd, &peer)) {
		munmap(h, LP_RING_SPACE);
		h = NULL;
		goto fail;
	}
	store64(&r->waited_ns, 0);
	store64(&r->seen_at, record_ns);
	atomic_store_explicit(&r->collector, peer, memory_order_relaxed);
	atomic_store_explicit(&r->hdr, h, memory_order_release);
	goto out;
fail:
	store64(&r->retry_at, now + RETRY_NS);
out:
	if (fd >= 0)
		syscall(SYS_close, fd);
	atomic_store_explicit(&r->making, 0, memory_order_release);
	return h;
}

/* Copies what the old reader left. The last writers are gone, so every gap is a real one. */
static void copy_unread(struct lp_ring_hdr *to, struct lp_ring_hdr *from)
{
	uint64_t head = atomic_load_explicit(&from->head, memory_order_acquire);
	uint64_t pos = atomic_load_explicit(&from->tail, memory_order_acquire);
	uint64_t out = 0;

	if (pos > head || head - pos > LP_RING_SIZE)
		return;
	while (pos < head) {
		char *at = data_of(from) + pos % LP_RING_SIZE;
		struct lp_ring_rec *rec = (struct lp_ring_rec *)(void *)at;
		struct lp_ring_rec *dst = (struct lp_ring_rec *)(void *)(data_of(to) + out);
		/* Once: the old reader can still write there. */
		uint32_t len = *(volatile uint32_t *)&rec->len;
		uint64_t size = record_size(len);

		if (atomic_load_explicit(&rec->commit, memory_order_acquire) !=
			    (LP_RING_COMMIT ^ pos) ||
		    size > head - pos) {
			pos += LP_RING_ALIGN;
			continue;
		}
		memcpy((char *)dst + sizeof(dst->commit), (char *)rec + sizeof(rec->commit),
		       sizeof(*rec) - sizeof(rec->commit) + len);
		dst->len = len;
		atomic_store_explicit(&dst->commit, LP_RING_COMMIT ^ out, memory_order_relaxed);
		pos += size;
		out += size;
	}
	for (unsigned i = 0; i < LP_DROP_REASONS; i++)
		store64(&to->drops[i], load64(&from->drops[i]));
	atomic_store_explicit(&to->head, out, memory_order_release);
}

/*
 * Another collector listens now. A fresh file takes over what was not read; it is mapped over the
 * old one in place, so a thread that holds the address keeps a valid one.
 */
static void ring_move(struct lps_ring *r, struct lp_ring_hdr *h)
{
	struct lp_ring_hdr *fresh = NULL;
	uint64_t waited = 0;
	uint64_t peer = 0;
	int fd;

	if (atomic_exchange_explicit(&r->making, 1, memory_order_seq_cst))
		return;
	while (atomic_load_explicit(&r->writers, memory_order_seq_cst) && waited < MOVE_WAIT_NS) {
		sleep_ns(MS / 10);
		waited += MS / 10;
	}
	fd = ring_file(r);
	if (fd < 0)
		goto out;
	fresh = ring_map(fd, NULL);
	if (!fresh)
		goto out;
	hdr_init(fresh, fd);
	copy_unread(fresh, h);
	if (hand_over(r, fd, &peer) || !ring_map(fd, h))
		goto out;
	atomic_store_explicit(&r->collector, peer, memory_order_relaxed);
	store64(&r->waited_ns, 0);
	store64(&r->wait_since, 0);
	store64(&r->seen_tail, 0);
out:
	if (fresh)
		munmap(fresh, LP_RING_SPACE);
	if (fd >= 0)
		syscall(SYS_close, fd);
	atomic_store_explicit(&r->making, 0, memory_order_seq_cst);
}

/*
 * True when somebody else than the ring's reader answers where collectors listen. Not asked by a
 * vfork child: a ring that it handed over would be its own, and end with it.
 */
static bool collector_changed(struct lps_ring *r)
{
	uint64_t peer = 0;

	if (!lps_own_process() || lps_contact(LP_HELLO_KICK, -1, 0, &peer))
		return false;
	return peer != atomic_load_explicit(&r->collector, memory_order_relaxed);
}

/*
 * Called before each record, outside the writers' count: is anybody still reading? `now` is the
 * record's time, which costs nothing but may stand still or jump: now and then it is not believed.
 * It is 0 of a record without one.
 */
static void check_reader(struct lps_ring *r, struct lp_ring_hdr *h, uint64_t now)
{
	uint64_t tail = atomic_load_explicit(&h->tail, memory_order_relaxed);
	uint64_t seen_at = load64(&r->seen_at);
	uint32_t stalled;

	if (tail == atomic_load_explicit(&h->head, memory_order_relaxed) ||
	    tail != load64(&r->seen_tail)) {
		store64(&r->seen_tail, tail);
		store64(&r->seen_at, now);
		atomic_store_explicit(&r->stalled, 0, memory_order_relaxed);
		return;
	}
	if (LP_UNLIKELY(now &&
			!seen_at)) { /* the reader moved at a time that was not told: just now */
		store64(&r->seen_at, now);
		seen_at = now;
	}
	/* Threads at the same time may count as one. */
	stalled = atomic_load_explicit(&r->stalled, memory_order_relaxed) + 1;
	atomic_store_explicit(&r->stalled, stalled, memory_order_relaxed);
	if (LP_LIKELY((!now || now - seen_at < STALL_NS) && stalled % ASK_EVERY))
		return;
	if (atomic_compare_exchange_strong_explicit(&r->seen_at, &seen_at, now,
						    memory_order_relaxed, memory_order_relaxed) &&
	    collector_changed(r))
		ring_move(r, h);
}

/* Counts us as a writer; false while the ring moves for longer than we may wait. */
static bool writer_begin(struct lps_ring *r)
{
	for (;;) {
		atomic_fetch_add_explicit(&r->writers, 1, memory_order_seq_cst);
		if (LP_LIKELY(!atomic_load_explicit(&r->making, memory_order_seq_cst)))
			return true;
		atomic_fetch_sub_explicit(&r->writers, 1, memory_order_seq_cst);
		if (!budget_left(r))
			return false;
		sleep_ns(MS / 10);
		atomic_fetch_add_explicit(&r->waited_ns, MS / 10, memory_order_relaxed);
	}
}

static void writer_end(struct lps_ring *r)
{
	atomic_fetch_sub_explicit(&r->writers, 1, memory_order_release);
}

/*
 * Sleeps until the reader moves. False once LP_RING_WAIT_MS went by since any thread first found
 * the ring full at this tail: from then on nobody waits until the reader is seen to move.
 */
static bool wait_for_room(struct lps_ring *r, struct lp_ring_hdr *h, uint64_t tail)
{
	uint32_t seq = atomic_load_explicit(&h->tail_seq, memory_order_acquire);
	uint64_t now = lps_mono(), since, waited;
	struct timespec ts = {0};

	since = load64(&r->wait_since);
	if (atomic_load_explicit(&r->wait_tail, memory_order_acquire) != tail || !since) {
		/* The time first: whoever sees the new tail must not measure from the old time. */
		store64(&r->wait_since, now);
		atomic_store_explicit(&r->wait_tail, tail, memory_order_release);
	}
	since = load64(&r->wait_since);
	waited = now > since ? now - since : 0;
	if (waited >= LP_RING_WAIT_MS * MS ||
	    atomic_load_explicit(&r->making, memory_order_relaxed))
		return false;
	if (atomic_load_explicit(&h->tail, memory_order_acquire) != tail)
		return true;
	ts.tv_nsec = (long)(LP_RING_WAIT_MS * MS - waited);
	atomic_fetch_add_explicit(&h->waiters, 1, memory_order_seq_cst);
	syscall(SYS_futex, &h->tail_seq, FUTEX_WAIT, seq, &ts, NULL, 0);
	atomic_fetch_sub_explicit(&h->waiters, 1, memory_order_relaxed);
	return true;
}

/* The position of `need` bytes that are ours now; false when there is no room in time. */
static bool reserve(struct lps_ring *r, struct lp_ring_hdr *h, uint64_t need, uint64_t *pos)
{
	uint64_t head = atomic_load_explicit(&h->head, memory_order_relaxed);

	for (;;) {
		uint64_t tail = atomic_load_explicit(&h->tail, memory_order_acquire);

		if (LP_UNLIKELY(tail > head)) {
			/* Our head is old, or the reader wrote nonsense; the next load tells. */
			head = atomic_load_explicit(&h->head, memory_order_acquire);
			if (tail > head)
				return false;
		}
		if (LP_UNLIKELY(head + need - lp_ring_block(tail) > LP_RING_SIZE)) {
			if (!wait_for_room(r, h, tail))
				return false;
			head = atomic_load_explicit(&h->head, memory_order_relaxed);
			continue;
		}
		if (LP_LIKELY(atomic_compare_exchange_weak_explicit(&h->head, &head, head + need,
								    memory_order_acq_rel,
								    memory_order_relaxed))) {
			*pos = head;
			return true;
		}
	}
}

static void kick_when_much_waits(struct lp_ring_hdr *h, uint64_t end)
{
	uint32_t quiet = 0;

	/* The reader may have read it by now, and moved on to where the ring begins again. */
	if (LP_LIKELY((int64_t)(end - atomic_load_explicit(&h->tail, memory_order_relaxed)) <=
		      LP_RING_KICK))
		return;
	if (atomic_load_explicit(&h->kick, memory_order_relaxed) == 0 &&
	    atomic_compare_exchange_strong_explicit(&h->kick, &quiet, 1, memory_order_relaxed,
						    memory_order_relaxed)) {
		int ignored = lps_contact(LP_HELLO_KICK, -1, 0, NULL);

		(void)ignored; /* the ring stays readable without it */
	}
}

static size_t parts_len(const struct lp_span *parts, unsigned n_parts)
{
	size_t len = 0;

	for (unsigned i = 0; i < n_parts; i++)
		len += parts[i].len;
	return len;
}

LP_HOT bool lps_ring_emit(struct lps_ring *r, const struct lps_record *rec,
			  const struct lp_span *parts, unsigned n_parts)
{
	struct lp_ring_hdr *h = atomic_load_explicit(&r->hdr, memory_order_acquire);
	size_t len = parts_len(parts, n_parts);
	uint64_t need = record_size(len), pos;
	bool done = false;

	if (LP_LIKELY(h != NULL))
		check_reader(r, h, rec->time_ns);
	else
		h = ring_make(r, rec->time_ns);
	if (LP_UNLIKELY(!h || !writer_begin(r))) {
		atomic_fetch_add_explicit(&r->no_ring, 1, memory_order_relaxed);
		return false;
	}
	if (LP_UNLIKELY(need > LP_RING_RECORD_MAX)) {
		atomic_fetch_add_explicit(&h->drops[LP_DROP_TOO_LONG], 1, memory_order_relaxed);
	} else if (LP_UNLIKELY(!reserve(r, h, need, &pos))) {
		atomic_fetch_add_explicit(&h->drops[LP_DROP_FULL], 1, memory_order_relaxed);
	} else {
		fill(h, pos, rec, parts, n_parts, len);
		done = true;
	}
	writer_end(r);
	if (LP_LIKELY(done))
		kick_when_much_waits(h, pos + need);
	return done;
}

void lps_ring_emit_once(const struct lps_record *rec, const struct lp_span *parts, unsigned n_parts)
{
	size_t len = parts_len(parts, n_parts);
	struct lps_ring none = {.hdr = NULL};
	struct lp_ring_hdr *h = NULL;
	int fd = ring_file(&none), ignored;

	if (fd < 0)
		return;
	if (record_size(len) <= LP_RING_RECORD_MAX)
		h = ring_map(fd, NULL);
	if (h) {
		hdr_init(h, fd);
		fill(h, 0, rec, parts, n_parts, len);
		atomic_store_explicit(&h->head, record_size(len), memory_order_release);
		ignored = hand_over(&none, fd, NULL);
		(void)ignored; /* nobody there: nothing more can be done from here */
		munmap(h, LP_RING_SPACE);
	}
	syscall(SYS_close, fd);
}

void lps_ring_finish(struct lps_ring *r)
{
	struct lp_ring_hdr *h = atomic_load_explicit(&r->hdr, memory_order_acquire);
	/* Also while there is one: it may have been moving for longer than a thread could wait. */
	uint64_t lost = atomic_exchange_explicit(&r->no_ring, 0, memory_order_relaxed);

	if (lost) {
		int absent = lps_contact(LP_HELLO_KICK, -1, lost, NULL);

		(void)absent; /* then nobody asks what was lost */
	}
	if (h &&
	    atomic_load_explicit(&h->tail, memory_order_relaxed) !=
		    atomic_load_explicit(&h->head, memory_order_relaxed) &&
	    collector_changed(r))
		ring_move(r, h);
}

void lps_ring_forget(struct lps_ring *r)
{
	struct lp_ring_hdr *h = atomic_load_explicit(&r->hdr, memory_order_relaxed);

	if (h)
		munmap(h, LP_RING_SPACE);
	atomic_store_explicit(&r->hdr, NULL, memory_order_relaxed);
	atomic_store_explicit(&r->making, 0, memory_order_relaxed);
	atomic_store_explicit(&r->writers, 0, memory_order_relaxed);
	store64(&r->retry_at, 0);
	store64(&r->no_ring, 0);
	store64(&r->waited_ns, 0);
	store64(&r->wait_since, 0);
	store64(&r->seen_tail, 0);
	store64(&r->seen_at, 0);
}
