/* SPDX-License-Identifier: MIT */
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lp_ring_file.h"

#define TOUCHED_MAX (32u * 1024) /* bytes of a ring in our memory */
#define AGAIN_MIN   (16u * 1024) /* from here in the ring on it is worth to begin again */

int lp_ring_map(struct lp_ring *r, int fd)
{
	int prot = PROT_READ | PROT_WRITE, err = -EINVAL;
	const struct lp_ring_hdr *hdr;
	char *base;

	*r = (struct lp_ring){.hdr = NULL};
	if (!lp_ring_file_fits(fd))
		return -EINVAL;
	base = mmap(NULL, LP_RING_SPACE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		    0);
	if (base == MAP_FAILED)
		return -errno;
	if (mmap(base, LP_RING_FILE, prot, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED ||
	    mmap(base + LP_RING_FILE, LP_RING_SIZE, prot, MAP_SHARED | MAP_FIXED, fd,
		 LP_RING_HDR) == MAP_FAILED) {
		err = -errno;
		goto fail;
	}
	hdr = (const struct lp_ring_hdr *)(const void *)base;
	if (hdr->magic != LP_RING_MAGIC || hdr->version != LP_RING_VERSION ||
	    hdr->size != LP_RING_SIZE)
		goto fail;
	r->hdr = (struct lp_ring_hdr *)(void *)base;
	/* A ring that another collector read before us starts where that one ended. */
	r->tail = atomic_load_explicit(&r->hdr->tail, memory_order_acquire);
	r->kept = lp_ring_block(r->tail);
	r->broken = r->tail % LP_RING_ALIGN != 0;
	r->bad = r->broken;
	return 0;
fail:
	munmap(base, LP_RING_SPACE);
	return err;
}

int lp_ring_reopen(int fd)
{
	char path[32];

	/* Only a memory file: opening anything else may have effects. */
	if (fcntl(fd, F_GET_SEALS) < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

bool lp_ring_left(const struct lp_ring *r, int fd)
{
	if (!r->hdr->locked || flock(fd, LOCK_EX | LOCK_NB))
		return false;
	(void)flock(fd, LOCK_UN);
	return true;
}

void lp_ring_unmap(struct lp_ring *r)
{
	if (r->hdr)
		munmap(r->hdr, LP_RING_SPACE);
	r->hdr = NULL;
}

bool lp_event_valid(const struct lp_event *ev)
{
	struct lp_event_lost lost;

	switch (ev->type) {
	case LP_EV_REQUEST:
	case LP_EV_REQUEST_BARE:
	case LP_EV_BODY:
	case LP_EV_BODY_WHOLE:
	case LP_EV_RESPONSE:
	case LP_EV_CSM:
	case LP_EV_REACHED:
	case LP_EV_UNREACHED:
	case LP_EV_NOT_FOLLOWED:
		return true;
	case LP_EV_CLOSE:
		return ev->payload.len == 0;
	case LP_EV_REQUEST_END:
		return ev->payload.len == sizeof(struct lp_event_end);
	case LP_EV_LOST:
		if (ev->payload.len < sizeof(lost))
			return false;
		memcpy(&lost, ev->payload.ptr, sizeof(lost));
		return lost.host_len == ev->payload.len - sizeof(lost);
	default:
		return false;
	}
}

/* The record at `pos` copied out; its size in the ring, or 0 when it is not whole. */
static size_t take(const struct lp_ring *r, uint64_t pos, uint64_t head, char *scratch,
		   struct lp_event *ev)
{
	const char *at = (const char *)r->hdr + LP_RING_HDR + pos % LP_RING_SIZE;
	const struct lp_ring_rec *shared = (const struct lp_ring_rec *)(const void *)at;
	struct lp_ring_rec rec;
	size_t size;

	if (atomic_load_explicit(&shared->commit, memory_order_acquire) != (LP_RING_COMMIT ^ pos))
		return 0;
	memcpy((char *)&rec + sizeof(rec.commit), at + sizeof(rec.commit),
	       sizeof(rec) - sizeof(rec.commit));
	if (rec.len > LP_RING_RECORD_MAX - sizeof(rec))
		return 0;
	size = (sizeof(rec) + rec.len + LP_RING_ALIGN - 1) & ~(size_t)(LP_RING_ALIGN - 1);
	if (size > head - pos)
		return 0;
	memcpy(scratch, at + sizeof(rec), rec.len);
	*ev = (struct lp_event){
		.conn = rec.conn,
		.time_ns = rec.time_ns,
		.seq = rec.seq,
		.type = rec.type,
		.flags = rec.flags,
		.payload = lp_span_of(scratch, rec.len),
	};
	return size;
}

/*
 * What stands at the tail is not whole. The position up to which it is to be given up: the tail
 * itself while there is still hope. Records behind `stuck_head` are younger than the wait.
 */
static uint64_t give_up_to(struct lp_ring *r, uint64_t head, bool gone, uint64_t now_ms)
{
	if (gone)
		return head;
	if (!r->stuck_since || r->stuck_at != r->tail) {
		r->stuck_at = r->tail;
		r->stuck_head = head;
		r->stuck_since = now_ms ? now_ms : 1;
		return r->tail;
	}
	return now_ms - r->stuck_since >= LP_RING_STUCK_MS ? r->stuck_head : r->tail;
}

/* Steps from the tail to the next whole record, at most to `end`. */
static void pass_over(struct lp_ring *r, uint64_t head, uint64_t end, char *scratch)
{
	struct lp_event ev;
	uint64_t from = r->tail;

	while (r->tail < end && !take(r, r->tail, head, scratch, &ev))
		r->tail += LP_RING_ALIGN;
	if (r->tail > end)
		r->tail = end;
	r->lost_bytes += r->tail - from;
	r->stuck_since = 0;
}

/* `pos` is where the record stands. */
static void hold(struct lp_ring *r, const struct lp_event *ev, uint64_t pos)
{
	if (ev->type == LP_EV_REQUEST && !r->open++)
		r->held_at = pos;
	else if ((ev->type == LP_EV_REQUEST_END || ev->type == LP_EV_BODY_WHOLE) && r->open)
		r->open--;
	/* One that never ends, or too much beside it. */
	if (r->open && r->tail - r->held_at > LP_RING_HELD_MAX)
		r->open = 0;
}

/*
 * All is read: whoever writes next does so at the ring's start, in memory that is there. A page
 * that is touched for the first time costs a program as much as ten records. False: somebody
 * writes.
 */
static bool begin_again(struct lp_ring *r)
{
	uint64_t head = r->tail, in = head % LP_RING_SIZE, next = head - in + LP_RING_SIZE;

	if (in < AGAIN_MIN || next < head ||
	    !atomic_compare_exchange_strong_explicit(&r->hdr->head, &head, next,
						     memory_order_acq_rel, memory_order_relaxed))
		return false;
	r->tail = next;
	return true;
}

/* Before the header says `tail`: until then nobody writes where these blocks were. */
static void give_back(struct lp_ring *r, uint64_t from, uint64_t tail)
{
	size_t len = (size_t)(lp_ring_block(tail) - from);

	if (len)
		(void)madvise((char *)r->hdr + LP_RING_HDR + from % LP_RING_SIZE,
			      len < LP_RING_SIZE ? len : LP_RING_SIZE, MADV_REMOVE);
}

static void make_room(struct lp_ring *r)
{
	struct lp_ring_hdr *h = r->hdr;
	uint64_t from = r->kept, read = r->tail, tail;

	/* What is written next may have the first block. */
	if (!r->open && begin_again(r) && from % LP_RING_SIZE == 0)
		from += LP_RING_BLOCK;
	tail = r->open ? r->held_at : r->tail;
	if (from < read)
		give_back(r, from, tail);
	r->kept = lp_ring_block(tail);
	atomic_store_explicit(&h->tail, tail, memory_order_release);
	atomic_store_explicit(&h->kick, 0, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->tail_seq, 1, memory_order_seq_cst);
	if (atomic_load_explicit(&h->waiters, memory_order_seq_cst))
		syscall(SYS_futex, &h->tail_seq, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

size_t lp_ring_drain(struct lp_ring *r, bool gone, uint64_t now_ms, size_t budget, char *scratch,
		     lp_event_fn fn, void *ctx)
{
	uint64_t start = r->tail, head;
	size_t n;

	if (!r->hdr || r->broken)
		return 0;
	head = atomic_load_explicit(&r->hdr->head, memory_order_acquire);
	if (head < r->tail || head - r->tail > LP_RING_SIZE || head % LP_RING_ALIGN) {
		r->broken = true;
		r->bad++; /* whatever is in it */
		return 0;
	}
	while (r->tail < head && r->tail - start < budget) {
		struct lp_event ev;
		size_t size = take(r, r->tail, head, scratch, &ev);
		uint64_t end;

		if (!size) {
			end = give_up_to(r, head, gone, now_ms);
			if (end == r->tail)
				break;
			pass_over(r, head, end, scratch);
			continue;
		}
		r->tail += size;
		if (r->hold)
			hold(r, &ev, r->tail - size);
		r->stuck_since = 0;
		r->bytes += size;
		r->records++;
		if (lp_event_valid(&ev))
			fn(ctx, &ev);
		else
			r->bad++;
	}
	n = (size_t)(r->tail - start);
	if (n) {
		bool all = r->tail == head;

		make_room(r);
		r->touched += n;
		/* They stay the writers'; thousands of rings would add up in our own memory. */
		if (all || r->touched >= TOUCHED_MAX) {
			(void)madvise((char *)r->hdr + LP_RING_HDR, 2 * (size_t)LP_RING_SIZE,
				      MADV_DONTNEED);
			r->touched = 0;
		}
	}
	return n;
}

void lp_ring_drops(const struct lp_ring *r, uint64_t drops[LP_DROP_REASONS])
{
	for (unsigned i = 0; i < LP_DROP_REASONS; i++)
		drops[i] =
			r->hdr ? atomic_load_explicit(&r->hdr->drops[i], memory_order_relaxed) : 0;
}
