/* SPDX-License-Identifier: MIT */
#ifndef LP_RING_WRITER_H
#define LP_RING_WRITER_H

/* A plain producer of include/lp_ring.h for the reader's tests: one thread, never waits. */

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lp_event.h"
#include "lp_ring.h"

#define WRITER_FILE ((size_t)LP_RING_HDR + LP_RING_SIZE)

struct writer {
	int fd;
	struct lp_ring_hdr *hdr;
	char *data; /* mapped once: records that wrap are copied in two pieces */
};

static inline void writer_open_as(struct writer *w, size_t size, int seals)
{
	w->fd = memfd_create("ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert(w->fd >= 0);
	assert(ftruncate(w->fd, (off_t)size) == 0);
	assert(!seals || fcntl(w->fd, F_ADD_SEALS, seals) == 0);
	w->hdr = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, w->fd, 0);
	assert(w->hdr != MAP_FAILED);
	w->data = (char *)w->hdr + LP_RING_HDR;
	w->hdr->magic = LP_RING_MAGIC;
	w->hdr->version = LP_RING_VERSION;
	w->hdr->size = LP_RING_SIZE;
}

static inline void writer_open(struct writer *w)
{
	writer_open_as(w, WRITER_FILE, F_SEAL_SHRINK | F_SEAL_GROW);
}

static inline void writer_close(struct writer *w)
{
	munmap(w->hdr, WRITER_FILE);
	close(w->fd);
}

static inline void writer_put(struct writer *w, uint64_t pos, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		w->data[(pos + i) % LP_RING_SIZE] = ((const char *)bytes)[i];
}

static inline uint64_t writer_size(size_t payload)
{
	return (sizeof(struct lp_ring_rec) + payload + LP_RING_ALIGN - 1) &
	       ~(uint64_t)(LP_RING_ALIGN - 1);
}

/* Reserves and fills, but does not commit; the position. */
static inline uint64_t writer_start(struct writer *w, const struct lp_event *ev)
{
	uint64_t pos = atomic_fetch_add(&w->hdr->head, writer_size(ev->payload.len));
	struct lp_ring_rec rec = {
		.conn = ev->conn,
		.time_ns = ev->time_ns,
		.len = (uint32_t)ev->payload.len,
		.seq = ev->seq,
		.type = ev->type,
		.flags = ev->flags,
	};

	writer_put(w, pos + sizeof(rec.commit), (char *)&rec + sizeof(rec.commit),
		   sizeof(rec) - sizeof(rec.commit));
	writer_put(w, pos + sizeof(rec), ev->payload.ptr, ev->payload.len);
	return pos;
}

static inline void writer_commit(struct writer *w, uint64_t pos)
{
	/* Records are aligned, so the mark itself never wraps. */
	struct lp_ring_rec *rec = (struct lp_ring_rec *)(void *)&w->data[pos % LP_RING_SIZE];

	atomic_store_explicit(&rec->commit, LP_RING_COMMIT ^ pos, memory_order_release);
}

static inline void writer_add(struct writer *w, const struct lp_event *ev)
{
	writer_commit(w, writer_start(w, ev));
}

#endif
